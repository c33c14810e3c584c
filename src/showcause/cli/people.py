"""The people of the house and the settings of the site. Every change of either is an entry of the log."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput, Misconfigured
from showcause.home import revoke as revoke_for_connectors
from showcause.home import write_private

if TYPE_CHECKING:
    from showcause.store.view import View

ROLES = ("moderator", "senior", "policy", "auditor", "operator", "newsroom")
DANGERS = ("child-sexual-abuse", "terrorist-content", "threat-to-life", "private-address")
COLUMNS = ("handle", "roles", "active", "added_at", "id")

_roles = click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be repeated.")
_urgent = click.option(
    "--urgent", "dangers", multiple=True, type=click.Choice(DANGERS), help="For which dangers."
)
_days = click.option(
    "--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it holds."
)


@click.group()
def moderator() -> None:
    """Add, list and retire the people of the house."""


@moderator.command()
@click.argument("handle")
@_roles
@_urgent
@_days
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the token for the urgent lane.")
@on_desk(acts=True)
def add(
    desk: Desk, handle: str, roles: tuple[str, ...], dangers: tuple[str, ...], days: int, out: Path | None
) -> None:
    """Add a person; with --urgent also write the token with which they may act at once."""
    from showcause.casework.staffing import add_moderator
    from showcause.domain.people import Role

    made = desk.run(add_moderator, handle, [Role(role) for role in roles or ("moderator",)], desk.who)
    desk.answer(made, f"Added {made.handle}: {', '.join(made.roles)}.")
    if dangers:
        _issue(desk, handle, dangers, days, out)


@moderator.command()
@click.argument("handle")
@_urgent
@_days
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it [HANDLE.urgent-token].")
@on_desk(acts=True)
def token(desk: Desk, handle: str, dangers: tuple[str, ...], days: int, out: Path | None) -> None:
    """Write a token of the urgent lane for a person who was trained for it."""
    _issue(desk, handle, dangers or DANGERS, days, out)


def _issue(desk: Desk, handle: str, dangers: tuple[str, ...], days: int, out: Path | None) -> None:
    from showcause.casework.log.publishing import acting
    from showcause.casework.reading import person
    from showcause.domain.people import Role

    with desk.site.store.transaction(desk.site.clock()) as tx:
        by, who = acting(tx, desk.who, Role.OPERATOR), person(tx, handle)
        tx.note("issue-urgent-token", by.id, who.id, "moderator", days=days)
    file = out or Path(f"{handle}.urgent-token")
    expires = desk.site.clock() + timedelta(days=days)
    made = desk.site.ids()
    write_private(file, desk.wiring.urgent_token(desk.site.home, made, who.id, dangers, expires))
    desk.answer(
        {"id": made, "token": file, "moderator": who.id, "expires": expires, "categories": dangers},
        f"Wrote {file}, valid until {expires:%d %B %Y}. It is a secret of {handle}: give it to nobody else.",
        f"Its id is {made}: `showcause moderator revoke` takes it back.",
    )


@moderator.command()
@click.argument("handle")
@click.option("--reset", is_flag=True, help="Also who has a login: replaces password and second factors.")
@on_desk(acts=True)
def invite(desk: Desk, handle: str, reset: bool) -> None:
    """Print a link by which a person sets a password; it works once, for 24 hours."""
    from showcause.casework.logins import LIFE
    from showcause.casework.logins import invite as invite_person

    with desk.site.store.read() as view:
        address = _address(desk, view)
    link = f"{address}/welcome/{desk.run(invite_person, handle, desk.who, reset=reset)}"
    ends = desk.site.clock() + LIFE
    desk.answer(
        {"link": link, "expires": ends},
        link,
        f"It works once, until {ends:%d %B %Y %H:%M} UTC. Whoever has it can act as {handle}: give it to them alone,",
        "in person or by a channel that you trust. The log keeps that it was made.",
    )


def _address(desk: Desk, view: "View") -> str:
    """Return where the pages are: the public address, else where this machine serves them."""
    from showcause.casework.reading import setting

    if told := setting(view, "address"):
        return told
    if place := desk.site.settings.listen:
        return f"http://{place}"
    raise Misconfigured(
        "nobody knows where the pages are", "`showcause setting set address https://HOST --as HANDLE`."
    )


@moderator.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List the people of the house."""
    from dataclasses import asdict

    from showcause.domain.people import Moderator

    with desk.site.store.read() as view:
        people = view.find(Moderator)
    desk.rows([asdict(each) for each in people], COLUMNS, "Nobody works here yet.")


@moderator.command()
@click.argument("handle")
@on_desk(acts=True)
def retire(desk: Desk, handle: str) -> None:
    """Take all rights from a person; what they decided stays theirs."""
    from showcause.casework.staffing import retire_moderator

    gone = desk.run(retire_moderator, handle, desk.who)
    _revoke(desk, gone.id)
    desk.answer(gone, f"{gone.handle} has no rights any more, and their tokens do not count.")


@moderator.command()
@click.argument("id_", metavar="TOKEN")
@on_desk(acts=True)
def revoke(desk: Desk, id_: str) -> None:
    """Take a token of the urgent lane back, by the id that `moderator token` printed."""
    from showcause.casework.log.publishing import acting
    from showcause.domain.people import Role

    if len(id_) != 32 or not set(id_) <= set("0123456789abcdef"):
        raise BadInput("this is no token's id", "It has 32 hex digits and is not the token itself.")
    with desk.site.store.transaction(desk.site.clock()) as tx:
        tx.note("revoke-urgent-token", acting(tx, desk.who, Role.OPERATOR).id, id_, "moderator")
    _revoke(desk, id_)
    desk.answer({"revoked": id_}, f"The token {id_} does not count any more.")


def _revoke(desk: Desk, id_: str) -> None:
    """Add an id to the list that the connectors read, which needs no database."""
    revoke_for_connectors(desk.site.home, id_)


@moderator.command()
@click.argument("handle")
@_roles
@on_desk(acts=True)
def roles(desk: Desk, handle: str, roles: tuple[str, ...]) -> None:
    """Give a person other roles."""
    from showcause.casework.staffing import change_roles
    from showcause.domain.people import Role

    changed = desk.run(change_roles, handle, [Role(role) for role in roles], desk.who)
    desk.answer(changed, f"{changed.handle}: {', '.join(changed.roles)}.")


@click.group()
def setting() -> None:
    """Look at the settings of the site and change them; each change is an entry of the log."""


@setting.command("list")
@on_desk()
def list_settings(desk: Desk) -> None:
    """List the settings of the site."""
    from dataclasses import asdict

    from showcause.domain.site import Setting

    with desk.site.store.read() as view:
        held = view.find(Setting)
    desk.rows([asdict(each) for each in held], ("name", "value", "changed_at"), "Nothing is set.")


@setting.command("set")
@click.argument("name")
@click.argument("value")
@on_desk(acts=True)
def set_(desk: Desk, name: str, value: str) -> None:
    """Change a setting of the site."""
    from showcause.casework.founding import change_setting

    changed = desk.run(change_setting, name, value, desk.who)
    desk.answer(changed, f"{changed.name} is {changed.value}.")
