"""Who watches the log and what each measure asks of them: named by an operator, published, and pinned for the gates.

Naming somebody, the quorum and a measure's level are settings: each change leaves a leaf with the whole table, so that
the public knows who runs each witness and what was asked of them at any time. The record alone opens nothing: the
gates believe pinned files, which `pinned` writes and an operator puts in place at the machine.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from showcause.casework.log.publishing import acting, check_founded, put_setting
from showcause.casework.ports import Ids
from showcause.casework.reading import setting
from showcause.domain.errors import BadInput
from showcause.domain.people import Role as Right
from showcause.domain.restriction import Measure
from showcause.domain.site import Setting
from showcause.domain.witness import (
    Demand,
    Level,
    Levels,
    Role,
    Watch,
    Witness,
    levels_from_text,
    levels_to_text,
    reached,
    table_to_text,
    watch_from_text,
    watch_to_text,
    with_quorum,
    with_witness,
    without_witness,
)
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.errors import LogError
from showcause.transparency.keys import COSIGNING, VerifierKey, parse_verifier_key
from showcause.transparency.policy import NONE, Group, Policy

WATCH: Final = "witnesses"
LEVELS: Final = "receipt-levels"


def watch_of(view: View) -> Watch:
    """Return who watches, as the record says."""
    return watch_from_text(setting(view, WATCH))


def levels_of(view: View) -> Levels:
    """Return what each measure asks for, as the record says; what does not stand there asks for R0."""
    return levels_from_text(setting(view, LEVELS))


def name_witness(tx: Tx, now: datetime, ids: Ids, witness: Witness, by: str) -> Setting:
    """Name somebody who watches; from then on they are asked, and the public is told who runs them.

    Raises: BadInput for a key that no witness signs with, a name that is taken; NotPermitted.
    """
    try:
        kind = parse_verifier_key(witness.key).kind
    except LogError as error:
        raise BadInput(f"this is no key: {error.message}", "The witness' program prints it.") from None
    if kind not in COSIGNING:
        raise BadInput("this is a log's key, and no witness'", "The witness' program prints its own.")
    return _change(tx, now, ids, by, lambda watch: with_witness(watch, witness))


def remove_witness(tx: Tx, now: datetime, ids: Ids, name: str, by: str) -> Setting:
    """Stop asking somebody. Raises: BadInput, also when a level could then never be reached; NotPermitted."""
    return _change(tx, now, ids, by, lambda watch: without_witness(watch, name))


def set_quorum(tx: Tx, now: datetime, ids: Ids, quorum: int, by: str) -> Setting:
    """Say how many witnesses R1 needs. Raises: as `remove_witness`."""
    return _change(tx, now, ids, by, lambda watch: with_quorum(watch, quorum))


def set_level(tx: Tx, now: datetime, ids: Ids, measure: Measure, demand: Demand, by: str) -> Setting:
    """Say what receipt a measure asks for from now on, orders that wait included.

    Raises: BadInput for a level that those who are named could never carry; NotPermitted.
    """
    check_founded(tx)
    who = acting(tx, by, Right.OPERATOR)
    if not watch_of(tx).reaches(demand.level):
        raise BadInput(
            f"nobody is named who could carry {demand.level}",
            "R1 needs witnesses and a quorum, R2 a mirror: `showcause log witness add`.",
        )
    levels = {**levels_of(tx), measure: demand}
    return put_setting(tx, now, ids, LEVELS, levels_to_text(levels), who)


def _change(tx: Tx, now: datetime, ids: Ids, by: str, change: Callable[[Watch], Watch]) -> Setting:
    check_founded(tx)
    who = acting(tx, by, Right.OPERATOR)
    changed = change(watch_of(tx))
    if lost := reached(levels_of(tx), changed):
        raise BadInput(
            f"orders to {', '.join(lost)} could then never go out",
            "Lower their level first: `showcause log level MEASURE R0`.",
        )
    return put_setting(tx, now, ids, WATCH, watch_to_text(changed), who)


# --- What the gates pin -------------------------------------------------------------------------------------


def policy_at(level: Level, logs: tuple[VerifierKey, ...], watch: Watch) -> Policy:
    """Return the trust that a level asks for, as a policy that anybody's verifier can read."""
    witnesses = [each.name for each in watch.of(Role.WITNESS)]
    mirrors = [each.name for each in watch.of(Role.MIRROR)]
    groups: dict[str, Group] = {}
    if level is not Level.R0 and watch.quorum:
        groups["r1"] = Group(watch.quorum, tuple(witnesses))
    if level is Level.R2:
        groups["mirrored"] = Group(1, tuple(mirrors))
    if len(groups) == 2:
        groups["r2"] = Group(2, ("r1", "mirrored"))
    keys = {each.name: parse_verifier_key(each.key) for each in watch.witnesses}
    return Policy(logs, keys, groups, list(groups)[-1] if groups else NONE)


def pinned(view: View, logs: tuple[VerifierKey, ...]) -> Mapping[str, bytes]:
    """Return the files of trust by name, in the order in which they are to be written."""
    watch, levels = watch_of(view), levels_of(view)
    return {
        **{
            name_at(level): policy_at(level, logs, watch).to_bytes()
            for level in Level
            if watch.reaches(level)
        },
        LEVELS: table_to_text(levels).encode(),
    }


def name_at(level: Level) -> str:
    """Return the name of the file of trust for a level."""
    return "log-policy" if level is Level.R0 else f"log-policy-{level.lower()}"
