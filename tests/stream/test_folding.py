"""The stream: whatever ends it, and however often, its decisions are those of a run that nothing disturbed."""

import faulthandler
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from showcause.casework.runner import Runner
from showcause.domain.errors import Broken, EventsMissing, LogInconsistent, Stale
from showcause.domain.subject import Subject, SubjectKind
from showcause.rules.arriving import reader
from showcause.rules.fold import Fold
from showcause.rules.tracing import Truth, trace_all
from showcause.store import verdicts
from showcause.store.config import open_store
from showcause.store.events import EventLog, Stored
from showcause.store.schema import check
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.store.verdicts import Reached, Verdict
from showcause.stream.folding import Act, Ids, Stream, nothing
from showcause.stream.forgetting import forget
from showcause.stream.intake import Intake
from showcause.stream.judging import Judges
from showcause.stream.opening import FILE, open_beside, open_incomplete
from showcause.stream.standing import go_on, standing
from tests.databases import IN_MEMORY, MASTER, fresh_memory, fresh_sqlite
from tests.house import fresh_id
from tests.stream.lines import NOW, line
from tests.stream.rules import DECLARED, MINUTE, POSTS, SCHEMA, judged_by, lines

JUDGES = judged_by()


def fill(
    intake: Intake, sent: Iterable[bytes], lot: int = 100, pause: float = 1.0, platform: str = "plaza"
) -> None:
    """Take events in, some at a time, while the clock moves on."""
    place, waiting = intake.log.head().sequence, iter(sent)
    while some := list(islice(waiting, lot)):
        intake.take(platform, DECLARED, some, NOW + timedelta(seconds=pause * place / lot))
        place += len(some)


def stream(intake: Intake, judges: Judges = JUDGES, act: Act = nothing, **how: Any) -> Stream:
    runner = Runner(intake.store, fresh_id, lambda: NOW)
    return Stream("plaza", judges, intake, runner.run, act, **how)


def said(store: Store) -> tuple[list[Verdict], Reached | None]:
    with store.read() as view:
        return verdicts.verdicts(view, most=10_000_000), verdicts.reached(view, "plaza")


def test_every_event_is_judged_as_the_definition_says(intake: Intake) -> None:
    """The same events, counted anew and judged by the evaluator that explains, which shares no line with the other."""
    fill(intake, list(lines(600)), lot=20)
    assert stream(intake, batch=77).catch_up() == 600
    fold, read = Fold(JUDGES.rule_set.counters, JUDGES.filters), reader(SCHEMA)
    expected = list[tuple[int, str]]()
    for each in intake.log.read(0, 1000):
        event = read(each.body or b"")
        values = fold.advance(each.sequence, each.at, event)
        traces = trace_all(JUDGES.rule_set, event, values)
        expected += [(each.sequence, rule) for rule, found in traces.items() if found.truth is Truth.TRUE]
    found, place = said(intake.store)
    assert [(each.event, each.rule) for each in found] == expected
    assert len({each.rule for each in found}) == 3
    assert place is not None
    assert place.sequence == 600
    assert place.counts["flood"][0] == sum(each.rule == "flood" for each in found)
    assert place.counts["flood"][1] > 0, "events without an age are counted as unknown"


def test_a_verdict_says_what_the_counters_said_and_commits_to_the_events_behind(intake: Intake) -> None:
    fill(intake, list(lines(600)), lot=20)
    stream(intake).catch_up()
    flood = next(each for each in said(intake.store)[0] if each.rule == "flood")
    assert flood.version == JUDGES.versions["flood"]
    assert flood.rules == JUDGES.digest
    assert list(flood.counters) == ["posts"]
    assert len(flood.counted["posts"]) == 64
    assert flood.saturated == ()
    both = next(each for each in said(intake.store)[0] if each.rule == "both")
    assert sorted(both.counters) == ["domains", "posts", "scores"]


def test_what_a_rule_read_from_a_full_counter_says_so(intake: Intake) -> None:
    fill(intake, list(lines(600)), lot=20)
    most_five = judged_by(
        replace(POSTS, most=5), *list(JUDGES.rule_set.counters)[:1], *list(JUDGES.rule_set.counters)[2:]
    )
    stream(intake, most_five).catch_up()
    floods = [each for each in said(intake.store)[0] if each.rule == "flood"]
    assert {each.saturated for each in floods} == {(), ("posts",)}


# --- Whatever ends it -----------------------------------------------------------------------------------------------


@contextmanager
def opened(folder: Path) -> Iterator[Intake]:
    """Open a house's stream as a fresh process would."""
    store = open_store(f"sqlite:///{folder / 'showcause.db'}", IN_MEMORY, MASTER)
    intake = Intake(store, open_beside(store))
    try:
        yield intake
    finally:
        intake.log.close()
        store.close()


