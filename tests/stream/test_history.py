"""Old events lie in files, and whoever reads the log gets them as if they were in it."""

import json
import random
import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from showcause.domain.errors import EventsMissing, NotFound, RecordCorrupt
from showcause.domain.subject import Subject, SubjectKind
from showcause.rules.declared import Declaration
from showcause.rules.schema import Field, Schema, Type
from showcause.store import backup
from showcause.store.event_pieces import Gone
from showcause.store.events import Fate, Offered, Stored
from showcause.stream.forgetting import forget
from showcause.stream.history import MANIFEST
from showcause.stream.intake import Intake
from showcause.stream.moving import Moving
from showcause.stream.opening import history_of, open_beside
from tests.stream.lines import DECLARED, NOW, line

SCHEMA = "5f2a" * 16
LATER = NOW + timedelta(days=40)
TOMORROW = datetime(2026, 3, 2, tzinfo=UTC)
MALLORY = Subject("plaza", SubjectKind.ACCOUNT, "mallory")


def moving(intake: Intake, most: int = 200_000) -> Moving:
    return Moving(history_of(intake.log), most)


def move_all(
    intake: Intake, before: datetime = LATER, most: int = 200_000, declared: Declaration = DECLARED
) -> int:
    """Move all there is to move; return into how many files."""
    mover, files = moving(intake, most), 0
    while mover.move("plaza", declared, SCHEMA, before) is not None:
        files += 1
    return files


def take(intake: Intake, count: int, now: datetime = NOW, name: str = "e") -> None:
    chance = random.Random(count)
    sent = [
        line(
            f"{name}{n}",
            actor={"id": chance.choice(["ann", "ben", "mallory"]), "age_s": chance.choice([None, n])},
            content={"id": f"post {n}", "size": n},
        )
        for n in range(count)
    ]
    for start in range(0, count, 5_000):
        intake.take("plaza", DECLARED, sent[start : start + 5_000], now)


def said(events: Sequence[Stored]) -> list[tuple[Any, ...]]:
    return [
        (each.sequence, each.at, each.platform, each.body, each.sealed, each.commitment) for each in events
    ]


def test_what_was_moved_reads_as_before_and_its_rows_are_empty(lasting: Intake) -> None:
    take(lasting, 60)
    lasting.log.append([Offered("agora", "x", None, b"another platform's")], NOW)
    take(lasting, 40, NOW + timedelta(days=1), "f")
    before = said(lasting.log.read(0, 500))
    assert move_all(lasting, most=25) == 5, "three files of the first day, two of the second"
    rows = lasting.log.ask("SELECT seq, body IS NULL, salt IS NULL FROM {p}event ORDER BY seq")
    assert [(seq, bool(body), bool(salt)) for seq, body, salt in rows] == [
        (n, n != 61, False) for n in range(1, 102)
    ]
    assert said(lasting.log.read(0, 500)) == before
    assert said(lasting.log.read(57, 3)) == before[57:60]
    assert said(lasting.log.at([before[3][1], before[99][1]])) == [before[3], before[99]]
    assert all(lasting.log.opens(seq, "plaza", body) for seq, _, name, body, *_ in before if name == "plaza")
    assert move_all(lasting) == 0


def test_an_event_that_comes_again_is_known_and_another_one_is_told_apart(lasting: Intake) -> None:
    take(lasting, 5)
    [first] = lasting.log.read(0, 1)
    assert first.body is not None
    move_all(lasting)
    again = lasting.log.append(
        [Offered("plaza", "e0", None, first.body), Offered("plaza", "e0", None, b"{}")], LATER
    )
    assert [each.fate for each in again] == [Fate.KNOWN, Fate.DIFFERS]


def test_only_whole_days_before_the_given_one_move(durable: Intake) -> None:
    take(durable, 5)
    take(durable, 5, NOW + timedelta(days=1), "f")
    assert move_all(durable, TOMORROW) == 1
    [piece] = durable.log.pieces()
    assert (piece.after, piece.last, piece.rows) == (0, 5, 5)
    assert [each.moved for each in durable.log.read(0, 99)] == [True] * 5 + [False] * 5


