"""What was committed in a leaf, sealed by the people whose data it is, so that it can be opened to whom it concerns.

The log itself shows salted digests only. Whoever's key is destroyed takes their part of every opening with them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeafPart:
    """The committed fields of some slots, sealed under one owner: the sealed id, and which slots it holds."""

    owner: str
    sealed: str
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeafNote:
    """Which record a leaf is about, and where its openings are kept. The id is the leaf's id. Never changes."""

    id: str
    kind: str
    about: str
    parts: tuple[LeafPart, ...]
    revision: int = 0
