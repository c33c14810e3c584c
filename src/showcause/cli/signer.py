"""`showcause signer`: the process that alone can read the log's key, for a user of its own."""

import logging
import signal
import threading
from pathlib import Path
from typing import cast

import click

from showcause.cli.serve import log_to_stderr
from showcause.cli.wiring import Wiring

log = logging.getLogger("showcause.signer")


@click.command()
@click.option(
    "--keys",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with log.key and state.json, which only the signer's user can read.",
)
@click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    help="Where to listen; the site's setting `signer-socket` names the same path.",
)
@click.option(
    "--recover",
    "checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Set a lost state.json again from the newest checkpoint that anybody kept, and end.",
)
@click.pass_context
def signer(context: click.Context, folder: Path, path: Path | None, checkpoint: Path | None) -> None:
    """Sign for one site, at a socket: with a key that the site's own user cannot read, and without any network."""
    wiring = cast(Wiring, context.find_root().obj)
    if (path is None) == (checkpoint is None):
        raise click.UsageError("say where to listen (--socket), or what to recover from (--recover)")
    if checkpoint is not None:
        note = checkpoint.read_text(encoding="utf-8")
        size = wiring.recover(folder / "log.key", folder / "state.json", note)
        click.echo(f"The signer remembers {size} entries again, and signs nothing older.")
    elif path is not None:
        _serve(wiring, folder, path)


def _serve(wiring: Wiring, folder: Path, path: Path) -> None:
    log_to_stderr("info")
    ending = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ending.set())
    with wiring.signer(folder, path) as answer:
        log.info("signing at %s", path)
        answer(ending.is_set)
    log.info("ended")
