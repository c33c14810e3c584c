"""`case propose` and `appeal amend`: from options to a proposal, with the clause's own defaults."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk, whole_id
from showcause.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from showcause.casework.weighing import Proposal
    from showcause.domain.decision import Act, GroundRef
    from showcause.domain.policy import Clause, Slot
    from showcause.store.view import View

LISTS = ("list", "words")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a moderator asked for, as written."""

    clause: str | None
    preset: str | None
    rung: str | None
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    grounds: tuple[str, ...]
    interim: str | None
    note: str
    language: str
    no_breach: bool = False
    reason: str = ""


def asking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a proposal."""
    for option in reversed(
        (
            click.option("--clause", metavar="FAMILY.NAME[@VERSION]", help="The clause that is breached."),
            click.option("--preset", help="The prepared reason; the clause's only one if left out."),
            click.option("--rung", help="The ladder's rung; the preset's if left out."),
            click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="One of the clause's facts."),
            click.option("--evidence", multiple=True, metavar="TEXT", help="One item; may be repeated."),
            click.option("--ground", "grounds", multiple=True, metavar="DECISION[:RESTRICTION]",
                         help="The earlier decision that this one rests on."),
            click.option("--interim", metavar="RUNG", help="Goes ahead alone if nobody approves in time."),
            click.option("--note", default="", help="For colleagues; sealed."),
            click.option("--language", default="en", show_default=True, help="Of the statement."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@click.argument("id_", metavar="CASE")
@asking
@click.option("--no-breach", is_flag=True, help="Nothing is wrong: a decision too.")
@click.option("--reason", default="", help="With --no-breach: what the reporters are told.")
@on_desk(acts=True)
def propose(desk: Desk, id_: str, no_breach: bool, reason: str, **given: Any) -> None:
    """Propose a decision on a case that you have claimed."""
    from showcause.casework import deciding
    from showcause.domain.case import Case

    asked = Asked(**given, no_breach=no_breach, reason=reason)
    with desk.site.store.read() as view:
        case = view.get(Case, whole_id(view, Case, id_))
        proposal = proposal_of(view, asked, case.subject, desk.site.clock())
    made = desk.run(deciding.propose, case.id, desk.who, proposal)
    waits = (
        f"it takes force at {made.commit_at:%H:%M:%S} UTC unless returned"
        if made.commit_at
        else f"another person approves it until {made.hold_until:%H:%M} UTC"
    )
    desk.answer(made, f"Proposed {made.id[:12]} ({made.outcome}): {waits}.")


def proposal_of(view: "View", asked: Asked, subject: str, now: Any) -> "Proposal":
    """Return the proposal that was asked for, with the clause's defaults filled in.

    Raises: BadInput, NotFound, PolicyNotInForce.
    """
    from showcause.casework.weighing import Proposal
    from showcause.domain.decision import Finding, Outcome

    if asked.no_breach:
        if asked.clause or asked.rung or asked.preset:
            raise BadInput("--no-breach goes without clause, preset and rung")
        return Proposal(
            Outcome.NO_BREACH,
            evidence=asked.evidence,
            note=asked.note,
            reason=asked.reason,
            language=asked.language,
        )
    if not asked.clause:
        raise BadInput("no clause is named", "Say --clause FAMILY.NAME, or --no-breach.")
    clause = _clause(view, asked.clause, now)
    preset_id = asked.preset or (clause.presets[0].id if len(clause.presets) == 1 else "")
    preset = clause.preset(preset_id)
    if preset is None:
        known = ", ".join(each.id for each in clause.presets)
        raise BadInput(f"{clause.ref} has no preset {preset_id[:64]!r}", f"It has: {known}.")
    return Proposal(
        Outcome.RESTRICT,
        (
            Finding(
                clause.ref, preset.elements, preset.id, tuple(_ground(view, each) for each in asked.grounds)
            ),
        ),
        (_act(clause, asked.rung or preset.rung, subject),),
        dict(_fact(clause, each) for each in asked.facts),
        asked.evidence,
        asked.note,
        language=asked.language,
        interim=_act(clause, asked.interim, subject) if asked.interim else None,
    )


def _clause(view: "View", text: str, now: Any) -> "Clause":
    from showcause.casework.reading import clause_in_force
    from showcause.domain.lifecycle import PolicyState
    from showcause.domain.site import PolicyVersion

    if "@" not in text:
        held = view.first(PolicyVersion, clause_id=text, state=PolicyState.IN_FORCE)
        text = f"{text}@{held.version}" if held else text
    return clause_in_force(view, text, now)


def _act(clause: "Clause", rung: str, subject: str) -> "Act":
    from showcause.domain.decision import Act

    found = clause.rung(rung)
    if found is None:
        known = ", ".join(each.name for each in clause.ladder)
        raise BadInput(f"{clause.ref} has no rung {rung[:64]!r}", f"Its ladder: {known}.")
    return Act(subject, found.measure, found.duration, found.name)


def _fact(clause: "Clause", text: str) -> tuple[str, Any]:
    name, is_given, value = text.partition("=")
    if not is_given:
        raise BadInput(f"{text[:64]!r} is no fact", "Write --fact NAME=VALUE.")
    slot = clause.slot(name)
    return name, value if slot is None else _value(slot, value)


def _value(slot: "Slot", value: str) -> Any:
    if slot.kind in ("number", "duration"):
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise BadInput(
                f"the fact {slot.id} is a {slot.kind}", "A whole number; durations are in seconds."
            )
        return int(value)
    if slot.kind in LISTS:
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _ground(view: "View", text: str) -> "GroundRef":
    """Return a ground named as decision (id or reference), with its restriction if it has more than one."""
    from showcause.domain.decision import Decision, GroundRef
    from showcause.domain.restriction import Restriction

    named, _, restriction = text.partition(":")
    by_reference = view.first(Decision, reference=named.strip().upper())
    decision = by_reference.id if by_reference else whole_id(view, Decision, named)
    if restriction:
        return GroundRef(decision, whole_id(view, Restriction, restriction))
    imposed = view.find(Restriction, decision=decision)
    if not imposed:
        raise NotFound(f"decision {decision[:12]} imposes nothing, so nothing can rest on it")
    if len(imposed) > 1:
        known = ", ".join(f"{each.id[:12]} ({each.measure})" for each in imposed)
        raise BadInput(f"decision {decision[:12]} has more than one restriction", f"Say which: {known}.")
    return GroundRef(decision, imposed[0].id)
