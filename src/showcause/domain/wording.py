"""Numbers, dates, durations and lists in the words of a language. English and French are complete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from showcause.domain.errors import BadInput

_NARROW = "\N{NARROW NO-BREAK SPACE}"
_FIXED = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Wording:
    """How one language writes. `units` are (one, many) for day, hour, minute and second."""

    months: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    first_of_month: str
    clock: str
    conjunction: str
    thousands: str
    typeset: Callable[[str], str]


def _french_spaces(text: str) -> str:
    for mark in (":", ";", "?", "!", "»"):
        text = text.replace(f" {mark}", f"{_FIXED}{mark}")
    return text.replace("« ", f"«{_FIXED}")


def _as_written(text: str) -> str:
    return text


WORDINGS: dict[str, Wording] = {
    "en": Wording(
        months=(
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ),
        units=(("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds")),
        first_of_month="1",
        clock="at {hour}:{minute:02} UTC",
        conjunction="and",
        thousands=",",
        typeset=_as_written,
    ),
    "fr": Wording(
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin",
            "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        ),
        units=(("jour", "jours"), ("heure", "heures"), ("minute", "minutes"), ("seconde", "secondes")),
        first_of_month="1er",
        clock="à {hour} h {minute:02} UTC",
        conjunction="et",
        thousands=_NARROW,
        typeset=_french_spaces,
    ),
}  # fmt: skip

_UNITS = (86_400, 3_600, 60, 1)


def wording(language: str) -> Wording:
    """Return how a language writes.

    Raises: BadInput for a language that nobody has described yet.
    """
    try:
        return WORDINGS[language]
    except KeyError:
        raise BadInput(f"no wording for the language {language!r}; known: {', '.join(WORDINGS)}") from None


def day_in_words(day: date, language: str) -> str:
    """Write a date: `22 November 2026`, `1er mars 2027`."""
    how = wording(language)
    number = how.first_of_month if day.day == 1 else str(day.day)
    return f"{number} {how.months[day.month - 1]} {day.year}"


def minute_in_words(moment: datetime, language: str) -> str:
    """Write a moment in UTC: `22 November 2026 at 14:05 UTC`, `22 novembre 2026 à 14 h 05 UTC`."""
    moment = moment.astimezone(UTC)
    clock = wording(language).clock.format(hour=moment.hour, minute=moment.minute)
    return f"{day_in_words(moment.date(), language)} {clock}"


def duration_in_words(seconds: int, language: str) -> str:
    """Write a length of time in days, hours, minutes and seconds: `3 days`, `1 heure et 30 minutes`."""
    how, parts, rest = wording(language), [], seconds
    for size, (one, many) in zip(_UNITS, how.units, strict=True):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{number_in_words(count, language)} {one if count == 1 else many}")
    return list_in_words(parts, language)


def number_in_words(number: int, language: str) -> str:
    """Write a number with the language's thousands mark: `1,234`; in French with a narrow space."""
    return f"{number:,}".replace(",", wording(language).thousands)


def list_in_words(items: Sequence[str], language: str) -> str:
    """Write a list: `a, b and c`, `a, b et c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {wording(language).conjunction} {items[-1]}"
