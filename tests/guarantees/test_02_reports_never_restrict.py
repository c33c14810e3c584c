"""Guarantee 2: the number of reports never restricts, nor does anything derived from it."""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import showcause
from showcause.casework import notices
from showcause.casework.notices import Notice
from showcause.casework.rule_files import read_texts
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.report import Report
from showcause.rules.codes import Code
from showcause.rules.powers import EFFECTS, EffectKind
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM, House, fresh_id
from tests.rules.folders import BASE, RULE, changed, with_when

SOURCE = Path(showcause.__file__).parent
COUNTERS = {"reports", "count_reports", "report_count"}
MAY_READ = {
    "casework/intake.py",  # counts
    "casework/desk.py",  # carries the count along when cases are merged
    "store/queries.py",  # shows it in the queue
}
"""Where the number of reports may be read; no file of these decides anything."""


def test_a_thousand_reports_make_one_case_and_restrict_nobody(house: House) -> None:
    about = house.account("lantern-walk")
    with house.world.together():
        for number in range(1_000):
            house.world.register(f"caller-{number}")
            house.world.report(f"caller-{number}", about.kind, about.ref, "ban them")
    assert house.worker.poll(PLATFORM) == 1_000
    house.wait(hours=5)
    (case,) = house.all(Case)
    assert case.reports == 1_000
    assert house.all(Decision) == []
    assert house.all(Enforcement) == []
    assert house.world.acts() == []
    assert {report.state for report in house.all(Report)} == {"filed"}


def test_many_forms_from_as_many_addresses_restrict_nobody_however_urgent_they_say_they_are(
    house: House,
) -> None:
    about = house.account("lantern-walk")
    for number in range(60):
        life = number % 2 == 0
        sender = f"caller-{number}@mail.example" if number % 3 else ""
        house.run(
            notices.send,
            Notice(fresh_id(), (about,), "safety.threats@1", "en", "ban them", life=life, email=sender),
        )
    house.wait(hours=5)
    (case,) = house.all(Case)
    assert (case.reports, case.urgent) == (60, True), "urgency orders the review and does nothing else"
    assert house.all(Decision) == []
    assert house.all(Enforcement) == []
    assert house.world.acts() == []


def test_a_rule_that_reports_a_hundred_times_restricts_nobody(house: House) -> None:
    site = JudgedSite(house)
    site.act({}, "night_links")
    site.happen([post("lantern-walk") for _ in range(100)])
    house.wait(hours=5)
    [case], [report] = house.all(Case), house.all(Report)
    assert (case.reports, case.urgent) == (1, False)
    assert report.rule is not None
    assert report.rule.hits == 100
    assert house.all(Decision) == []
    assert house.all(Enforcement) == []
    assert house.world.acts() == []


