"""The search for what goes round the house: restrictions that stand on a platform and that no record explains.

Explained is what an order put there, what the urgent lane did, and what was there at the import. All else is an orphan,
counted in public (guarantee 1); that is a count of records that are missing, never a claim about anybody's intent. The
other way round, an applied restriction that the platform does not show any more has drifted.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from showcause.casework import enforcing
from showcause.casework.log import ledger
from showcause.casework.log.publishing import leaf_with_document
from showcause.casework.ports import Found, Ids, Spooled
from showcause.casework.reading import platform, register_found
from showcause.domain.baseline import BaselineEntry, Orphan
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.people import SYSTEM
from showcause.domain.restriction import MEASURES, Measure
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import Subject
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind

MOST = 50_000
"""So many restrictions are taken in one search or import."""

SEEN_AGAIN = timedelta(hours=24)
"""How old `last_seen` of an orphan gets before it is written again; the journal keeps every change for ever."""

MAY_STAND = frozenset(
    {
        EnforcementState.APPLIED,
        EnforcementState.FAILED,
        EnforcementState.DRIFTED,
        EnforcementState.LIFTING,
        EnforcementState.STUCK,
        EnforcementState.PERMANENT,
    }
)
"""States in which an order may stand on the platform; a pending one may once it was attempted."""

Standing = tuple[str, Measure]
"""A subject record's id and a measure."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a search found.

    `new`, `still_there` and `gone` are orphans, `explained` counts the restrictions that a record explains, `drifted`
    are the enforcements that the platform shows no more.
    """

    new: tuple[Orphan, ...]
    still_there: tuple[Orphan, ...]
    gone: tuple[Orphan, ...]
    explained: int
    drifted: tuple[Enforcement, ...]

    @property
    def standing(self) -> int:
        """Return how many orphans stand now."""
        return len(self.new) + len(self.still_there)


def scan(
    tx: Tx,
    now: datetime,
    ids: Ids,
    platform_name: str,
    found: Collection[Found],
    *,
    listed_at: datetime | None = None,
    listed: Collection[Measure] | None = None,
    spooled: Iterable[Spooled] = (),
) -> ScanResult:
    """Compare what a platform lists with the record; count orphans in public when their number changed.

    `found` is the platform's complete list, collected before the transaction; `listed_at` is when collecting began
    (None: now), so that what was lifted or applied meanwhile accuses nobody. `listed` are the measures that such a list
    covers (None: those on accounts): only these can be missed. `spooled` is what waits in the urgent lane's spool.

    Raises: NotFound; BadInput for more than 50,000 restrictions or another platform's.
    """
    at, began = platform(tx, platform_name), listed_at or now
    tx.one_at_a_time(f"orphans {at.name}")
    there = standing(tx, at, found)
    waiting = ((item.subject, item.measure) for item in spooled if item.subject.platform == at.name)
    urgent = {(tx.owner_of(subject, alone=False), measure) for subject, measure in waiting}
    ours = ordered(tx, at.name, began) | urgent
    imported = _imported(tx, now, at.name, there.keys())
    unexplained = {key: subject for key, subject in there.items() if key not in ours and key not in imported}
    known = open_orphans(tx, at.name)
    result = ScanResult(
        new=tuple(
            _count(tx, now, ids, at, subject, key) for key, subject in unexplained.items() if key not in known
        ),
        still_there=tuple(_seen(tx, now, orphan) for key, orphan in known.items() if key in unexplained),
        gone=tuple(_gone(tx, now, orphan) for key, orphan in known.items() if key not in unexplained),
        explained=len(there) - len(unexplained),
        drifted=_drift(tx, now, ids, at, there.keys(), began, listed),
    )
    if result.new or result.gone or at.scanned_at is None:
        _publish(tx, now, ids, at, result.standing)
    tx.update(at, verb="scan", actor=SYSTEM, scanned_at=now)
    return result


def standing(tx: Tx, at: ConnectedPlatform, found: Collection[Found]) -> dict[Standing, Subject]:
    """Return what a platform lists, each once, by subject record and measure.

    Raises: BadInput for too many, or another platform's.
    """
    if len(found) > MOST:
        raise BadInput(f"{len(found)} restrictions are too many to take at once; at most {MOST}")
    if any(item.subject.platform != at.name for item in found):
        raise BadInput(f"the list holds subjects of another platform than {at.name}")
    return {(tx.owner_of(item.subject, alone=False), item.measure): item.subject for item in found}


def ordered(tx: Tx, platform_name: str, since: datetime) -> set[Standing]:
    """Return what our orders may have put on a platform, with what was lifted since a moment."""
    mine = tx.find(Enforcement, platform=platform_name, state=tuple(MAY_STAND))
    mine += tx.find(Enforcement, platform=platform_name, state=EnforcementState.PENDING, attempts__gt=0)
    lifted = tx.find(Enforcement, platform=platform_name, state=EnforcementState.LIFTED)
    mine += [each for each in lifted if each.lifted_at is not None and each.lifted_at >= since]
    return {(each.subject, each.measure) for each in mine}


def open_orphans(tx: Tx, platform_name: str) -> dict[Standing, Orphan]:
    """Return the orphans that stood at the last search."""
    return {
        (each.subject, each.measure): each for each in tx.find(Orphan, platform=platform_name, gone_at=None)
    }


def _imported(tx: Tx, now: datetime, platform_name: str, there: Collection[Standing]) -> set[Standing]:
    """Return what the import explains. What is missing once is over: put there again, it is not what was imported."""
    entries = [e for e in tx.find(BaselineEntry, platform=platform_name) if e.gone_at is None]
    for entry in entries:
        if (entry.subject, entry.measure) not in there:
            tx.update(entry, verb="miss", actor=SYSTEM, gone_at=now)
    return {(entry.subject, entry.measure) for entry in entries}


def _count(tx: Tx, now: datetime, ids: Ids, at: ConnectedPlatform, subject: Subject, key: Standing) -> Orphan:
    record, (_, measure) = register_found(tx, subject), key
    made = Orphan(ids(), at.name, record.id, measure, first_seen=now, last_seen=now)
    return tx.insert(made, verb="find", actor=SYSTEM)


def _seen(tx: Tx, now: datetime, orphan: Orphan) -> Orphan:
    if now - orphan.last_seen < SEEN_AGAIN:
        return orphan
    return tx.update(orphan, verb="see-again", actor=SYSTEM, last_seen=now)


def _gone(tx: Tx, now: datetime, orphan: Orphan) -> Orphan:
    return tx.update(orphan, verb="miss", actor=SYSTEM, gone_at=now)


def _drift(
    tx: Tx,
    now: datetime,
    ids: Ids,
    at: ConnectedPlatform,
    there: Collection[Standing],
    began: datetime,
    listed: Collection[Measure] | None,
) -> tuple[Enforcement, ...]:
    covered = (
        {measure for measure in Measure if MEASURES[measure].on_account} if listed is None else set(listed)
    )
    missed = [
        each
        for each in tx.find(Enforcement, platform=at.name, state=EnforcementState.APPLIED)
        if each.measure in covered and (each.subject, each.measure) not in there
    ]
    settled = [each for each in missed if each.applied_at is not None and each.applied_at <= began]
    return tuple(enforcing.drift(tx, now, ids, each.id) for each in settled)


def _publish(tx: Tx, now: datetime, ids: Ids, at: ConnectedPlatform, orphans: int) -> None:
    """Publish how many orphans stand now and how many were ever found; in observe mode others still act by right."""
    document: Json = {
        "format": "showcause/v1 orphans",
        "platform": at.name,
        "mode": str(at.mode),
        "scanned-at": ledger.minute(now),
        "orphans": orphans,
        "ever": tx.count(Orphan, platform=at.name),
    }
    leaf_with_document(tx, now, ids, Kind.TALLY, document, about=at.id, by=None, event="orphans")
