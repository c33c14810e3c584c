"""The journal: one line for every change, in the change's own transaction, for ever.

It holds ids and codes only, so that it can be kept when a person is forgotten. What could be prose is refused here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from showcause.domain.errors import BadInput
from showcause.store import rows
from showcause.store.models import JournalRow

Code = str | int | bool | None

CODE = re.compile(r"[A-Za-z0-9@._:/-]{0,128}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when, what, by whom, on which record, and a few codes."""

    at: datetime
    verb: str
    actor: str
    kind: str
    record: str
    revision: int | None
    codes: Mapping[str, Code]


def check_codes(what: str, codes: Mapping[str, object]) -> dict[str, Code]:
    """Return the codes as plain values.

    Raises: BadInput for anything that could hold a person's words.
    """
    return {check_code(what, name): _plain(what, value) for name, value in codes.items()}


def check_code(what: str, value: object) -> str:
    """Return a code or id unchanged.

    Raises: BadInput unless it is at most 128 characters of A-Z a-z 0-9 @ . _ : / -
    """
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise BadInput(
            f"the {what} may hold ids and codes only", "Seal the text and pass the sealed value's id."
        )
    return str(value)


def _plain(what: str, value: object) -> Code:
    if value is None or isinstance(value, bool | int):
        return value
    return check_code(what, value)


def write(alias: str, line: Line) -> None:
    """Append one line.

    Raises: BadInput when it holds anything but ids and codes.
    """
    rows.insert(alias, JournalRow, _values(line))


def write_all(alias: str, several: Iterable[Line]) -> None:
    """Append lines, in this order.

    Raises: as `write`; then none of them is written.
    """
    rows.insert_all(alias, JournalRow, [_values(line) for line in several])


def _values(line: Line) -> dict[str, Any]:
    names = (line.verb, line.actor, line.kind, line.record)
    verb, actor, kind, record = (check_code("journal", name) for name in names)
    codes = check_codes("journal", line.codes)
    named = {"verb": verb, "actor": actor, "kind": kind, "record": record}
    return {"at": line.at, **named, "revision": line.revision, "codes": codes}


def count(alias: str, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """Return how many lines there are by (kind, verb), from a moment up to but without another."""
    within = JournalRow.objects.using(alias).filter(at__gte=since, at__lt=until)
    found = within.values_list("kind", "verb").annotate(lines=Count("seq")).order_by()
    return {(kind, verb): number for kind, verb, number in found}


def records(alias: str, kind: str, verb: str, since: datetime) -> set[str]:
    """Return the records of a kind that have a line with this verb since a moment."""
    found = JournalRow.objects.using(alias).filter(kind=kind, verb=verb, at__gte=since)
    return set(found.values_list("record", flat=True))


def lines(alias: str, record: str) -> list[Line]:
    """Return the lines about one record, oldest first."""
    names = ("at", "verb", "actor", "kind", "record", "revision", "codes")
    found = JournalRow.objects.using(alias).filter(record=record).order_by("seq").values(*names)
    return [Line(**row) for row in found]
