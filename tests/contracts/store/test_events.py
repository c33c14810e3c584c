"""The event log, the same on both databases."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from showcause.domain.errors import BadInput, ClockBehind, Misconfigured, ShowcauseError, TriggersDiffer
from showcause.store.event_erasures import Erasures
from showcause.store.events import MOST_AT_ONCE, EventLog, Fate, Offered, Place
from tests.databases import POSTGRES

if TYPE_CHECKING:
    from tests.services.postgres import PostgresServer

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MICROS = 1_772_366_400_000_000


@pytest.fixture(scope="module")
def server_url(postgres_server: "PostgresServer") -> Iterator[str]:
    name = postgres_server.create()
    yield postgres_server.dsn(name)
    postgres_server.drop(name)


def _url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgres":
        url = request.getfixturevalue("server_url")
        yield url
        with psycopg.connect(url, autocommit=True) as shell:
            shell.execute("DROP SCHEMA showcause_events CASCADE")
    else:
        yield "sqlite:///:memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'events.db'}"


@pytest.fixture(params=["sqlite", "memory", POSTGRES])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    for url in _url(request, tmp_path):
        opened = EventLog.open(url, KEY)
        yield opened
        opened.close()


@pytest.fixture(params=["sqlite", POSTGRES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a log that others can open, too."""
    yield from _url(request, tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[EventLog]:
    """A log in a file."""
    opened = EventLog.open(f"sqlite:///{tmp_path / 'events.db'}", KEY)
    yield opened
    opened.close()


def offered(id: str, body: str = "{}", platform: str = "plaza") -> Offered:
    return Offered(platform, id, None, body.encode())


def test_places_are_dense_and_times_unique_and_the_clock_s_where_it_moved_on(log: EventLog) -> None:
    first = log.append([offered("a"), offered("b")], NOW)
    later = log.append([offered("c")], NOW + timedelta(seconds=1))
    earlier = log.append([offered("d")], NOW - timedelta(minutes=30))
    assert [*first, *later, *earlier] == [
        Place(Fate.NEW, 1, MICROS),
        Place(Fate.NEW, 2, MICROS + 1),
        Place(Fate.NEW, 3, MICROS + 1_000_000),
        Place(Fate.NEW, 4, MICROS + 1_000_001),
    ]
    assert [(each.sequence, each.at) for each in log.read(0, 10)] == [
        (each.sequence, each.at) for each in [*first, *later, *earlier]
    ]


def test_a_clock_that_fell_far_behind_takes_no_event(log: EventLog) -> None:
    """Otherwise all events until it catches up would lie in one moment, and every window would count all of them."""
    log.append([offered("a")], NOW)
    with pytest.raises(ClockBehind):
        log.append([offered("b")], NOW - timedelta(hours=2))
    assert log.head().sequence == 1


def test_an_event_that_comes_again_has_its_place_already(log: EventLog) -> None:
    [first] = log.append([offered("a", "one")], NOW)
    again = log.append([offered("a", "one"), offered("b"), offered("b")], NOW)
    assert again == [
        Place(Fate.KNOWN, first.sequence, first.at),
        Place(Fate.NEW, 2, MICROS + 1),
        Place(Fate.KNOWN, 2, MICROS + 1),
    ]


def test_another_event_under_a_known_id_is_told_apart_and_nothing_of_it_is_kept(log: EventLog) -> None:
    log.append([offered("a", "one")], NOW)
    assert [each.fate for each in log.append([offered("a", "two")], NOW)] == [Fate.DIFFERS]
    assert [each.body for each in log.read(0, 9)] == [b"one"]


def test_who_asks_about_an_event_is_noted_with_it_and_makes_it_no_other_event(log: EventLog) -> None:
    asked = Offered("plaza", "b", None, b"{}", until=MICROS + 300_000)
    log.append([offered("a"), asked, offered("c")], NOW)
    assert log.asked(0, 3) == {2: MICROS + 300_000}
    assert log.asked(2, 3) == {}
    assert [each.fate for each in log.append([offered("b"), offered("d")], NOW)] == [Fate.KNOWN, Fate.NEW]
    later = Offered("plaza", "c", None, b"{}", until=MICROS + 500_000)
    assert [each.fate for each in log.append([later], NOW)] == [Fate.KNOWN]
    assert log.asked(0, 4) == {2: MICROS + 300_000}


def test_ids_of_two_platforms_have_nothing_to_do_with_each_other(log: EventLog) -> None:
    placed = log.append([offered("a"), offered("a", platform="agora")], NOW)
    assert [each.fate for each in placed] == [Fate.NEW, Fate.NEW]


def test_too_many_at_once_are_refused(log: EventLog) -> None:
    with pytest.raises(BadInput, match="at most"):
        log.append([offered("a")] * (MOST_AT_ONCE + 1), NOW)


def test_a_batch_is_taken_whole_or_not_at_all(log: EventLog) -> None:
    with pytest.raises(ShowcauseError):
        log.append([offered("a"), Offered("plaza", "b", "noon", b"")], NOW)  # type: ignore[arg-type]  # on purpose
    assert log.read(0, 9) == []
    assert log.append([offered("a")], NOW) == [Place(Fate.NEW, 1, MICROS)]


def test_writers_at_one_time_share_flushes_and_each_gets_its_own_places(log: EventLog) -> None:
    writers = 24
    got = dict[int, list[Place]]()

    def write(number: int) -> None:
        got[number] = log.append([offered(f"{number} {n}") for n in range(3)], NOW)
        if not log.database.in_memory:
            log.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    with log._line.turn():  # everybody comes while somebody writes
        for each in threads:
            each.start()
        while len(log._line._waiting) < writers:
            threading.Event().wait(0.001)
    for each in threads:
        each.join()
    assert sorted(place.sequence for places in got.values() for place in places) == list(range(1, 73))
    for places in got.values():
        assert [each.sequence - places[0].sequence for each in places] == [0, 1, 2]
    assert log.commits == 1


def test_what_was_taken_is_there_for_whoever_opens_the_log_anew(url: str) -> None:
    first = EventLog.open(url, KEY)
    first.append([offered("a", "one")], NOW)
    other = EventLog.open(url, KEY)
    assert [each.body for each in other.read(0, 9)] == [b"one"]
    assert other.append([offered("a", "one")], NOW)[0].fate is Fate.KNOWN
    for each in (first, other):
        each.close()


def test_events_are_found_by_their_times(log: EventLog) -> None:
    placed = log.append([offered(f"{n}", f"{n}") for n in range(9)], NOW)
    assert [each.body for each in log.at([placed[7].at, placed[2].at])] == [b"2", b"7"]


def test_the_last_event_until_a_time_is_found(log: EventLog) -> None:
    first = log.append([offered("a")], NOW)[0]
    later = log.append([offered("b")], NOW + timedelta(minutes=1))[0]
    assert log.last_until(first.at - 1) == (0, 0)
    assert log.last_until(later.at - 1) == (1, first.at)
    assert log.last_until(later.at) == (2, later.at)


def test_forgetting_empties_events_and_nothing_moves(log: EventLog) -> None:
    placed = log.append([offered("a", "~ann"), offered("b", "~bob"), offered("c", "~ann ~bob")], NOW)
    assert log.opens(1, "plaza", b"~ann")
    assert log.erase(lambda platform, body: b"~ann" in body) == 2
    assert [(each.sequence, each.at, each.body) for each in log.read(0, 9)] == [
        (1, placed[0].at, None),
        (2, placed[1].at, b"~bob"),
        (3, placed[2].at, None),
    ]
    assert not log.opens(1, "plaza", b"~ann")
    assert log.opens(2, "plaza", b"~bob")
    assert log.head().erased == 2
    assert log.erase(lambda platform, body: b"~ann" in body) == 0


def test_a_forgotten_event_is_not_taken_in_again(log: EventLog) -> None:
    log.append([offered("a", "~ann")], NOW)
    log.erase(lambda platform, body: True)
    assert [each.fate for each in log.append([offered("a", "~ann")], NOW)] == [Fate.FORGOTTEN]
    assert log.read(0, 9)[0].body is None


def test_an_older_copy_forgets_again_and_what_came_after_it_in_the_same_place_stays(tmp_path: Path) -> None:
    url, listed = f"sqlite:///{tmp_path / 'events.db'}", tmp_path / "events.erased"
    log = EventLog.open(url, KEY, listed)
    log.append([offered("a", "~ann"), offered("b", "~bob")], NOW)
    log.close()
    older = (tmp_path / "events.db").read_bytes()
    log.append([offered("c", "~ann again")], NOW)
    assert log.erase(lambda platform, body: b"~ann" in body) == 2
    log.close()
    assert listed.stat().st_mode & 0o777 == 0o600
    assert b"~ann" not in listed.read_bytes()

    for each in tmp_path.glob("events.db*"):
        each.unlink()
    (tmp_path / "events.db").write_bytes(older)
    log = EventLog.open(url, KEY, listed)
    assert log.replayed == 1
    log.append([offered("d", "~cleo"), offered("e", "~dan")], NOW)
    assert [each.body for each in log.read(0, 9)] == [None, b"~bob", b"~cleo", b"~dan"]
    assert log.head().erased == 1
    log.close()
    again = EventLog.open(url, KEY, listed)
    assert (again.replayed, again.read(2, 1)[0].body) == (0, b"~cleo")
    again.close()
    assert not [each for each in tmp_path.glob("events.db*") if b"~ann" in each.read_bytes()]


@pytest.mark.postgres
def test_a_servers_copy_has_the_events_and_what_it_brings_back_is_emptied_again(
    postgres_server: "PostgresServer", tmp_path: Path
) -> None:
    first, listed = postgres_server.create(), tmp_path / "events.erased"
    log = EventLog.open(postgres_server.dsn(first), KEY, listed)
    log.append([offered("a", "~ann"), offered("b", "~bob")], NOW)
    log.close()
    copy = postgres_server.create(template=first)
    assert log.erase(lambda platform, body: b"~ann" in body) == 1
    log.close()
    again = EventLog.open(postgres_server.dsn(copy), KEY, listed)
    assert (again.replayed, [each.body for each in again.read(0, 9)]) == (1, [None, b"~bob"])
    assert again.append([offered("b", "~bob")], NOW)[0].fate is Fate.KNOWN
    again.close()
    for each in (first, copy):
        postgres_server.drop(each)


def test_lost_places_are_passed_over_and_none_is_given_twice(log: EventLog) -> None:
    [before] = log.append([offered("a", "~ann")], NOW)
    assert log.keep_snapshot(1, "registry", 0, "digest", b"state")
    assert log.pass_over(1, before.at, 7) == 0, "nothing is lost"
    assert log.pass_over(40, before.at + 500, 7) == 39
    assert log.head().erased == 8, "whoever judges makes the windows anew"
    assert log.snapshot("registry") is None
    [after] = log.append([offered("b", "~bob")], NOW)
    assert (after.sequence, after.at) == (41, before.at + 501)
    assert [(each.sequence, each.body) for each in log.read(0, 9)] == [
        (1, b"~ann"),
        (40, None),
        (41, b"~bob"),
    ]
    assert log.pass_over(40, before.at, 7) == 0
    assert log.erase(lambda platform, body: True) == 2


def test_half_a_line_of_the_list_spoils_no_other(tmp_path: Path) -> None:
    url, listed = f"sqlite:///{tmp_path / 'events.db'}", tmp_path / "events.erased"
    listed.write_text("\n1 0123")
    log = EventLog.open(url, KEY, listed)
    log.append([offered("a", "~ann")], NOW)
    log.erase(lambda platform, body: True)
    named, end = Erasures(listed).since(0)
    assert [sequence for sequence, _ in named] == [1]
    assert Erasures(listed).since(end) == ([], end)
    assert Erasures(listed).since(end + 100) == (named, end), "another list is read from its beginning"
    log.close()


def test_nothing_of_a_forgotten_person_is_left_in_the_file(file: EventLog, tmp_path: Path) -> None:
    file.append([offered(f"{n}", f"~mallory and {n}") for n in range(200)], NOW)
    file.erase(lambda platform, body: b"~mallory" in body)
    assert not [each for each in tmp_path.iterdir() if b"~mallory" in each.read_bytes()]


def test_a_snapshot_goes_when_somebody_is_forgotten(log: EventLog) -> None:
    log.append([offered("a", "~ann")], NOW)
    assert log.keep_snapshot(1, "registry", 0, "digest", b"state of ~ann")
    assert log.snapshot("registry") == (1, "digest", b"state of ~ann")
    assert log.snapshot("another") is None
    log.erase(lambda platform, body: True)
    assert log.snapshot("registry") is None
    assert not log.keep_snapshot(1, "registry", 0, "digest", b"state of ~ann"), "made before the forgetting"


def test_where_an_import_stopped_is_kept(log: EventLog) -> None:
    assert log.imported("file") == (0, 0)
    log.note_import("file", 100, 3)
    log.note_import("file", 200, 6)
    assert log.imported("file") == (200, 6)


FORBIDDEN = (
    "DELETE FROM {p}event",
    "UPDATE {p}event SET moment = moment + 1",
    "UPDATE {p}event SET body = digest",
    "UPDATE {p}event SET digest = name",
    "UPDATE {p}event SET body = NULL, salt = NULL, happened = NULL, platform = 'agora'",
    "UPDATE {p}head SET seq = 0",
    "DELETE FROM {p}head",
)


def test_no_shell_changes_what_happened(url: str) -> None:
    log = EventLog.open(url, KEY)
    log.append([offered("a")], NOW)
    log.close()
    if url.startswith("sqlite"):
        shell: Any = sqlite3.connect(url.removeprefix("sqlite:///"))
        p = ""
    else:
        shell = psycopg.connect(url, autocommit=True)
        p = "showcause_events."
    for sql in FORBIDDEN:
        with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="showcause protected"):
            shell.execute(sql.replace("{p}", p))
    shell.close()


