"""Counting a public folder again, as a stranger does: every entry proven, every opened facet checked, every sum made.

No database is asked and no key of the operator: what is believed is the pinned policy, and nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from showcause.casework.log.fsck import PublicReport, verify_public
from showcause.casework.log.public_log import reader
from showcause.casework.ports import Progress
from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.errors import LogError
from showcause.transparency.facets import Recount
from showcause.transparency.jcs import Json, parse_canonical
from showcause.transparency.leaf import decode
from showcause.transparency.policy import Policy
from showcause.transparency.tiles import ENTRIES, WIDTH, Read, Tile

MOST: Final = 64 * 1024 * 1024
"""So large a document may be."""


@dataclass(frozen=True, slots=True)
class Recounted:
    """What the walk over the whole log found, and what its openings add up to."""

    log: PublicReport
    facets: Recount

    @property
    def sound(self) -> bool:
        """Tell whether the log holds and every number is what its openings say."""
        return self.log.sound and not self.facets.faults


def recount(folder: Path, policy: Policy, progress: Progress | None = None) -> Recounted:
    """Walk a public log and count its opened facets again; a log that does not hold is not counted."""
    walked, found = verify_public(folder, policy, progress), Recount()
    if walked.sound and walked.log.checkpoint is not None:
        read = reader(folder)
        for index, data in enumerate(_entries(read, walked.log.checkpoint.size)):
            try:
                leaf = decode(data)
            except LogError:  # of a newer form: it carries no facets that we know
                continue
            found.add(index, leaf, _document(read, leaf.doc) if leaf.doc else None)
    return Recounted(walked, found)


def _entries(read: Read, size: int) -> list[bytes]:
    entries: list[bytes] = []
    for start in range(0, size, WIDTH):
        tile = Tile(ENTRIES, start // WIDTH, min(WIDTH, size - start))
        entries += decode_bundle(read_bundle(read, tile), tile.width)
    return entries


def _document(read: Read, digest: str) -> Json | None:
    """Return a document, whose digest the walk has checked; one of another form opens nothing."""
    data = read(f"doc/{digest}.json")
    try:
        return None if data is None else parse_canonical(data, "a document", MOST)
    except LogError:
        return None
