"""The guided story by one command: founds a throwaway site as a newcomer would, and plays one night on it."""

import contextlib
import dataclasses
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.frame import printable
from showcause.cli.wiring import Wiring
from showcause.domain.errors import BadInput

if TYPE_CHECKING:
    from showcause.demo.stage import StoryClock

WIDTH = 88
FOUNDING: tuple[tuple[str, ...], ...] = (
    ("init", "--origin", "demo.example/throwaway", "--contact", "appeals@plaza.example", "--operator", "ada"),
    *(
        ("moderator", "add", handle, "--role", "moderator", "--as", "ada")
        for handle in ("bea", "cleo", "dan")
    ),
    ("connect", "simulator", "plaza", "--mode", "enforce", "--as", "ada"),
)
"""The commands that found the story's site, as anybody would type them."""


@click.command()
@click.option("--once", is_flag=True, help="Do not wait between the chapters.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object about what happened, and no story."
)
@click.option("--keep", type=click.Path(path_type=Path), help="Leave the story's site in this new folder.")
@click.pass_context
def demo(context: click.Context, once: bool, as_json: bool, keep: Path | None) -> None:
    """Play one night on a small fictional platform, on the real product, and say what happens and why."""
    from showcause.demo.stage import StoryClock

    clock = StoryClock()
    wiring = dataclasses.replace(context.find_root().obj, clock=clock)
    with _folder(keep) as home:
        _found(wiring, home)
        told = _play(wiring, home, clock, as_json=as_json, waits=not (once or as_json))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, sort_keys=True))
    elif keep:
        click.echo(f"The site is kept: showcause --home {keep} queue, journal, decision show, log fsck, ...")
    else:
        click.echo("The site was thrown away. With `--keep FOLDER` it stays, and you can look at everything.")


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="showcause-demo-") as folder:
            yield Path(folder) / "site"
        return
    if keep.exists():
        raise BadInput(f"{keep} is there already", "Name a folder that does not exist yet.")
    yield keep


def _found(wiring: Wiring, home: Path) -> None:
    from showcause.cli.root import root

    for command in FOUNDING:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                root.main(args=["--home", str(home), *command], obj=wiring)
        except SystemExit as ending:
            if ending.code:
                raise


def _play(wiring: Wiring, home: Path, clock: "StoryClock", *, as_json: bool, waits: bool) -> dict[str, Any]:
    from showcause.demo.playing import play
    from showcause.demo.stage import PLATFORM, Stage, world_behind
    from showcause.transparency.policy import parse_policy

    site = wiring.open(home)
    try:
        world = world_behind(site.platforms[PLATFORM])
        world.followers_lost = 3
        say = _silent if as_json else _say
        stage = Stage(site.store, site.runner, site.worker, world, clock, say)
        trusted = parse_policy(site.home.policy.read_bytes())
        return play(stage, trusted, _waiting if waits else _at_once)
    finally:
        site.close()


def _say(text: str) -> None:
    """Print a paragraph, wrapped; indented lines stay indented."""
    for part in text.split("\n\n"):
        for line in part.split("\n"):
            margin = " " * (len(line) - len(line.lstrip()))
            click.echo(fill(printable(line), WIDTH, subsequent_indent=margin))
        click.echo()


def _silent(text: str) -> None:
    """Say nothing: a program reads the JSON."""


def _at_once() -> None:
    """Go on at once."""


def _waiting() -> None:
    if sys.stdin.isatty():
        click.prompt("Enter to go on", default="", show_default=False, prompt_suffix=" ... ")