def readers() -> set[str]:
    """Return the files of the law and of the use cases that read the counter of a case."""
    found = set()
    for path in [*SOURCE.glob("domain/*.py"), *SOURCE.glob("casework/**/*.py"), *SOURCE.glob("store/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            counted = isinstance(node, ast.Attribute) and node.attr in COUNTERS
            if counted and not _is_batch(node):
                found.add(path.relative_to(SOURCE).as_posix())
    return found


def _is_batch(node: ast.AST) -> bool:
    """Tell whether it is the list of reports that a platform hands over, or the port's own method."""
    assert isinstance(node, ast.Attribute)
    return isinstance(node.value, ast.Name) and node.value.id in ("batch", "platform")


def test_nothing_that_decides_reads_the_number_of_reports() -> None:
    assert readers() <= MAY_READ, readers() - MAY_READ
    assert "casework/intake.py" in readers(), "the search finds what is there"


def test_a_proposal_has_no_place_for_a_number_of_reports() -> None:
    from dataclasses import fields

    from showcause.casework.weighing import Proposal

    names = {f.name for f in fields(Proposal)} | {f.name for f in fields(Decision)}
    assert not {name for name in names if "report" in name}


# --- Rules: what is derived from reports may open a case or order a review, and is followed wherever it goes

MORE_THAN_REVIEWS = (
    "hold-before-publication",
    "propose: limit",
    "restrict: hide",
    "{restrict: limit, for: 24 h}",
)
OFTEN = with_when("reports_24h > 2").replace("night_links", "often").replace("kind: post, ", "")
SIDE: Mapping[str, str] = {
    "lists/complained.yaml": "name: complained\nversion: 1\ntype: text\nfrom_reports: true\nentries: [a.example]\n",
    "counters/reporters.yaml": "name: reporters\nkind: distinct\nkey: actor.id\nvalue: content.id\nwindow: 1 h\n"
    "where: kind in ['report', 'flag']\n",
    "counters/scored.yaml": "name: scored\nkind: sum\nkey: actor.id\nvalue: actor.reports\nwindow: 1 h\n"
    "where: kind == 'post'\n",
    "counters/filtered.yaml": "name: filtered\nkind: count\nkey: actor.id\nwindow: 1 h\n"
    "where: kind == 'post' and actor.reports > 2\n",
    "counters/everything.yaml": "name: everything\nkind: count\nkey: actor.id\nwindow: 1 h\n",
    "rules/often.yaml": OFTEN,
    "rules/very_often.yaml": with_when("not often").replace("night_links", "very_often"),
}
WAYS = {
    "the number itself": "actor.reports > 10",
    "arithmetic": "(actor.score - actor.reports * 2) / 3 < 0.5",
    "a minus": "-actor.reports < -10",
    "a negation": "not actor.reports <= new_account",
    "membership": "actor.reports in [3, 4, 5]",
    "one of two ways": "content.links > 3 or actor.reports > 10",
    "a counter of reports": "reports_24h > 2",
    "distinct reporters": "reporters > 2",
    "a sum of numbers of reports": "scored > 20",
    "a counter whose filter reads reports": "filtered > 2",
    "a counter of all events": "everything > 100",
    "a list made of reports": "content.domain in complained",
    "another rule": "often",
    "a rule behind a rule": "not very_often",
}


def refused_with(files: Mapping[str, str]) -> list[tuple[Code, str]]:
    """Return what is said about a rule set, apart from cases that do not hold."""
    _, faults = read_texts(files)
    return [(each.code, each.what) for each in faults if each.code is not Code.CASE_FAILS]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("effect", MORE_THAN_REVIEWS)
def test_no_rule_that_does_more_than_review_reads_what_comes_from_reports(way: str, effect: str) -> None:
    said = refused_with({**changed({"when": f"kind == 'post' and ({WAYS[way]})", "effects": effect}), **SIDE})
    assert [code for code, _ in said] == [Code.REPORTS_RESTRICT]
    assert "reports" in said[0][1]


@pytest.mark.parametrize("way", WAYS)
def test_a_rule_that_only_reviews_may_read_it(way: str) -> None:
    for effect in ("open-case", "order-review"):
        assert refused_with({**changed({"when": WAYS[way], "effects": effect}), **SIDE}) == []


def test_no_rule_that_does_more_than_review_fires_on_a_report_itself() -> None:
    for condition, allowed in {
        "content.links > 3": False,
        "content.links > 3 or kind != 'report'": False,
        "kind == 'report'": False,
        "kind in ['post', 'report']": False,
        "not kind == 'post'": False,
        "content.links > 3 and kind != 'report'": True,
        "not (kind == 'report' or content.links < 3)": True,
        "kind not in ['report', 'vote']": True,
        "kind in ['post', 'reply'] and content.links > 3": True,
    }.items():
        said = refused_with(changed({"when": condition, "effects": "restrict: hide"}))
        assert (said == []) is allowed, condition


def test_nothing_does_more_than_review_until_it_is_said_which_events_are_reports() -> None:
    silent = BASE["schema.yaml"].replace("reports: {field: kind, values: [report]}\n", "")
    for effect in MORE_THAN_REVIEWS:
        said = refused_with({**changed({"effects": effect}), "schema.yaml": silent})
        assert [code for code, _ in said] == [Code.REPORTS_RESTRICT]
        assert refused_with({**changed({"effects": effect}), "schema.yaml": f"reports: none\n{silent}"}) == []
    assert refused_with({**BASE, "schema.yaml": silent}) == []


def test_events_that_sound_like_reports_are_not_passed_off_as_something_else() -> None:
    said = refused_with(changed({"when": "kind in ['post', 'User_Report']", "effects": "restrict: hide"}))
    assert [code for code, _ in said] == [Code.REPORTS_RESTRICT]


def test_only_two_effects_may_follow_reports() -> None:
    assert {kind for kind, facts in EFFECTS.items() if facts.after_reports} == {
        EffectKind.OPEN_CASE, EffectKind.ORDER_REVIEW,
    }  # fmt: skip


TAINTED = st.sampled_from(["actor.reports", "reports_24h", "reporters", "scored", "filtered"])
CLEAN = st.sampled_from(["actor.age_s", "content.links", "posts_10m", "new_account", "3", "0.5"])
VALUES = st.recursive(
    TAINTED,
    lambda inner: st.builds(
        "({} {} {})".format, st.one_of(inner, CLEAN), st.sampled_from("+-*/"), inner
    ) | st.builds("-{}".format, inner),
    max_leaves=4,
)  # fmt: skip
CONDITIONS = st.recursive(
    st.builds("{} {} content.links".format, VALUES, st.sampled_from(["<", ">", "==", "!="])),
    lambda inner: (
        st.builds("not ({})".format, inner)
        | st.builds("(actor.verified {} {})".format, st.sampled_from(["and", "or"]), inner)
    ),
    max_leaves=3,
)


@given(CONDITIONS)
@settings(max_examples=25, deadline=None)
def test_however_it_is_wrapped_it_is_found(condition: str) -> None:
    said = refused_with(
        {**changed({"when": f"kind == 'post' and {condition}", "effects": "restrict: hide"}), **SIDE}
    )
    assert {code for code, _ in said} == {Code.REPORTS_RESTRICT}
    assert refused_with({**BASE, **SIDE, "rules/night_links.yaml": with_when(condition, base=RULE)}) == []
