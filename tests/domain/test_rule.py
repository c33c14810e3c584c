"""Versions of rules: how sure a forecast is, and what a trial has to show."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.errors import BadInput, IllegalStep
from showcause.domain.lifecycle import RULE, RuleEvent, RuleState
from showcause.domain.rule import (
    Backtest,
    Caps,
    Piece,
    RuleVersion,
    Seen,
    check_forecast,
    check_seen,
    lower_bound,
    share_of,
    upper_bound,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def backtest(events: int = 1_000, hits: int = 2) -> Backtest:
    counts = dict.fromkeys(("accounts", "new", "lost", "unchanged", "accounts_new", "accounts_lost"), 0)
    said = {"first": 0, "last": 0, "degraded": 0, "sealed": "s", "digest": "d", "recorded_by": "ada"}
    return Backtest("b", "v", "w", NOON, NOON, events=events, hits=hits, recorded_at=NOON, **counts, **said)  # type: ignore[arg-type]  # one mapping of numbers and texts


def at_most(hits: int, events: int, rate: float) -> float:
    """Return the probability of so many hits or fewer, added up term by term."""
    return sum(comb(events, each) * rate**each * (1 - rate) ** (events - each) for each in range(hits + 1))


@given(st.integers(1, 150).flatmap(lambda events: st.tuples(st.just(events), st.integers(0, events))))
def test_the_bounds_are_the_exact_ones_of_clopper_and_pearson(case: tuple[int, int]) -> None:
    events, hits = case
    upper, lower = upper_bound(hits, events), lower_bound(hits, events)
    assert lower <= hits / events <= upper
    if hits < events:
        assert at_most(hits, events, upper) == pytest.approx(0.05, rel=1e-6)
    else:
        assert upper == 1.0
    if hits:
        assert 1 - at_most(hits - 1, events, lower) == pytest.approx(0.05, rel=1e-6)
    else:
        assert lower == 0.0


def test_ten_million_events_without_a_hit_leave_a_rate_of_three_in_ten_million() -> None:
    assert upper_bound(0, 10_000_000) == pytest.approx(2.9957e-7, rel=1e-4)
    assert upper_bound(20_000, 10_000_000) == pytest.approx(0.0020234, rel=1e-4)


def test_a_backtest_over_too_few_events_says_nothing() -> None:
    with pytest.raises(IllegalStep, match="99 events"):
        check_forecast(backtest(99, 0), "")


def test_a_rule_that_hits_more_than_its_file_expects_goes_no_further() -> None:
    check_forecast(backtest(1_000, 2), "1/500")
    check_forecast(backtest(1_000, 4), "1/500")  # chance alone explains it
    with pytest.raises(IllegalStep, match=r"expects 0\.2 %"):
        check_forecast(backtest(1_000, 8), "1/500")


def test_a_trial_that_hits_more_than_was_foretold_goes_no_further() -> None:
    check_seen(Seen(200, 1), backtest())
    with pytest.raises(IllegalStep, match="foretold"):
        check_seen(Seen(200, 20), backtest())
    with pytest.raises(IllegalStep, match="needs 100"):
        check_seen(Seen(99, 0), backtest())


@pytest.mark.parametrize(
    "text, share",
    [("10 %", Fraction(1, 10)), ("10%", Fraction(1, 10)), ("0.5", Fraction(1, 2)), ("1/3", Fraction(1, 3))],
)
def test_a_share_is_read_as_it_is_written(text: str, share: Fraction) -> None:
    assert share_of(text) == share


@pytest.mark.parametrize(
    "text", ["0", "1", "100 %", "51 %", "-0.1", "nan", "inf", "1/0", "all", "", "9" * 30]
)
def test_a_canary_acts_neither_on_nobody_nor_on_all(text: str) -> None:
    with pytest.raises(BadInput):
        share_of(text)


def test_the_only_ways_into_being_live_are_a_canary_and_a_ratified_push() -> None:
    into = {(state, event) for (state, event), new in RULE.arrows.items() if new is RuleState.LIVE}
    assert into == {
        (RuleState.CANARY, RuleEvent.GO_LIVE), (RuleState.PUSHED, RuleEvent.RATIFY), (RuleState.LIVE, RuleEvent.RATIFY)
    }  # fmt: skip
    assert {state for (state, event) in RULE.arrows if event is RuleEvent.CANARY} == {RuleState.SHADOW}
    assert {state for (state, event) in RULE.arrows if event is RuleEvent.SHADOW} == {RuleState.BACKTESTED}


def test_a_pushed_rule_may_touch_a_tenth_of_the_accounts() -> None:
    held = RuleVersion(
        "v", RuleState.LIVE, "plaza", Piece.RULE, "flood", 1, "d", "d", "t", (), (), "ada", NOON, True, False,
        severity="high",
    )  # fmt: skip
    assert held.caps == Caps(50, 200)
    assert replace(held, state=RuleState.PUSHED).caps == Caps(5, 20)
    assert replace(held, kind=Piece.LIST, severity="").caps is None
