"""Webhooks: whose software is told what happened, and what became of each letter."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput

if TYPE_CHECKING:
    from showcause.casework.webhooks import Made
    from showcause.domain.webhook import WebhookEndpoint
    from showcause.store.jobs import Job

ENDPOINTS = ("name", "state", "host", "platform", "events", "waiting", "dead", "made_at", "id")
LETTERS = ("at", "endpoint", "event", "state", "attempts", "error", "due", "message")
MOST = 10_000


@click.group()
def webhook() -> None:
    """Tell a platform's own software what happened, by ids and codes, signed."""


@webhook.command()
@click.argument("name")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="May be repeated; none means every event.")
@click.option("--platform", help="Tell only what concerns this platform.")
@on_desk(acts=True)
def add(desk: Desk, name: str, url: str, events: tuple[str, ...], platform: str | None) -> None:
    """Add an endpoint. Its secret is shown this once."""
    from showcause.casework import webhooks

    desk.site.outside.check(url)
    _show_secret(desk, desk.run(webhooks.add, name, url, events, desk.who, platform), "Added")


@webhook.command()
@click.argument("name")
@on_desk(acts=True)
def rotate(desk: Desk, name: str) -> None:
    """Give an endpoint a new secret; the old one signs beside it for 24 hours."""
    from showcause.casework import webhooks

    _show_secret(desk, desk.run(webhooks.rotate, name, desk.who), "Rotated")


def _show_secret(desk: Desk, made: "Made", what: str) -> None:
    told = {"name": made.endpoint.name, "id": made.endpoint.id, "secret": made.secret}
    desk.answer(
        told | {"events": made.endpoint.events},
        f"{what} {made.endpoint.name}: {', '.join(made.endpoint.events)}.",
        f"Its secret, which is not shown again: {made.secret}",
        f"Next: `showcause webhook test {made.endpoint.name}`.",
    )


@webhook.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List the endpoints, with the host of each and how many letters wait or are dead."""
    from showcause.casework import webhooks

    rows: list[dict[str, Any]] = []
    with desk.site.store.read() as view:
        for each in webhooks.endpoints(view):
            states = [job.state for job in webhooks.deliveries(view, each, MOST)]
            rows.append(
                {
                    "name": each.name, "state": each.state, "host": urlsplit(webhooks.url_of(view, each)).netloc,
                    "platform": each.platform, "events": each.events, "made_at": each.made_at, "id": each.id,
                    "waiting": states.count("ready"), "dead": states.count("dead"),
                }
            )  # fmt: skip
    desk.rows(rows, ENDPOINTS, "No endpoint is told anything.")


@webhook.command()
@click.argument("name")
@on_desk(acts=True)
def pause(desk: Desk, name: str) -> None:
    """Tell an endpoint nothing until it is resumed; what happens meanwhile is not kept for it."""
    from showcause.casework import webhooks

    _say(desk, desk.run(webhooks.pause, name, desk.who))


@webhook.command()
@click.argument("name")
@on_desk(acts=True)
def resume(desk: Desk, name: str) -> None:
    """Tell a paused endpoint again, from now on."""
    from showcause.casework import webhooks

    _say(desk, desk.run(webhooks.resume, name, desk.who))


@webhook.command()
@click.argument("name")
@on_desk(acts=True)
def remove(desk: Desk, name: str) -> None:
    """Remove an endpoint for good, with its secrets."""
    from showcause.casework import webhooks

    _say(desk, desk.run(webhooks.remove, name, desk.who))


def _say(desk: Desk, endpoint: "WebhookEndpoint") -> None:
    told = {"name": endpoint.name, "id": endpoint.id, "state": endpoint.state}
    desk.answer(told, f"{endpoint.name} is {endpoint.state}.")


@webhook.command()
@click.argument("name")
@on_desk(acts=True)
def test(desk: Desk, name: str) -> None:
    """Send a letter that tells nothing, and say what came of it."""
    from showcause.casework import webhooks

    key = desk.run(webhooks.test, name, desk.who)
    desk.site.messenger.run_due()
    with desk.site.store.read() as view:
        letters = webhooks.deliveries(view, webhooks.endpoint(view, name), MOST)
    job = next(each for each in letters if each.key == key)
    row = _row(name, job)
    says = "arrived" if job.state == "done" else f"did not arrive yet: {job.error or 'it is on its way'}"
    desk.answer(row, f"The letter {says}.")


@webhook.command()
@click.argument("name", required=False)
@click.option("--state", type=click.Choice(["ready", "done", "dead"]), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@on_desk()
def deliveries(desk: Desk, name: str | None, state: str | None, limit: int) -> None:
    """List letters, newest first: what they told, and what came of them."""
    from showcause.casework import webhooks

    rows: list[dict[str, Any]] = []
    with desk.site.store.read() as view:
        for each in [webhooks.endpoint(view, name)] if name else webhooks.endpoints(view):
            found = webhooks.deliveries(view, each, MOST if state else limit)
            rows += [_row(each.name, job) for job in found if state in (None, job.state)]
    rows.sort(key=lambda row: str(row["at"]), reverse=True)
    desk.rows(rows[:limit], LETTERS, "No letter was sent.")


def _row(name: str, job: "Job") -> dict[str, Any]:
    told = {
        "endpoint": name,
        "key": job.key,
        "state": job.state,
        "attempts": job.attempts,
        "error": job.error,
    }
    return {**job.args, "id": job.args.get("id"), **told, "due": job.due, "about": job.args.get("state")}


@webhook.command()
@click.argument("message", required=False)
@click.option("--endpoint", "name", help="With --since: whom to tell again.")
@click.option("--since", metavar="TIME", help="Everything since a time, like 2026-11-25T08:00 (UTC).")
@on_desk(acts=True)
def replay(desk: Desk, message: str | None, name: str | None, since: str | None) -> None:
    """Send one message again, or everything since a time; the message ids stay the same."""
    from showcause.casework import webhooks

    if message is not None and name is None and since is None:
        sent = desk.run(webhooks.replay, message.removeprefix("msg_"), desk.who)
    elif message is None and name is not None and since is not None:
        sent = desk.run(webhooks.replay_since, name, _time(since), desk.who)
    else:
        raise BadInput("what is to be sent again?", "Name a MESSAGE, or --endpoint NAME with --since TIME.")
    desk.answer({"sent": sent}, f"{sent} letters go out again.")


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("the time is not written like 2026-11-25T08:00") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


@webhook.command()
@on_desk()
def events(desk: Desk) -> None:
    """List the events that there are."""
    from showcause.casework.webhook_events import EVENTS, NAMES

    rows = [
        {"event": name, "when": ", ".join(f"{kind} {state}" for (kind, state), each in EVENTS.items() if each == name)}
        for name in NAMES
    ]  # fmt: skip
    desk.rows(rows, ("event", "when"), "There are none.")
