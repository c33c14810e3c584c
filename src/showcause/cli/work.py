"""`showcause work`: one of several processes that share a platform's events and judge them."""

import logging
import re
import signal
import threading
from typing import TYPE_CHECKING, Final

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.serve import keep_what_was_loaded, log_to_stderr
from showcause.domain.errors import Misconfigured, ShowcauseError, StoreFull, StoreUnusable

if TYPE_CHECKING:
    from showcause.cli.wiring import Judging

log = logging.getLogger("showcause.work")

IDLE: Final = 0.05
"""Seconds between two looks at whether events came. Somebody may wait for what is said of one."""
PATIENCE: Final = 10.0


def _part(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    """Read `2/4`."""
    found = re.fullmatch(r"([1-9][0-9]?)/([1-9][0-9]?)", value)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter(f"{value[:20]!r} is no partition; write 2/4 for the second of four")
    return int(found[1]), int(found[2])


@click.command()
@click.option(
    "--partition", required=True, metavar="N/OF", callback=_part, help="Which part of how many, as in 2/4."
)
@click.option("--once", is_flag=True, help="Judge what is there, and end.")
@on_desk()
def work(desk: Desk, partition: tuple[int, int], once: bool) -> None:
    """Judge one part of the events that several processes share: those whose keys belong to it.

    Each part has its own place, windows and chain of digests, and may be ended and started again at any time; the
    others go on. Two processes of one part notice each other, and one waits. `serve` does everything else. How many
    parts there are is said with `showcause events parts`.
    """
    log_to_stderr(desk.site.settings.log_level)
    number, of = partition
    judging, ending = desk.site.judging_of(number, of), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ending.set())
    judged = 0
    try:
        judged = _round(judging, of, ending)
        keep_what_was_loaded()
        while not ending.is_set() and not once:
            desk.site.wait_for_asking(IDLE, f"-{number}")
            judged += _round(judging, of, ending)
    finally:
        judging.close()
    log.info("ended")
    desk.answer(
        {"partition": f"{number}/{of}", "judged": judged}, f"Part {number} of {of} looked at {judged} events."
    )


def _round(judging: "Judging", of: int, ending: threading.Event) -> int:
    """Judge what is there. Raises: Misconfigured where no platform's events are shared out so."""
    if not judging.has_work():
        raise Misconfigured(
            f"no platform's events are shared out over {of} processes",
            "`showcause events status` says over how many; `showcause events parts` changes it.",
        )
    judged = 0
    try:
        while not ending.is_set() and (some := judging.round()):
            judged += some
    except (StoreFull, StoreUnusable):
        raise
    except ShowcauseError as error:
        log.warning("events wait to be judged: %s", error.code)
        ending.wait(PATIENCE)
    return judged
