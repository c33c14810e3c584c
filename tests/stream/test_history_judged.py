"""Where old events lie changes no decision; what is gone is named or waited for, and is not counted as none."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.domain.errors import EventsMissing
from showcause.stream.intake import Intake
from showcause.stream.moving import Moving
from showcause.stream.opening import history_of
from tests.databases import fresh_sqlite
from tests.stream.lines import NOW
from tests.stream.rules import DECLARED, POSTS, judged_by, lines
from tests.stream.test_folding import fill, said, stream
from tests.stream.test_history import SCHEMA

LATER = NOW + timedelta(days=40)


def move(intake: Intake, most: int = 70) -> None:
    mover = Moving(history_of(intake.log), most)
    while mover.move("plaza", DECLARED, SCHEMA, LATER) is not None:
        pass


def test_decisions_are_those_of_a_log_that_nothing_was_moved_from(durable: Intake, tmp_path: Path) -> None:
    sent = list(lines(600))
    (tmp_path / "other").mkdir()
    with fresh_sqlite(tmp_path / "other") as store:
        undisturbed = Intake(store, type(durable.log).open(f"sqlite:///{tmp_path / 'o.db'}", durable.log.key))
        fill(undisturbed, sent, lot=20)
        stream(undisturbed, batch=50).catch_up()
        expected = said(store)[0]
        undisturbed.log.close()
    fill(durable, sent[:300], lot=20)
    stream(durable, batch=50).catch_up()
    move(durable)
    fill(durable, sent[300:], lot=20)
    assert stream(durable, batch=50).catch_up() == 300, "the windows were read again from the files"
    found = said(durable.store)[0]
    assert [(each.id, each.counters) for each in found] == [(each.id, each.counters) for each in expected]
    assert len(durable.log.pieces()) == 5


def with_a_new_counter(intake: Intake, *, moved: bool) -> list[tuple[str, object]]:
    """Judge some events, change a window's length, and judge some more; return what was said."""
    fill(intake, list(lines(300)), lot=20)
    stream(intake).catch_up()
    if moved:
        move(intake)
    others = [each for each in judged_by().rule_set.counters if each.name != "posts"]
    changed = judged_by(replace(POSTS, window=2 * POSTS.window), *others)
    fill(intake, list(lines(300, seed=8)), lot=20)
    assert stream(intake, changed).catch_up() == 300
    return [(each.id, each.counters) for each in said(intake.store)[0]]


def test_a_new_counter_is_filled_from_the_files(durable: Intake, intake: Intake) -> None:
    assert with_a_new_counter(durable, moved=True) == with_a_new_counter(intake, moved=False)


def test_events_that_left_stop_no_judging_and_begin_its_chain_anew(durable: Intake) -> None:
    fill(durable, list(lines(300)), lot=20)
    stream(durable).catch_up()
    before, place = said(durable.store)
    move(durable)
    Moving(history_of(durable.log)).let_go(LATER)
    fill(durable, list(lines(300, seed=8)), lot=20)
    assert stream(durable).catch_up() == 300
    found, after = said(durable.store)
    assert found[: len(before)] == before
    assert len(found) > len(before)
    assert place is not None
    assert after is not None
    assert (place.since, after.since, after.erased) == (0, 300, 0)
    fill(durable, list(lines(10, seed=9)), lot=20)
    assert stream(durable).catch_up() == 10, "and once more from there"


def test_while_a_file_is_missing_what_needs_it_is_not_judged(durable: Intake) -> None:
    fill(durable, list(lines(300)), lot=20)
    stream(durable).catch_up()
    move(durable)
    history = history_of(durable.log)
    path = history.path_of(durable.log.pieces()[1])
    data = path.read_bytes()
    path.unlink()
    fill(durable, list(lines(10, seed=8)), lot=20)
    with pytest.raises(EventsMissing, match="missing or damaged"):
        stream(durable).catch_up()
    path.write_bytes(data)
    assert stream(durable).catch_up() == 10


def test_an_event_in_a_missing_file_is_not_passed_over_as_if_it_were_none(durable: Intake) -> None:
    fill(durable, list(lines(10)), lot=20)
    move(durable)
    path = history_of(durable.log).path_of(durable.log.pieces()[0])
    data = path.read_bytes()
    path.unlink()
    with pytest.raises(EventsMissing):
        stream(durable).catch_up()
    assert said(durable.store) == ([], None)
    path.write_bytes(data)
    assert stream(durable).catch_up() == 10
