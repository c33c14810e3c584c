"""Pushing entries to a mirror: the body of `add-entries`, taken apart while it arrives, and the mirror's answer.

    2 bytes  length of the log's name, and the name
    8 bytes  start    the first entry that is sent
    8 bytes  end      the size of the checkpoint that the proofs lead to
    2 bytes  length of the ticket, and the ticket
    packages          entries up to the next multiple of 256, and the proof that they stand in that checkpoint's tree

All numbers are big-endian. Of the packages that `start` and `end` determine, a body holds all or the first few.

Source: c2sp.org/tlog-mirror, "add-entries".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from showcause.transparency.bundles import encode_bundle
from showcause.transparency.encoding import b64, from_b64, from_decimal
from showcause.transparency.errors import Malformed
from showcause.transparency.merkle import HASH, MAX_PATH
from showcause.transparency.tiles import WIDTH

Take: TypeAlias = Callable[[int], bytes]
"""(count) -> exactly the next so many bytes of a body. Raises: Cut when it ends before."""

MIRROR_INFO: Final = "text/x.tlog.mirror-info"
PACKAGES_A_REQUEST: Final = 32
"""A client sends no more than so many in one request."""
MOST_INFO: Final = 96 * 1024
"""The bytes of what a mirror may say of itself: its ticket has up to 65,535."""


class Cut(Malformed):
    """A body ended in the middle of what it said that it holds."""


@dataclass(frozen=True, slots=True)
class Span:
    """The entries [start, end) of one package; its proof is about [first, end), `first` being a multiple of 256."""

    first: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Upload:
    """What a body begins with."""

    origin: str
    start: int
    end: int
    ticket: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end < 1 << 64:
            raise Malformed("an upload does not end before it starts")

    def spans(self) -> Iterator[Span]:
        """Give the packages that belong to it, in order; there may be more than anybody could send."""
        first, start = self.start // WIDTH * WIDTH, self.start
        while start < self.end:
            end = min(self.end, first + WIDTH)
            yield Span(first, start, end)
            first = start = first + WIDTH

    def to_bytes(self) -> bytes:
        """Write the beginning of a body."""
        name = self.origin.encode()
        numbers = self.start.to_bytes(8, "big") + self.end.to_bytes(8, "big")
        return _measured(name, "the log's name") + numbers + _measured(self.ticket, "a ticket")


@dataclass(frozen=True, slots=True)
class Package:
    """Entries, and the subtree consistency proof about them; nothing of it is verified yet."""

    entries: tuple[bytes, ...]
    proof: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Write one package."""
        if len(self.proof) > MAX_PATH or any(len(each) != HASH for each in self.proof):
            raise Malformed(f"a proof has at most {MAX_PATH} hashes")
        return encode_bundle(self.entries) + bytes([len(self.proof)]) + b"".join(self.proof)


def read_upload(take: Take) -> Upload:
    """Read the beginning of a body.

    Raises: Malformed; Cut.
    """
    try:
        origin = take(_number(take, 2)).decode()
    except UnicodeDecodeError:
        raise Malformed("the log's name is UTF-8 text") from None
    start, end = _number(take, 8), _number(take, 8)
    return Upload(origin, start, end, take(_number(take, 2)))


def read_package(take: Take, span: Span) -> Package:
    """Read one package; it has at most 16.8 MB.

    Raises: Malformed; Cut.
    """
    entries = tuple(take(_number(take, 2)) for _ in range(span.end - span.start))
    count = _number(take, 1)
    if count > MAX_PATH:
        raise Malformed(f"a subtree consistency proof has at most {MAX_PATH} hashes")
    return Package(entries, tuple(take(HASH) for _ in range(count)))


@dataclass(frozen=True, slots=True)
class MirrorInfo:
    """Where a mirror stands: the size of a checkpoint that it waits for, its next entry, and a ticket to bring."""

    size: int
    next: int
    ticket: bytes = b""

    def __str__(self) -> str:
        return f"{self.size}\n{self.next}\n{b64(self.ticket)}\n"


def parse_mirror_info(body: bytes) -> MirrorInfo:
    """Read where a mirror says it stands.

    Raises: Malformed.
    """
    try:
        lines = body.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("a mirror's answer is ASCII text") from None
    if len(body) > MOST_INFO or len(lines) != 4 or lines[3]:
        raise Malformed("a mirror's answer has three lines: a size, the next entry, a ticket")
    size, following = (
        from_decimal(lines[0], "a mirror's size"),
        from_decimal(lines[1], "a mirror's next entry"),
    )
    return MirrorInfo(size, following, from_b64(lines[2], "a mirror's ticket"))


def _number(take: Take, width: int) -> int:
    return int.from_bytes(take(width), "big")


def _measured(data: bytes, what: str) -> bytes:
    if len(data) > 0xFFFF:
        raise Malformed(f"{what} has at most {0xFFFF} bytes")
    return len(data).to_bytes(2, "big") + data