def test_files_say_by_their_place_whose_they_are_of_which_schema_and_of_which_day(durable: Intake) -> None:
    take(durable, 3)
    move_all(durable)
    history = history_of(durable.log)
    [piece] = durable.log.pieces()
    path = history.path_of(piece)
    assert str(path.relative_to(history.folder)) == (
        f"plaza/schema-5f2a5f2a5f2a/2026-03-01.000000000001.{piece.digest[:8]}.parquet"
    )
    assert path.stat().st_mode & 0o777 == 0o600
    told = json.loads((history.folder / MANIFEST).read_text())["files"]
    assert [(each["file"], each["sha256"], each["rows"]) for each in told] == [(piece.file, piece.digest, 3)]


def test_anybody_s_duckdb_reads_the_fields_as_they_are_declared(durable: Intake) -> None:
    sent = [line("a", actor={"id": "ann", "age_s": 7}), line("b", content={"id": "p", "size": None})]
    durable.take("plaza", DECLARED, sent, NOW)
    move_all(durable)
    [piece] = durable.log.pieces()
    with duckdb.connect() as db:
        file = str(history_of(durable.log).path_of(piece))
        rows = db.execute(
            'SELECT sequence, "at", id, kind, "actor.age_s", "content.size", "actor.id" IS NULL FROM read_parquet(?)',
            [file],
        ).fetchall()
        types = dict(
            db.execute(
                "SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet(?))", [file]
            ).fetchall()
        )
    at = durable.log.read(0, 2)
    assert rows == [
        (1, at[0].at, "a", "post", 7, None, False),
        (2, at[1].at, "b", "post", None, None, True),
    ]
    assert (types["actor.age_s"], types["actor.id"]) == ("BIGINT", "VARCHAR")
    assert b"ann" not in Path(file).read_bytes()


def test_whatever_a_schema_lets_in_comes_back_to_the_byte(durable: Intake) -> None:
    """Fields that are gone, fields that are named like a file's own columns, and every extreme value."""
    wide = Declaration(
        Schema(
            (
                Field("kind", Type.TEXT, nullable=False), Field("id", Type.TEXT), Field("at", Type.INT),
                Field("actor.score", Type.FLOAT), Field("actor.ok", Type.BOOL), Field("actor.n", Type.INT),
                Field("content.text", Type.TEXT), Field("zone", Type.TEXT),
            )
        )
    )  # fmt: skip
    values = [0.0, -0.0, 1e300, 5e-324, 0.1, -1.5]
    sent = [
        json.dumps(
            {
                "id": f"i{n}",
                "time": "2026-02-28T10:00:00Z" if n % 2 else None,
                "data": {
                    "kind": "k", "at": n, "id": None, "zone": "z" * n,
                    "actor": {"score": value, "ok": bool(n % 2), "n": 2**53 - n},
                    "content": {"text": 'pré ẞ 🙂 "\\\n\t' if n % 2 else ""},
                },
            }
        ).encode()
        for n, value in enumerate(values)
    ]  # fmt: skip
    sent.append(json.dumps({"id": "few", "data": {"kind": "k", "actor": {}}}).encode())
    assert all(each.taken for each in durable.take("plaza", wide, sent, NOW))
    before = said(durable.log.read(0, 99))
    narrow = Declaration(
        Schema((Field("kind", Type.INT), Field("actor.ok", Type.BOOL), Field("actor.score", Type.INT)))
    )
    moving(durable).move("plaza", narrow, SCHEMA, LATER)
    assert said(durable.log.read(0, 99)) == before
    [piece] = durable.log.pieces()
    assert piece.whole == 7, "the text of each stands beside the columns"
    again = Declaration(
        replace(wide.schema, fields=tuple(each for each in wide.schema if each.path != "zone"))
    )
    durable.take(
        "plaza", wide, [json.dumps({"id": "last", "data": {"kind": "k", "zone": "z"}}).encode()], NOW
    )
    moving(durable).move("plaza", again, SCHEMA, LATER)
    assert durable.log.read(7, 9)[0].body == b'{"data":{"kind":"k","zone":"z"},"id":"last","time":null}'


