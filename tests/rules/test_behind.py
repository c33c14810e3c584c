"""What commits to the events behind a number follows from their times alone, however they came together."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.rules.behind import FLAT, Runs, digest
from showcause.rules.counters import SECOND, Counter, Kind
from showcause.rules.windows import WINDOWS

BEGIN = 1_750_000_000 * SECOND


def test_few_times_are_digested_as_they_are() -> None:
    said = b"".join(each.to_bytes(8, "big") for each in (3, 5, 8))
    assert digest([3, 5, 8], 100) == hashlib.sha256(said).hexdigest()


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 40), min_size=FLAT + 1, max_size=400),
    st.integers(1, 3000),
    st.integers(1, 90),
)
def test_what_was_kept_changes_no_digest(gaps: list[int], span: int, every: int) -> None:
    """Times come and go; the digest of those within the window is that of a fresh look at them."""
    times, runs = [BEGIN], Runs()
    for number, gap in enumerate(gaps):
        times.append(times[-1] + gap)
        while times[0] <= times[-1] - span:
            del times[0]
        if number % every == 0:
            assert digest(times, span, runs) == digest(list(times), span)
            assert len(runs.held) <= 32


@settings(max_examples=20)
@given(st.integers(FLAT + 1, 500), st.integers(0, 499))
def test_one_other_time_is_another_digest(count: int, where: int) -> None:
    times = [BEGIN + 10 * each for each in range(count)]
    other = list(times)
    other[where % count] += 1
    assert digest(times, 5000) != digest(other, 5000)
    assert digest(times[1:], 5000) != digest(times, 5000) == digest([1, *times], 5000, start=1)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_window_digests_the_times_that_it_names(kind: Kind) -> None:
    chance = random.Random(7)
    value = None if kind is Kind.COUNT else "content.domain"
    window = WINDOWS[kind](Counter("some", kind, "actor.id", 900 * SECOND, value, most=400))
    at = BEGIN
    for _ in range(900):
        at += chance.randrange(1, 4 * SECOND)
        window.take("ann", chance.randrange(1000), at)
        if chance.random() < 0.5:
            assert window.digest("ann", at) == digest(window.times("ann", at), window.span)
    assert len(window.times("ann", at)) > FLAT
    window.sweep(at)
    assert window.digest("ann", at) == digest(window.times("ann", at), window.span)
    assert window.digest("nobody", at) == digest((), window.span)
