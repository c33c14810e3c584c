"""The history of events: which files there are, moving old events there now, and looking whether all is whole."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import NeedsConfirmation

if TYPE_CHECKING:
    from showcause.store.event_pieces import Piece
    from showcause.stream.history import History

COLUMNS = ("platform", "files", "events", "bytes", "since", "until", "left")


@click.group()
def history() -> None:
    """Old events in Parquet files: move them there, look at them, and say which are lost."""


@history.command()
@on_desk()
def status(desk: Desk) -> None:
    """Say for each platform how many files there are, of which days, how large, and what has left."""
    found = _history(desk)
    rows = [_row(name, of) for name, of in _by_platform(found).items()]
    desk.rows(rows, COLUMNS, "No event was moved yet.")
    if not desk.as_json and rows:
        click.echo(f"They lie in {found.folder}; manifest.json names each with its digest.")


@history.command()
@on_desk()
def write(desk: Desk) -> None:
    """Move now what the settings say, as the service does each day, and let go what is over."""
    tell, keeping = desk.progress("events"), desk.site.history
    while keeping.step():
        tell(keeping.moved, None)
    desk.answer(
        {"moved": keeping.moved, "left": keeping.left},
        f"{keeping.moved:,} events were moved to files; {keeping.left} files left the history.",
    )


@history.command()
@on_desk()
def check(desk: Desk) -> int:
    """Read every file, compare it with its digest, and name what is missing or unknown. Ends with 1 if something is.

    What a file that was put back says of people who were forgotten is taken out of it.
    """
    from showcause.stream.history_copies import purge

    found, tell = _history(desk), desk.progress("files")
    pieces = [each for each in found.log.pieces() if each.left_at is None]
    bad = list[str]()
    for number, each in enumerate(pieces, 1):
        if found.is_whole(each):
            purge(found, each)
        else:
            bad.append(each.file)
        tell(number, len(pieces))
    unknown = found.tidy() if pieces else []
    desk.answer(
        {"files": len(pieces), "missing": bad, "unknown": unknown},
        f"{len(pieces)} files: {len(bad)} missing or damaged, {len(unknown)} that the log does not know.",
        *(f"  missing or damaged: {each}" for each in bad),
        *(f"  unknown: {each}" for each in unknown),
    )
    return 1 if bad or unknown else 0


@history.command("give-up")
@click.argument("file")
@click.option("--yes", is_flag=True, help="Give it up, finally.")
@on_desk(acts=True)
def give_up(desk: Desk, file: str, yes: bool) -> None:
    """Say that a file that is missing or damaged is lost, when no copy has it any more.

    What was decided on its events stands, explained by the values in its record; nobody can replay it.
    """
    from showcause.casework import lost_events
    from showcause.stream.moving import Moving

    found = _history(desk)
    piece = next((each for each in found.log.pieces() if each.file == file), None)
    if piece is not None and not found.is_kept(piece):
        if not yes:
            raise NeedsConfirmation(
                f"{piece.rows} events would be given up, finally",
                "Look for a copy first: `showcause backup` makes one. If there is none, say --yes.",
            )
        desk.run(lost_events.give_up, desk.who, piece.rows)
    lost = Moving(found).give_up(file)
    desk.answer({"lost": lost.rows}, f"{lost.rows} events are given up.")


@click.command()
@on_desk()
def scrub(desk: Desk) -> None:
    """Write the log of events anew: old rows are overwritten, and the room of what was moved is given back.

    On PostgreSQL the server keeps the old version of a row that was emptied for somebody who was forgotten. In a file,
    rows that were moved to the history leave room that nothing uses. Both are done by themselves where it takes a
    moment only; old rows that wait are named by the doctor and /healthz. Nobody takes or judges events meanwhile.
    """
    from showcause.cli.events import intake_of

    log = intake_of(desk).log
    done, given_back = log.scrub(), log.shrink()
    desk.answer(
        {"scrubbed": done, "bytes_given_back": given_back},
        *([f"{given_back:,} bytes are given back."] if given_back else []),
        *(
            [
                "The table of events is written anew; nothing is left in old rows.",
                "The server's write-ahead log and your archives of it hold old rows until they expire.",
            ]
            if done
            else []
        ),
        *([] if done or given_back else ["Nothing was due."]),
    )


# --- Inside ---------------------------------------------------------------------------------------------------------


def _history(desk: Desk) -> "History":
    from showcause.cli.events import intake_of
    from showcause.stream.opening import history_of

    return history_of(intake_of(desk).log)


def _by_platform(found: "History") -> "dict[str, list[Piece]]":
    made: dict[str, list[Piece]] = {}
    for each in found.log.pieces():
        made.setdefault(each.platform, []).append(each)
    return made


def _row(platform: str, pieces: "list[Piece]") -> dict[str, Any]:
    from showcause.stream.intake import moment_of

    here = [each for each in pieces if each.left_at is None]
    return {
        "platform": platform,
        "files": len(here),
        "events": sum(each.rows for each in here),
        "bytes": sum(each.bytes for each in here),
        "since": f"{moment_of(here[0].first_at):%Y-%m-%d}" if here else "",
        "until": f"{moment_of(here[-1].last_at):%Y-%m-%d}" if here else "",
        "left": len(pieces) - len(here),
    }


def commands() -> Iterator[click.Command]:
    """Yield what belongs to the group of events."""
    yield history
    yield scrub
