"""A rule that fires reports, as anybody may: a case opens, a person looks, and nothing else happens by itself."""

import pytest

from showcause.casework import founding, report_status
from showcause.casework.reading import subject_of
from showcause.casework.rulework import reporting, running, showing
from showcause.domain.case import Case
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.report import IntakeKind, Report
from showcause.domain.restriction import Restriction
from showcause.domain.subject import SubjectKind
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM, House
from tests.rules.folders import RULE


def site_with(house: House, effects: str = "open-case", **more: str) -> JudgedSite:
    made = JudgedSite(house)
    text = RULE.replace("  - open-case\n", "".join(f"  - {each}\n" for each in effects.split("\n")))
    made.act({"rules/night_links.yaml": text, **more}, "night_links")
    return made


def reports(house: House) -> list[Report]:
    with house.store.read() as view:
        return view.find(Report)


def cases(house: House) -> list[Case]:
    with house.store.read() as view:
        return view.find(Case)


def test_a_hit_is_filed_as_a_report_about_the_account_that_the_event_names(house: House) -> None:
    site = site_with(house)
    site.happen([post("rita", id="post 7"), {"kind": "like", "actor": {"id": "paul"}}])
    [verdict], [report], [case] = site.verdicts(), reports(house), cases(house)
    assert report.rule is not None
    assert (report.intake, report.case, report.id) == (IntakeKind.RULE, case.id, reporting.report_id(verdict))
    assert (report.rule.rule, report.rule.version, report.rule.clause, report.rule.verdict, report.rule.hits) == (
        "night_links", verdict.version, "integrity.spam@1", verdict.id, 1,
    )  # fmt: skip
    assert (verdict.came, verdict.report) == ((reporting.FILED,), report.id)
    assert (case.reports, case.urgent) == (1, False)
    with house.store.read() as view:
        about = subject_of(view, report.subject)
        assert (about.kind, about.ref) == (SubjectKind.ACCOUNT, "rita")
        assert view.unseal(report.evidence or "") == {"content": "post 7"}
        assert view.count(Restriction) == 0
        with pytest.raises(NotFound):
            report_status.by_number(view, report.number)  # nobody was told this number: it has no page


def test_further_hits_on_the_same_subject_count_onto_the_report_while_its_case_is_open(house: House) -> None:
    site = site_with(house)
    site.happen([post("rita"), post("rita"), post("paul"), post("rita")])
    first, second, third, fourth = site.verdicts()
    assert [each.came for each in (first, second, third, fourth)] == [
        (reporting.FILED,), (reporting.COUNTED,), (reporting.FILED,), (reporting.COUNTED,),
    ]  # fmt: skip
    assert first.report == second.report == fourth.report != third.report
    assert sorted(each.rule.hits for each in reports(house) if each.rule) == [1, 3]
    assert [each.reports for each in cases(house)] == [1, 1]


def test_a_report_of_a_rule_joins_the_case_that_a_person_opened(house: House) -> None:
    site = site_with(house)
    theirs = house.report(house.account("rita"), by="otto")
    site.happen([post("rita")])
    [case] = cases(house)
    assert case.reports == 2
    assert {each.case for each in reports(house)} == {theirs.case}


def test_above_the_public_bound_hits_are_held_and_counted_and_the_next_hour_takes_reports_again(
    house: House,
) -> None:
    with pytest.raises(BadInput):
        house.run(founding.change_setting, "rule-reports-hour", "0", "ada")
    house.run(founding.change_setting, "rule-reports-hour", "2", "ada")
    site = site_with(house)
    site.happen([post(name) for name in ("a", "b", "c", "d", "a")])
    assert [each.came[0] for each in site.verdicts()] == [
        reporting.FILED, reporting.FILED, reporting.HELD, reporting.HELD, reporting.COUNTED,
    ]  # fmt: skip
    assert len(reports(house)) == 2
    house.wait(hours=1)
    site.happen([post("c")])
    assert site.verdicts()[-1].came == (reporting.FILED,)


