"""The doctor: every point that keeps a site from working as it promises, each with its remedy."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.checks import SITE_CHECKS
from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import ShowcauseError

if TYPE_CHECKING:
    from showcause.casework.ports import Check
    from showcause.cli.wiring import Site


@click.command()
@click.option(
    "--policies", type=click.Path(file_okay=False, path_type=Path), help="The folder of your policy files."
)
@on_desk()
def doctor(desk: Desk, policies: Path | None) -> int:
    """Say what is wrong and what to do. Ends with 1 if something is."""
    site = desk.wiring.open_unchecked(desk.home)
    desk.context.call_on_close(site.close)
    found: list[dict[str, Any]] = []
    for area, check in _all(site, policies):
        found.append(
            {"area": area, "name": check.name, "ok": check.ok, "says": check.says, "remedy": check.remedy}
        )
    bad = [each for each in found if not each["ok"]]
    desk.answer(
        {"ok": not bad, "checks": found},
        *(
            f"{'ok  ' if each['ok'] else 'LACK'} {each['area']}, {each['name']}: {each['says']}"
            + (f"\n     remedy: {each['remedy']}" if not each["ok"] and each["remedy"] else "")
            for each in found
        ),
        f"{len(bad)} of {len(found)} points need attention." if bad else f"All {len(found)} points are well.",
    )
    return 1 if bad else 0


def _all(site: "Site", policies: Path | None) -> "Iterator[tuple[str, Check]]":
    for name, check in SITE_CHECKS.items():
        yield from (("site", each) for each in _guarded(name, partial(check, site, policies)))
    for platform in site.settings.platforms:
        found = _guarded("connector", partial(_ask, site, platform.name))
        yield from ((f"platform {platform.name}", each) for each in found)


def _ask(site: "Site", platform: str) -> "list[Check]":
    return site.platforms[platform].doctor()


def _guarded(name: str, ask: "Callable[[], list[Check]]") -> "list[Check]":
    from showcause.casework.ports import Check

    try:
        return ask()
    except ShowcauseError as error:
        return [Check(name, False, f"{error.message} ({error.code})", error.hint)]