def test_an_event_that_is_not_what_its_digest_commits_to_is_not_moved(durable: Intake) -> None:
    take(durable, 3)
    with durable.log.changing() as run:
        run("DROP TRIGGER event_update")
        run("UPDATE event SET body = CAST(replace(CAST(body AS TEXT), ':1}', ':7}') AS BLOB) WHERE seq = 2")
    with pytest.raises(RecordCorrupt, match="event 2 is not what its digest commits to"):
        move_all(durable)
    assert durable.log.pieces() == []
    assert [each.body is None for each in durable.log.read(0, 9)] == [False] * 3


def test_a_file_that_went_by_its_time_is_missed_with_its_day(lasting: Intake) -> None:
    take(lasting, 3)
    take(lasting, 2, NOW + timedelta(days=1), "f")
    move_all(lasting)
    history = history_of(lasting.log)
    history.clock = lambda: datetime(2027, 5, 3, 4, tzinfo=UTC)
    [gone] = moving(lasting).let_go(TOMORROW)
    assert not history.path_of(gone).exists()
    first, *_, last = lasting.log.read(0, 9)
    assert (first.body, first.gone, first.why) == (None, Gone.LEFT, "left the history on 3 May 2027")
    assert last.body is not None
    assert json.loads((history.folder / MANIFEST).read_text())["files"][0]["left"] == "3 May 2027"
    assert lasting.log.append([Offered("plaza", "e0", None, b"{}")], LATER)[0].fate is Fate.DIFFERS, (
        "known by its id"
    )
    assert moving(lasting).let_go(TOMORROW) == []


def test_a_file_that_is_missing_or_changed_is_named_and_can_be_given_up(durable: Intake) -> None:
    take(durable, 4)
    move_all(durable)
    history = history_of(durable.log)
    [piece] = durable.log.pieces()
    with pytest.raises(NotFound):
        moving(durable).give_up(piece.file)
    path = history.path_of(piece)
    data = path.read_bytes()
    path.write_bytes(data[:-5] + b"-----")
    said = f"is in {piece.file} of the history, which is missing or damaged"
    assert [(each.gone, each.why) for each in durable.log.read(0, 1)] == [(Gone.MISSING, said)]
    path.unlink()
    assert durable.log.read(0, 1)[0].gone is Gone.MISSING
    with pytest.raises(EventsMissing, match="missing or damaged"):
        forget(durable, [MALLORY])
    path.write_bytes(data)
    assert durable.log.read(0, 1)[0].body is not None, "a file that is put back is read again"
    path.unlink()
    moving(durable).give_up(piece.file)
    assert durable.log.read(0, 1)[0].gone is Gone.LEFT
    assert forget(durable, [MALLORY]) == 0


def test_forgetting_writes_the_files_once_more_without_the_person(lasting: Intake) -> None:
    take(lasting, 30)
    before = said(lasting.log.read(0, 99))
    mine = [json.loads(body)["data"]["actor"]["id"] for _, _, _, body, *_ in before]
    hashed = next(each for each, event in zip(mine, before, strict=True) if b'"id":"e1"' in event[3])
    move_all(lasting, most=20)
    old = [each.file for each in lasting.log.pieces()]
    history = history_of(lasting.log)
    told: list[tuple[int, int]] = []

    def first(hashes: Collection[str], events: Collection[str]) -> int:
        told.append((len(hashes), len(events)))
        return 0

    who = {name: mine.index(name) for name in set(mine)}
    assert hashed in who
    count = forget(lasting, [MALLORY], first)
    assert count == 30 - sum(each.body is not None for each in lasting.log.read(0, 99))
    assert 0 < count < 30
    assert told[0] == (1, 0)
    assert sum(events for _, events in told) == count
    pieces = lasting.log.pieces()
    assert {each.file for each in pieces}.isdisjoint(old)
    assert [each.rows + each.forgotten for each in pieces] == [20, 10]
    assert sum(each.forgotten for each in pieces) == count
    assert not any((history.folder / each).exists() for each in old)
    kept = [each for each in said(lasting.log.read(0, 99)) if each[3] is not None]
    assert kept == [each for each in before if each in kept]
    assert lasting.log.head().erased == count
    [theirs] = {name for name in mine if all(name.encode() not in each[3] for each in kept)}
    files = [path for path in history.folder.rglob("*") if path.is_file()]
    assert not any(theirs.encode() in path.read_bytes() for path in files)
    assert all("forgotten" in each for each in json.loads((history.folder / MANIFEST).read_text())["files"])
    assert forget(lasting, [MALLORY]) == 0


