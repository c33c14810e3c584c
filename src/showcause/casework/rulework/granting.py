"""The powers of automation: what a rule may do by itself under a clause, beyond opening cases and proposing.

A clause's file says whether automation may propose. To hold content back, or to take a measure on content that can be
undone, is granted per clause and measure by two people, publicly, and taken back by one. To restrict an account needs
a certified budget of false alarms; while none is recorded, no rule can.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from showcause.casework.log.publishing import acting, check_founded, put_setting, store_setting
from showcause.casework.ports import Ids
from showcause.casework.reading import clause_in_force, setting, single_operator
from showcause.domain.errors import BadInput, IllegalStep, NotPermitted, SamePerson
from showcause.domain.lifecycle import PolicyState
from showcause.domain.people import Role
from showcause.domain.policy import Clause, Power
from showcause.domain.restriction import MEASURES, Measure
from showcause.domain.site import PolicyVersion
from showcause.rules.powers import Effect, EffectKind
from showcause.store.tx import Tx
from showcause.store.view import View

HOLD = "hold"
GRANTED, TAKEN_BACK = "granted", "taken-back"


class Granting(StrEnum):
    """What came of a grant: it waits for another person, or it holds."""

    ASKED = "asked"
    GRANTED = "granted"


def grant(tx: Tx, now: datetime, ids: Ids, clause_id: str, what: str, by: str) -> Granting:
    """Ask for a power of automation under a clause, or, as another person, grant what was asked for.

    `what` is `hold`, or a measure on content.

    Raises: BadInput for what no rule can be granted; SamePerson for who asked; NotPermitted in single-operator mode.
    """
    check_founded(tx)
    who = acting(tx, by, Role.POLICY, Role.OPERATOR)
    _check_grantable(tx, clause_id, what)
    if single_operator(tx):
        raise NotPermitted(
            "a power of automation is granted by two people, and here is one",
            "Let rules propose and decide yourself.",
        )
    name = _name(clause_id, what)
    tx.one_at_a_time(f"setting {name}")
    held = setting(tx, name) or ""
    if held == GRANTED:
        raise IllegalStep(f"rules may {what} under {clause_id} already")
    if not held.startswith("asked:"):
        store_setting(tx, now, ids, name, f"asked:{who.id}", who.id)
        return Granting.ASKED
    if held == f"asked:{who.id}":
        raise SamePerson("you asked for this power; another person grants it")
    put_setting(tx, now, ids, name, GRANTED, who)
    return Granting.GRANTED


def take_back(tx: Tx, now: datetime, ids: Ids, clause_id: str, what: str, by: str) -> None:
    """Take a power of automation back, or a request for one. Rules that need it go no further, and may be retired.

    Raises: IllegalStep when it was neither granted nor asked for.
    """
    check_founded(tx)
    who, name = acting(tx, by, Role.POLICY, Role.OPERATOR), _name(clause_id, what)
    if setting(tx, name) in (None, TAKEN_BACK):
        raise IllegalStep(f"rules have no power to {what[:32]} under {clause_id[:64]}")
    put_setting(tx, now, ids, name, TAKEN_BACK, who)


def check_powers(view: View, now: datetime, effects: Iterable[Effect], clause_ref: str) -> None:
    """Check that the clause is in force and grants automation what these effects do.

    Raises: PolicyNotInForce, NotPermitted.
    """
    clause = clause_in_force(view, clause_ref, now)
    for effect in effects:
        match effect.kind:
            case EffectKind.OPEN_CASE | EffectKind.ORDER_REVIEW:
                pass
            case EffectKind.PROPOSE:
                _check_propose(clause, effect)
            case EffectKind.HOLD:
                _check_granted(view, clause, HOLD)
            case EffectKind.RESTRICT:
                _check_restrict(view, clause, effect)


def _check_propose(clause: Clause, effect: Effect) -> None:
    if clause.automation is Power.OPEN_CASE:
        raise NotPermitted(
            f"{clause.ref} lets automation open cases and nothing more",
            "Let the rule open a case, or have a version of the clause approved that says `automation: propose`.",
        )
    _check_ladder(clause, effect)


def _check_restrict(view: View, clause: Clause, effect: Effect) -> None:
    measure = effect.measure
    if measure is None or not MEASURES[measure].reversible:
        raise NotPermitted(f"a rule alone never takes what cannot be undone: {effect}")
    if MEASURES[measure].on_account:
        raise NotPermitted(
            f"to {measure} an account, a rule needs a certified budget of false alarms, and none is recorded",
            f"Write `propose: {measure}`, so that a person decides.",
        )
    _check_ladder(clause, effect)
    _check_granted(view, clause, measure)


def _check_ladder(clause: Clause, effect: Effect) -> None:
    if effect.measure not in {rung.measure for rung in clause.ladder}:
        raise NotPermitted(
            f"the ladder of {clause.ref} has no {effect.measure}", "Cite the clause that has it."
        )


def _check_granted(view: View, clause: Clause, what: str) -> None:
    if setting(view, _name(clause.id, what)) != GRANTED:
        raise NotPermitted(
            f"rules have no power to {what} under {clause.id}",
            f"Two people grant it: `showcause rules grant {clause.id} {what}`.",
        )


def _check_grantable(tx: Tx, clause_id: str, what: str) -> None:
    if tx.first(PolicyVersion, clause_id=clause_id, state=PolicyState.IN_FORCE) is None:
        raise BadInput(f"no version of {clause_id[:64]!r} is in force")
    if what == HOLD:
        return
    if what not in set(Measure):
        raise BadInput(f"{what[:32]!r} is neither `{HOLD}` nor a measure", f"Measures: {', '.join(Measure)}.")
    facts = MEASURES[Measure(what)]
    if facts.on_account:
        raise BadInput(f"to {what} an account needs a certified budget of false alarms; none is recorded")
    if not facts.reversible:
        raise BadInput(f"to {what} cannot be undone, so no rule does it alone")


def _name(clause_id: str, what: str) -> str:
    return f"automation-{clause_id}-{what}"
