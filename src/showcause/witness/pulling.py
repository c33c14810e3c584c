"""Fetching a log that is published: what is new in it is read, hashed and bound to its signed root, and then stored.

What was copied before is neither fetched nor overwritten again, unless a file of the copy was lost: then everything
from there on is. A log that shows less than it was seen with waits; one that shows something else is kept as evidence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from showcause.transparency.bundles import decode_bundle, read_bundle
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import Inconsistent, LogError, Missing
from showcause.transparency.export import CHECKPOINT, files_between
from showcause.transparency.keys import VerifierKey
from showcause.transparency.note import open_note
from showcause.transparency.tiles import ENTRIES, WIDTH, Read, Tile
from showcause.witness.cosigning import cosigned
from showcause.witness.growing import Grown, stored_rows
from showcause.witness.memory import Seen
from showcause.witness.mirroring import Mirror


@dataclass(frozen=True, slots=True)
class Copied:
    """What one visit did: how many entries the copy has, and how many of them are new."""

    size: int
    new: int


def copy(mirror: Mirror, origin: str, keys: Sequence[VerifierKey], read: Read) -> Copied:
    """Copy what is new in a log, and cosign its checkpoint once everything under it is stored.

    Raises: Missing, Malformed, Unverified; Inconsistent when the log does not continue the copy. Nothing that was
    served changes then.
    """
    note = read(CHECKPOINT)
    if note is None:
        raise Missing("the log publishes no checkpoint")
    tree, held = parse_checkpoint(open_note(note, keys).text), mirror.copies.held(origin)
    old = held.size if held else 0
    if tree.origin != origin or tree.size < old:
        raise Inconsistent(f"the copy has {old} entries of {origin}, the log shows {tree.size}")
    whole = mirror.copies.whole_up_to(origin, old)
    kept = whole // WIDTH * WIDTH
    grown = Grown(stored_rows(mirror.copies.read(origin), old), kept, _fetch(read, kept, tree.size))
    if grown.root(tree.size) != tree.root:
        raise Inconsistent("the log's entries do not make the root that it signed")
    _adopt(mirror, tree, cosigned(note.decode(), keys, (), 0)[0], grown)
    return Copied(tree.size, _store(mirror, tree, note.decode(), grown, whole))


def _adopt(mirror: Mirror, tree: Checkpoint, note: str, grown: Grown) -> None:
    """Take a tree as the largest that the log was seen with, or find it among those before.

    Raises: Inconsistent when it contradicts them, with the evidence kept; Missing when the log has signed a larger one
    that nothing shows to continue this one.
    """
    origin, why = tree.origin, "the log's entries are not those that it showed before"
    with mirror.memory.changing():
        largest = mirror.pending(origin)
        known = largest if largest.size <= tree.size else mirror.tree_at(origin, tree.size)
        if known is None:
            raise Missing(f"the log has signed {largest.size} entries and shows {tree.size}")
        same = not known.size or grown.root(known.size) == known.root
        if not same:
            mirror.memory.keep_fork(origin, note, known.note, why, mirror.clock())
        elif known is largest:
            mirror.memory.keep_pending(origin, Seen(tree.size, tree.root, note, mirror.clock()))
    if not same:
        raise Inconsistent(why)


def _store(mirror: Mirror, tree: Checkpoint, note: str, grown: Grown, whole: int) -> int:
    """Write what is new, and serve the tree unless a larger one is served by now; return how many entries are new."""
    origin = tree.origin
    with mirror.copies.turn(origin):
        held = mirror.copies.held(origin)
        if held and held.size > tree.size:
            return 0
        for path, data in files_between(whole, note, grown.rows, grown.entries):
            if path != CHECKPOINT:
                mirror.copies.write(origin, path, data)
        mirror.memory.keep_stored(origin, max(tree.size, mirror.next_entry(origin)))
        mirror.serve(origin, note)
        return tree.size - (held.size if held else 0)


def _fetch(read: Read, first: int, size: int) -> list[bytes]:
    entries: list[bytes] = []
    for start in range(first, size, WIDTH):
        tile = Tile(ENTRIES, start // WIDTH, min(WIDTH, size - start))
        entries += decode_bundle(read_bundle(read, tile), tile.width)
    return entries


def copy_all(
    mirror: Mirror, logs: Sequence[tuple[str, Sequence[VerifierKey], Read]], say: Callable[[str], None]
) -> int:
    """Visit every log; return how many new entries were stored, and say what could not be."""
    new = 0
    for origin, keys, read in logs:
        try:
            new += copy(mirror, origin, keys, read).new
        except LogError as error:
            say(f"{origin}: not copied: {error.message}")
    return new