def test_who_is_in_an_event_s_own_text_is_found_there_too(durable: Intake) -> None:
    durable.take("plaza", DECLARED, [line("a", actor={"id": "mallory"}), line("b", actor={"id": "ann"})], NOW)
    narrow = Declaration(Schema((Field("kind", Type.TEXT),)))
    moving(durable).move("plaza", narrow, SCHEMA, LATER)
    assert forget(durable, [MALLORY]) == 1
    assert [each.body is None for each in durable.log.read(0, 9)] == [True, False]


def test_an_older_copy_of_log_and_files_forgets_again_when_it_is_opened(
    lasting: Intake, tmp_path: Path
) -> None:
    take(lasting, 30)
    move_all(lasting)
    history, path = history_of(lasting.log), lasting.log.database.path
    shutil.copytree(history.folder, tmp_path / "copied")
    if path is not None:
        backup.back_up_events(path, tmp_path / "copy.db")
    count = forget(lasting, [MALLORY])
    lasting.log.close()
    if path is None:  # on a server the log itself stays; what comes back are the files
        [piece] = lasting.log.pieces()
        new = history.path_of(piece)
        [old] = (tmp_path / "copied").rglob("*.parquet")
        new.with_name(old.name).write_bytes(old.read_bytes())
        moving(lasting).finish()
        assert [each.name for each in history.folder.rglob("*.parquet")] == [new.name]
        return
    for each in tmp_path.glob("events.db*"):
        each.unlink()
    shutil.rmtree(history.folder)
    shutil.copytree(tmp_path / "copied", history.folder)
    shutil.copyfile(tmp_path / "copy.db", path)
    log = open_beside(lasting.store)
    assert log.replayed == count
    assert sum(each.body is None for each in log.read(0, 99)) == count
    [piece] = log.pieces()
    assert (piece.rows, piece.forgotten) == (30 - count, count)
    assert history_of(log).tidy() == []
    assert len(list(history.folder.rglob("*.parquet"))) == 1
    log.close()


def test_a_file_that_nobody_knows_is_named_and_left_alone(durable: Intake) -> None:
    take(durable, 3)
    move_all(durable)
    history = history_of(durable.log)
    strange = history.folder / "plaza" / "found.parquet"
    strange.write_bytes(b"not of this house")
    half = history.folder / "plaza" / "half.parquet.part"
    half.write_bytes(b"what an interruption left")
    assert history.tidy() == ["plaza/found.parquet"]
    assert strange.exists()
    assert not half.exists()


def test_a_moved_event_that_no_file_has_is_missing_and_not_forgotten(durable: Intake) -> None:
    take(durable, 3)
    move_all(durable)
    assert history_of(durable.log).drop([2]) == 1  # as nobody does alone: its row says that it is there
    found = durable.log.read(0, 3)
    assert [each.body is None for each in found] == [False, True, False]
    assert found[1].gone is Gone.MISSING
    assert "is not in plaza/" in found[1].why


def test_the_room_of_what_was_moved_is_given_back(durable: Intake) -> None:
    take(durable, 3_000)
    before = said(durable.log.read(0, 9_999))
    move_all(durable)
    [(pages,)] = durable.log.ask("PRAGMA page_count")
    assert durable.log.shrink(if_small=True) > pages * 4096 // 4
    assert durable.log.shrink(if_small=True) == 0
    assert said(durable.log.read(0, 9_999)) == before
