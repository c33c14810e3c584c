"""The urgent lane: act at once with a token, also while the database is down; a second person looks within a day."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import (
    BadInput,
    NotFound,
    NotYetConfirmed,
    Refused,
    ShowcauseError,
    Unavailable,
)

DANGERS = ("child-sexual-abuse", "terrorist-content", "threat-to-life", "private-address")
KINDS = ("account", "content", "space", "media")
COLUMNS = ("id", "state", "platform", "category", "measure", "acted_at", "confirm_by", "overdue", "decision")


@click.group()
def urgent() -> None:
    """Act at once, and confirm or lift what was done at once."""


@urgent.command()
@click.argument("platform")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("ref")
@click.option("--category", required=True, type=click.Choice(DANGERS))
@click.option(
    "--measure", type=click.Choice(["hide", "limit", "suspend"]), help="[hide; suspend for an account]"
)
@click.option("--token", "token", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id", "spool_id", help="A spool id from before, so that nothing is done twice.")
@on_desk()
def act(
    desk: Desk, platform: str, kind: str, ref: str, category: str, measure: str | None, token: Path,
    spool_id: str | None,
) -> None:  # fmt: skip
    """Act now. Needs the connector alone: neither database nor log. It enters the record when they are there."""
    from showcause.domain.policy import Urgent
    from showcause.domain.restriction import Measure
    from showcause.domain.subject import Subject, SubjectKind

    chosen = Measure(measure or ("suspend" if kind == "account" else "hide"))
    subject = Subject(platform, SubjectKind(kind), ref)
    connector = desk.wiring.connector(desk.home, platform)
    try:
        done = connector.urgent(token.read_bytes().strip(), Urgent(category), subject, chosen, spool_id)
        says = f"Done: {chosen}. Spool id {done}."
    except NotYetConfirmed:  # such a platform comes and fetches: the intent is spooled, and it is asked
        asked = [each.id for each in connector.spooled() if (each.subject, each.measure) == (subject, chosen)]
        done = spool_id or asked[-1]
        says = f"Asked: {chosen}. The platform has not confirmed it yet; look at it there. Spool id {done}."
    desk.answer(
        {"spool": done, "measure": chosen},
        says,
        "It enters the record by itself while `showcause serve` runs; another person confirms it within a day.",
    )


@urgent.command()
@click.argument("platform")
@on_desk()
def resume(desk: Desk, platform: str) -> None:
    """Carry out what was spooled while the platform did not answer. What fails again holds up nothing else."""
    connector = desk.wiring.connector(desk.home, platform)
    resumed: list[str] = []
    failed: list[ShowcauseError] = []
    for each in [each.id for each in connector.spooled() if not each.acted]:
        try:
            connector.resume(each)
            resumed.append(each)
        except (Refused, Unavailable) as error:
            failed.append(error)
    waits = f"; {len(failed)} still wait" if failed else ""
    desk.answer(
        {"resumed": resumed, "waiting": len(failed)}, f"{len(resumed)} urgent acts were carried out{waits}."
    )
    if failed:
        raise failed[0]


@urgent.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are settled.")
@on_desk()
def list_(desk: Desk, everything: bool) -> None:
    """List what was done at once and waits: in the spools, and for a second person."""
    from showcause.domain.lifecycle import UrgentState
    from showcause.domain.urgent import UrgentEntry

    waiting = (UrgentState.ENTERED, UrgentState.KEPT_HIDDEN)
    with desk.site.store.read() as view:
        found = view.find(UrgentEntry) if everything else view.find(UrgentEntry, state=waiting)
    spooled: list[dict[str, Any]] = [
        {"id": each.id, "state": "spooled" if each.acted else "not acted yet", "platform": name,
         "category": each.category, "measure": each.measure, "acted_at": each.at}
        for name, connector in desk.site.platforms.items() for each in connector.spooled()
    ]  # fmt: skip
    desk.rows([*spooled, *map(asdict, found)], COLUMNS, "Nothing waits.")


@urgent.command()
@click.argument("id_", metavar="ENTRY")
@on_desk(acts=True)
def confirm(desk: Desk, id_: str) -> None:
    """Confirm what another person did at once."""
    from showcause.casework import urgent as verbs

    done = desk.run(verbs.confirm, _entry(desk, id_), desk.who)
    desk.answer(done, f"Urgent act {done.id[:12]} is {done.state}.")


@urgent.command()
@click.argument("id_", metavar="ENTRY")
@on_desk(acts=True)
def lift(desk: Desk, id_: str) -> None:
    """Take back what was done at once."""
    from showcause.casework import urgent as verbs

    done = desk.run(verbs.lift, _entry(desk, id_), desk.who)
    desk.answer(done, f"Urgent act {done.id[:12]} is {done.state}.")


def _entry(desk: Desk, text: str) -> str:
    """Return the entry named by its id or by its id in the spool.

    Raises: NotFound, BadInput.
    """
    from showcause.domain.urgent import UrgentEntry

    with desk.site.store.read() as view:
        found = view.first(UrgentEntry, spool=text) if len(text) == 32 else None
    if found is not None:
        return found.id
    try:
        return desk.id(UrgentEntry, text)
    except NotFound as error:
        raise BadInput(error.message, "It may still be in the spool: `showcause urgent list`.") from None