def in_a_process(folder: Path, work: Callable[[Intake], None]) -> int:
    """Do something in a process of its own; return the signal that ended it, 0 if it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            with opened(folder) as intake:
                work(intake)
            os._exit(0)
        except BaseException:  # noqa: BLE001  # a forked child must never come back into the tests
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_while_judging(at: int) -> Callable[[Intake], None]:
    def evaluate(event: Any, counters: Any, failures: Any, unknown: Any = ()) -> list[str]:
        seen.append(1)
        if len(seen) == at:
            die()
        return JUDGES.evaluate(event, counters, failures, unknown)

    seen = list[int]()
    return lambda intake: _go(intake, replace(JUDGES, evaluate=evaluate), nothing)


def dies_in_the_transaction(after: int) -> Callable[[Intake], None]:
    def act(
        tx: Tx, now: datetime, ids: Ids, verdict: Verdict, names: Mapping[str, str], came: dict[str, int]
    ) -> Verdict:
        if verdict.event > after:
            die()
        return verdict

    return lambda intake: _go(intake, JUDGES, act)


def dies_before_the_state_is_kept(after: int) -> Callable[[Intake], None]:
    class Dying(Stream):
        def keep(self) -> None:
            if self._fold is not None and self._fold.sequence > after:
                die()
            super().keep()

    def work(intake: Intake) -> None:
        runner = Runner(intake.store, fresh_id, lambda: NOW)
        Dying("plaza", JUDGES, intake, runner.run, nothing, every=500, batch=100).catch_up()

    return work


def _go(intake: Intake, judges: Judges, act: Act) -> None:
    stream(intake, judges, act, every=500, batch=100).catch_up()


def killed_at_three_points(folder: Path, count: int) -> tuple[list[Verdict], Reached | None]:
    """Kill three processes, each further on than the one before it, let a fourth finish, and return what is there."""
    works = (dies_while_judging, dies_before_the_state_is_kept, dies_in_the_transaction)
    for part, work in enumerate(works, 1):
        assert in_a_process(folder, work(part * count // 4)) == signal.SIGKILL
    with opened(folder) as intake:
        place = said(intake.store)[1]
    assert place is not None
    assert count // 2 < place.sequence < count
    assert in_a_process(folder, lambda intake: _go(intake, JUDGES, nothing)) == 0
    with opened(folder) as intake:
        return said(intake.store)


def undisturbed(folder: Path) -> tuple[list[Verdict], Reached | None]:
    with opened(folder) as intake:
        _go(intake, JUDGES, nothing)
        return said(intake.store)


def test_killed_at_three_points_it_decides_what_an_undisturbed_run_decides(tmp_path: Path) -> None:
    compare(tmp_path, list(lines(1600)), lot=50)


@pytest.mark.slow
def test_killed_three_times_in_a_million_events_no_decision_differs(tmp_path: Path) -> None:
    faulthandler.cancel_dump_traceback_later()  # some four minutes of processor time: beyond any limit if it is shared
    compare(tmp_path, lines(1_000_000, accounts=1_000), lot=5_000, pause=100)


def compare(folder: Path, sent: Iterable[bytes], lot: int, pause: float = 1) -> None:
    here, there = folder / "killed", folder / "undisturbed"
    here.mkdir()
    with fresh_sqlite(here) as store:
        intake = Intake(store, open_beside(store))
        fill(intake, sent, lot, pause)
        intake.log.close()
    shutil.copytree(here, there)
    size = _size(there)
    found = killed_at_three_points(here, size)
    assert found == undisturbed(there)
    assert len(found[0]) > size // 100


def _size(folder: Path) -> int:
    with opened(folder) as intake:
        return intake.log.head().sequence


def test_the_size_of_a_turn_and_how_often_the_state_is_kept_change_nothing(anywhere: Intake) -> None:
    sent = list(lines(800))
    fill(anywhere, sent)
    while stream(anywhere, batch=113, every=200).turn():  # a new one each time, as if the process had ended
        pass
    check(anywhere.store)
    with fresh_memory() as store:
        other = Intake(store, open_beside(store))
        fill(other, sent)
        stream(other).catch_up()
        assert _unsalted(anywhere.store) == _unsalted(store)


def _unsalted(store: Store) -> tuple[list[Verdict], Reached | None]:
    """Return what was said, without the events' digests: two logs salt them differently."""
    found, place = said(store)
    return [each._replace(commits="") for each in found], place


