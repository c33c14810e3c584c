"""The rules as the public record tells them: every version ever in force, what is announced, and what ended.

Made from the documents of the public log alone, so that anybody can make the same table again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from showcause.web.window.index import PublicDocument

FORMAT: Final = "showcause/v1 policy"
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a clause: its text, from when until when it held (`minute` texts), and where the log says so."""

    clause: Raw
    digest: str
    since: str | None
    index: int
    document: str
    until: str | None = None

    @property
    def number(self) -> int:
        """Return the version's number."""
        return int(self.clause["version"])

    @property
    def ref(self) -> str:
        """Return the citation, `family.name@version`."""
        return f"{self.clause['id']}@{self.clause['version']}"


@dataclass(slots=True)
class Term:
    """One clause with its history, oldest version first."""

    id: str
    versions: list[Version] = field(default_factory=list)
    announced: Version | None = None
    ends: str | None = None

    @property
    def current(self) -> Version | None:
        """Return the version in force, or None."""
        return self.versions[-1] if self.versions and self.versions[-1].until is None else None

    @property
    def last(self) -> Version | None:
        """Return the newest version that ever took force, or None."""
        return self.versions[-1] if self.versions else None

    @property
    def family(self) -> str:
        """Return the family, the part of the id before the dot."""
        return self.id.partition(".")[0]


def terms_of(documents: Iterable[PublicDocument]) -> dict[str, Term]:
    """Return every clause that the record tells of, by id."""
    terms: dict[str, Term] = {}
    for each in documents:
        if each.value is not None and each.value.get("format") == FORMAT:
            id_ = str(each.value["clause"]["id"])
            _apply(terms.setdefault(id_, Term(id_)), each, each.value)
    return dict(sorted(terms.items()))


def _apply(term: Term, document: PublicDocument, value: Raw) -> None:
    """Let one document change what is known of its clause."""
    holds = value["holds-from"]
    made = Version(value["clause"], value["digest"], holds, document.index, document.digest)
    match value["event"]:
        case "in-force":
            _close(term, holds)
            term.versions.append(made)
            term.announced = term.ends = None
        case "retired":
            _close(term, holds)
            term.ends = None
        case "announced":
            term.announced = made
        case "taken-back":
            term.announced = None
        case "end-announced":
            term.ends = holds
        case "end-taken-back":
            term.ends = None
        case _:  # a newer program's; an older reader passes over what it does not know
            pass


def _close(term: Term, at: str | None) -> None:
    if term.current is not None:
        term.versions[-1] = replace(term.versions[-1], until=at)
