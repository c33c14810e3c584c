"""Writes new authors for all who come at the same time, in one transaction: in a flood everybody is new."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from showcause.comments import reading
from showcause.comments.look_alikes import skeleton
from showcause.comments.section import Section, marks
from showcause.comments.values import Author, AuthorKind

_INSERT = "INSERT INTO {p}author (id, person, name, skeleton, kind, mail, created) VALUES (%s, 0, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A guest under a fresh id; `at` in microseconds."""

    id: str
    name: str
    mail: bytes = field(repr=False)
    at: int


def write(section: Section, line: Sequence[Newcomer]) -> list[Author]:
    """Write all of them, each a person of their own; return them in their order."""
    ids = [each.id for each in line]
    with section.changing() as run:
        run.many(
            _INSERT,
            [
                (each.id, each.name, skeleton(each.name), AuthorKind.GUEST, each.mail, each.at)
                for each in line
            ],
        )
        run(f"UPDATE {{p}}author SET person = no WHERE person = 0 AND id IN ({marks(ids)})", *ids)
        rows = run(f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE a.id IN ({marks(ids)})", *ids)
    made = {each.id: each for each in map(reading.author, rows)}
    return [made[id_] for id_ in ids]
