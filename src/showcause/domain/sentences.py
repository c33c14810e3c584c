"""The sentences in which Showcause speaks to people: an id, its arguments, and a language.

A statement of reasons stores (sentence id, arguments) and never a finished text, so that the same
statement can be read in any language. A template names its arguments with their kind:
`It ends on {until:minute}.` Arguments are plain JSON values and always facts, never markup; nothing is
escaped here, whoever prints the text does that.

Templates come in from outside (`Book`): the house's own, and those that the clauses bring along.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum

from showcause.domain.errors import BadInput
from showcause.domain.wording import (
    day_in_words,
    duration_in_words,
    list_in_words,
    minute_in_words,
    number_in_words,
    wording,
)

Arg = str | int | tuple[str, ...]
"""What a sentence takes: text, a number, or a list of texts. A JSON array is accepted for a list."""

Book = Mapping[str, Mapping[str, str]]
"""Sentence id -> language -> template."""

MAX_TEXT = 5_000
"""Longest text of one argument in code points: what the EU's database takes as facts."""

MAX_ITEMS = 200
"""Longest list in one argument."""

PARTS: dict[str, tuple[str, ...]] = {
    "a": ("measure", "territory", "duration"),
    "b": ("facts", "origin"),
    "c": ("detection", "automation"),
    "d": ("law",),
    "e": ("terms",),
    "f": ("redress",),
}
"""Which groups of sentences each letter of Art. 17(3) DSA asks for; a group is the id up to the first dot."""

ALTERNATIVES = ("d", "e")
"""A statement needs one of these two letters; every other letter it needs in any case."""

HOUSE_PARTS = ("why", "element", "decided", "works")
"""What we ask of a statement beyond the law; one of `why` and `element` is enough to say why."""

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*):([a-z]+)\}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, except tabulator and line feed
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # separators, bidirectional embeddings, overrides, isolates
    "\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"  # marks, lone surrogates, invisible tags
)


class Kind(StrEnum):
    """How an argument is written and checked. `WORD` and `WORDS` take ids of sentences without arguments."""

    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    DAY = "day"
    MINUTE = "minute"
    LIST = "list"
    WORD = "word"
    WORDS = "words"


def render(book: Book, sentence: str, args: Mapping[str, Arg], language: str) -> str:
    """Write one sentence with its arguments in a language.

    Kinds: `number` an int of at least 0; `duration` whole seconds, at least 1; `day` "2026-11-22";
    `minute` "2026-11-22T14:05:00Z"; `list` texts; `word` and `words` sentence ids.
    Raises: BadInput for an unknown sentence or language, a missing or surplus argument, a wrong kind.
    """
    template = template_of(book, sentence, language)
    places = dict(placeholders(template))
    if places.keys() != args.keys():
        raise BadInput(_difference(sentence, set(places), set(args)))
    how = wording(language)
    pieces = _PLACE.split(template)
    written = [how.typeset(piece) for piece in pieces[::3]]
    values = [_write(book, sentence, name, Kind(places[name]), args[name], language) for name in pieces[1::3]]
    return "".join(text for pair in zip(written, [*values, ""], strict=True) for text in pair)


def template_of(book: Book, sentence: str, language: str) -> str:
    """Return the template of a sentence in a language.

    Raises: BadInput when there is none.
    """
    try:
        return book[sentence][language]
    except KeyError:
        what = f"sentence {sentence!r} in {language!r}" if sentence in book else f"sentence {sentence!r}"
        raise BadInput(f"there is no {what}") from None


def placeholders(template: str) -> tuple[tuple[str, str], ...]:
    """Return (name, kind) of each argument of a template, sorted, each once."""
    return tuple(sorted(set(_PLACE.findall(template))))


