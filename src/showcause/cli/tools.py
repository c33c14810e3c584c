"""Measuring."""

import subprocess
import sys
from pathlib import Path

import click

from showcause.domain.errors import Unsupported

ROOT = Path(__file__).resolve().parents[3]
_ALL = {"ignore_unknown_options": True, "help_option_names": []}


@click.group()
def bench() -> None:
    """Measure; one JSON object a row."""


def _bench(name: str, arguments: tuple[str, ...]) -> int:
    if not (ROOT / "bench" / f"{name}.py").is_file():
        raise Unsupported("the benchmarks are not part of the installed package", "Run it from a clone.")
    command = [sys.executable, "-m", f"bench.{name}", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def receipts(arguments: tuple[str, ...]) -> int:
    """Measure the log's writer: durable receipts per second, and full decisions per second."""
    return _bench("receipts", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def log(arguments: tuple[str, ...]) -> int:
    """Measure a large log: its whole check, and proofs per second."""
    return _bench("log", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def api(arguments: tuple[str, ...]) -> int:
    """Measure the API: reports accepted per second, one by one and in batches, by the real server."""
    return _bench("api", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def path(arguments: tuple[str, ...]) -> int:
    """Measure the way from a report to the order to act."""
    return _bench("path", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def browser(arguments: tuple[str, ...]) -> int:
    """Measure how long a browser takes to check one proof."""
    return _bench("browser", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def events(arguments: tuple[str, ...]) -> int:
    """Measure events per second: counted in windows, taken in durably, judged, and the whole way."""
    return _bench("events", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def comments(arguments: tuple[str, ...]) -> int:
    """Measure a comment section of a million comments: pages, fragments, and posts per second."""
    return _bench("comments", arguments)


@bench.command(context_settings=_ALL)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def rules(arguments: tuple[str, ...]) -> int:
    """Measure how many events per second rules decide on."""
    return _bench("rules", arguments)
