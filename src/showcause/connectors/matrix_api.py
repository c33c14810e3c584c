"""The way to a Synapse server: one host, bounded answers, no redirects, and errors in the project's own words.

The token is read from its file for each call, so that it can be changed without a restart. Neither it nor a
path (which names people) ever gets into a message or a log line.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import urllib3

from showcause.domain.errors import (
    Misconfigured,
    NotFound,
    PlatformUnavailable,
    RateLimited,
    Refused,
    Unsupported,
)

ADMIN: Final = "/_synapse/admin"
MAX_ANSWER: Final = 4 * 1024 * 1024
TIMEOUT: Final = 20.0
_CHUNK: Final = 64 * 1024
ADMIN_REMEDY: Final = (
    "Log in as a server administrator made for Showcause and put the access token into the token file (mode 600); "
    "`showcause doctor` tests it."
)
NOTICES_REMEDY: Final = (
    "Add `server_notices` with `system_mxid_localpart: notices` and `auto_join: true` to homeserver.yaml "
    "and restart Synapse."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: the JSON object, and its own time if it told it."""

    body: Mapping[str, Any]
    server_time: datetime | None


def path(template: str, *parts: str) -> str:
    """Fill the `{}` of a path with percent-encoded parts, so that no name can change the path."""
    return template.format(*(quote(part, safe="") for part in parts))


class SynapseApi:
    """Calls to one homeserver. `address` is `https://host[:port]`; plain http is accepted on the loopback only."""

    def __init__(self, address: str, token_file: Path, *, timeout: float = TIMEOUT) -> None:
        self.token_file, self._timeout = token_file, timeout
        parts = urlsplit(address)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path not in ("", "/")
            or parts.query
        ):
            raise Misconfigured("the server's address is not of the form https://host or https://host:port")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise Misconfigured("plain http reaches the server's token; it is accepted on this machine only")
        kind = urllib3.HTTPSConnectionPool if parts.scheme == "https" else urllib3.HTTPConnectionPool
        self._pool = kind(
            parts.hostname,
            parts.port,
            maxsize=4,
            retries=False,
            timeout=urllib3.Timeout(connect=5, read=timeout),
        )

    def get(self, where: str, query: Mapping[str, str | int] | None = None) -> Mapping[str, Any]:
        """Ask for something and return the JSON object. Raises: as `call`."""
        return self.call("GET", where, None, query).body

    def put(self, where: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set something and return the JSON object. Raises: as `call`."""
        return self.call("PUT", where, body).body

    def post(self, where: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Start something and return the JSON object. Raises: as `call`."""
        return self.call("POST", where, body).body

    def call(
        self,
        method: str,
        where: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Send one request and return its answer.

        Raises: RateLimited, PlatformUnavailable, NotFound, Unsupported, Misconfigured (token, address),
        Refused.
        """
        target = f"{where}?{urlencode(query)}" if query else where
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        try:
            response = self._pool.request(
                method, target, body=content, headers=headers, redirect=False, preload_content=False
            )
            try:
                data = _bounded(response, time.monotonic() + self._timeout)
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise PlatformUnavailable(f"the Matrix server did not answer ({type(error).__name__})") from None
        found = _object(data)
        if response.status == 200:
            if found is None:
                raise PlatformUnavailable("the Matrix server's answer is not a JSON object")
            return Answer(found, _time(response.headers.get("Date")))
        raise _error(response.status, found or {}, response.headers.get("Retry-After"))

    def _token(self) -> str:
        try:
            token = self.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            raise PlatformUnavailable("the file with the Matrix token cannot be read", ADMIN_REMEDY) from None
        if not token or not token.isprintable() or " " in token:
            raise PlatformUnavailable("the file with the Matrix token does not hold one token", ADMIN_REMEDY)
        return token


def _bounded(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    data = bytearray()
    while chunk := response.read1(_CHUNK):
        data += chunk
        if len(data) > MAX_ANSWER:
            raise PlatformUnavailable(f"the Matrix server's answer has more than {MAX_ANSWER} bytes")
        if time.monotonic() > deadline:
            raise PlatformUnavailable("the Matrix server took too long for its answer")
    return bytes(data)


def _object(data: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _error(status: int, body: Mapping[str, Any], retry_after: str | None) -> Exception:
    code, text = str(body.get("errcode", ""))[:40], str(body.get("error", ""))
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        return RateLimited("the Matrix server asks to wait", retry_after=_seconds(body, retry_after))
    if status >= 500:
        return PlatformUnavailable(f"the Matrix server answered {status}")
    if 300 <= status < 400:
        return Misconfigured("the Matrix server redirects", "Set the address that it redirects to.")
    if status in (401, 403):
        # Not the caller's fault and worth repeating: lifts must go through once the token is right again.
        return PlatformUnavailable(f"the Matrix server refused the token ({code})", ADMIN_REMEDY)
    if status == 404 and code == "M_UNRECOGNIZED":
        return Unsupported("this Matrix server is too old for the call", "Update Synapse.")
    if status == 404:
        return NotFound("the Matrix server does not know it")
    if "local user" in text:
        return Unsupported(
            "only users of this server can be restricted or told", "Restrict what they do in its rooms."
        )
    if "already in progress" in text:
        return PlatformUnavailable("the Matrix server is still busy with an earlier redaction")
    if "not enabled" in text:
        return Misconfigured("server notices are not enabled on the Matrix server", NOTICES_REMEDY)
    return Refused(f"the Matrix server refused the call: {status} {code}")


LONGEST_WAIT = 3600.0


def _seconds(body: Mapping[str, Any], header: str | None) -> float | None:
    """Return how long the server asks to wait: a number of seconds, at most an hour, or None."""
    after = body.get("retry_after_ms")
    if isinstance(after, int | float) and not isinstance(after, bool) and after == after:
        return min(max(0.0, float(min(after, LONGEST_WAIT * 1000)) / 1000), LONGEST_WAIT)
    return min(float(header[:9]), LONGEST_WAIT) if header and header.isdecimal() else None


@contextmanager
def in_form() -> Iterator[None]:
    """Turn an answer that is not in the documented form into an answer that did not come.

    Raises: PlatformUnavailable.
    """
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, IndexError) as error:
        raise PlatformUnavailable(
            f"the Matrix server answered out of form ({type(error).__name__})",
            "Compare its version with the one that `showcause doctor` asks for.",
        ) from None


def _time(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
