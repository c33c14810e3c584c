"""A log of a thousand entries, what a client sends of it, and a mirror to send it to."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from showcause.transparency import audit, checkpoint, merkle, note, policy, subtrees, uploads
from showcause.transparency.keys import KeyKind
from showcause.witness import asking
from showcause.witness.cosigning import Answer
from showcause.witness.memory import Memory
from showcause.witness.mirroring import Mirror
from showcause.witness.receiving import Pending, Receiver
from tests.transparency.logs import LOG_KEY, mixed_log, secret, signed

SIZE, NOW = 1003, 1_790_000_000
NAME = "mirror.example/m1"
ENTRIES = mixed_log(SIZE).entries
HASHES = [merkle.leaf_hash(entry) for entry in ENTRIES]
HASH_AT = merkle.in_memory(HASHES)
Edit = Callable[[int, uploads.Package], uploads.Package]


def tree(size: int) -> checkpoint.Checkpoint:
    return checkpoint.Checkpoint(LOG_KEY.name, size, merkle.root_at(size, HASH_AT))


def question(old: int, new: int) -> bytes:
    return asking.write(old, merkle.consistency_proof(old, new, HASH_AT), signed(tree(new)))


def packages(start: int, end: int) -> Iterator[uploads.Package]:
    for span in uploads.Upload(LOG_KEY.name, start, end).spans():
        proof = subtrees.subtree_proof(span.first, span.end, end, HASH_AT)
        yield uploads.Package(tuple(ENTRIES[span.start : span.end]), proof)


def body(start: int, end: int, count: int | None = None, *, origin: str = LOG_KEY.name) -> bytes:
    """What a client sends of [start, end): all packages, or the first few."""
    head = uploads.Upload(origin, start, end).to_bytes()
    return head + b"".join(each.to_bytes() for each in islice(packages(start, end), count))


def takes(data: bytes) -> uploads.Take:
    """Give a body as it would arrive."""
    left = bytearray(data)

    def take(count: int) -> bytes:
        if len(left) < count:
            raise uploads.Cut("cut")
        found = bytes(left[:count])
        del left[:count]
        return found

    return take


def sent(mirror: Mirror, data: bytes) -> Answer:
    return Receiver(mirror).add_entries(takes(data))


def added(mirror: Mirror, *sizes: int) -> None:
    """Show checkpoints of these sizes to a mirror, one after another."""
    for size in sizes:
        answer = Pending(mirror).add_checkpoint(question(mirror.pending(LOG_KEY.name).size, size))
        assert (answer.status, answer.body) == (200, ""), answer


def stands(answer: Answer) -> tuple[int, int, int]:
    """What an answer says: its status, a size, the next entry."""
    assert answer.type == uploads.MIRROR_INFO, answer
    info = uploads.parse_mirror_info(answer.body.encode())
    return int(answer.status), info.size, info.next


def vouched(mirror: Mirror, size: int, answer: Answer) -> None:
    """Check that everything of a size is served, sound, and cosigned with the very line that was answered."""
    assert answer.status == 200, answer
    keys = [LOG_KEY.verifier, *(key.verifier for key in mirror.memory.keys)]
    opened = note.open_note(signed(tree(size)) + answer.body, keys)
    assert {each.key.name for each in opened.by} == {LOG_KEY.name, NAME}
    served = mirror.copies.note(LOG_KEY.name)
    assert answer.body in served
    assert note.open_note(served, keys).text == tree(size).text
    sound(mirror, size)


def sound(mirror: Mirror, size: int) -> None:
    """Check the copy by the walk that anybody can do."""
    report = audit.audit(mirror.copies.read(LOG_KEY.name), policy.Policy((LOG_KEY.verifier,)))
    assert report.sound, report.faults
    assert report.entries == size


@contextmanager
def opened_mirror(folder: Path) -> Iterator[Mirror]:
    """A mirror that watches the log; opened again it is the same."""
    memory = Memory(folder / "witness.db")
    memory.name_ourselves(NAME, [KeyKind.COSIGNATURE], secret("mirror"))
    memory.watch(str(LOG_KEY.verifier))
    try:
        yield Mirror(folder / "copies", memory, lambda: NOW)
    finally:
        memory.close()


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def chunks(data: bytes, length: int) -> bytes:
    """Frame a body in chunks."""
    pieces: Sequence[bytes] = [data[at : at + length] for at in range(0, len(data), length)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
