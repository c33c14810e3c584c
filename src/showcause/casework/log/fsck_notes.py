"""The notes of all entries: which record each is about. They are as many as entries, so little of each is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from showcause.casework.log.finding import Finding
from showcause.casework.log.fsck_log import Seen
from showcause.casework.log.hands import spread
from showcause.domain.logbook import LeafNote
from showcause.store.pages import Page, pages
from showcause.store.view import View
from showcause.transparency.kinds import Kind


@dataclass(slots=True)
class Notes:
    """What notes say, by the id of their entry, oldest first; those of effects are kept whole."""

    kinds: dict[str, str] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    effects: list[LeafNote] = field(default_factory=list)

    def add(self, more: "Notes") -> None:
        """Take in what later ones say."""
        self.kinds.update(more.kinds)
        self.about.update(more.about)
        self.effects += more.effects


def read_all(view: View, hands: int = 0) -> Notes:
    """Read all notes, with so many hands.

    Raises: RecordCorrupt when one cannot be read.
    """
    notes = Notes()
    for some in spread(read, pages(view, LeafNote), hands):
        notes.add(some)
    return notes


def read(page: Page[LeafNote]) -> Notes:
    """Read some notes.

    Raises: RecordCorrupt when one cannot be read.
    """
    found = page.records()
    return Notes(
        {note.id: note.kind for note in found},
        {note.id: note.about for note in found},
        [note for note in found if note.kind == Kind.EFFECT],
    )


def compare(notes: Notes, seen: Seen) -> Iterator[Finding]:
    """Yield every note without its entry, or of another kind, and every entry without its note."""
    for id_, kind in notes.kinds.items():
        if id_ not in seen.ids:
            about = notes.about[id_]
            yield Finding(f"leaf-note {id_}", "not-logged", f"its entry about {about} is not in the log")
        elif seen.ids[id_] != kind:
            yield Finding(f"leaf-note {id_}", "kind", f"says {kind}; the log says {seen.ids[id_]}")
    for id_, kind in seen.ids.items():
        if id_ not in notes.kinds:
            yield Finding(f"leaf {id_}", "unexplained", f"no record explains this entry of the kind {kind}")
