"""Files of events: read line by line, taken some thousand at a time, and taken up again where it stopped.

Where a file stopped is kept with the events. Should that be older than what was taken, the events' own ids make taking
them again harmless. A file that grew goes on at its end; one whose beginning changed is another file.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from showcause.domain.errors import NotFound
from showcause.rules.arriving import MOST_BYTES
from showcause.rules.declared import Declaration
from showcause.store.events import Fate
from showcause.stream.intake import Answer, Clock, Intake

AT_ONCE: Final = 2_000
MOST_SHOWN: Final = 20
ENDINGS: Final = (".ndjson", ".jsonl")
_BEGINNING: Final = 4096

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Refused:
    """One line that was refused, by file and number; what stood in it is not repeated."""

    file: str
    line: int
    code: str
    detail: str


@dataclass(slots=True)
class Report:
    """What came of an import."""

    new: int = 0
    known: int = 0
    skipped: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    first: list[Refused] = field(default_factory=list)

    def add(self, file: str, line: int, answer: Answer) -> None:
        """Count what became of one line."""
        self.dropped.update(answer.dropped)
        if answer.outcome == Fate.NEW:
            self.new += 1
        elif answer.outcome == Fate.KNOWN:
            self.known += 1
        else:
            self.refused[answer.outcome] += 1
            if len(self.first) < MOST_SHOWN:
                self.first.append(Refused(file, line, answer.outcome, answer.detail))


def files_of(path: Path) -> list[Path]:
    """Return the files of events that a path means, in the order of their names.

    Raises: NotFound when there is none.
    """
    found = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.suffix in ENDINGS)
    if not found:
        raise NotFound(f"no events at {path}", f"Name a file, or a folder with files {' or '.join(ENDINGS)}.")
    return found


def import_files(
    intake: Intake,
    platform: str,
    declared: Declaration,
    path: Path,
    clock: Clock,
    progress: Progress = lambda done, of: None,
    at_once: int = AT_ONCE,
) -> Report:
    """Take in the events of a file, or of a folder's files; `progress` is told bytes done and of how many.

    Raises: NotFound; ClockBehind, StoreBusy, StoreFull, and then what was counted as done stays done.
    """
    files, report, before = files_of(path), Report(), 0
    whole = sum(each.stat().st_size for each in files)
    for file in files:
        with file.open("rb") as opened:
            name = _name(intake.log.key, platform, file, opened)
            place, line = intake.log.imported(name)
            if place > file.stat().st_size:
                place, line = 0, 0
            report.skipped += line
            opened.seek(place)
            for some in _some(opened, line, at_once):
                answers = intake.take(platform, declared, list(some.values()), clock())
                for number, answer in zip(some, answers, strict=True):
                    report.add(file.name, number, answer)
                intake.log.note_import(name, opened.tell(), max(some, default=line))
                progress(before + opened.tell(), whole)
        before += file.stat().st_size
    return report


def _some(opened: BinaryIO, line: int, at_once: int) -> Iterator[dict[int, bytes]]:
    """Yield some thousand lines at a time by their numbers, without empty ones; one that is too long is cut."""
    some = dict[int, bytes]()
    while text := opened.readline(MOST_BYTES + 2):
        line += 1
        if not text.endswith(b"\n"):
            while (rest := opened.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                pass
        if text.strip():
            some[line] = text.strip()
        if len(some) == at_once:
            yield some
            some = {}
    if some:
        yield some


def _name(key: bytes, platform: str, file: Path, opened: BinaryIO) -> str:
    """Return what a file's place is kept under: whose it is, where it lies, and how it begins."""
    beginning = opened.read(_BEGINNING)
    named = f"{platform}\x00{file.absolute()}\x00".encode() + beginning
    return hmac.digest(key, named, "sha256").hex()
