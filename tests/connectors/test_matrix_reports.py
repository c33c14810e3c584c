"""Polling Synapse's lists, held against every order of reports, deletions, restarts and late arrivals."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.connectors.matrix_reports import OVERLAP_MS, ReportPoller
from showcause.domain.errors import BadInput, NotFound

Row = dict[str, Any]


@dataclass
class Lists:
    """Synapse's two lists as its source has them: rows ordered by time of receipt, pages by offset, ids used again."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {"event": [], "user": []})
    counter: dict[str, int] = field(default_factory=lambda: {"event": 1, "user": 1})
    clock: int = 1_800_000_000_000
    between: list[Callable[[], None]] = field(default_factory=list)

    def get(self, where: str, query: Mapping[str, str | int] | None = None) -> Mapping[str, Any]:
        if self.between:
            self.between.pop()()
        name = "event" if "event_reports" in where else "user"
        if query is None:
            return self._detail(name, int(where.rpartition("/")[2]))
        start, limit = int(query["from"]), int(query["limit"])
        assert query["dir"] == "f"
        ordered = sorted(self.rows[name], key=lambda row: row["received_ts"])
        return {f"{name}_reports": ordered[start : start + limit], "total": len(ordered)}

    def file(self, name: str, later: int = 1000) -> Row:
        """Add a report, so many milliseconds after the one before (or before it)."""
        self.clock += max(later, 0)
        return self._add(name, self.clock + min(later, 0))

    def _add(self, name: str, received: int) -> Row:
        self.counter[name] += 1
        row: Row = {
            "id": self.counter[name],
            "received_ts": received,
            "user_id": "@reporter:x",
            "reason": f"{name} {self.counter[name]} {received}",
        }
        row |= (
            {"room_id": "!r:x", "event_id": f"$e{received}", "sender": "@ann:x"}
            if name == "event"
            else {"target_user_id": "@ann:x"}
        )
        self.rows[name].append(row)
        return row

    def delete(self, name: str, at: int) -> None:
        """Delete one report, if there is any."""
        if self.rows[name]:
            self.rows[name].pop(at % len(self.rows[name]))

    def restart(self) -> None:
        """Rebuild the counters from the highest id that is left."""
        for name, rows in self.rows.items():
            self.counter[name] = max((row["id"] for row in rows), default=1)

    def keys(self) -> set[str]:
        return {
            f"matrix:{n}:{row['id']}:{row['received_ts']}" for n, rows in self.rows.items() for row in rows
        }

    def _detail(self, name: str, number: int) -> Mapping[str, Any]:
        for row in self.rows[name]:
            if row["id"] == number:
                return {**row, "event_json": {"type": "m.room.message", "content": {"body": "words"}}}
        raise NotFound("no such report")


@dataclass
class Reader:
    """A caller that keeps the cursor and all keys."""

    lists: Lists
    cursor: str | None = None
    keys: list[str] = field(default_factory=list)

    def poll(self) -> None:
        """Ask until there is no more."""
        poller = ReportPoller(self.lists, "matrix", page=4, batch=5)
        for _ in range(1000):
            batch = poller.poll(self.cursor)
            self.keys += [report.external_key for report in batch.reports]
            self.cursor = batch.cursor
            if not batch.more:
                return
        raise AssertionError("the poller never comes to an end")


