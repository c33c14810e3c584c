"""A rule from its draft to a person's decision: it reports, a person decides, and each step can be looked at again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.casework import deciding, previewing, rendering
from showcause.casework.rulework import approving, backtesting, explaining, history, trying
from showcause.casework.rulework.replaying import ReplayResult
from showcause.domain.case import Case
from showcause.domain.report import Report
from showcause.domain.restriction import Measure, Restriction
from showcause.domain.rule import RuleVersion, Seen
from tests.casework.judged_site import JudgedSite, post
from tests.databases import fresh_memory
from tests.house import PLATFORM, House, opened_house
from tests.rules.folders import RULE

TEXT = (
    RULE.replace("content.links > 0", "posts_10m >= 3 and content.links > 4")
    .replace("links: 1}}", "links: 5}}\n    counters: {posts_10m: 3}")
    .replace("links: 0}}", "links: 0}}\n    counters: {posts_10m: 3}")
)
SECTIONS = {"rules/night_links.yaml": TEXT}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with fresh_memory() as store, opened_house(store, tmp_path) as opened:
        yield opened


def ordinary(site: JudgedSite, count: int = 120) -> None:
    site.happen([post(f"u{number % 40}", links=number % 3) for number in range(count)])


def seen(site: JudgedSite, version: RuleVersion) -> Seen:
    with site.house.store.read() as view:
        prepared = backtesting.prepare(view, version)
    events = history.from_log(site.judging.intake.log, PLATFORM, prepared.after.platform.schema)
    return backtesting.observe(prepared, events, version.entered_after)


def test_a_rule_goes_live_in_steps_and_reports_and_a_person_decides(house: House) -> None:
    site = JudgedSite(house)
    run, log = house.run, site.judging.intake.log
    ordinary(site)
    draft = site.life.propose(SECTIONS)
    with house.store.read() as view:
        prepared = backtesting.prepare(view, draft)
    events = history.from_log(log, PLATFORM, prepared.after.platform.schema)
    house.wait(minutes=1)
    forecast = backtesting.backtest(prepared, events, house.now - timedelta(hours=1), house.now)
    assert (forecast.events, forecast.hits) == (120, 0)
    run(trying.record_backtest, draft.id, forecast, "bea")
    shadow = run(trying.shadow, draft.id, "bea", after=log.head().sequence)
    ordinary(site)
    canary = run(
        trying.canary, draft.id, "bea", share="10 %", seen=seen(site, shadow), after=log.head().sequence
    )
    ordinary(site)
    run(approving.go_live, draft.id, "bea", seen=seen(site, canary))
    site.judging.round()
    assert not house.all(Report)

    house.account("mallory")
    site.happen([post("mallory", links=9, id=f"p{number}") for number in range(4)])
    first, second = site.verdicts()
    [report], [case] = house.all(Report), house.all(Case)
    assert report.rule is not None
    assert (report.rule.verdict, report.rule.hits) == (first.id, 2)
    assert [row["id"] for row in house.store.queries.queue(house.now)] == [case.id]
    assert not house.all(Restriction), "nothing happens until a person decides"

    proposed = house.propose(case, rung="suspend")
    assert proposed.automation.detection
    with house.store.read(house.now) as view:
        preview = previewing.of_decision(view, house.now, house.runner.ids, proposed)
    assert "A machine pointed us to it." in preview
    assert house.standing("mallory") == frozenset()
    if proposed.approver is None:
        house.run(deciding.approve, proposed.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)
    assert house.standing("mallory") == {Measure.SUSPEND}
    with house.store.read(house.now) as view:
        statement = house.statement_of(proposed)
        said = {each: rendering.statement(view, statement, each).text for each in ("en", "fr")}
        why = explaining.explain(view, log, first)
    assert "A machine pointed us to it." in said["en"]
    assert "No machine took part in the decision." in said["en"]
    assert "Une machine nous y a conduits." in said["fr"]
    assert ("posts_10m >= 3", {"posts_10m": 3}) in [(each.text, each.read) for each in why.decided]
    assert {each.result for each in site.replayed(first, second)} == {ReplayResult.IDENTICAL}
    assert house.run(lambda tx, now, ids: tx.get(Report, report.id)).state == "answered"
