"""Serving the public log: a plain WSGI application over its folder, reading only, so that a CDN can stand before it.

Only the paths of a log are answered, each exactly as its grammar writes it; a file name is made from the parsed path
and never from the request. Of a partial tile only the widest is on the disk; narrower ones are its beginning and are
cut from it, or from the full tile, so that every checkpoint that was ever public keeps its tiles.

Source: c2sp.org/tlog-tiles.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from showcause.transparency.bundles import cut_bundle
from showcause.transparency.errors import Malformed
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.merkle import HASH
from showcause.transparency.tiles import ENTRIES, WIDTH, Tile, parse_path

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SOON: Final = "public, max-age=30"
FOR_EVER: Final = "public, max-age=31536000, immutable"
NEVER: Final = "no-store"
TEXT: Final = "text/plain; charset=utf-8"
FILES: Final = (CHECKPOINT, "key", "keys")
_DOCUMENT: Final = re.compile(r"doc/[0-9a-f]{64}\.json")
_METHODS: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: str
    body: bytes
    type: str = TEXT
    cache: str = NEVER
    more: tuple[tuple[str, str], ...] = ()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return all header fields; any page may read the log, and nothing guesses at its types."""
        return [
            ("Content-Type", self.type),
            ("Content-Length", str(len(self.body))),
            ("Cache-Control", self.cache),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
            *self.more,
        ]


NOT_FOUND: Final = Answer("404 Not Found", b"not found\n")
NOT_ALLOWED: Final = Answer("405 Method Not Allowed", b"read only\n", more=(("Allow", "GET, HEAD"),))


def is_of_the_log(path: str) -> bool:
    """Tell whether a path is one of the public log's, so that nothing but its files may answer."""
    return path in {f"/{name}" for name in FILES} or path.startswith(("/tile/", "/doc/"))


def serving(folder: Path) -> "WSGIApplication":
    """Return the application that serves the public log in a folder."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        found = answer(folder, method, environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        start_response(found.status, found.headers)
        return [b""] if method == "HEAD" else [found.body]

    return application


def answer(folder: Path, method: str, path: str, query: str = "") -> Answer:
    """Return the response to a request; a query is refused, since caches may or may not tell paths apart by it."""
    if method not in _METHODS:
        return NOT_ALLOWED
    if query or not path.startswith("/") or path != quote(path, safe="/"):
        return NOT_FOUND
    return _file(folder, path[1:]) or NOT_FOUND


def _file(folder: Path, path: str) -> Answer | None:
    if path in FILES:
        return _found(_read(folder / path), TEXT, SOON)
    if _DOCUMENT.fullmatch(path):
        return _found(_read(folder / path), "application/json", FOR_EVER)
    try:
        tile = parse_path(path)
        return _found(_tile(folder, tile), "application/octet-stream", FOR_EVER)
    except Malformed:
        return None


def _found(data: bytes | None, type_: str, cache: str) -> Answer | None:
    return None if data is None else Answer("200 OK", data, type_, cache)


def _tile(folder: Path, tile: Tile) -> bytes | None:
    data = _read(folder / tile.path)
    if data is not None or tile.width == WIDTH:
        return data
    for wider in (*_wider(folder, tile), tile.full):
        data = _read(folder / wider.path)
        if data is not None:
            return cut_bundle(data, tile.width) if tile.level == ENTRIES else data[: tile.width * HASH]
    return None


def _wider(folder: Path, tile: Tile) -> list[Tile]:
    place = (folder / tile.path).parent
    names = [each.name for each in place.iterdir()] if place.is_dir() else []
    widths = sorted(int(name) for name in names if name.isdecimal())
    return [Tile(tile.level, tile.index, width) for width in widths if tile.width < width < WIDTH]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
