"""Counting what was opened in public, from the public folder alone."""

from pathlib import Path
from typing import Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput, VerificationFailed


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whom to trust; the site's own policy if none is named.",
)
@on_desk()
def recount(desk: Desk, folder: Path | None, policy: Path | None) -> None:
    """Count the opened facets of decisions again from a public folder, as a stranger would, without the database.

    Each opening is checked against the entry that committed to it, no cell may be smaller than it says, no entry
    opened twice, and every published number must be what the openings add up to.
    """
    from showcause.casework.log.recounting import recount as count_again
    from showcause.home import Home
    from showcause.transparency.policy import parse_policy

    home = Home(desk.home.absolute())
    trusted = policy or home.policy
    if not trusted.exists():
        raise BadInput("nobody is named whom to trust", "Say --policy FILE.")
    found = count_again(folder or home.public, parse_policy(trusted.read_bytes()), desk.progress("entries"))
    counted: dict[str, dict[str, int]] = {name: dict(words) for name, words in found.facets.counts.items()}
    faults: list[dict[str, Any]] = [{"entry": at, "says": text} for at, text in found.facets.faults]
    told = found.facets
    desk.answer(
        {"sound": found.sound, "entries": told.entries, "opened": len(told.opened), "unopened": told.unopened,
         "documents": told.documents, "counts": counted, "faults": faults},
        f"{told.entries} entries can carry facets: {len(told.opened)} are opened, {told.unopened} are not.",
        *(f"  {name}: {word} {count}" for name, words in sorted(counted.items()) for word, count in words.items()),
        *(f"  entry {each['entry']}: {each['says']}" for each in faults),
        f"{told.documents} documents say the same as their openings." if found.sound else "It does not hold.",
    )  # fmt: skip
    if not found.sound:
        raise VerificationFailed("what was published is not what its openings add up to")
