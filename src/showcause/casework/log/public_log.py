"""The public log: a folder of static files that any web server can offer and anybody can copy.

    checkpoint           the signed head that the public may see
    key                  the verifier key's text
    tile/<level>/<n>     hashes, 256 to a file; the right edge as tile/<level>/<n>.p/<width>
    tile/entries/<n>     leaves
    doc/<sha256>.json    the public documents that leaves commit to

It advances by the clock and not by what happens: once in each interval (an hour by default; the setting
`public-interval`), whatever was signed by then, else its timing would tell when something was decided. Finer
checkpoints go to connectors and to persons concerned, never here. The intervals are those of the UTC day; the time of
the last advance is the checkpoint file's own.

The checkpoint comes last, after everything below it is on the disk, so that a crash leaves an older head that is
whole. All of it can be made again from the rows: `rebuild`.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from showcause.casework.log.keys import NotSaid, as_file, key_book
from showcause.casework.log.signing import SignedHead
from showcause.casework.log.tree import Nodes, rows_of
from showcause.casework.ports import Progress
from showcause.casework.reading import setting
from showcause.domain.errors import Fenced, LogInconsistent, NotFound
from showcause.domain.site import Document
from showcause.store.store import Store
from showcause.store.view import View
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.export import CHECKPOINT, files_between
from showcause.transparency.leaf import decode
from showcause.transparency.merkle import consistency_proof, root_at, verify_consistency
from showcause.transparency.note import Note, parse_note
from showcause.transparency.tiles import Read, partial_tiles

KEY: Final = "key"
KEYS: Final = "keys"
DEFAULT_INTERVAL: Final = timedelta(hours=1)


def public_interval(view: View) -> timedelta:
    """Return how often the public sees a new head."""
    seconds = setting(view, "public-interval")
    return timedelta(seconds=int(seconds)) if seconds else DEFAULT_INTERVAL


def is_due(folder: Path, now: datetime, interval: timedelta) -> bool:
    """Tell whether an interval has begun in which the public head has not advanced yet."""
    try:
        last = (folder / CHECKPOINT).stat().st_mtime
    except FileNotFoundError:
        return True
    seconds = interval.total_seconds()
    return now.timestamp() // seconds > last // seconds


def publish(store: Store, folder: Path, head: SignedHead, verifier_key: str, now: datetime) -> bool:
    """Bring the folder up to a signed head if an interval has begun; return whether the public head advanced.

    Call it every few seconds, also when nothing happens: an interval in which nothing new was signed counts as one.

    Raises: Fenced when the head does not continue what the public has seen; LogInconsistent; OSError of the disk.
    """
    with store.read(now) as view:
        if not is_due(folder, now, public_interval(view)):
            return False
        old = published(folder)
        if old is not None and (old.size, old.root) == (head.size, head.root):
            add_cosignatures(folder, lambda _: head.note)
            _set_time(folder, now)
            return False
        _refuse_other_history(view, old, head)
        folders = _write_all(folder, _between(view, old.size if old else 0, head.note, verifier_key))
    _flush_all(folders)
    _write(folder / CHECKPOINT, head.note.encode())
    _set_time(folder, now)
    _flush(folder)
    _drop_narrower(folder, old.size if old else 0, head.size)
    return True


def interval_began(store: Store, folder: Path, now: datetime) -> datetime | None:
    """Return when the interval began in which the public head has not advanced yet; None where it has."""
    with store.read(now) as view:
        interval = public_interval(view)
    if not is_due(folder, now, interval):
        return None
    return datetime.fromtimestamp(now.timestamp() - now.timestamp() % interval.total_seconds(), UTC)


def add_cosignatures(folder: Path, cosigned: Callable[[str], str]) -> bool:
    """Put more signatures under the public checkpoint: those of what `cosigned` makes of it, if it is the same head.

    Signatures of others that stand there stay, and so does the file's time. Returns whether any was new.
    """
    place = folder / CHECKPOINT
    try:
        there = parse_note(place.read_bytes())
    except FileNotFoundError:
        return False
    more = parse_note(cosigned(str(there)))
    lines = {(each.name, each.key_id): each for each in (*there.signatures, *more.signatures)}
    if there.text != more.text or tuple(lines.values()) == there.signatures:
        return False
    time = place.stat().st_mtime
    _write(place, str(Note(there.text, tuple(lines.values()))).encode())
    os.utime(place, (time, time))
    _flush(folder)
    return True


def published(folder: Path) -> Checkpoint | None:
    """Return the public head, or None before the first.

    Raises: LogInconsistent when the file is not a checkpoint.
    """
    try:
        note = (folder / CHECKPOINT).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return parse_checkpoint(parse_note(note).text)
    except LogError as error:
        raise LogInconsistent(f"the public checkpoint cannot be read: {error.message}") from None


def published_head(folder: Path) -> SignedHead | None:
    """Return the public head with its note, or None before the first. Raises: LogInconsistent."""
    tree = published(folder)
    return (
        SignedHead(tree.size, tree.root, (folder / CHECKPOINT).read_text(encoding="utf-8")) if tree else None
    )


def rebuild(store: Store, folder: Path, verifier_key: str, progress: Progress | None = None) -> int:
    """Make the files under the public head again from the rows; return how many were missing or different.

    Raises: NotFound before the first public head; LogInconsistent, writing nothing, when the rows do not carry it.
    """
    head = published(folder)
    if head is None:
        raise NotFound("nothing was published yet", "The next interval publishes the whole log.")
    note, changed = (folder / CHECKPOINT).read_text(encoding="utf-8"), 0
    with store.read() as view:
        try:
            rows_carry = root_at(head.size, Nodes().reader(view.log)) == head.root
        except LogError:
            rows_carry = False
        if not rows_carry:
            raise LogInconsistent("the rows do not carry the public head: nothing was written")
        for done, (path, data) in enumerate(_between(view, 0, note, verifier_key), 1):
            if progress is not None:
                progress(done, None)
            if not (folder / path).is_file() or (folder / path).read_bytes() != data:
                changed += 1
                _flush_all(_write_all(folder, [(path, data)]))
    return changed


def reader(folder: Path) -> Read:
    """Return a reader of the folder's files, for `transparency.audit`."""

    def read(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    return read


def _refuse_other_history(view: View, old: Checkpoint | None, head: SignedHead) -> None:
    if old is None:
        return
    try:
        proof = consistency_proof(old.size, head.size, Nodes().reader(view.log))
        verify_consistency(old.size, old.root, head.size, head.root, proof)
    except LogError as error:
        raise Fenced(f"the log does not continue what the public has seen: {error.message}") from None


def _between(view: View, old: int, note: str, verifier_key: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of what is new under a note, all but the checkpoint itself."""

    def entries(first: int, count: int) -> list[bytes]:
        return list(view.log.leaves(first, first + count))

    size = parse_checkpoint(parse_note(note).text).size
    yield KEY, verifier_key.encode() + b"\n"
    yield from _keys(view, size)
    yield from _documents(view, old, size)
    try:
        for path, data in files_between(old, note, rows_of(view.log), entries):
            if path != CHECKPOINT:
                yield path, data
    except LogError as error:
        raise LogInconsistent(f"rows of the log are missing: {error.message}") from None


def _keys(view: View, size: int) -> Iterator[tuple[str, bytes]]:
    # Entries that do not say it rightly stop nothing here either.
    with suppress(NotSaid):
        book = key_book(view, size)
        if book.rows:
            yield KEYS, as_file(book).encode()


def _documents(view: View, old: int, size: int) -> Iterator[tuple[str, bytes]]:
    # A document that is missing stops nothing here: `fsck` and whoever verifies the folder find it.
    for data in view.log.leaves(old, size):
        digest = decode(data).doc if b'"doc":' in data else None
        if digest and (document := view.first(Document, digest=digest)):
            yield f"doc/{digest}.json", document.text.encode()


def _write_all(folder: Path, files: Iterable[tuple[str, bytes]]) -> set[Path]:
    folders = {folder}
    for path, data in files:
        target = folder / path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders |= {
                target.parent,
                *(above for above in target.parent.parents if above.is_relative_to(folder)),
            }
        _write(target, data)
    return folders


def _write(path: Path, data: bytes) -> None:
    """Replace a file whole; readers see the old bytes or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


def _flush_all(folders: set[Path]) -> None:
    for each in sorted(folders):
        _flush(each)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _set_time(folder: Path, now: datetime) -> None:
    os.utime(folder / CHECKPOINT, (now.timestamp(), now.timestamp()))


def _drop_narrower(folder: Path, old: int, size: int) -> None:
    """Remove partial tiles that a wider one contains; whoever serves the folder cuts them from it."""
    wanted = {folder / tile.path for tile in partial_tiles(size)}
    for tile in (*partial_tiles(old), *partial_tiles(size)):
        place = (folder / tile.path).parent
        if not place.is_dir():
            continue
        for each in list(place.iterdir()):
            if each not in wanted:
                each.unlink()
        if not any(place.iterdir()):
            place.rmdir()
