"""Running a witness or a mirror, for people who trust no log. Neither needs a site of its own."""

import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.frame import printable
from showcause.domain.errors import BadInput

if TYPE_CHECKING:
    from showcause.transparency.keys import KeyKind
    from showcause.witness.memory import Memory

FRESH_BYTES = 64


def watching(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a witness and of a mirror."""
    for option in reversed(
        (
            click.option("--name", required=True, help="Its name, for ever: a host name and a path, say."),
            click.option("--folder", type=click.Path(path_type=Path), required=True, help="Keys and memory."),
            click.option("--log", "logs", multiple=True, metavar="KEY[=URL]",
                         help="A log's public key, name+id+key, and where its files are. May be repeated, also with a "
                         "further key of the same log."),
            click.option("--drop", "dropped", multiple=True, metavar="KEY",
                         help="Believe this key of a log no more: it was replaced."),
            click.option("--every", type=click.IntRange(1, 86_400), default=300, show_default=True,
                         help="Seconds between two visits."),
            click.option("--listen", metavar="HOST:PORT", help="Show what is watched, and answer logs, here."),
            click.option("--once", is_flag=True, help="Visit once and end: for cron."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@watching
def witness(
    name: str,
    folder: Path,
    logs: tuple[str, ...],
    dropped: tuple[str, ...],
    every: int,
    listen: str | None,
    once: bool,
) -> None:
    """Watch a log that you do not trust: remember what it shows you, and cosign only what continues it."""
    from showcause.transparency.keys import KeyKind
    from showcause.witness.cosigning import Cosigner
    from showcause.witness.fetching import visit_all
    from showcause.witness.serving import Door

    with _remembering(name, folder, logs, dropped, (KeyKind.COSIGNATURE, KeyKind.ML_DSA_44)) as memory:
        cosigner = Cosigner(memory, _now)

        def visit() -> None:
            done = visit_all(cosigner, _say)
            _say(f"cosigned {done} of {len(memory.watched())} logs")

        _run(Door(cosigner, None, _now), listen, visit, every, once=once)


@click.command()
@watching
def mirror(
    name: str,
    folder: Path,
    logs: tuple[str, ...],
    dropped: tuple[str, ...],
    every: int,
    listen: str | None,
    once: bool,
) -> None:
    """Keep a copy of a log that you do not trust, serve it, and cosign what you have stored."""
    from showcause.transparency.keys import KeyKind
    from showcause.witness.cosigning import Cosigner
    from showcause.witness.fetching import over_http
    from showcause.witness.mirroring import Mirror
    from showcause.witness.pulling import copy_all
    from showcause.witness.serving import Door

    with _remembering(name, folder, logs, dropped, (KeyKind.COSIGNATURE,)) as memory:
        copies = Mirror(folder / "copies", memory, _now)

        def visit() -> None:
            known = [(log.origin, log.keys, over_http(log.url)) for log in memory.watched() if log.url]
            _say(f"stored {copy_all(copies, known, _say)} new entries of {len(known)} logs")

        _run(Door(Cosigner(memory, _now), copies, _now, _say), listen, visit, every, once=once)


@contextmanager
def _remembering(
    name: str, folder: Path, logs: tuple[str, ...], dropped: tuple[str, ...], kinds: "tuple[KeyKind, ...]"
) -> "Iterator[Memory]":
    """Open the memory of a witness, made on the first start, and say its keys."""
    from showcause.witness.memory import Memory

    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    memory = Memory(folder / "witness.db")
    try:
        memory.name_ourselves(name, kinds, secrets.token_bytes(FRESH_BYTES))
        for log in logs:
            # The key's base64 may end in "=", so the address is what follows the last "=http".
            key, found, rest = log.partition("=http")
            memory.watch(key, f"http{rest}" if found else "")
        for key in dropped:
            memory.drop(key)
        if not memory.watched():
            raise BadInput("no log is named", "Say which log to watch: --log KEY=URL.")
        for key_ in memory.keys:
            click.echo(f"My key, to be given to whoever trusts me: {key_.verifier}")
        yield memory
    finally:
        memory.close()


def _run(door: Any, listen: str | None, visit: Callable[[], None], every: int, *, once: bool) -> None:
    from showcause.witness.serving import listening

    ending = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ending.set())
    with nullcontext() if listen is None or once else listening(door, *_place(listen)) as port:
        if port is not None:
            _say(f"listening on port {port}")
        while True:
            visit()
            if once or ending.wait(every):
                return


def _place(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise BadInput(
            f"{listen[:64]!r} is no place to listen", "Write host:port, for example 127.0.0.1:8430."
        )
    return host.strip("[]"), int(port)


def _now() -> int:
    return int(time.time())


def _say(text: str) -> None:
    click.echo(printable(text), err=True)
