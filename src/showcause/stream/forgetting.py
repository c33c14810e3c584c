"""Forgetting reaches the events: every event that names the person is emptied, and keeps its place.

It is looked for in the log, and in the files of the history, which are written once more without it.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Final

from showcause.domain.errors import StoreBusy
from showcause.domain.subject import Subject
from showcause.rules.arriving import MARK, pseudonym
from showcause.store.events import Stored
from showcause.stream.history import History
from showcause.stream.intake import Intake

HASH: Final = re.compile(MARK.encode() + rb"[0-9a-f]{32}")
SOME: Final = 10_000

First = Callable[[Collection[str], Collection[str]], None]
"""Is told, before anything is emptied, what stands for somebody in events, and the ids of events that will be."""


def forget(intake: Intake, names: Collection[Subject], first: First = lambda hashes, events: None) -> int:
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

    def tell(gone: Sequence[Stored]) -> None:
        first(wanted, {_id(each.body) for each in gone if each.body is not None})

    first(wanted, ())
    emptied = intake.log.erase(lambda platform, body: concerns(body), first=tell)
    if isinstance(intake.log.shelf, History):
        with intake.log.shelf.alone():
            for platform in sorted({each.platform for each in names}):
                places = intake.log.shelf.naming(platform, wanted, concerns)
                emptied += empty(intake, places, tell)
    overwrite(intake)
    return emptied


def empty(intake: Intake, places: Sequence[int], tell: Callable[[Sequence[Stored]], None]) -> int:
    """Empty events of some places, in the log and in the history; return how many. `tell` is told of them before."""
    for start in range(0, len(places), SOME):
        some = places[start : start + SOME]
        tell(intake.log.of_places(some))
    return intake.log.erase_places(places)


def overwrite(intake: Intake) -> None:
    """Overwrite what a server keeps of emptied rows, where that takes a moment; else it stays due."""
    try:
        intake.log.scrub(if_small=True)
    except StoreBusy:
        return  # it is due, which the doctor says; the service tries again


def hash_of(intake: Intake, subject: Subject) -> str:
    """Return what stands for an account or thing in events."""
    return pseudonym(intake.key, subject.platform, unicodedata.normalize("NFC", subject.ref))


def _id(body: bytes) -> str:
    """Return the platform's own id of an event."""
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError):
        return ""