NAMES = st.sampled_from(["event", "user"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("file"), NAMES, st.integers(1, 400_000)),
        st.tuples(st.just("late"), NAMES, st.integers(-OVERLAP_MS // 2, -1)),
        st.tuples(st.just("delete"), NAMES, st.integers(0, 50)),
        st.tuples(st.just("delete while polling"), NAMES, st.integers(0, 50)),
        st.tuples(st.just("purge"), NAMES, st.integers(1, 30)),
        st.tuples(st.just("flood"), NAMES, st.integers(1, 12)),
        st.tuples(st.just("restart"), NAMES, st.just(0)),
        st.tuples(st.just("poll"), NAMES, st.just(0)),
    ),
    max_size=60,
)


def play(lists: Lists, reader: Reader, steps: list[tuple[str, str, int]]) -> None:
    for what, name, value in steps:
        match what:
            case "file" | "late":
                lists.file(name, value)
            case "delete":
                lists.delete(name, value)
            case "purge":
                del lists.rows[name][:value]
            case "flood":
                for _ in range(value):
                    lists.file(name, 60_000)
            case "delete while polling":
                lists.between.append(lambda n=name, v=value: lists.delete(n, v))  # type: ignore[misc]
            case "restart":
                lists.restart()
            case _:
                reader.poll()


@given(steps=STEPS)
@settings(max_examples=300)
def test_no_report_is_lost_or_told_twice_whatever_happens_to_the_lists(
    steps: list[tuple[str, str, int]],
) -> None:
    lists = Lists()
    reader = Reader(lists)
    play(lists, reader, steps)
    lists.between.clear()
    reader.poll()
    assert lists.keys() <= set(reader.keys)
    assert len(reader.keys) == len(set(reader.keys))


@given(steps=STEPS, back=st.integers(OVERLAP_MS, 10 * OVERLAP_MS), after=st.integers(1, 9))
@settings(max_examples=100)
def test_no_report_is_lost_when_the_servers_clock_is_set_back(
    steps: list[tuple[str, str, int]], back: int, after: int
) -> None:
    lists = Lists()
    reader = Reader(lists)
    play(lists, reader, steps)
    lists.between.clear()
    reader.poll()
    lists.clock -= back
    for _ in range(after):
        lists.file("event", 1000)
        reader.poll()
    assert lists.keys() <= set(reader.keys)


def test_a_report_that_appears_further_back_is_found_though_as_many_were_deleted() -> None:
    lists = Lists()
    reader = Reader(lists)
    lists.file("event")
    reader.poll()
    lists.delete("event", 0)
    reader.poll()
    lists.clock -= 2 * OVERLAP_MS
    lists.file("event")
    reader.poll()
    assert lists.keys() <= set(reader.keys)


def test_an_id_that_is_used_again_is_another_report() -> None:
    lists = Lists()
    reader = Reader(lists)
    lists.file("user")
    reader.poll()
    lists.delete("user", 0)
    lists.restart()
    assert lists.file("user")["id"] == 2
    reader.poll()
    assert len(set(reader.keys)) == 2


def test_deleting_old_reports_moves_no_new_one_out_of_sight() -> None:
    lists = Lists()
    reader = Reader(lists)
    for _ in range(12):
        lists.file("user", 60_000)
    reader.poll()
    del lists.rows["user"][:9]
    new = lists.file("user", 60_000)
    reader.poll()
    assert reader.keys[-1] == f"matrix:user:{new['id']}:{new['received_ts']}"


def test_a_quiet_list_costs_one_call_each() -> None:
    lists = Lists()
    reader = Reader(lists)
    for _ in range(50):
        lists.file("user", OVERLAP_MS + 1)
    reader.poll()
    calls: list[None] = []
    lists.between = [lambda: calls.append(None)] * 50
    reader.poll()
    assert len(calls) <= 4


def test_an_event_purged_meanwhile_is_reported_without_evidence() -> None:
    lists = Lists()
    lists.file("event")
    row = lists.rows["event"][0]
    lists.between = [lambda: lists.rows["event"].clear(), lambda: None]  # between the list and the detail
    (report,) = ReportPoller(lists, "matrix").poll(None).reports
    assert report.evidence is None
    assert report.subject.ref == f"!r:x/{row['event_id']}"
    assert report.author is not None


def test_reasons_with_overrides_are_cleaned_and_never_stop_the_intake() -> None:
    lists = Lists()
    lists.file("user")["reason"] = "look \u202eHERE\x00 " + "x" * 20_000
    lists.file("user")["reason"] = None
    lists.file("user")["target_user_id"] = "@bad\x07:x"
    lists.file("user")["reason"] = "the next one"
    reports = ReportPoller(lists, "matrix").poll(None).reports
    assert [report.reason[:14] for report in reports] == ["look \ufffdHERE\ufffd xx", "", "the next one"]
    assert len(reports[0].reason) == 10_000


def test_nobody_escapes_a_report_by_a_name_that_cannot_be_shown() -> None:
    lists = Lists()
    lists.file("event")["sender"] = "@turned\u202eround:elsewhere"
    (report,) = ReportPoller(lists, "matrix").poll(None).reports
    assert report.author is None
    assert report.evidence is not None
    assert report.evidence["content"] == {"body": "words"}


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "7", json.dumps({"event": [1], "user": [1]})])
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput):
        ReportPoller(Lists(), "matrix").poll(cursor)