def test_what_follows_from_a_verdict_stands_or_falls_with_it(intake: Intake) -> None:
    def act(
        tx: Tx, now: datetime, ids: Ids, verdict: Verdict, names: Mapping[str, str], came: dict[str, int]
    ) -> Verdict:
        tx.note("fired", "stream", ids(), verdict.rule)
        told.append(names["actor.id"])
        if len(told) == 3:
            raise RuntimeError
        return verdict

    told = list[str]()
    fill(intake, list(lines(600)), lot=20)
    with pytest.raises(RuntimeError):
        stream(intake, act=act).catch_up()
    assert said(intake.store) == ([], None)
    assert told[0].startswith("user ")


# --- What must be noticed -------------------------------------------------------------------------------------------


def test_two_processes_cannot_both_judge(durable: Intake) -> None:
    fill(durable, list(lines(300)))
    one, other = stream(durable, batch=100), stream(durable, batch=100)
    one.turn()
    other.turn()
    with pytest.raises(Stale):
        one.turn()
    assert one.catch_up() == 100, "it begins again from where the other came to"


def test_an_event_that_was_changed_behind_its_back_stops_it(durable: Intake) -> None:
    fill(durable, list(lines(300)))
    stream(durable).catch_up()
    with durable.log._changing() as run:
        run("DROP TRIGGER event_update")
        run("UPDATE event SET body = (SELECT body FROM event WHERE seq = 9) WHERE seq = 7")
    with pytest.raises(Broken, match="other values than when they were judged"):
        stream(durable).turn()


def test_a_lost_log_of_events_is_noticed(durable: Intake, tmp_path: Path) -> None:
    fill(durable, list(lines(100)))
    stream(durable).catch_up()
    durable.log.close()
    for each in tmp_path.glob(f"{FILE}*"):
        each.unlink()
    with pytest.raises(EventsMissing, match="100 events that were judged are missing"):
        open_beside(durable.store)
    assert not (tmp_path / FILE).exists(), "a copy can be put there"
    empty = Intake(durable.store, EventLog.open(f"sqlite:///{tmp_path / FILE}", bytes(32)))
    with pytest.raises(LogInconsistent, match="100 events were judged"):
        stream(empty).turn()
    with pytest.raises(EventsMissing):
        empty.take("plaza", DECLARED, list(lines(1)), NOW)
    empty.log.close()


def test_platforms_that_were_judged_to_different_places_go_on_behind_what_is_lost(
    durable: Intake, tmp_path: Path
) -> None:
    fill(durable, list(lines(100)))
    with sqlite3.connect(tmp_path / FILE) as older, sqlite3.connect(tmp_path / "older") as copy:
        older.backup(copy)
    fill(durable, list(lines(50, seed=2)))
    stream(durable).catch_up()
    fill(durable, list(lines(50, seed=3)), platform="agora")
    Stream("agora", JUDGES, durable, Runner(durable.store, fresh_id, lambda: NOW).run).catch_up()
    before, _ = said(durable.store)
    durable.log.close()
    for each in tmp_path.glob(f"{FILE}*"):
        each.unlink()
    (tmp_path / "older").rename(tmp_path / FILE)
    again = Intake(durable.store, open_incomplete(durable.store))
    assert standing(again.store, again.log).missing == 100
    assert go_on(again.store, again.log) == 100
    assert standing(again.store, again.log).waiting == {"plaza": 50, "agora": 0}
    for seed in (4, 5):  # the second time it takes up a place behind the gap
        fill(again, list(lines(60, seed=seed)))
        assert stream(again, batch=20).catch_up() == 60
    found, place = said(again.store)
    assert place is not None
    assert place.sequence == 320
    assert found[: len(before)] == before
    assert {each.event > 200 for each in found[len(before) :]} == {True}
    again.log.close()


def test_a_damaged_state_costs_only_time(intake: Intake) -> None:
    fill(intake, list(lines(300)))
    stream(intake, every=100, batch=100).catch_up()
    with intake.log._changing() as run:
        run("UPDATE snapshot SET state = zeroblob(10)")
    fill(intake, list(lines(10, seed=8)))
    assert stream(intake).catch_up() == 10


# --- What may change ------------------------------------------------------------------------------------------------


def test_a_new_counter_has_counted_from_the_beginning(intake: Intake) -> None:
    """Nothing begins at nought: the events of its window are read before it is asked the first time."""
    fill(intake, [line(f"{n}", actor={"id": "ann", "age_s": 1}) for n in range(4)], pause=0)
    stream(intake).catch_up()
    wider = replace(POSTS, window=2 * MINUTE)
    others = [each for each in JUDGES.rule_set.counters if each.name != "posts"]
    fill(intake, [line("one more", actor={"id": "ann", "age_s": 1})], pause=0)
    stream(intake, judged_by(wider, *others)).catch_up()
    [flood] = [each for each in said(intake.store)[0] if each.rule == "flood"]
    assert (flood.event, flood.counters) == (5, {"posts": 5})


