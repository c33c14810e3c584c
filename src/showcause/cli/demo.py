"""The guided story by one command: founds a throwaway site as a newcomer would, and plays one night on it."""

import contextlib
import io
import json
import signal
import socket
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.frame import printable
from showcause.cli.wiring import Wiring
from showcause.domain.errors import BadInput, Misconfigured
from showcause.home import Home, write_private

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
HOME_PAGE = "/demo/journal/"
"""Where the story opens in the browser: at a newspaper's article with its comments."""

PORT = 8420
STORY_LASTS = timedelta(hours=3, minutes=30)
"""The night is played so that it ends a little before now, and whoever opens a page goes on from there."""


@click.command()
@click.option("--text", is_flag=True, help="Tell the story here instead of in the browser.")
@click.option("--once", is_flag=True, help="Tell it here, without waiting between the chapters.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object about what happened, and no story."
)
@click.option("--keep", type=click.Path(path_type=Path), help="Leave the story's site in this new folder.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Where pages listen; 0: any.",
)
@click.option("--no-browser", is_flag=True, help="Say the address and open nothing.")
@click.pass_context
def demo(
    context: click.Context,
    text: bool,
    once: bool,
    as_json: bool,
    keep: Path | None,
    port: int,
    no_browser: bool,
) -> None:
    """Play one night on a small fictional platform, on the real product, and go on with it in the browser."""
    context.find_root().obj.with_accounts()
    with _folder(keep) as home:
        if text or once or as_json:
            told = _tell(context.find_root().obj, home, as_json=as_json, waits=not (once or as_json))
        else:
            told = None
            _open(context.find_root().obj, home, _free_port(port), browser=not no_browser)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, sort_keys=True))
    elif keep:
        click.echo(f"The site is kept: showcause --home {keep} queue, journal, decision show, log fsck, ...")
    else:
        click.echo("The site was thrown away. With `--keep FOLDER` it stays, and you can look at everything.")


def _tell(wiring: Wiring, home: Path, *, as_json: bool, waits: bool) -> dict[str, Any]:
    """Play the story and tell it here."""
    from showcause.demo.stage import StoryClock

    clock = StoryClock()
    moved = wiring.moved(clock)
    _found(moved, home, FOUNDING)
    return _play(moved, home, clock, _silent if as_json else _say, _waiting if waits else _at_once)


def _open(wiring: Wiring, home: Path, port: int, *, browser: bool) -> None:
    """Play the story quietly, leave its end open, and serve its pages until told to end."""
    from showcause.demo.stage import StoryClock

    address = f"http://localhost:{port}"
    click.echo(
        "Playing one night on Plaza, a small fictional platform, and printing the newspaper that tells of it "
        "(about half a minute) ...",
        err=True,
    )
    clock = StoryClock(wiring.clock() - STORY_LASTS)
    moved = wiring.moved(clock)
    _found(moved, home, _with_newspaper(address))
    told = _play(moved, home, clock, _silent, _at_once, address)
    key = _key_for_programs(moved, home)
    write_private(Home(home.absolute()).story, json.dumps({**told, "api_key": key}).encode())
    with wiring.pages(home, "127.0.0.1", port, demo=True):
        _wait_for(port)
        click.echo(f"The story is open: {address}{HOME_PAGE}  (end it with Ctrl-C)")
        if browser:
            webbrowser.open(f"{address}{HOME_PAGE}")
        _work(wiring, home)


def _with_newspaper(address: str) -> tuple[tuple[str, ...], ...]:
    """Return the commands that found a site with a newspaper's comment section, whose pages are at an address.

    The section comes before the other people and Plaza: as long as Ada is alone she puts its rules in force herself.
    """
    init, *others = FOUNDING
    section = ("connect", "comments", "feuille", "--origin", address, "--language", "fr", "--language", "en")
    pairs = (("address", address), ("public-interval", "60"))
    return (
        (*init, "--tier", "newspaper"),
        (*section, "--staff", "La Rédaction", "--as", "ada"),
        *others,
        *(("setting", "set", name, value, "--as", "ada") for name, value in pairs),
    )


def _key_for_programs(wiring: Wiring, home: Path) -> str:
    """Make a key for the engineer's part."""
    from showcause.casework import api_keys
    from showcause.domain.api_key import Scope

    site = wiring.open(home)
    try:
        _, text = site.runner.run(api_keys.add, "demo", tuple(Scope), "plaza", "ada")
        return text
    finally:
        site.close()


def _free_port(wanted: int) -> int:
    """Return the wanted port of the loopback, or any free one when it is taken."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as made:
            return int(made.getsockname()[1])
    raise BadInput("no port of this machine is free")


def _wait_for(port: int) -> None:
    """Wait until the pages answer. Raises: Misconfigured when they do not."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise Misconfigured("the pages did not start", "Run `showcause demo --text` to read the story here.")


def _work(wiring: Wiring, home: Path) -> None:
    """Do what `serve` does, until told to end."""
    from showcause.cli.serve import Service

    site = wiring.open(home)
    try:
        service = Service(site)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: service.ending.set())
        service.run()
    finally:
        site.close()


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="showcause-demo-") as folder:
            yield Path(folder) / "site"
        return
    if keep.exists():
        raise BadInput(f"{keep} is there already", "Name a folder that does not exist yet.")
    yield keep


def _found(wiring: Wiring, home: Path, commands: tuple[tuple[str, ...], ...]) -> None:
    from showcause.cli.root import root

    for command in commands:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                root.main(args=["--home", str(home), *command], obj=wiring)
        except SystemExit as ending:
            if ending.code:
                raise


def _play(
    wiring: Wiring,
    home: Path,
    clock: "StoryClock",
    say: Callable[[str], None],
    pause: Callable[[], None],
    address: str = "",
) -> dict[str, Any]:
    """Play the story; with the address of its pages, leave its end open and let the newspaper appear there."""
    from showcause.demo.after import leave_open
    from showcause.demo.newspaper import open_newspaper
    from showcause.demo.playing import play
    from showcause.demo.stage import PLATFORM, Stage, world_behind
    from showcause.transparency.policy import parse_policy

    site = wiring.open(home)
    try:
        world = world_behind(site.platforms[PLATFORM])
        world.followers_lost = 3
        stage = Stage(site.store, site.runner, site.worker, world, clock, say, site.judging.round)
        told = play(stage, parse_policy(site.home.policy.read_bytes()), pause)
        section = site.section()
        if section is None:
            return told
        return {**told, **leave_open(stage), "paper": open_newspaper(stage, section, address)}
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
