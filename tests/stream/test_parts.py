"""A platform's events shared out by key over several processes: what is said is what one process says."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.casework.runner import Runner
from showcause.domain.errors import BadInput, ShowcauseError, Stale, Unavailable
from showcause.rules.checking import check
from showcause.rules.counters import Counter, Kind, Registry
from showcause.rules.declared import Declaration
from showcause.rules.names import Marked, Scope
from showcause.rules.owners import owners, part_of
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.tree import Condition, Rule
from showcause.store import verdicts
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.store.verdicts import Reached, Verdict
from showcause.stream.folding import Ids, Stream
from showcause.stream.intake import Intake
from showcause.stream.judging import Judges, judges
from showcause.stream.opening import open_beside
from showcause.stream.parts import Share
from showcause.stream.standing import standing
from tests.databases import fresh_memory
from tests.house import fresh_id
from tests.stream.lines import NOW, line
from tests.stream.rules import MINUTE

SCHEMA = Schema(
    (
        Field("kind", Type.TEXT, nullable=False),
        Field("actor.id", Type.TEXT, sensitive=True),
        Field("actor.age_s", Type.INT),
        Field("net.ip", Type.TEXT, sensitive=True),
        Field("content.domain", Type.TEXT),
    )
)
DECLARED = Declaration(SCHEMA, account="actor.id")
MAIN = "actor.id"
COUNTERS = (
    Counter("posts", Kind.COUNT, "actor.id", MINUTE, where="posts alone"),
    Counter("domains", Kind.DISTINCT, "actor.id", MINUTE, "content.domain"),
    Counter("accounts", Kind.DISTINCT, "net.ip", MINUTE, "actor.id"),
    Counter("mentions", Kind.COUNT, "content.domain", MINUTE, most=40),
)
RULES = {
    "flood": "posts > 3",
    "crowded": "accounts >= 3 and actor.age_s < 1000",
    "both": "posts > 1 and accounts >= 2",
    "named": "mentions > 20",
    "young": "actor.age_s < 100",
    "again": "crowded and domains >= 2",
}
OWNERS = {
    "flood": MAIN, "crowded": "net.ip", "both": MAIN, "named": "content.domain", "young": MAIN, "again": MAIN,
}  # fmt: skip


def condition(text: str, *known: str) -> Condition:
    counters = {each.name: Marked(Type.INT) for each in COUNTERS}
    found, faults = check(text, Scope(SCHEMA, counters=counters, rules=dict.fromkeys(known, False)))
    assert found is not None, faults
    return found


def judged_by(**changed: str) -> Judges:
    made = list[Rule]()
    for name, text in (RULES | changed).items():
        made.append(Rule(name, condition(text, *(each.id for each in made))))
    rule_set = RuleSet(tuple(made), counters=Registry(*COUNTERS))
    return judges(SCHEMA, rule_set, {"posts": condition("kind == 'post'")})


JUDGES = judged_by()


def lines(count: int, seed: int = 7) -> Iterator[bytes]:
    """Yield events of few accounts and networks; some lack a key."""
    chance = random.Random(seed)
    for number in range(count):
        yield line(
            f"{seed} {number}",
            kind=chance.choice(["post", "dm"]),
            actor={
                "id": chance.choice([None, *(f"user {n}" for n in range(12))]),
                "age_s": chance.choice([10, 5000]),
            },
            net={"ip": chance.choice([None, *(f"10.0.0.{n}" for n in range(5))])},
            content={"domain": chance.choice([None, "a.example", "b.example", "c.example"])},
        )


def fill(intake: Intake, sent: Iterable[bytes], platform: str = "plaza") -> None:
    """Take events in, ten at a time, while the clock moves on five seconds."""
    place, waiting = intake.log.head().sequence, iter(sent)
    while some := list(islice(waiting, 10)):
        intake.take(platform, DECLARED, some, NOW + timedelta(seconds=place / 2))
        place += len(some)


def stream(intake: Intake, number: int = 1, of: int = 1, by: Judges = JUDGES, **how: Any) -> Stream:
    return Stream(
        "plaza",
        by,
        intake,
        Runner(intake.store, fresh_id, lambda: NOW).run,
        share=Share(number, of, MAIN),
        **how,
    )


def shared_out(intake: Intake, of: int, by: Judges = JUDGES) -> None:
    """Share the events out anew, from where all were judged."""
    with intake.store.read() as view:
        there = verdicts.places(view, "plaza")
    last = max(each.sequence for each in there)
    for number in range(1, len(there) + 1):
        stream(intake, number, len(there), by).catch_up(last)
    with intake.store.transaction() as tx:
        verdicts.share_out(tx, "plaza", verdicts.places(tx, "plaza"), of)


def said(store: Store) -> list[Verdict]:
    """Return all verdicts in the order of events and rules, without the salted digests of the events."""
    with store.read() as view:
        found = verdicts.verdicts(view, most=100_000)
    return sorted((each._replace(commits="") for each in found), key=lambda each: (each.event, each.rule))


@pytest.fixture(scope="module")
def alone() -> Iterator[tuple[list[Verdict], Reached]]:
    """What one process says of these events."""
    with fresh_memory() as store:
        intake = Intake(store, open_beside(store))
        fill(intake, list(lines(700)))
        stream(intake).catch_up()
        with store.read() as view:
            place = verdicts.reached(view, "plaza")
        assert place is not None
        yield said(store), place


@pytest.mark.parametrize("of", [1, 2, 4])
def test_however_many_parts_there_are_the_same_is_said(
    anywhere: Intake, of: int, alone: tuple[list[Verdict], Reached]
) -> None:
    """Each with its own pace; every rule fires, those of one key and those of two."""
    expected, whole = alone
    fill(anywhere, [])
    first = stream(anywhere, start=0)
    first.turn()
    shared_out(anywhere, of)
    fill(anywhere, list(lines(700)))
    for number in range(1, of + 1):
        stream(anywhere, number, of, batch=50 * number, every=100).catch_up()
    assert said(anywhere.store) == expected
    assert {each.rule for each in expected} == set(RULES)
    with anywhere.store.read() as view:
        place = verdicts.reached(view, "plaza")
    assert place is not None
    assert (place.sequence, place.counts, place.of) == (700, whole.counts, of)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 3, 4]), st.integers(1, 90), st.integers(1, 160))
def test_whatever_happens_and_at_whatever_pace_parts_say_what_one_says(
    seed: int, of: int, batch: int, alone_until: int
) -> None:
    sent, found = list(lines(160, seed)), list[list[Verdict]]()
    for parts in (1, of):
        with fresh_memory() as store:
            intake = Intake(store, open_beside(store))
            fill(intake, sent)
            stream(intake, batch=batch).catch_up(alone_until)
            shared_out(intake, parts)
            for number in range(parts, 0, -1):
                stream(intake, number, parts, batch=batch, every=50).catch_up()
            found.append(said(store))
    assert found[0] == found[1]


def test_a_changed_number_of_parts_changes_nothing_that_is_said(
    intake: Intake, alone: tuple[list[Verdict], Reached]
) -> None:
    """One, four with one of them behind, two, one again: windows are made anew from where all stood."""
    sent = list(lines(700))
    fill(intake, sent[:200])
    stream(intake).catch_up()
    shared_out(intake, 4)
    fill(intake, sent[200:400])
    for number in (1, 2, 4):
        stream(intake, number, 4).catch_up()
    assert standing(intake.store, intake.log).waiting == {"plaza": 200}, "the third part is behind"
    shared_out(intake, 2)
    fill(intake, sent[400:550])
    for number in (2, 1):
        stream(intake, number, 2).catch_up()
    shared_out(intake, 1)
    fill(intake, sent[550:])
    stream(intake).catch_up()
    expected, whole = alone
    assert said(intake.store) == expected
    with intake.store.read() as view:
        place = verdicts.reached(view, "plaza")
    assert place is not None
    assert (place.sequence, place.counts, place.of) == (700, whole.counts, 1)


def test_a_part_takes_up_where_it_was_and_notices_another_of_its_kind(intake: Intake) -> None:
    fill(intake, list(lines(300)))
    stream(intake, start=0, batch=10).turn()
    shared_out(intake, 2)
    one, other = (stream(intake, 2, 2, batch=50) for _ in range(2))
    one.turn()
    other.turn()
    with pytest.raises(Stale):
        one.turn()
    other.keep()
    assert stream(intake, 2, 2).catch_up() > 0
    stream(intake, 1, 2).catch_up()
    assert standing(intake.store, intake.log).waiting == {"plaza": 0}


def test_who_counts_on_other_numbers_of_parts_judges_nothing(intake: Intake) -> None:
    fill(intake, list(lines(50)))
    with pytest.raises(Stale):
        stream(intake, 1, 2).turn()
    stream(intake).turn()
    running = stream(intake)
    running.turn()
    shared_out(intake, 2)
    fill(intake, list(lines(50, seed=8)))
    for late in (running, stream(intake), stream(intake, 3, 4)):
        with pytest.raises(Stale):
            late.turn()
    with pytest.raises(BadInput):
        Share(5, 4)


def test_parts_are_not_shared_out_anew_while_one_is_behind(intake: Intake) -> None:
    fill(intake, list(lines(100)))
    stream(intake, batch=50).turn()
    shared_out(intake, 2)
    stream(intake, 1, 2).catch_up()
    with intake.store.transaction() as tx, pytest.raises(Stale):
        verdicts.share_out(tx, "plaza", verdicts.places(tx, "plaza"), 4)


def counting(most: int) -> Callable[..., Verdict]:
    """Let the first so many verdicts of a rule be told apart, as a bound on reports does."""

    def act(
        tx: Tx, now: datetime, ids: Ids, verdict: Verdict, names: Mapping[str, str], came: dict[str, int]
    ) -> Verdict:
        word = "filed" if came.get("filed", 0) < most else "held"
        came[word] = came.get(word, 0) + 1
        return verdict._replace(came=(word,))

    return act


def test_what_bounds_a_rule_bounds_all_parts_together(intake: Intake) -> None:
    fill(intake, list(lines(300)))
    stream(intake, start=0, batch=1).turn()
    shared_out(intake, 4)
    for _ in range(10):
        for number in range(1, 5):
            stream(intake, number, 4, batch=40, act=counting(5)).turn()
    found = [each for each in said(intake.store) if each.rule == "flood" and each.came]
    assert [each.came for each in found].count(("filed",)) == 5 < len(found)
    with intake.store.read() as view:
        place = verdicts.reached(view, "plaza")
    assert place is not None
    assert place.came["flood"] == {"filed": 5, "held": len(found) - 5}


def test_parts_that_judge_at_once_wait_for_each_other_and_keep_to_one_bound(anywhere: Intake) -> None:
    fill(anywhere, list(lines(50)))
    stream(anywhere, start=0).catch_up()
    shared_out(anywhere, 4)
    fill(anywhere, list(lines(300, seed=9)))
    wrong = list[str]()

    def judge(number: int) -> None:
        part = stream(anywhere, number, 4, batch=20, act=counting(5))
        for _ in range(1_000):
            try:
                if not part.turn():
                    break
            except Unavailable:
                continue  # the file was busy
            except ShowcauseError as error:
                wrong.append(error.code)
                break
        anywhere.store.close()
        anywhere.log.close()

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(1, 5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with anywhere.store.read() as view:
        place = verdicts.reached(view, "plaza")
    assert (wrong, place and place.sequence) == ([], 350)
    assert place is not None
    assert {rule: came["filed"] for rule, came in place.came.items()} == dict.fromkeys(RULES, 5)
    filed = [each.rule for each in said(anywhere.store) if each.came == ("filed",)]
    assert sorted(filed) == sorted([*RULES] * 5)


def test_a_rule_belongs_to_the_key_of_its_counters_and_to_the_main_key_where_there_are_several() -> None:
    assert owners(JUDGES.rule_set, MAIN) == OWNERS
    assert owners(JUDGES.rule_set, "kind")["both"] == "actor.id"
    assert owners(JUDGES.rule_set, "kind")["young"] == "kind"


def test_where_a_key_belongs_is_the_same_for_ever() -> None:
    assert [part_of(each, 0, 4) for each in ("ann", "ben", 7, 1.5, True)] == [4, 2, 3, 3, 4]
    assert {part_of(None, each, 4) for each in range(20)} == {1, 2, 3, 4}
    counts = [[part_of(f"user {n}", 0, 4) for n in range(4000)].count(part) for part in range(1, 5)]
    assert min(counts) > 900


def test_two_platforms_keep_their_windows_at_the_same_place(intake: Intake) -> None:
    fill(intake, list(lines(20)))
    fill(intake, list(lines(20)), platform="agora")
    both = [
        Stream(name, JUDGES, intake, Runner(intake.store, fresh_id, lambda: NOW).run)
        for name in ("plaza", "agora")
    ]
    for each in both:
        each.catch_up()
        each.keep()
    assert all(intake.log.snapshot(f"{each.name} {JUDGES.rule_set.counters.digest}") for each in both)
