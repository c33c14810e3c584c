"""Why something was decided on an author's own words, for their eyes alone: the sentence, the way to the statement."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from showcause.casework import author_contacts, links
from showcause.casework.author_contacts import Reason
from showcause.comments.section import Section
from showcause.comments.values import MarkKind, Place
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.comments.telling import Told
from showcause.web.house import house

AGAINST: Final = (MarkKind.HIDDEN, MarkKind.REFUSED)

Found = dict[tuple[str, str], tuple[str, str]]
"""By comment and leaf: the address of the statement, and the sentence."""


def reasons(section: Section, places: Iterable[Place]) -> Found:
    """Return the reasons of each decision that stands against these comments."""
    wanted: dict[str, list[tuple[Subject, str]]] = {}
    for place in places:
        about = Subject(section.name, SubjectKind.CONTENT, place.comment.id)
        for mark in (*place.marks, *((place.label,) if place.label else ())):
            if mark.leaf:
                wanted.setdefault(place.comment.author.id, []).append((about, mark.leaf))
    if not wanted:
        return {}
    here, found = house(), dict[tuple[str, str], Reason]()
    with here.store.read(here.now()) as view:
        for author, decided in wanted.items():
            account = Subject(section.name, SubjectKind.ACCOUNT, author)
            found |= author_contacts.reasons_on(view, account, decided)
        return {
            key: (f"/s/{links.token(view, it.kind, it.record)}", it.sentence) for key, it in found.items()
        }


def with_reasons(place: Place, told: Sequence[Told], found: Found) -> tuple[Told, ...]:
    """Return what a comment's marks say, with the reasons of what stands against it.

    A sentence that is the whole comment is not said twice.
    """
    if not (place.label or (place.marks and place.marks[-1].kind in AGAINST)):
        return tuple(told)
    made = list[Told]()
    for each in told:
        statement, sentence = found.get((place.comment.id, each.leaf or ""), ("", ""))
        shown = sentence if sentence != place.comment.text else ""
        made.append(replace(each, statement=statement, soon=not statement, sentence=shown))
    return tuple(made)
