"""From what a moderator chose to a proposal, with the clause's own defaults: for the command line and for pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from showcause.casework.reading import clause_in_force
from showcause.casework.weighing import Proposal
from showcause.domain.decision import Act, Decision, Finding, GroundRef, Outcome
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.lifecycle import PolicyState
from showcause.domain.policy import Clause, Preset, Slot
from showcause.domain.restriction import Restriction
from showcause.domain.sentences import Arg
from showcause.domain.site import PolicyVersion
from showcause.store.view import View

LISTS = ("list", "words")
NUMBERS = ("number", "duration")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a moderator chose. Empty names take the clause's defaults; `facts` are values as sentences take them."""

    clause: str = ""
    preset: str = ""
    rung: str = ""
    facts: Mapping[str, Arg] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    grounds: tuple[GroundRef, ...] = ()
    interim: str = ""
    note: str = ""
    language: str = "en"
    no_breach: bool = False
    reason: str = ""


def proposal_of(view: View, choice: Choice, subject: str, now: datetime) -> Proposal:
    """Return the proposal that was chosen, with the clause's defaults filled in.

    Raises: BadInput, PolicyNotInForce, Incomplete.
    """
    if choice.no_breach:
        if choice.clause or choice.rung or choice.preset:
            raise BadInput("a finding of no breach goes without clause, preset and rung")
        return Proposal(
            Outcome.NO_BREACH,
            evidence=choice.evidence,
            note=choice.note,
            reason=choice.reason,
            language=choice.language,
        )
    if not choice.clause:
        raise BadInput("no clause is named", "Name the clause that is breached, or find no breach.")
    clause = clause_chosen(view, choice.clause, now)
    preset = preset_chosen(clause, choice.preset)
    return Proposal(
        Outcome.RESTRICT,
        (Finding(clause.ref, preset.elements, preset.id, choice.grounds),),
        (act_of(clause, choice.rung or preset.rung, subject),),
        choice.facts,
        choice.evidence,
        choice.note,
        language=choice.language,
        interim=act_of(clause, choice.interim, subject) if choice.interim else None,
    )


def clause_chosen(view: View, named: str, now: datetime) -> Clause:
    """Return the clause of a citation, or, named without a version, the version in force.

    Raises: PolicyNotInForce.
    """
    if "@" not in named:
        held = view.first(PolicyVersion, clause_id=named, state=PolicyState.IN_FORCE)
        named = f"{named}@{held.version}" if held else named
    return clause_in_force(view, named, now)


def preset_chosen(clause: Clause, named: str) -> Preset:
    """Return a clause's prepared reason by its id; its only one if none is named.

    Raises: BadInput.
    """
    id_ = named or (clause.presets[0].id if len(clause.presets) == 1 else "")
    preset = clause.preset(id_)
    if preset is None:
        known = ", ".join(each.id for each in clause.presets)
        raise BadInput(f"{clause.ref} has no preset {id_[:64]!r}", f"It has: {known}.")
    return preset


def act_of(clause: Clause, rung: str, subject: str) -> Act:
    """Return the planned measure that a rung of a clause's ladder stands for.

    Raises: BadInput.
    """
    found = clause.rung(rung)
    if found is None:
        known = ", ".join(each.name for each in clause.ladder)
        raise BadInput(f"{clause.ref} has no rung {rung[:64]!r}", f"Its ladder: {known}.")
    return Act(subject, found.measure, found.duration, found.name)


def fact_of(slot: Slot, text: str) -> Arg:
    """Return what was written for a slot as its sentence takes it; items of a list stand between commas.

    Raises: BadInput.
    """
    if slot.kind in NUMBERS:
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise BadInput(
                f"the fact {slot.id} is a {slot.kind}", "A whole number; durations are in seconds."
            )
        return int(text)
    if slot.kind in LISTS:
        return tuple(item.strip() for item in text.split(",") if item.strip())
    return text


def ground_of(view: View, decision: str, restriction: str = "") -> GroundRef:
    """Return an earlier decision as a ground, with its restriction; its only one if none is named.

    Raises: BadInput, NotFound.
    """
    imposed = view.find(Restriction, decision=decision)
    if restriction:
        return GroundRef(decision, restriction)
    if not imposed:
        raise NotFound(f"decision {decision[:12]} imposes nothing, so nothing can rest on it")
    if len(imposed) > 1:
        known = ", ".join(f"{each.id[:12]} ({each.measure})" for each in imposed)
        raise BadInput(f"decision {decision[:12]} has more than one restriction", f"Say which: {known}.")
    return GroundRef(decision, imposed[0].id)


def decision_quoted(view: View, quoted: str) -> Decision:
    """Return the decision that a reference from a letter, or its whole id, names.

    Raises: NotFound.
    """
    named = quoted.strip()
    found = view.first(Decision, reference=named.upper()) or view.first(Decision, id=named.lower())
    if found is None:
        raise NotFound(f"no decision has the reference {named[:64]!r}", "Copy it from the decision's page.")
    return found
