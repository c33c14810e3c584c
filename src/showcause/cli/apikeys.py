"""Keys of programs: made, listed and revoked. Making and revoking one is an entry of the log."""

from datetime import timedelta

import click

from showcause.cli.desk import Desk, on_desk

SCOPES = ("reports", "events", "verdicts", "subjects", "cases", "decisions", "appeals", "orders", "metrics")
COLUMNS = ("name", "platform", "scopes", "made_at", "expires_at", "revoked_at", "id")


@click.group()
def apikey() -> None:
    """Make, list and revoke the keys of programs."""


@apikey.command()
@click.argument("name")
@click.option("--platform", help="The only platform for which it speaks; without one it reads numbers only.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated."
)
@click.option(
    "--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How long it holds."
)
@on_desk(acts=True)
def add(desk: Desk, name: str, platform: str | None, scopes: tuple[str, ...], days: int) -> None:
    """Make a key and print it. It is shown this once: whoever has it can do what its scopes say."""
    from showcause.casework.api_keys import add as add_key
    from showcause.domain.api_key import Scope

    ends = desk.site.clock() + timedelta(days=days)
    made, text = desk.run(add_key, name, [Scope(each) for each in scopes], platform, desk.who, ends)
    desk.answer(
        {"id": made.id, "name": made.name, "key": text, "platform": platform, "scopes": made.scopes,
         "expires_at": ends},
        text,
        f"This is the key {made.name}: {', '.join(made.scopes)}; valid until {ends:%d %B %Y}.",
        "It is shown only now. Whoever loses it makes another and revokes this one.",
    )  # fmt: skip


@apikey.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List the keys; their texts are not kept."""
    from dataclasses import asdict

    from showcause.domain.api_key import ApiKey

    with desk.site.store.read() as view:
        held = [asdict(each) for each in view.find(ApiKey)]
    for each in held:
        del each["digest"]
    desk.rows(held, COLUMNS, "No key was made yet.")


@apikey.command()
@click.argument("key", metavar="NAME")
@on_desk(acts=True)
def revoke(desk: Desk, key: str) -> None:
    """Make a key worthless at once, by its name or id."""
    from showcause.casework.api_keys import revoke as revoke_key

    gone = desk.run(revoke_key, key, desk.who)
    desk.answer({"id": gone.id, "name": gone.name}, f"The key {gone.name} does not count any more.")
