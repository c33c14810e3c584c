"""What the public is told of a step: a document that says what changed and names nobody, and its entry in the log.

What a rule says is told as a digest: its words would teach those who evade it, and could name somebody. Whoever is
given the files can check that they are what the digest stands for. A list shows how many entries it has and salted
commitments, so that nobody can try whether a name is in it, and the house can show that one entry is or is not.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.log.publishing import leaf_with_document
from showcause.casework.ports import Ids
from showcause.casework.rulework import in_force
from showcause.casework.rulework.parts import Part
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.rule import Backtest, Piece, RuleVersion
from showcause.rules.tree import Plain, plain_type
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

FORMAT: Final = "showcause/v1 rule"
MOST_SHOWN: Final = 1_000
"""Entries of a list whose commitments stand in its document one by one; a longer list is committed to as a whole."""


def publish(
    tx: Tx,
    now: datetime,
    ids: Ids,
    version: RuleVersion,
    event: str,
    by: Moderator | None,
    *,
    approver: str | None = None,
    more: Mapping[str, Json] | None = None,
) -> None:
    """Recompute the digest of what is in force, then log one step of a version with its document."""
    digest = in_force.store_digest(tx, now, ids, by.id if by else SYSTEM)
    document: dict[str, Json] = {
        "format": FORMAT,
        "event": event,
        "platform": version.platform,
        "kind": version.kind,
        "name": version.name,
        "number": version.number,
        "digest": version.commitment,
        "state": version.state,
        "clause": version.clause or None,
        "effects": [*version.effects],
        "severity": version.severity or None,
        "expected": version.expected or None,
        "restricts": version.restricts,
        "urgent": version.pushed_at is not None and version.ratified_by is None,
        "brings": [_named(tx.get(RuleVersion, each)) for each in version.brings],
        "rules": digest,
        **(more or {}),
    }
    kind = Kind.LIST if version.kind is Piece.LIST else Kind.RULE
    leaf_with_document(
        tx, now, ids, kind, document, about=version.id, by=by, event=f"rule-{event}", approver=approver
    )


def break_glass(tx: Tx, now: datetime, ids: Ids, version: RuleVersion, by: Moderator) -> None:
    """Log that a version acts outside the usual way."""
    values: Mapping[Slot, Mapping[str, Json]] = {
        Slot.FACTS: {"minute": ledger.minute(now), "event": "rule-pushed"},
        Slot.ACTOR: {"proposer": by.id, "approver": None},
    }
    house = ledger.house(tx)
    ledger.draft(tx, ledger.Draft(Kind.BREAK_GLASS, ids(), version.id, house, by.owner, values))


def hour(moment: datetime) -> str:
    """Return a time as it is told: cut to the hour, because a minute would show who was on duty."""
    return ledger.minute(moment.replace(minute=0))


def caps_of(version: RuleVersion) -> Json:
    """Return how many accounts a version may touch in an hour and in a day, as it is told."""
    return {"hour": version.caps.hour, "day": version.caps.day} if version.caps else None


def numbers_of(backtest: Backtest) -> dict[str, Json]:
    """Return what is told of a forecast: numbers, its period, and what commits to the sample."""
    return {
        "from": hour(backtest.since),
        "to": hour(backtest.until),
        "events": backtest.events,
        "hits": backtest.hits,
        "at-most": f"{backtest.at_most:.6g}",
        "degraded": backtest.degraded,
        "accounts": backtest.accounts,
        "new": backtest.new,
        "lost": backtest.lost,
        "unchanged": backtest.unchanged,
        "accounts-new": backtest.accounts_new,
        "accounts-lost": backtest.accounts_lost,
        "digest": backtest.digest,
    }


# --- Commitments to lists ---------------------------------------------------------------------------------------------


def commitment_of(view: View, id_: str, part: Part) -> str:
    """Return what the public sees of what a part says: its digest, for a list one that nobody can try names against."""
    if part.entries is None:
        return part.digest
    if len(part.entries) > MOST_SHOWN:
        return hmac.digest(_seed(view, id_), part.digest.encode(), "sha256").hex()
    return root_of(entries_of(view, id_, part.entries))


def entries_of(view: View, id_: str, entries: Collection[Plain]) -> list[str]:
    """Return a salted commitment to each entry of a list's version, in an order that says nothing about them."""
    seed = _seed(view, id_)
    return sorted(commit(salt_of(seed, each), each) for each in entries)


def salt_of(seed: bytes, entry: Plain) -> bytes:
    """Return the salt of one entry; with it, anybody can check that the entry is committed to."""
    return hmac.digest(seed, _text(entry), "sha256")


def commit(salt: bytes, entry: Plain) -> str:
    """Return the commitment to one entry."""
    return hashlib.sha256(b"showcause list entry 1\x00" + salt + _text(entry)).hexdigest()


def root_of(commitments: Collection[str]) -> str:
    """Return one digest over the commitments of a list."""
    return hashlib.sha256(b"showcause list 1\x00" + "\n".join(sorted(commitments)).encode()).hexdigest()


def shown(view: View, id_: str, part: Part) -> dict[str, Json]:
    """Return what a document shows of a list: how many entries, and commitments to them if they are not too many."""
    if part.entries is None:
        return {}
    entries: list[Json] = [*entries_of(view, id_, part.entries)] if len(part.entries) <= MOST_SHOWN else []
    return {"entries": len(part.entries), "commitments": entries}


def _seed(view: View, id_: str) -> bytes:
    return view.keys.seed(view.keys.owner(ledger.HOUSE), id_, "list")


def _text(entry: Plain) -> bytes:
    return f"{plain_type(entry).value}\x00{entry!r}".encode()


def _named(version: RuleVersion) -> Json:
    return {
        "kind": version.kind,
        "name": version.name,
        "number": version.number,
        "digest": version.commitment,
    }
