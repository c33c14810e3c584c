"""What waits for a moderator because a platform or a fallen ground asks for it."""

from dataclasses import asdict
from pathlib import Path

import click

from showcause.cli.desk import Desk, on_desk

ORDERS = ("id", "state", "platform", "measure", "number", "attempts", "until", "decision", "failure")
FALLS = ("id", "decision", "ground", "held_at", "due_at", "protected")


@click.group()
def enforcement() -> None:
    """Look at orders; repeat them or accept what the platform did."""


@enforcement.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that stand or have ended.")
@on_desk()
def list_(desk: Desk, everything: bool) -> None:
    """List the orders that wait for a platform or a moderator."""
    from showcause.domain.enforcement import Enforcement
    from showcause.store.queries import OPEN_ENFORCEMENTS

    with desk.site.store.read() as view:
        found = view.find(Enforcement) if everything else view.find(Enforcement, state=OPEN_ENFORCEMENTS)
    desk.rows([asdict(each) for each in found], ORDERS, "No order waits.")


@enforcement.command()
@click.argument("id_", metavar="ENFORCEMENT")
@on_desk(acts=True)
def retry(desk: Desk, id_: str) -> None:
    """Send a failed or drifted order, or a stuck lift, again."""
    from showcause.casework import enforcing
    from showcause.domain.enforcement import Enforcement

    again = desk.run(enforcing.retry, desk.id(Enforcement, id_), desk.who)
    desk.answer(again, f"Order {again.number} is {again.state} and goes out again.")


@enforcement.command()
@click.argument("id_", metavar="ENFORCEMENT")
@on_desk(acts=True)
def accept(desk: Desk, id_: str) -> None:
    """Accept that somebody undid a restriction on the platform."""
    from showcause.casework import enforcing
    from showcause.domain.enforcement import Enforcement

    done = desk.run(enforcing.accept, desk.id(Enforcement, id_), desk.who)
    desk.answer(done, f"Order {done.number} is {done.state}.")


@enforcement.command()
@click.argument("id_", metavar="ENFORCEMENT")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write the file; without it, it is printed."
)
@on_desk(acts=True)
def receipt(desk: Desk, id_: str, out: Path | None) -> None:
    """Write the proof of what came of an order last: its entry, opened for the person concerned.

    It holds what the connector signed about the order. Give it to nobody else. Orders of a campaign have one entry in
    common, which is opened for nobody.
    """
    from showcause.casework.log import receipts
    from showcause.casework.unsealing import note_reading
    from showcause.cli.log import hand_out
    from showcause.domain.enforcement import Enforcement
    from showcause.domain.subject import SubjectRecord

    wanted = desk.id(Enforcement, id_)
    desk.run(note_reading, "enforcement", wanted, desk.who)
    note = desk.site.signed_note()
    with desk.site.store.read() as view:
        leaf = receipts.last_effect(view, wanted)
        owner = view.get(SubjectRecord, view.get(Enforcement, wanted).subject).owner
        proof = receipts.person_proof(view, leaf, note, owner)
    hand_out(desk, proof, out, {"enforcement": wanted, "leaf": leaf})


@click.group()
def fall() -> None:
    """Look at decisions whose ground fell, and settle them."""


@fall.command("list")
@on_desk()
def list_falls(desk: Desk) -> None:
    """List the decisions whose ground fell and that a person looks at before they fall."""
    from showcause.domain.cascade import FallHold

    with desk.site.store.read() as view:
        found = view.find(FallHold, settled="")
    desk.rows([asdict(each) for each in found], FALLS, "Nothing is held.")


@fall.command()
@click.argument("id_", metavar="HOLD")
@click.option(
    "--stays", metavar="REASON", default="", help="The decision stays, on the other ground named here."
)
@on_desk(acts=True)
def settle(desk: Desk, id_: str, stays: str) -> None:
    """Let a held decision fall, or find that it stays."""
    from showcause.casework import cascading
    from showcause.domain.cascade import FallHold

    done = desk.run(cascading.settle, desk.id(FallHold, id_), desk.who, stays=stays)
    desk.answer(done, f"Decision {done.decision[:12]}: {done.settled}.")
