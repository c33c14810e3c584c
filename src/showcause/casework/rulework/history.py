"""What happened, in order: from the log of events, or from files as a platform writes them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from showcause.casework.rulework.backtesting import Happened, microseconds, moment
from showcause.rules.arriving import MOST_BYTES, Arrival, door, reader
from showcause.rules.schema import Schema
from showcause.store.event_pieces import Piece
from showcause.store.events import EventLog

AT_ONCE: Final = 2_000


def from_log(
    log: EventLog, platform: str, schema: Schema, since: int = 0, after: int = 0
) -> Iterator[Happened]:
    """Yield the events of the log from a time on (microseconds), or after a sequence number, whichever is later.

    Those of other platforms come too, without their content: windows have to pass over them.
    """
    read, place = reader(schema), max(after, _place(log, since))
    while some := log.read(place, AT_ONCE):
        for each in some:
            ours = each.platform == platform and each.body is not None
            event = read(each.body) if ours and each.body is not None else None
            id_ = str(json.loads(each.body)["id"]) if ours and each.body is not None else ""
            yield Happened(each.sequence, each.at, id_, event)
        place = some[-1].sequence


def in_files(log: EventLog, platform: str, since: datetime, until: datetime) -> tuple[list[Path], int] | None:
    """Return the files of the history that a query over a period reads, and up to which place they reach.

    None where no file has any of it, or a file does not say everything in its columns, or is missing: whoever asks then
    reads one event after the other.
    """
    pieces, shelf = _pieces(log, platform, since, until), log.shelf
    if not pieces or shelf is None or any(each.whole or not shelf.is_there(each) for each in pieces):
        return None
    return [shelf.path_of(each) for each in pieces], pieces[-1].last


def lacking(log: EventLog, platform: str, since: datetime, until: datetime) -> list[str]:
    """Return in sentences which events of a period are not there any more, and why."""
    said = []
    for each in _pieces(log, platform, since, until):
        period = f"{each.rows:,} events from {_day(each.first_at)} to {_day(each.last_at)}"
        if each.left_at is not None:
            said.append(f"{period} left the history on {_day(each.left_at)}; they are not counted")
        elif log.shelf is None or not log.shelf.is_there(each):
            said.append(f"{period} are in {each.file}, which is missing or damaged; they are not counted")
    return said


def _pieces(log: EventLog, platform: str, since: datetime, until: datetime) -> list[Piece]:
    start, end = microseconds(since), microseconds(until)
    return [each for each in log.pieces(platform) if each.last_at >= start and each.first_at < end]


def _day(at: int) -> str:
    found = moment(at)
    return f"{found.day} {found:%B %Y}"


def from_lines(
    files: Iterable[Path], platform: str, schema: Schema, key: bytes, refused: "Counter[str]"
) -> Iterator[Happened]:
    """Yield the events of files, one JSON object a line, in the order of the lines; count by code what is refused.

    Their place in time is the platform's own, moved on where it would not be later than the event before.
    """
    taking, sequence, at = door(platform, schema, key), 0, 0
    for file in files:
        with file.open("rb") as opened:
            while line := opened.readline(MOST_BYTES + 2):
                if not line.strip():
                    continue
                arrived = taking.arrive(line.strip())
                if not isinstance(arrived, Arrival):
                    refused[arrived.reason] += 1
                    continue
                sequence, at = sequence + 1, max(at + 1, arrived.happened_at or 0)
                yield Happened(sequence, at, arrived.id, arrived.event)


def _place(log: EventLog, since: int) -> int:
    """Return the sequence number of the last event before a time, 0 for none."""
    return log.last_until(since - 1)[0]
