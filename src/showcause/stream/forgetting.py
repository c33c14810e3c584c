"""Forgetting reaches the events: every event that names the person is emptied, and keeps its place.

It is looked for in the log, and in the files of the history, which are written once more without it.
"""

import json
import re
import time
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Final

from showcause.domain.errors import StoreBusy
from showcause.domain.subject import Subject
from showcause.rules.arriving import MARK, pseudonym
from showcause.store.event_due import SEALED
from showcause.store.events import Stored
from showcause.stream.history import History
from showcause.stream.intake import Intake

HASH: Final = re.compile(MARK.encode() + rb"[0-9a-f]{32}")
SOME: Final = 10_000
PAUSES: Final = (0.1, 0.4, 1.5, 3.0, 0.0)
"""Seconds between tries to overwrite old rows, while something that began before still reads."""

First = Callable[[Collection[str], Collection[str]], int]
"""Is told, before anything is emptied, what stands for somebody in events, and the ids of events that will be.

It drops what else names them, and returns how much that was.
"""


def forget(intake: Intake, names: Collection[Subject], first: First = lambda hashes, events: 0) -> int:
    """Empty the events in which some accounts or their things stand in a personal field; return how many.

    May be repeated. Reads the whole log once, some hundred thousand events a second. What was counted from them leaves
    the windows when the folded state is next made anew from the log. On a server, old versions of rows are overwritten
    at once where that takes a moment only; else it is due, and the doctor says so.

    Raises: EventsMissing: a copy or file that is put back later would bring them back.
    """
    if not names:
        return 0
    intake.check()
    wanted = {hash_of(intake, each) for each in names}
    sought = {each.encode() for each in wanted}

    def concerns(body: bytes) -> bool:
        return not sought.isdisjoint(HASH.findall(body))

    def drop(events: Collection[str]) -> None:
        if first(wanted, events):
            intake.log.owe(SEALED)

    def tell(gone: Sequence[Stored]) -> None:
        drop({_id(each.body) for each in gone if each.body is not None})

    drop(())
    emptied = intake.log.erase(lambda platform, body: concerns(body), first=tell)
    if isinstance(intake.log.shelf, History):
        with intake.log.shelf.alone():
            for platform in sorted({each.platform for each in names}):
                places = intake.log.shelf.naming(platform, wanted, concerns)
                emptied += _empty(intake, places, tell)
    overwrite(intake)
    return emptied


def forget_places(intake: Intake, places: Sequence[int], first: First = lambda hashes, events: 0) -> int:
    """Empty the events of some places, wherever they lie, as `mentions` names them; return how many. Final."""

    def tell(gone: Sequence[Stored]) -> None:
        if first((), {_id(each.body) for each in gone if each.body is not None}):
            intake.log.owe(SEALED)

    emptied = _empty(intake, places, tell)
    overwrite(intake)
    return emptied


def _empty(intake: Intake, places: Sequence[int], tell: Callable[[Sequence[Stored]], None]) -> int:
    """Empty events of some places, in the log and in the history; return how many. `tell` is told of them before."""
    for start in range(0, len(places), SOME):
        tell(intake.log.of_places(places[start : start + SOME]))
    return intake.log.erase_places(places)


def overwrite(intake: Intake) -> None:
    """Overwrite what a server keeps of emptied rows, where that takes a moment; else it stays due."""
    for pause in PAUSES:
        try:
            intake.log.scrub(if_small=True)
            return
        except StoreBusy:
            time.sleep(pause)  # what began before ends soon, or it stays due, which the doctor says


def hash_of(intake: Intake, subject: Subject) -> str:
    """Return what stands for an account or thing in events."""
    return pseudonym(intake.key, subject.platform, unicodedata.normalize("NFC", subject.ref))


def _id(body: bytes) -> str:
    """Return the platform's own id of an event."""
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError):
        return ""
