"""What happened, in order: from the log of events, or from files as a platform writes them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from showcause.casework.rulework.backtesting import Happened
from showcause.rules.arriving import MOST_BYTES, Arrival, door, reader
from showcause.rules.schema import Schema
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
    """Return the sequence number of the last event before a time, 0 for none: times grow with sequence numbers."""
    low, high = 0, log.head().sequence
    while low < high:
        middle = (low + high + 1) // 2
        [found] = log.read(middle - 1, 1)
        if found.at < since:
            low = middle
        else:
            high = middle - 1
    return low