def test_an_ordered_review_goes_before_others(house: House) -> None:
    site = site_with(house, "order-review")
    site.happen([post("rita")])
    assert [each.urgent for each in cases(house)] == [True]


def test_an_event_that_names_nobody_is_said_to_name_nobody(house: House) -> None:
    site = site_with(house)
    site.happen([{"kind": "post", "content": {"links": 1}}, post("two\nlines")])
    assert [each.came for each in site.verdicts()] == [(reporting.NOBODY,), (reporting.NOBODY,)]
    assert not reports(house)
    assert reporting.came_in_words(site.verdicts()[0])[0].startswith("The event names neither")


def test_what_a_rule_would_do_beyond_a_review_is_not_done_and_its_verdict_says_so(house: House) -> None:
    site = JudgedSite(house)
    site.life.let_propose()
    text = RULE.replace("integrity.spam@1", "integrity.spam@2").replace(
        "  - open-case\n", "  - open-case\n  - propose: limit\n"
    )
    live = site.life.through(site.life.propose({"rules/night_links.yaml": text}).id, "cleo")
    with house.store.read() as view:
        assert "  not carried out: propose: limit  (what rules do so far is report)" in list(
            showing.lines_of(view, live)
        )
    site.judging.round()
    site.happen([post("rita", id="p")])
    [verdict] = site.verdicts()
    assert verdict.came == ("not carried out: propose: limit", reporting.FILED)
    assert len(reports(house)) == 1


def test_shadow_files_nothing_and_a_canary_reports_on_its_share_alone(house: House) -> None:
    site = JudgedSite(house)
    version = site.life.propose().id
    site.life.backtest(version)
    site.life.shadow(version)
    site.judging.round()
    site.happen([post(f"u{n}") for n in range(30)])
    assert not site.verdicts()
    site.life.canary(version, share="30 %")
    site.judging.round()
    site.happen([post(f"u{n}") for n in range(30)])
    came = [each.came for each in site.verdicts()]
    assert len(came) == 30
    assert 0 < came.count((reporting.FILED,)) < 30
    assert came.count((reporting.FILED,)) + came.count((reporting.OUTSIDE_SHARE,)) == 30
    site.life.live(version)
    site.judging.round()
    site.happen([post(f"u{n}") for n in range(30)])
    assert len(reports(house)) == 30


def test_a_canary_beside_a_live_version_is_measured_and_the_live_one_goes_on(house: House) -> None:
    site = site_with(house)
    house.wait(days=1)
    other = RULE.replace("content.links > 0", "content.links > 1").replace("links: 1", "links: 2")
    version = site.life.propose({"rules/night_links.yaml": other}).id
    site.life.backtest(version)
    site.life.shadow(version)
    canary = site.life.canary(version)
    site.judging.round()
    site.happen([post("rita")])
    [verdict] = site.verdicts()
    assert verdict.came == (reporting.FILED,)
    assert verdict.version != canary.digest
    with house.store.read() as view:
        assert any("it is only measured" in each for each in showing.lines_of(view, canary))


def test_what_a_canary_brings_is_read_with_it_and_checked_with_it(house: House) -> None:
    site = JudgedSite(house)
    text = RULE.replace("content.links > 0", "content.domain in blocked").replace(
        "links: 1", "domain: bad.example"
    )
    text = text.replace("links: 0", "domain: good.example")
    version = site.life.propose({"rules/night_links.yaml": text}).id
    site.life.backtest(version)
    site.life.shadow(version)
    site.life.canary(version, share="50 %")
    site.judging.round()
    site.happen([post(f"u{n}", domain="bad.example") for n in range(20)])
    assert {each.came[0] for each in site.verdicts()} == {reporting.FILED, reporting.OUTSIDE_SHARE}
    with house.store.read(house.now) as view:
        assert running.differing(view, PLATFORM) == []
