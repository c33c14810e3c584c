"""A platform asks before it publishes: a rule may keep content back until a person has looked, and nothing more."""

import json
from datetime import timedelta
from typing import Any

import pytest

from showcause.casework import deciding, desk, forgetting, founding
from showcause.casework.log.fsck import fsck
from showcause.casework.reading import subject_of
from showcause.casework.rulework import answering, holding, reporting
from showcause.casework.rulework.replaying import ReplayResult
from showcause.casework.weighing import Proposal
from showcause.domain.case import Case
from showcause.domain.decision import Outcome
from showcause.domain.errors import BadInput, Forgotten
from showcause.domain.lifecycle import CaseState, RuleState
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.domain.site import Letter, Mode
from showcause.domain.subject import SubjectKind, SubjectRecord
from showcause.store.verdicts import Verdict, reached
from showcause.stream.forgetting import forget
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM, House
from tests.rules.folders import RULE

SECOND = timedelta(seconds=1)


class Asking(JudgedSite):
    """A house whose rule keeps content back, and a platform that asks."""

    def hold(self, when: str = "", effects: str = "hold-before-publication", second: str = "cleo") -> None:
        self.life.grant("hold")
        text = RULE.replace("  - open-case\n", "".join(f"  - {each}\n" for each in effects.split("\n")))
        text = text.replace(
            "kind == 'post' and content.links > 0", when or "kind == 'post' and content.links > 0"
        )
        text = text.replace(
            "event: {kind: post, content: {links: 0}}", "event: {kind: like, content: {links: 0}}"
        )
        self.live = self.life.through(self.life.propose({"rules/night_links.yaml": text}).id, second)
        assert self.live.state is RuleState.LIVE
        self.judging.round()

    def asked(self, event: dict[str, Any], within: timedelta = SECOND, late: float = 0.0) -> list[Verdict]:
        """Ask about one event, and return what was said of it; it is judged `late` seconds after that."""
        self.taken += 1
        line = json.dumps({"id": f"e{self.taken}", "data": event}).encode()
        [answer] = self.judging.intake.take(PLATFORM, self.declared, [line], self.house.now, within)
        assert answer.taken
        self.house.now += timedelta(seconds=late)
        self.judging.round()
        self.house.now += timedelta(seconds=1)
        return [each for each in self.verdicts() if each.event == answer.sequence]

    def ask(self, event: dict[str, Any], late: float = 0.0) -> Verdict:
        [verdict] = self.asked(event, late=late)
        return verdict

    def reports(self) -> list[Report]:
        return self.house.all(Report)

    def came(self, word: str) -> int:
        with self.house.store.read() as view:
            place = reached(view, PLATFORM)
        return place.came.get("night_links", {}).get(word, 0) if place else 0


@pytest.fixture
def site(house: House) -> Asking:
    made = Asking(house)
    made.hold()
    return made


def advert(who: str = "mallory", id: str = "p1", text: str = "buy now", **more: Any) -> dict[str, Any]:
    return post(who, id=id, text=text, **more)


def test_what_is_kept_back_opens_a_case_about_the_content_and_restricts_nobody(
    house: House, site: Asking
) -> None:
    verdict = site.ask(advert())
    [report], [case] = site.reports(), house.all(Case)
    assert (verdict.came, verdict.report) == ((holding.KEPT_BACK,), report.id)
    assert (verdict.budget, verdict.used) == (1_000_000, 0)
    assert report.kept is not None
    assert report.rule is not None
    assert (report.kept.event, report.rule.verdict, case.state) == (
        verdict.event,
        verdict.id,
        CaseState.WAITING,
    )
    with house.store.read() as view:
        about = subject_of(view, case.subject)
        assert (about.kind, about.ref) == (SubjectKind.CONTENT, "p1")
        assert view.unseal(report.evidence or "") == {"content.text": "buy now", "kind": "post"}
    assert house.all(Restriction) == []
    [replayed] = site.replayed(verdict)
    assert replayed.result is ReplayResult.IDENTICAL


def test_the_same_words_of_the_same_account_join_the_case_and_others_do_not(site: Asking) -> None:
    older = {**advert(id="p2"), "actor": {"id": "mallory", "age_s": 77}}
    first, again = site.ask(advert()), site.ask(older)
    other, theirs = site.ask(advert(id="p3", text="buy later")), site.ask(advert("rita", id="p4"))
    assert first.report == again.report
    assert len({first.report, other.report, theirs.report}) == 3
    richer = site.ask(advert(id="p5", links=3))
    assert richer.report != first.report, "all that is said of the content itself counts"
    assert {each.came for each in (first, again, other, theirs, richer)} == {(holding.KEPT_BACK,)}
    assert site.came(holding.KEPT_BACK) == 5


def test_contents_of_which_nothing_is_said_are_told_apart_by_their_ids(house: House) -> None:
    site = Asking(house)
    site.hold("kind == 'post'")
    bare = {"kind": "post", "actor": {"id": "mallory"}}
    events = [{**bare, "content": {"id": "p1"}}, {**bare, "content": {"id": "p2"}}, bare, bare]
    assert len({site.ask(each).report for each in events}) == 4, "else one of them would let all others pass"


def test_what_was_not_asked_about_is_not_kept_back(site: Asking) -> None:
    site.happen([advert()])
    [verdict] = site.verdicts()
    assert (verdict.came, verdict.report, verdict.budget) == ((holding.NOT_ASKED,), "", None)
    assert site.reports() == []


