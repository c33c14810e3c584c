"""Windows: against their definition written down naively, and against the same state reached another way."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.errors import BadInput, Broken, RecordCorrupt
from showcause.rules.counters import SECOND, Counter, Kind, Registry
from showcause.rules.fold import Fold
from showcause.rules.windows import Event

WINDOW = 10
POSTS = Counter("posts", Kind.COUNT, "actor.id", WINDOW, where="kind == 'post'")
DOMAINS = Counter("domains", Kind.DISTINCT, "actor.id", WINDOW, "content.domain")
BYTES = Counter("bytes", Kind.SUM, "actor.id", WINDOW, "content.size")
SCORES = Counter("scores", Kind.SUM_OF_FRACTIONS, "actor.id", WINDOW, "score", where="kind == 'post'")
ALL = (POSTS, DOMAINS, BYTES, SCORES)


def is_post(event: Event) -> bool | None:
    kind = event.get("kind")
    return None if kind is None else kind == "post"


FILTERS = {"posts": is_post, "scores": is_post}


def fold(*counters: Counter, **bounds: int) -> Fold:
    chosen = counters or ALL
    return Fold(Registry(*chosen), {each.name: is_post for each in chosen if each.where}, **bounds)


@dataclass(frozen=True)
class Happened:
    """One event at its logical time."""

    at: int
    event: Mapping[str, Any]


def event(actor: Any = "ann", kind: Any = "post", **content: Any) -> dict[str, Any]:
    score = content.pop("score", None)
    return {"kind": kind, "actor": {"id": actor}, "content": content, "score": score}


FRACTIONS = st.one_of(st.floats(-1e6, 1e6), st.floats(allow_nan=False, allow_infinity=False))
EVENTS = st.builds(
    event,
    actor=st.sampled_from(["ann", "bob", None]),
    kind=st.sampled_from(["post", "dm", None]),
    domain=st.sampled_from(["a.example", "b.example", "c.example", None]),
    size=st.one_of(st.none(), st.integers(-9, 9), st.sampled_from([2**53, -(2**53), 2**53 - 1])),
    score=st.one_of(st.none(), FRACTIONS),
) | st.just({"kind": "post"})


@st.composite
def histories(draw: st.DrawFn, most: int = 25) -> list[Happened]:
    at, made = draw(st.integers(1, 10**15)), []
    for each in draw(st.lists(EVENTS, max_size=most)):
        at += draw(st.sampled_from([1, 1, 1, 2, 3, WINDOW - 1, WINDOW, WINDOW + 1]))
        made.append(Happened(at, each))
    return made


def naive(counter: Counter, history: list[Happened], place: int) -> Any:
    """Return what the definition says that the event at a place sees: look at every event up to it."""
    now, key = history[place].at, read(history[place].event, counter.key)
    if key is None:
        return None
    inside = [
        each.event
        for each in history[: place + 1]
        if now - counter.window < each.at <= now
        and read(each.event, counter.key) == key
        and (not counter.where or is_post(each.event) is True)
    ]
    if counter.kind is Kind.COUNT:
        return len(inside)
    values = [value for each in inside if (value := read(each, str(counter.value))) is not None]
    if counter.kind is Kind.DISTINCT:
        return len(set(values))
    if counter.kind is Kind.SUM:
        return total if abs(total := sum(values)) <= 2**53 else None
    try:
        return math.fsum(values)
    except OverflowError:
        # `fsum` gives up at any partial sum that overflows; the exact sum is asked instead.
        return exactly(values)


def exactly(values: list[float]) -> float | None:
    from fractions import Fraction

    try:
        return float(sum(map(Fraction, values)))
    except OverflowError:
        return None


def read(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for part in path.split("."):
        value = value.get(part) if value is not None else None
    return value


def run(folded: Fold, history: list[Happened]) -> list[dict[str, Any]]:
    first = folded.sequence + 1
    return [folded.advance(first + n, each.at, each.event) for n, each in enumerate(history)]


@given(histories())
def test_every_event_sees_exactly_the_window_that_ends_with_it(history: list[Happened]) -> None:
    seen = run(fold(), history)
    for place in range(len(history)):
        assert seen[place] == {each.name: naive(each, history, place) for each in ALL}


@given(histories())
def test_a_reading_names_the_events_that_it_is_made_of(history: list[Happened]) -> None:
    folded = fold(POSTS)
    for place, each in enumerate(history):
        folded.advance(place + 1, each.at, each.event)
        told = folded.reading("posts", each.event)
        assert told.value == naive(POSTS, history, place)
        assert len(told.events) == (told.value or 0)
        assert all(each.at - WINDOW < at <= each.at for at in told.events)
        assert told.saturated_at is None
        assert (
            told.digest == hashlib.sha256(b"".join(at.to_bytes(8, "big") for at in told.events)).hexdigest()
        )


@given(histories(12))
def test_a_snapshot_at_any_point_and_the_events_after_it_give_the_same_state(history: list[Happened]) -> None:
    whole = fold()
    seen = run(whole, history)
    for place in range(len(history) + 1):
        before, after = fold(), fold()
        run(before, history[:place])
        after.restore(before.snapshot())
        assert run(after, history[place:]) == seen[place:]
        assert after.snapshot() == whole.snapshot()


@given(histories(12), st.integers(1, 3))
def test_a_bound_for_each_key_gives_the_smaller_of_bound_and_truth_and_says_so(
    history: list[Happened], most: int
) -> None:
    """A count that reached its bound is still exact up to that bound; a sum is unknown rather than wrong."""
    bounded = [Counter(e.name, e.kind, e.key, e.window, e.value, e.where, most) for e in ALL]
    folded = fold(*bounded)
    for place, each in enumerate(history):
        values = folded.advance(place + 1, each.at, each.event)
        full = folded.saturated(each.event)
        for counter in (POSTS, DOMAINS):
            true = naive(counter, history, place)
            assert values[counter.name] == (None if true is None else min(true, most))
            assert (counter.name in full) == (true is not None and true > most)
        for counter in (BYTES, SCORES):
            true = naive(counter, history, place)
            assert values[counter.name] == (None if counter.name in full else true)


@given(histories(12), st.integers(1, 3), st.integers(1, 12))
def test_bounds_are_part_of_the_state(history: list[Happened], most: int, most_entries: int) -> None:
    """Which entries were left out does not depend on where a run was interrupted."""
    bounded = [Counter(e.name, e.kind, e.key, e.window, e.value, e.where, most) for e in ALL]
    whole = fold(*bounded, most_entries=most_entries)
    seen = run(whole, history)
    broken, done = fold(*bounded, most_entries=most_entries), list[Any]()
    for each in history:
        done += run(broken, [each])
        snapshot = broken.snapshot()
        broken = fold(*bounded, most_entries=most_entries)
        broken.restore(snapshot)
    assert (done, broken.snapshot()) == (seen, whole.snapshot())


@given(histories(), st.integers(1, 8))
def test_all_counters_together_never_keep_more_than_their_bound_and_never_count_too_much(
    history: list[Happened], most_entries: int
) -> None:
    folded = fold(POSTS, DOMAINS, most_entries=most_entries)
    for place, each in enumerate(history):
        values = folded.advance(place + 1, each.at, each.event)
        full = folded.saturated(each.event)
        for counter in (POSTS, DOMAINS):
            true, told = naive(counter, history, place), values[counter.name]
            assert told == true or (counter.name in full and told < true)
        assert entries(folded) <= most_entries


def entries(folded: Fold) -> int:
    held = [json.loads(folded.snapshot())["counters"][each.id]["held"] for each in folded.registry]
    return sum(len(inner) for counter in held for _, inner in counter)


def test_a_full_memory_recovers_when_what_it_held_has_passed() -> None:
    folded = fold(POSTS, most_entries=4)
    for n in range(8):
        folded.advance(n + 1, n + 1, event(f"user {n}"))
    assert folded.saturated(event("user 7")) == ["posts"]
    last = [folded.advance(n + 1, 100 + n, event("ann")) for n in range(8, 11)]
    assert [each["posts"] for each in last] == [1, 2, 3]
    assert folded.saturated(event("ann")) == []


def test_events_with_one_time_cannot_be() -> None:
    """Two events at one time would see windows that depend on which came first; the log gives each its own time."""
    folded = fold(POSTS)
    folded.advance(1, 5, event())
    with pytest.raises(Broken, match="cannot follow"):
        folded.advance(2, 5, event())
    with pytest.raises(Broken, match="cannot follow"):
        folded.advance(3, 6, event())
    assert folded.advance(2, 6, event()) == {"posts": 2}


def test_a_late_event_counts_when_it_arrives_and_changes_nothing_before() -> None:
    """Its own time is for people to look at; windows go by the order of arrival."""
    early = event() | {"event_time": "2024-07-29T10:00:00Z"}
    late = event() | {"event_time": "2024-07-29T09:00:00Z"}
    folded = fold(POSTS)
    assert folded.advance(1, 1, early) == {"posts": 1}
    assert folded.advance(2, 2, late) == {"posts": 2}


def test_a_field_that_is_missing_leaves_the_counter_unknown() -> None:
    folded = fold()
    assert folded.advance(1, 1, {"kind": "post"}) == dict.fromkeys(["posts", "domains", "bytes", "scores"])
    assert folded.reading("posts", {"kind": "post"}).value is None


def test_a_changed_definition_is_another_counter() -> None:
    changed = [
        Counter("posts", Kind.COUNT, "actor.id", WINDOW + 1, where="kind == 'post'"),
        Counter("posts", Kind.COUNT, "actor.ip", WINDOW, where="kind == 'post'"),
        Counter("posts", Kind.COUNT, "actor.id", WINDOW, where="kind == 'dm'"),
        Counter("posts", Kind.COUNT, "actor.id", WINDOW, where="kind == 'post'", most=5),
        Counter("posts", Kind.DISTINCT, "actor.id", WINDOW, "kind", "kind == 'post'"),
    ]
    assert len({each.id for each in [POSTS, *changed]}) == 6
    assert len({Registry(each).digest for each in [POSTS, *changed]}) == 6


def test_the_id_of_a_counter_is_for_ever() -> None:
    """Ids stand in decisions: what makes them may only change together with the format's number."""
    assert POSTS.id == "posts@f54adade05e26159"
    assert Registry(*ALL).digest == Registry(*reversed(ALL)).digest


