"""Naming who watches the log, and what each measure asks of them: the record first, then the pinned files."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput
from showcause.domain.restriction import Measure
from showcause.domain.witness import Demand, Level, Role, Witness
from showcause.home import replace_private

if TYPE_CHECKING:
    from showcause.domain.witness import Watch

RESTART = "Restart `showcause serve`: connectors believe what was pinned when they started."


@click.group()
def witness() -> None:
    """Name, list and remove who watches this log; the public is told who runs each."""


@witness.command()
@click.argument("name")
@click.argument("key")
@click.argument("url")
@click.option("--role", type=click.Choice([str(each) for each in Role]), default="witness", show_default=True)
@click.option("--run-by", required=True, help="Who runs it, as the public is to read it.")
@click.option("--pull", is_flag=True, help="It reads our files by itself: read it instead of asking it.")
@click.option("--feed-at", metavar="URL", default="", help="Of a mirror: push what is published to it, here.")
@on_desk(acts=True)
def add(desk: Desk, name: str, key: str, url: str, role: str, run_by: str, pull: bool, feed_at: str) -> None:
    """Name a witness or a mirror: a word for it, its public key, and where it answers."""
    from showcause.casework.log.watching import name_witness

    for each in filter(None, (url, feed_at)):
        desk.site.outside.check(each)
    desk.run(name_witness, Witness(name, key, url, Role(role), run_by, pull, feed_at), desk.who)
    _answer(desk)


@witness.command()
@click.argument("name")
@on_desk(acts=True)
def remove(desk: Desk, name: str) -> None:
    """Stop asking a witness or reading a mirror."""
    from showcause.casework.log.watching import remove_witness

    desk.run(remove_witness, name, desk.who)
    _answer(desk)


@witness.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List who watches, and what each said last."""
    from showcause.casework.log.cosigning import said_from_text

    file = desk.site.home.witnesses
    said = said_from_text(file.read_text(encoding="utf-8") if file.exists() else "")
    rows = [
        {"name": each.name, "role": each.role, "run_by": each.run_by, "url": each.url, "key": each.key,
         "size": said.rows.get(each.name, {}).get("size", 0), "cosigned": _when(said.rows.get(each.name, {})),
         "says": said.rows.get(each.name, {}).get("says", "not asked yet")}
        for each in _watch(desk).witnesses
    ]  # fmt: skip
    columns = ("name", "role", "run_by", "size", "cosigned", "says")
    desk.rows(rows, columns, "Nobody watches this log but its operator: `showcause log witness add`.")


@click.command()
@click.argument("needed", type=click.IntRange(0, 32))
@on_desk(acts=True)
def quorum(desk: Desk, needed: int) -> None:
    """Say how many of the named witnesses must have cosigned for receipt level R1."""
    from showcause.casework.log.watching import set_quorum

    desk.run(set_quorum, needed, desk.who)
    _answer(desk)


@click.command()
@click.argument("measure", type=click.Choice([str(each) for each in Measure]))
@click.argument("level", type=click.Choice([str(each) for each in Level]))
@click.option(
    "--fallback-after", metavar="TIME", help="Go without after 30m, 2h or 3d, and say so in public."
)
@on_desk(acts=True)
def level(desk: Desk, measure: str, level: str, fallback_after: str | None) -> None:
    """Say what receipt a measure needs before it is carried out: R0 signed, R1 witnessed, R2 mirrored, too.

    The level binds: orders wait until it is reached. A fallback has to be declared here, before it is needed.
    """
    from showcause.casework.log.watching import set_level

    desk.run(set_level, Measure(measure), Demand(Level(level), _seconds(fallback_after)), desk.who)
    _answer(desk)


@click.command()
@on_desk()
def trust(desk: Desk) -> None:
    """Write the files of trust, which connectors believe, from what the record says."""
    _answer(desk)


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", text)
    if found is None:
        raise BadInput("this is no time", "Write 30m, 2h or 3d.")
    return int(found[1]) * {"m": 60, "h": 3600, "d": 86_400}[found[2]]


def _answer(desk: Desk) -> None:
    """Pin what the record says, and tell it."""
    from showcause.casework.log.watching import levels_of

    written = pin(desk)
    watch = _watch(desk)
    with desk.site.store.read() as view:
        levels = {str(measure): str(demand.level) for measure, demand in levels_of(view).items()}
        without = [str(measure) for measure, demand in levels_of(view).items() if demand.fallback_after]
    desk.answer(
        {"witnesses": [each.name for each in watch.witnesses], "quorum": watch.quorum, "levels": levels,
         "written": written},
        f"{len(watch.of(Role.WITNESS))} witnesses, of whom {watch.quorum} must cosign for R1; "
        f"{len(watch.of(Role.MIRROR))} mirrors.",
        "Levels: " + (", ".join(f"{each} {levels[each]}" for each in sorted(levels)) or "R0 for everything") + "."
        + (f" With a fallback: {', '.join(sorted(without))}." if without else ""),
        f"Pinned: {', '.join(f'trust/{each}' for each in written)}. {RESTART}" if written
        else "The pinned files say so already.",
    )  # fmt: skip


def pin(desk: Desk, keys: Sequence[str] = ()) -> list[str]:
    """Write the files of trust that differ from the record; return their names.

    The log's own keys are those that are given, or those that are pinned already.
    """
    written = []
    for name, data in wanted(desk.site, keys).items():
        place = desk.site.home.trust / name
        if not place.exists() or place.read_bytes() != data:
            replace_private(place, data)
            written.append(name)
    return written


def wanted(site: Any, keys: Sequence[str] = ()) -> dict[str, bytes]:
    """Return the files of trust as the record wants them, with these keys of the log, or with those that are pinned."""
    from showcause.casework.log.watching import pinned
    from showcause.transparency.keys import parse_verifier_key
    from showcause.transparency.policy import parse_policy

    logs = (
        tuple(parse_verifier_key(each) for each in keys) or parse_policy(site.home.policy.read_bytes()).logs
    )
    with site.store.read() as view:
        files = pinned(view, logs)
    # An empty table says nothing that a missing one does not.
    return {name: data for name, data in files.items() if data or (site.home.trust / name).exists()}


def _watch(desk: Desk) -> "Watch":
    from showcause.casework.log.watching import watch_of

    with desk.site.store.read() as view:
        return watch_of(view)


def _when(row: Mapping[str, Any]) -> str:
    seen = row.get("seen", 0)
    return f"{datetime.fromtimestamp(seen, UTC):%Y-%m-%d %H:%M} UTC" if seen else "never"