class Watched(EventLog):
    """A log that remembers from where it was read."""

    def read(self, after: int, most: int) -> list[Stored]:
        places.append(after)
        return super().read(after, most)


places: list[int] = []


def test_only_what_a_window_can_see_is_read_for_a_new_counter(durable: Intake) -> None:
    """A log of years is not read from its beginning because somebody changed a number."""
    first, then = list(lines(2000)), list(lines(300, seed=8))
    others = [each for each in JUDGES.rule_set.counters if each.name != "posts"]
    shorter = judged_by(replace(POSTS, window=MINUTE // 2), *others)
    fill(durable, first, lot=20, pause=10)
    stream(durable).catch_up()
    fill(durable, then, lot=20, pause=10)
    places.clear()
    watched = Intake(durable.store, Watched.open(durable.log.database.url, durable.log.key))
    stream(watched, shorter).catch_up()
    watched.log.close()
    assert places[0] == 1999, "when the last one was judged"
    assert 1850 < places[1] < 1950
    with fresh_memory() as store:
        whole = Intake(store, open_beside(store))
        fill(whole, first + then, lot=20, pause=10)
        stream(whole, shorter).catch_up()
        later = [each for each in _unsalted(store)[0] if each.event > 2000]
    assert [each for each in _unsalted(durable.store)[0] if each.event > 2000] == later


def test_changed_rules_judge_what_comes_and_nothing_that_was(intake: Intake) -> None:
    fill(intake, list(lines(300)), lot=20)
    stream(intake, every=100, batch=50).catch_up()
    first = said(intake.store)[0]
    other = judged_by(wide="domains >= 1")
    fill(intake, list(lines(200, seed=8)), lot=20)
    stream(intake, other, every=100, batch=50).turn()
    while stream(intake, other, every=100, batch=50).turn():
        pass
    found = said(intake.store)[0]
    assert found[: len(first)] == first
    assert {each.rules for each in found[len(first) :]} == {other.digest}
    assert [each for each in found if each.event > 300]


def test_after_a_forgetting_it_goes_on_and_what_was_decided_stands(intake: Intake) -> None:
    fill(intake, list(lines(300)), lot=20)
    running = stream(intake, every=100, batch=50)
    running.catch_up()
    first, _ = said(intake.store)
    forget(intake, [Subject("plaza", SubjectKind.ACCOUNT, f"user {n}") for n in range(10)])
    fill(intake, list(lines(100, seed=8)), lot=20)
    assert running.catch_up() == 100
    again = stream(intake)
    fill(intake, list(lines(50, seed=9)), lot=20)
    assert again.catch_up() == 50
    found, place = said(intake.store)
    assert found[: len(first)] == first
    assert place is not None
    assert place.erased > 0


def test_what_was_there_before_the_start_fills_the_windows_and_is_not_judged(intake: Intake) -> None:
    fill(intake, [line(f"{n}", actor={"id": "ann", "age_s": 1}) for n in range(20)], pause=0)
    first = stream(intake, start=20)
    assert first.catch_up() == 0
    assert said(intake.store)[0] == []
    fill(intake, [line("one more", actor={"id": "ann", "age_s": 1})], pause=0)
    assert stream(intake, start=999).catch_up() == 1, "the record says where it began"
    [flood] = [each for each in said(intake.store)[0] if each.rule == "flood"]
    assert (flood.event, flood.counters) == (21, {"posts": 21})


def test_events_of_another_platform_are_passed_over(intake: Intake) -> None:
    fill(intake, list(lines(100)), platform="agora")
    fill(intake, list(lines(100)))
    stream(intake).catch_up()
    assert all(each.event > 100 for each in said(intake.store)[0])


def test_a_rule_that_fails_touches_no_other_and_is_counted(intake: Intake) -> None:
    def evaluate(event: Any, counters: Any, failures: Any, unknown: Any = ()) -> list[str]:
        hits = JUDGES.evaluate(event, counters, failures, unknown)
        failures.append(("flood", ZeroDivisionError()))
        return [each for each in hits if each != "flood"]

    fill(intake, list(lines(300)), lot=20)
    stream(intake, replace(JUDGES, evaluate=evaluate)).catch_up()
    found, place = said(intake.store)
    assert place is not None
    assert place.counts["flood"] == (0, place.counts["flood"][1], 300)
    assert {each.rule for each in found} == {"wide", "both"}
