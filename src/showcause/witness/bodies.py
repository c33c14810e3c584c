"""The body of a request, read while it arrives: measured or in chunks, packed or not, and for a bounded time.

Nothing is read ahead but one piece, and nothing is unpacked that nobody asked for: a small body that unpacks to a large
one costs what its reader takes of it. A body that stops, or whose time is over, has ended.

Source: RFC 9112 sections 6 and 7 (framing), RFC 1952 (gzip).
"""

import re
import zlib
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, Protocol

from showcause.transparency.errors import Malformed
from showcause.transparency.uploads import Cut

PIECE: Final = 64 * 1024
MOST_LEFT_OVER: Final = 256 * PIECE
SECONDS_LEFT_OVER: Final = 5.0
"""So much of what nobody wanted, and so long, is read before the connection is closed, for the answer to arrive."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


class File(Protocol):
    """The side of a connection that is read."""

    def read1(self, size: int) -> bytes:
        """Read what is there, at most `size` bytes; nothing at the end."""

    def readline(self, size: int) -> bytes:
        """Read a line, at most `size` bytes of it."""


class Body:
    """One body. `ended` tells whether it was read to its end, so that another request may follow."""

    def __init__(self, file: File, headers: Mapping[str, str], until: float) -> None:
        """Read the frame, but nothing yet; names of headers are in small letters, `until` is of the monotonic clock.

        Raises: Malformed for a frame that two programs could read in two ways, or a packing that is unknown.
        """
        self._file, self._until, self.ended = file, until, False
        self._left, self._chunked = _frame(headers)
        self._held = bytearray()
        packing = headers.get("content-encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "x-gzip"):
            raise Malformed("a body is packed with gzip or not at all")
        self._unpack: Callable[[int], bytes] = (
            self._arrived if packing == "identity" else _Gzip(self._arrived).read
        )

    def take(self, count: int) -> bytes:
        """Return exactly the next `count` bytes. Raises: Cut; Malformed."""
        while len(self._held) < count:
            more = self._unpack(PIECE)
            if not more:
                raise Cut("the body ends before what it said that it holds")
            self._held += more
        found = bytes(self._held[:count])
        del self._held[:count]
        return found

    def leave(self) -> None:
        """Read on for a bounded while after an answer: who sends everything first would not hear it otherwise."""
        self._until, read = monotonic() + SECONDS_LEFT_OVER, 0
        while not self.ended and read < MOST_LEFT_OVER:
            try:
                more = self._arrived(PIECE)
            except Malformed:
                return
            if not more:
                return
            read += len(more)

    def _arrived(self, most: int) -> bytes:
        """Return what has arrived, without the frame; nothing at the end, or when the time is over."""
        try:
            while not self.ended and monotonic() < self._until:
                if self._left:
                    found = self._file.read1(min(self._left, most))
                    self._left -= len(found)
                    self.ended = not self._left and not self._chunked
                    return found
                self._next_chunk()
        except OSError:  # broken off, or silent for too long
            pass
        return b""

    def _next_chunk(self) -> None:
        """Read the head of the next chunk; the end is one of no bytes, and lines that say nothing to us."""
        if not self._chunked:
            self.ended = True
            return
        line = self._file.readline(256)
        if line in (b"\r\n", b"\n"):  # what closes the chunk before
            line = self._file.readline(256)
        if not line:
            raise OSError("broken off")
        found = _CHUNK.fullmatch(line)
        if found is None:
            raise Malformed("the body's chunks have no length")
        self._left = int(found[1], 16)
        if not self._left:
            self._read_trailer()

    def _read_trailer(self) -> None:
        for _ in range(16):
            if self._file.readline(1024) in (b"\r\n", b"\n"):
                self.ended = True
                return
        raise Malformed("the body goes on after its end")


class _Gzip:
    """Unpacks one or more members, never more than was asked for."""

    def __init__(self, packed: Callable[[int], bytes]) -> None:
        self._packed, self._member, self._input = packed, zlib.decompressobj(_GZIP), b""

    def read(self, most: int) -> bytes:
        """Return up to `most` unpacked bytes; nothing at the end. Raises: Malformed."""
        while True:
            if self._member.eof:
                self._input, self._member = self._member.unused_data, zlib.decompressobj(_GZIP)
            self._input = self._input or self._packed(PIECE)
            try:
                found = self._member.decompress(self._input, most)
            except zlib.error:
                raise Malformed("the body is not packed with gzip as it says") from None
            if found or not self._input:
                self._input = self._member.unconsumed_tail
                return found
            self._input = self._member.unconsumed_tail


def _frame(headers: Mapping[str, str]) -> tuple[int, bool]:
    """Return how many bytes follow, or that they come in chunks. Raises: Malformed."""
    length, coding = headers.get("content-length", ""), headers.get("transfer-encoding", "")
    if coding:
        if length or coding.strip().lower() != "chunked":
            raise Malformed("a body has a length or comes in chunks, and not both")
        return 0, True
    if not _LENGTH.fullmatch(length):
        raise Malformed("a body has a length or comes in chunks")
    return int(length), False
