"""Founding a site and bringing its database up to date."""

import sys
from pathlib import Path

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.wiring import Site
from showcause.domain.errors import AlreadyExists, BadInput
from showcause.home import Home, write_private

OPERATOR_ROLES = ("moderator", "operator", "policy", "senior")
TIERS = ("micro", "small", "newspaper", "platform", "vlop")


@click.command()
@click.option(
    "--origin", required=True, help="The log's name, for ever: a host name, with a path if need be."
)
@click.option("--contact", help="The public point of contact, for example an e-mail address.")
@click.option(
    "--tier", type=click.Choice(TIERS), default="micro", show_default=True, help="Decides which duties hold."
)
@click.option("--database", default="", help="postgresql://... ; without it an embedded database is made.")
@click.option(
    "--operator", "operators", multiple=True, metavar="HANDLE", help="The first person; may be repeated."
)
@click.option(
    "--continues",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The last checkpoint of a log that ended; the first entry names it.",
)
@click.option(
    "--old-key", default="", help="That log's key; without it, the file `key` beside the checkpoint."
)
@on_desk()
def init(
    desk: Desk,
    origin: str,
    contact: str | None,
    tier: str,
    database: str,
    operators: tuple[str, ...],
    continues: Path | None,
    old_key: str,
) -> None:
    """Found a site: folders, secrets, log, first person, policies."""
    desk.wiring.with_accounts()
    home = Home(desk.home.absolute())
    if home.config.exists():
        raise AlreadyExists(f"there is a site at {home.path} already", "Choose another folder: --home.")
    people = operators or (_asked("Handle of the first operator", "--operator"),)
    reachable = contact or _asked("Public point of contact", "--contact")
    _check_names(origin, reachable)
    before = _before(origin, continues, old_key)
    key = desk.wiring.prepare(home, origin)
    if not database:
        (home.path / "main.db").touch(mode=0o600)  # SQLite gives its other files the mode of this one
    draft = home.config.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    write_private(draft, _config(origin, database).encode())
    draft.rename(home.config)
    try:
        site = desk.wiring.open_unchecked(home.path)
        desk.context.call_on_close(site.close)
        desk.wiring.migrate(site)
        _found(site, origin, reachable, tier, key, people, before)
    except BaseException:
        home.config.unlink()  # not a site yet: the same command goes on where this one stopped
        raise
    desk.answer(
        {
            "home": home.path,
            "origin": origin,
            "key": key,
            "people": people,
            "single_operator": len(people) == 1,
        },
        f"Founded {origin} at {home.path}.",
        f"The log's public key, to be given to whoever wants to check: {key}",
        f"Keep copies of {home.secrets} apart from every backup; whoever has log.key can write another history.",
        *(_ALONE if len(people) == 1 else ()),
        "Next: `showcause connect matrix NAME --address URL --token-file FILE`, then `showcause serve`.",
    )


_ALONE = (
    "One person works here, so what needs two lasts at most seven days, and statements say that one person decided.",
)


def _asked(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise BadInput(f"{option} is missing", f"Say it: {option} VALUE.")
    return str(click.prompt(question, err=True))


def _before(origin: str, checkpoint: Path | None, key: str) -> tuple[str, str]:
    """Return the last checkpoint and the key of the log that this one continues, checked before anything is made.

    Both are empty where it continues none.

    Raises: BadInput.
    """
    from showcause.casework.succession import ended

    if checkpoint is None:
        if key:
            raise BadInput("--old-key says whose checkpoint it is", "Say --continues CHECKPOINT too.")
        return "", ""
    beside = checkpoint.with_name("key")
    if not key and not beside.exists():
        raise BadInput("no key says whose checkpoint this is", "Say --old-key KEY.")
    try:
        found = (
            checkpoint.read_text(encoding="utf-8"),
            key or beside.read_text(encoding="utf-8").strip(),
        )
    except ValueError:
        raise BadInput(f"{checkpoint} is no checkpoint") from None
    ended(origin, *found)
    return found


def _check_names(origin: str, contact: str) -> None:
    from showcause.domain.subject import check_name

    check_name("origin", origin, 255)
    check_name("contact", contact, 200)


def _config(origin: str, database: str) -> str:
    lines = [
        "# The settings of this machine; docs/settings.md explains each. What the public has a right to know",
        "# (tier, contact, public interval) stands in the record: `showcause setting list`.",
        f"origin = {_quoted(origin)}",
        *([f"database = {_quoted(database)}"] if database else []),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    import json

    return json.dumps(text)


def _found(
    site: Site,
    origin: str,
    contact: str,
    tier: str,
    key: str,
    people: tuple[str, ...],
    before: tuple[str, str],
) -> None:
    """Write the first leaves, the people and the policies; each step is left out if it was done before."""
    from showcause.casework import catalogue, founding, policies
    from showcause.casework.reading import setting
    from showcause.domain.lifecycle import PolicyState
    from showcause.domain.people import SYSTEM, Moderator, Role
    from showcause.domain.site import PolicyVersion

    with site.store.read() as view:
        held = setting(view, "origin")
        known = {each.handle for each in view.find(Moderator)}
    if held is None:
        old = {"ended_note": before[0], "ended_key": before[1]}
        site.runner.run(founding.found, origin=origin, contact=contact, tier=tier, log_key=key, **old)
    elif held != origin:
        raise AlreadyExists(f"this database belongs to the log {held}", "Name an empty database.")
    roles = [Role(role) for role in OPERATOR_ROLES]
    for at, handle in enumerate(people):
        if handle not in known:
            site.runner.run(founding.add_moderator, handle, roles, SYSTEM if at == 0 else people[0])
        if (
            at == 0
        ):  # while one person is alone, the first catalogue holds at once: nobody can be restricted yet
            site.runner.run(policies.load, catalogue.load(catalogue.default_folder()), handle)
            with site.store.read() as view:
                waiting = view.find(PolicyVersion, state=PolicyState.PROPOSED)
            for version in waiting:
                site.runner.run(policies.approve, version.id, handle)


@click.command()
@on_desk()
def migrate(desk: Desk) -> None:
    """Bring the database to what this program needs: tables, arrows, triggers. Harmless to repeat."""
    desk.wiring.with_accounts()
    from showcause.store.schema import check

    site = desk.wiring.open_unchecked(desk.home)
    desk.context.call_on_close(site.close)
    desk.wiring.migrate(site)
    check(site.store)
    desk.answer({"migrated": True}, "The database holds the tables and the law of this program.")