def test_a_snapshot_of_other_counters_is_refused() -> None:
    with pytest.raises(RecordCorrupt, match="other counters"):
        fold(POSTS).restore(fold(DOMAINS).snapshot())
    with pytest.raises(RecordCorrupt, match="cannot be read"):
        fold(POSTS).restore(fold(POSTS).snapshot()[:-5])


def test_a_filter_that_was_not_compiled_is_noticed() -> None:
    with pytest.raises(Broken, match="not compiled"):
        Fold(Registry(POSTS))


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"name": "Posts"}, "no name of a counter"),
        ({"key": "actor id"}, "no path of a field"),
        ({"window": 0}, "a window lasts"),
        ({"window": 367 * 24 * 3600 * SECOND}, "a window lasts"),
        ({"most": 0}, "keeps 1 to"),
        ({"value": "size"}, "takes no value"),
        ({"kind": Kind.SUM}, "needs a value"),
        ({"where": "x" * 5000}, "longer than"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_definition_out_of_form_is_refused(wrong: dict[str, Any], said: str) -> None:
    right: dict[str, Any] = {"name": "posts", "kind": Kind.COUNT, "key": "actor.id", "window": WINDOW}
    with pytest.raises(BadInput, match=said):
        Counter(**right | wrong)


def test_two_counters_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match="same name"):
        Registry(POSTS, Counter("posts", Kind.COUNT, "actor.ip", WINDOW))
