"""Appeals: lodged by whoever can quote a letter, answered by somebody who had no part in the decision."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from showcause.cli.desk import Desk, cell, on_desk
from showcause.cli.proposing import Asked, asking, proposal_of

COLUMNS = ("id", "state", "appellant", "time_critical", "promised_at", "overdue", "reviewer", "decision")
_id = click.argument("id_", metavar="APPEAL")
_reason = click.option("--reason", required=True, help="What the appellant is told, in a sentence or two.")


@click.group()
def appeal() -> None:
    """Lodge appeals and answer them."""


@appeal.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@on_desk()
def list_(desk: Desk, limit: int) -> None:
    """List the open appeals: time-critical ones first, then by the promised hour."""
    desk.rows(desk.site.store.queries.appeals(limit), COLUMNS, "No appeal is open.")


@appeal.command()
@_id
@on_desk(acts=True)
def show(desk: Desk, id_: str) -> None:
    """Show an appeal with its words and, if there is one, its answer."""
    from showcause.casework.unsealing import read_appeal
    from showcause.domain.appeal import Appeal

    file = desk.run(read_appeal, desk.id(Appeal, id_), desk.who)
    held, said, answer = file.appeal, file.text or "(forgotten)", file.answer
    desk.answer(
        asdict(held) | {"text": said, "answer": answer},
        f"Appeal {held.id} ({held.state}) by the {held.appellant} against decision {cell(held.decision)}",
        f"Promised for {cell(held.promised_at)} UTC{', time-critical' if held.time_critical else ''}"
        f"{', overdue' if held.overdue else ''}; reference {held.reference}",
        said,
        *([f"Answer: {answer}"] if answer else []),
    )


@appeal.command()
@click.argument("reference")
@click.option(
    "--text",
    required=True,
    help="What is wrong with the decision, in one's own words; - reads it from stdin.",
)
@click.option("--language", default="en", show_default=True)
@on_desk()
def lodge(desk: Desk, reference: str, text: str, language: str) -> None:
    """Lodge an appeal by quoting a statement's reference or an answered report's number."""
    from showcause.casework import lodging

    said = sys.stdin.read(1_000_000) if text == "-" else text
    made = desk.run(lodging.lodge, reference, said, language=language)
    desk.answer(
        made, f"Lodged {made.id[:12]}; an answer is promised by {made.promised_at:%Y-%m-%d %H:%M} UTC."
    )


@appeal.command()
@_id
@on_desk(acts=True)
def claim(desk: Desk, id_: str) -> None:
    """Take an appeal for an hour; not for whoever took part in the decision."""
    done = _do(desk, id_, "claim", desk.who)
    desk.answer(done, f"Appeal {done.id[:12]} is yours until {done.review_until:%H:%M} UTC.")


@appeal.command()
@_id
@on_desk(acts=True)
def release(desk: Desk, id_: str) -> None:
    """Give an appeal back."""
    done = _do(desk, id_, "release", desk.who)
    desk.answer(done, f"Appeal {done.id[:12]} waits again.")


@appeal.command()
@_id
@_reason
@on_desk(acts=True)
def affirm(desk: Desk, id_: str, reason: str) -> None:
    """Let the decision stand."""
    _answer(desk, _do(desk, id_, "affirm", desk.who, reason))


@appeal.command()
@_id
@_reason
@on_desk(acts=True)
def reverse(desk: Desk, id_: str, reason: str) -> None:
    """Reverse the decision; what was taken is given back, and what rested only on it falls."""
    _answer(desk, _do(desk, id_, "reverse", desk.who, reason))


@appeal.command()
@_id
@_reason
@on_desk(acts=True)
def refuse(desk: Desk, id_: str, reason: str) -> None:
    """Refuse to hear an appeal."""
    _answer(desk, _do(desk, id_, "refuse", desk.who, reason))


@appeal.command()
@_id
@_reason
@asking
@on_desk(acts=True)
def amend(desk: Desk, id_: str, reason: str, **given: Any) -> None:
    """Replace the decision by a milder one."""
    from showcause.domain.appeal import Appeal
    from showcause.domain.decision import Decision

    with desk.site.store.read() as view:
        held = view.get(Appeal, desk.id(Appeal, id_))
        decision = view.get(Decision, held.decision)
        proposal = proposal_of(view, Asked(**given), decision.subject, desk.site.clock())
    _answer(desk, _do(desk, held.id, "amend", desk.who, reason, proposal))


@appeal.command()
@_id
@on_desk()
def withdraw(desk: Desk, id_: str) -> None:
    """Withdraw an appeal at the appellant's wish."""
    _answer(desk, _do(desk, id_, "withdraw"))


def _do(desk: Desk, id_: str, verb: str, *args: Any) -> Any:
    from showcause.casework import hearing, lodging
    from showcause.domain.appeal import Appeal

    verbs: dict[str, Callable[..., Any]] = {
        "claim": hearing.claim, "release": hearing.release, "affirm": hearing.affirm, "reverse": hearing.reverse,
        "amend": hearing.amend, "refuse": hearing.refuse, "withdraw": lodging.withdraw,
    }  # fmt: skip
    return desk.run(verbs[verb], desk.id(Appeal, id_), *args)


def _answer(desk: Desk, done: Any) -> None:
    outcome = f"; decision {done.outcome[:12]} follows" if done.outcome else ""
    desk.answer(done, f"Appeal {done.id[:12]} is {done.state}{outcome}.")
