"""A log of a thousand entries as files in a folder, for other implementations to read."""

from dataclasses import dataclass
from pathlib import Path

from tests.transparency.logs import Log, mixed_log

SIZE, OLD = 1003, 400


@dataclass(frozen=True)
class Published:
    """The folder of the log's files, and beside it the note of its first 400 entries."""

    folder: Path
    old_note: Path
    log: Log


def publish(parent: Path) -> Published:
    """Write the files of a log of 1,003 entries, cosigned by one witness, as any web server would serve them."""
    log = mixed_log(SIZE, witnessed=True)
    folder, old_note = parent / "log", parent / "old"
    for path, data in log.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    old_note.write_text(Log(log.entries[:OLD], witnessed=True).note())
    return Published(folder, old_note, log)


def flip(path: Path, place: int) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))
