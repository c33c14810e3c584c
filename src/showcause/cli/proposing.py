"""`case propose` and `appeal amend`: from options to a proposal, with the clause's own defaults."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk, whole_id
from showcause.domain.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from showcause.casework.weighing import Proposal
    from showcause.domain.decision import GroundRef
    from showcause.domain.policy import Clause
    from showcause.domain.sentences import Arg
    from showcause.store.view import View


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


def proposal_of(view: "View", asked: Asked, subject: str, now: "datetime") -> "Proposal":
    """Return the proposal that was asked for, with the clause's defaults filled in.

    Raises: BadInput, NotFound, PolicyNotInForce.
    """
    from showcause.casework import proposals

    if asked.no_breach and (asked.clause or asked.rung or asked.preset):
        raise BadInput("--no-breach goes without clause, preset and rung")
    if not asked.clause and not asked.no_breach:
        raise BadInput("no clause is named", "Say --clause FAMILY.NAME, or --no-breach.")
    clause = proposals.clause_chosen(view, asked.clause, now) if asked.clause else None
    choice = proposals.Choice(
        clause.ref if clause else "",
        asked.preset or "",
        asked.rung or "",
        dict(_fact(clause, each) for each in asked.facts) if clause else {},
        asked.evidence,
        tuple(_ground(view, each) for each in asked.grounds) if clause else (),
        asked.interim or "",
        asked.note,
        asked.language,
        asked.no_breach,
        asked.reason,
    )
    return proposals.proposal_of(view, choice, subject, now)


def _fact(clause: "Clause", text: str) -> "tuple[str, Arg]":
    from showcause.casework.proposals import fact_of

    name, is_given, value = text.partition("=")
    if not is_given:
        raise BadInput(f"{text[:64]!r} is no fact", "Write --fact NAME=VALUE.")
    slot = clause.slot(name)
    return name, value if slot is None else fact_of(slot, value)


def _ground(view: "View", text: str) -> "GroundRef":
    """Return a ground named as decision (id or reference), with its restriction if it has more than one."""
    from showcause.casework.proposals import ground_of
    from showcause.domain.decision import Decision
    from showcause.domain.restriction import Restriction

    named, _, restriction = text.partition(":")
    by_reference = view.first(Decision, reference=named.strip().upper())
    decision = by_reference.id if by_reference else whole_id(view, Decision, named)
    return ground_of(view, decision, whole_id(view, Restriction, restriction) if restriction else "")