def stamp(moment: datetime) -> str:
    """Return a moment as a `minute` argument, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hidden_characters(text: str) -> tuple[str, ...]:
    """Return the characters, as U+hhhh, that a reader cannot see and that could deceive.

    They are controls and bidirectional overrides; line feed and tabulator are allowed.
    """
    return tuple(sorted({f"U+{ord(each):04X}" for each in _HIDDEN.findall(text)}))


def missing_parts(sentences: Iterable[str]) -> tuple[str, ...]:
    """Return what a statement with these sentences lacks, as `letter group`; `house group` beyond the law.

    Source: Art. 17(3) DSA, letters (a) to (f).
    """
    groups = {sentence.partition(".")[0] for sentence in sentences}
    lacking = [f"{letter} {group}" for letter in PARTS for group in PARTS[letter] if group not in groups]
    if any(set(PARTS[letter]) <= groups for letter in ALTERNATIVES):
        lacking = [each for each in lacking if each[0] not in ALTERNATIVES]
    house = [f"house {group}" for group in ("decided", "works") if group not in groups]
    return (*lacking, *([] if groups & {"why", "element"} else ["house why"]), *house)


def faults_of_book(book: Book, languages: Iterable[str]) -> tuple[str, ...]:
    """Return what is wrong with a book: missing languages, unequal arguments, unknown kinds, stray braces."""
    wanted = tuple(languages)
    return tuple(fault for id, by_language in book.items() for fault in _faults(id, by_language, wanted))


def faults_of_template(template: str) -> tuple[str, ...]:
    """Return what is wrong with one template, apart from its translation."""
    faults = []
    for name, kind in placeholders(template):
        if kind not in set(Kind):
            faults.append(f"argument {name!r} has the unknown kind {kind!r}")
    names = [name for name, _ in placeholders(template)]
    faults += [f"argument {name!r} has two kinds" for name in sorted(set(names)) if names.count(name) > 1]
    if re.search(r"[{}]", _PLACE.sub("", template)):
        faults.append("a brace that is no argument; write {name:kind}")
    faults += [f"hidden character {each}" for each in hidden_characters(template)]
    return tuple(faults if template.strip() else ["the text is empty"])


def _faults(id: str, by_language: Mapping[str, str], languages: tuple[str, ...]) -> list[str]:
    faults = [f"{id}: no text in {each!r}" for each in languages if each not in by_language]
    for language, template in by_language.items():
        faults += [f"{id} ({language}): {fault}" for fault in faults_of_template(template)]
    if len({placeholders(template) for template in by_language.values()}) > 1:
        faults.append(f"{id}: the languages do not take the same arguments")
    return faults


def _difference(sentence: str, wanted: set[str], given: set[str]) -> str:
    parts = [f"lacks {each!r}" for each in sorted(wanted - given)]
    parts += [f"does not take {each!r}" for each in sorted(given - wanted)]
    return f"sentence {sentence!r} {', '.join(parts)}"


def _write(book: Book, sentence: str, name: str, kind: Kind, value: object, language: str) -> str:
    try:
        return _WRITERS[kind](book, value, language)
    except (TypeError, ValueError) as error:
        raise BadInput(f"sentence {sentence!r}, argument {name!r}: {error}") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is needed, not {type(value).__name__}")
    if not value.strip():
        raise ValueError("the text is empty")
    if len(value) > MAX_TEXT:
        raise ValueError(f"{len(value)} characters; at most {MAX_TEXT}")
    if hidden := hidden_characters(value):
        raise ValueError(f"hidden characters {', '.join(hidden)}")
    return value


def _whole(value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number is needed, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{value} is less than {least}")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, tuple | list):
        raise TypeError(f"a list is needed, not {type(value).__name__}")
    if not 1 <= len(value) <= MAX_ITEMS:
        raise ValueError(f"{len(value)} items; at least 1 and at most {MAX_ITEMS}")
    return [_text(each) for each in value]


def _word(book: Book, value: object, language: str) -> str:
    template = template_of(book, _text(value), language)
    if placeholders(template):
        raise ValueError(f"{value!r} takes arguments and cannot stand as a word")
    return wording(language).typeset(template)


_WRITERS: dict[Kind, Callable[[Book, object, str], str]] = {
    Kind.TEXT: lambda book, value, language: _text(value),
    Kind.NUMBER: lambda book, value, language: number_in_words(_whole(value, 0), language),
    Kind.DURATION: lambda book, value, language: duration_in_words(_whole(value, 1), language),
    Kind.DAY: lambda book, value, language: day_in_words(date.fromisoformat(_text(value)), language),
    Kind.MINUTE: lambda book, value, language: minute_in_words(_moment(_text(value)), language),
    Kind.LIST: lambda book, value, language: list_in_words(_texts(value), language),
    Kind.WORD: _word,
    Kind.WORDS: lambda book, value, language: list_in_words(
        [_word(book, each, language) for each in _texts(value)], language
    ),
}


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text!r} is not a moment in UTC; write 2026-11-22T14:05:00Z")
    return datetime.fromisoformat(text)
