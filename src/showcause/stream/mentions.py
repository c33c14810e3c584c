"""Where somebody's name stands in events as plain text: in what others wrote, or in a field that was never marked.

A declaration says which fields name people, and those are hashed at the door. What a text says of somebody is not found
by a hash. It is found by the name itself, as a word of its own, as long as the name is known: that is before the person
is forgotten, or whenever somebody says it again.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from showcause.domain.subject import Subject
from showcause.stream import history_files
from showcause.stream.history import History
from showcause.stream.intake import Intake

SHORTEST: Final = 3
"""A shorter name is looked for nowhere: it stands in every second text and means nobody."""


def mentions(intake: Intake, names: Collection[Subject]) -> list[int]:
    """Return the places of events of a platform in which one of some names stands as a word; nothing is changed.

    Reads the whole log and every file of the history once. Raises: EventsMissing where a file is missing.
    """
    found = list[int]()
    wanted = {each.platform: _Wanted() for each in names}
    for each in names:
        wanted[each.platform].add(each.ref)
    found += intake.log.places(lambda platform, body: platform in wanted and wanted[platform].stands_in(body))
    if isinstance(intake.log.shelf, History):
        for platform, words in wanted.items():
            found += _in_files(intake, intake.log.shelf, platform, words)
    return sorted(set(found))


class _Wanted:
    """The names that are looked for on one platform."""

    def __init__(self) -> None:
        self.words: dict[str, re.Pattern[str]] = {}

    def add(self, word: str) -> None:
        if len(word) >= SHORTEST:
            self.words[word] = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")

    def stands_in(self, body: bytes) -> bool:
        """Tell whether one of them stands in an event as a word."""
        text = body.decode(errors="replace")
        # In JSON a quote, a backslash and a control character are written otherwise, and nothing else is.
        some = [
            pattern
            for word, pattern in self.words.items()
            if json.dumps(word, ensure_ascii=False)[1:-1] in text
        ]
        return bool(some) and any(pattern.search(each) for each in _texts(_read(text)) for pattern in some)


def _in_files(intake: Intake, history: History, platform: str, wanted: _Wanted) -> Iterator[int]:
    for piece in intake.log.pieces(platform):
        if piece.left_at is None and wanted.words:
            history.check(piece)
            some = history_files.saying(history.path_of(piece), wanted.words)
            for start in range(0, len(some), history_files.AT_ONCE):
                stored = intake.log.of_places(some[start : start + history_files.AT_ONCE])
                yield from (each.sequence for each in stored if each.body and wanted.stands_in(each.body))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in an event."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