def test_an_answer_that_comes_too_late_keeps_nothing_back_and_somebody_looks_at_it(
    house: House, site: Asking
) -> None:
    verdict = site.ask(advert(), late=1)
    assert verdict.came == (holding.TOO_LATE, reporting.FILED)
    assert (verdict.budget, verdict.used) == (1_000_000, 1_000_000)
    [report] = site.reports()
    assert report.kept is None
    with house.store.read() as view:
        assert subject_of(view, report.subject).ref == "mallory"


def test_beyond_the_hour_s_bound_content_passes_and_is_counted(house: House, site: Asking) -> None:
    with pytest.raises(BadInput):
        house.run(founding.change_setting, "rule-holds-hour", "0", "ada")
    house.run(founding.change_setting, "rule-holds-hour", "2", "ada")
    came = [site.ask(advert(id=f"p{n}", text=f"buy {n}")) for n in range(4)]
    assert [each.came[0] for each in came] == [
        *[holding.KEPT_BACK] * 2, *[holding.BEYOND] * 2,
    ]  # fmt: skip
    assert site.came(holding.BEYOND) == 2
    assert len(site.reports()) == 2
    house.wait(hours=1)
    verdict = site.ask(advert(id="p9", text="buy 3"))
    assert verdict.came == (holding.KEPT_BACK,)


def test_a_platform_that_is_only_observed_publishes_everything(house: House, site: Asking) -> None:
    house.run(founding.switch_mode, PLATFORM, Mode.OBSERVE, "ada")
    verdict = site.ask(advert())
    assert verdict.came == (holding.OBSERVED,)


def test_a_rule_without_the_power_keeps_nothing_back(house: House) -> None:
    made = Asking(house)
    made.act({}, "night_links")
    verdict = made.ask(advert())
    assert verdict.came == (reporting.FILED,)


def decided(house: House, report: Report, outcome: Outcome) -> None:
    case = house.case_of(report)
    if outcome is Outcome.NO_BREACH:
        house.run(desk.claim, case.id, "bea")
        house.run(deciding.propose, case.id, "bea", Proposal(outcome, reason="It is a recipe."))
        house.work()
    else:
        house.decide(case, rung="hide")


def test_what_a_person_found_no_breach_in_passes_for_a_week_when_it_is_sent_again(
    house: House, site: Asking
) -> None:
    house.account("mallory")
    site.ask(advert())
    logged = house.log_kinds().count("override")
    decided(house, site.reports()[0], Outcome.NO_BREACH)
    [report] = site.reports()
    assert report.kept is not None
    assert report.kept.passes_until is not None
    assert house.log_kinds().count("override") == logged + 1
    [letter] = house.all(Letter)
    assert (letter.kind, letter.about, letter.served_at is not None) == ("kept-back", report.id, True)
    again = site.ask(advert(id="p2"))
    assert (again.came, again.report) == ((holding.REVIEWED,), report.id)
    other = site.ask(advert(id="p3", text="buy me instead"))
    assert other.came == (holding.KEPT_BACK,)
    assert fsck(house.store).findings == []
    house.wait(days=8)
    later = site.ask(advert(id="p4"))
    assert (later.came, later.report != report.id) == ((holding.KEPT_BACK,), True)


def test_what_was_found_to_break_a_rule_does_not_pass_when_it_is_sent_again(
    house: House, site: Asking
) -> None:
    first = site.ask(advert())
    decided(house, site.reports()[0], Outcome.RESTRICT)
    assert house.all(Letter) == []
    again = site.ask(advert(id="p2"))
    assert (again.came, again.report != first.report) == ((holding.KEPT_BACK,), True)


def test_what_was_kept_back_is_forgotten_with_its_author_and_the_rule_stays(
    house: House, site: Asking
) -> None:
    site.ask(advert())
    [report] = site.reports()
    decided(house, report, Outcome.NO_BREACH)
    house.wait(days=400)
    with house.store.read() as view:
        author = view.get(SubjectRecord, report.subject).author or ""
    intake = site.judging.intake
    forgetting.forget(
        house.runner, {PLATFORM: house.platform}, author, "ada", lambda names: forget(intake, names)
    )
    [report] = site.reports()
    with house.store.read() as view:
        with pytest.raises(Forgotten):
            view.unseal(report.evidence or "")
        with pytest.raises(Forgotten):
            subject_of(view, report.subject)
        shown = answering.page(view, report.id, "en")
    assert shown is not None
    assert shown.rule is not None
    assert "content.links" in shown.rule.says
    assert fsck(house.store).findings == []


def test_a_rule_that_cannot_tell_lets_pass_unless_the_platform_wants_it_otherwise(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    site = Asking(house)
    site.hold("kind == 'post' and content.links > 0")
    unsure = {"kind": "post", "actor": {"id": "mallory"}, "content": {"id": "p1", "text": "buy now"}}
    assert site.asked(unsure) == []
    assert site.reports() == []
    assert site.came(holding.UNSURE) == 1
    assert "could not tell of event 1 (unknown): it passes" in caplog.text
    for wrong in ("Plaza!", "a,,b"):
        with pytest.raises(BadInput):
            house.run(founding.change_setting, "hold-when-unsure", wrong, "ada")
    house.run(founding.change_setting, "hold-when-unsure", f"forum, {PLATFORM}", "ada")
    assert site.asked(unsure) == []
    [report] = site.reports()
    assert report.kept is not None
    assert report.rule is not None
    assert (report.kept.unsure, report.rule.verdict) == ("unknown", "")
    assert "could not tell of event 2 (unknown): it is kept back" in caplog.text
    decided(house, report, Outcome.NO_BREACH)
    assert site.asked(unsure) == []
    assert site.came(holding.REVIEWED) == 1
    assert len(site.reports()) == 1
