"""Mail: whether letters leave, and what happens to those that come back."""

import sys

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput

MOST_MESSAGE = 1024 * 1024


@click.group()
def mail() -> None:
    """Look whether letters leave by mail, and take in what comes back."""


@mail.command()
@click.argument("address")
@on_desk()
def test(desk: Desk, address: str) -> int:
    """Send a test letter to an address of your own. Ends with 1 if the server does not take it."""
    from showcause.domain.mail import mail_account

    number = desk.site.ids()[:8].upper()
    text = (
        f"A test letter from {desk.site.settings.origin}\n\n"
        f"If you can read this, letters leave. Its number is {number}.\n"
    )
    delivery = desk.site.mail.deliver(mail_account(address), text, number)
    says = f"The server took it, under the number {number}." if delivery.delivered else delivery.bounced
    desk.answer(
        {"delivered": delivery.delivered, "number": number, "bounced": delivery.bounced},
        says if delivery.delivered else f"It was not taken: {says}.",
    )
    return 0 if delivery.delivered else 1


@mail.command()
@click.option("--to", "recipient", default="", help="The address that the message was sent to, if known.")
@on_desk()
def bounce(desk: Desk, recipient: str) -> None:
    """Read from stdin a message to the bounce address, and note what it says came back.

    For a pipe of the mail server: whatever is no such message is answered with success, so that it is not bounced.
    """
    from showcause.casework.returned import come_back

    message = sys.stdin.buffer.read(MOST_MESSAGE + 1)
    try:
        found = desk.site.mail.returned(message, recipient)
    except BadInput as error:
        desk.answer({"returned": None, "ignored": error.message}, f"Ignored: {error.message}.")
        return
    changed = desk.run(come_back, found.record, found.status) if found else None
    if found is None or changed is None:
        desk.answer({"returned": None}, "Nothing changes by this message.")
        return
    desk.answer(
        {"returned": changed.id, "state": changed.state, "status": found.status},
        f"{changed.id[:12]} came back ({found.status}): it is {changed.state}.",
    )


@mail.command("undelivered")
@on_desk()
def undelivered(desk: Desk) -> None:
    """List the letters that reached nobody, by whatever channel, oldest first; statements stand with their decision."""
    from dataclasses import asdict

    from showcause.domain.lifecycle import ServiceState
    from showcause.domain.site import Letter

    with desk.site.store.read() as view:
        found = view.find(Letter, state=ServiceState.UNDELIVERABLE)
    columns = ("id", "kind", "reference", "channel", "bounced_because", "drafted_at")
    desk.rows([asdict(each) for each in found], columns, "Every letter found its way.")


@mail.command()
@click.argument("letter")
@on_desk(acts=True)
def again(desk: Desk, letter: str) -> None:
    """Send a letter again that reached nobody, after the channel was mended."""
    from showcause.casework.returned import deliver_again
    from showcause.domain.site import Letter

    sent = desk.run(deliver_again, desk.id(Letter, letter), desk.who)
    desk.answer({"id": sent.id, "state": sent.state}, f"Letter {sent.id[:12]} goes out again.")