def test_a_log_of_another_version_is_refused(url: str) -> None:
    log = EventLog.open(url, KEY)
    with log._changing() as run:
        run("UPDATE {p}head SET version = 9")
    with pytest.raises(Misconfigured, match="version 9"):
        EventLog.open(url, KEY)
    log.close()


@pytest.mark.parametrize("what", ["one is missing", "one more"])
def test_a_log_whose_guards_were_changed_is_refused(url: str, what: str) -> None:
    log = EventLog.open(url, KEY)
    p = "showcause_events." if url.startswith("postgresql") else ""
    with log._changing() as run:
        if what == "one is missing":
            run("DROP TRIGGER event_delete" + (f" ON {p}event" if p else ""))
        elif p:
            run(f"CREATE TRIGGER more BEFORE DELETE ON {p}event EXECUTE FUNCTION {p}event_truncate()")
        else:
            run("CREATE TRIGGER more BEFORE DELETE ON event BEGIN SELECT 1; END")
    with pytest.raises(TriggersDiffer, match="guards"):
        EventLog.open(url, KEY)
    log.close()


def test_opening_a_log_writes_nothing_to_it(file: EventLog) -> None:
    """While a long import holds the log, others can still look at it."""
    with file._changing():
        EventLog.open(file.database.url, KEY).close()


def test_every_connection_flushes_what_it_commits(file: EventLog, tmp_path: Path) -> None:
    [(mode,)], [(full,)] = file._rows("PRAGMA journal_mode"), file._rows("PRAGMA synchronous")
    assert (mode, full) == ("wal", 2)
    assert (tmp_path / "events.db").stat().st_mode & 0o777 == 0o600
