"""Calling out: one request to an address that a user of the house gave, without being sent inside the network by it.

The name is resolved once; if any of its addresses is not of the public internet, nothing is called. The connection
goes to the very address that was checked, with the name for TLS and for `Host`; no redirect is followed, no proxy is
asked, and the whole call ends after its time, however slowly the other side speaks. A host inside the operator's own
network is called only where the operator named it with its port. Source: OWASP SSRF Prevention; RFC 6890.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from showcause.casework.ports import Answered
from showcause.domain.errors import AddressRefused, EndpointUnavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

SECONDS_A_STEP: Final = 5.0
SECONDS_IN_ALL: Final = 10.0
MOST_REPLY: Final = 4 * 1024
MOST_BODY: Final = 64 * 1024
MOST_URL: Final = 2_000
MOST_RESOLVING: Final = 4
"""So many names are resolved at once: looking a name up has no limit in time, and one that hangs is left behind."""
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/3", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48",
        "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""What never leads to a stranger's server: `ipaddress` itself calls some of these global (6to4, NAT64, translated)."""
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?\.?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: the parts that are used, and nothing that would have to be parsed again."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def named(self) -> str:
        """Return host:port, as `private-hosts` writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """Return what the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: of its text no more than was asked for."""

    status: int
    type: str
    body: bytes
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    place: Place
    body: bytes | None
    headers: Mapping[str, str]
    most: int


class Outbound:
    """Calls out. `private` are the operator's own hosts, each as exact host:port; `resolve` finds addresses."""

    def __init__(
        self, private: Sequence[str] = (), trust: ssl.SSLContext | None = None, resolve: Resolve | None = None
    ) -> None:
        self._private = frozenset(each.strip().lower() for each in private if each.strip())
        self._trust, self._resolve = trust, resolve or _resolved
        self._resolving = threading.BoundedSemaphore(MOST_RESOLVING)

    def check(self, url: str) -> None:
        """Check that a URL may be called, as far as its text tells; no name is resolved.

        Raises: AddressRefused.
        """
        place = parse(url)
        if place.named in self._private:
            return
        if not place.secure:
            raise AddressRefused("only https leaves the house")
        with suppress(ValueError):
            _check_public(ipaddress.ip_address(place.host))

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Post a body once and return the status; of the reply's text nothing is kept.

        Raises: AddressRefused when the address leads to where nothing may be sent; EndpointUnavailable when nobody
        answers in time.
        """
        reply = self.exchange("POST", url, body, headers)
        return Answered(reply.status, reply.retry_after)

    def exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        most: int = MOST_REPLY,
        most_body: int = MOST_BODY,
    ) -> "Reply":
        """Ask once and return status, type and the reply's first bytes, `most` of them. Raises: as `post`."""
        self.check(url)
        if body is not None and len(body) > most_body:
            raise AddressRefused(f"a message has at most {most_body} bytes")
        place = parse(url)
        address = self._address(place)
        try:
            return self._send(_Request(method, place, body, headers, most), address)
        except ssl.SSLError as error:
            why = getattr(error, "reason", "") or type(error).__name__
            raise EndpointUnavailable(f"the connection is not safe: {why}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EndpointUnavailable(f"nobody answered: {type(error).__name__}") from None

    def _address(self, place: Place) -> Address:
        """Resolve a host once, and return its first address if all of them may be called."""
        found = [ipaddress.ip_address(each.partition("%")[0]) for each in self._look_up(place)]
        if not found:
            raise EndpointUnavailable("the host has no address")
        if place.named not in self._private:
            for each in found:
                _check_public(each)
        return found[0]

    def _look_up(self, place: Place) -> Sequence[str]:
        with suppress(ValueError):
            return [str(ipaddress.ip_address(place.host))]
        if not self._resolving.acquire(blocking=False):
            raise EndpointUnavailable("names are not resolved in time")
        found: list[Sequence[str]] = []

        def look_up() -> None:
            try:
                found.append(self._resolve(place.host, place.port))
            except (OSError, UnicodeError):
                found.append(())
            finally:
                self._resolving.release()

        asking = threading.Thread(target=look_up, daemon=True)
        asking.start()
        asking.join(SECONDS_A_STEP)
        if not found:
            raise EndpointUnavailable("the host's name was not resolved in time")
        return found[0]

    def _send(self, request: "_Request", address: Address) -> "Reply":
        place, body = request.place, request.body
        plain = socket.create_connection((str(address), place.port), SECONDS_A_STEP)
        handle = plain.dup()  # TLS takes the socket over; the connection stays the same
        cut = threading.Timer(SECONDS_IN_ALL, _cut, [handle])
        cut.daemon = True
        cut.start()
        connection = http.client.HTTPConnection(place.host, place.port, timeout=SECONDS_A_STEP)
        try:
            connection.sock = self._secured(plain, place) if place.secure else plain
            connection.putrequest(request.method, place.target, skip_host=True, skip_accept_encoding=True)
            own = {"Host": place.host_header, "Connection": "close"}
            if body is not None:
                own["Content-Length"] = str(len(body))
            for name, value in {**request.headers, **own}.items():
                connection.putheader(name, value)
            with suppress(BrokenPipeError, ConnectionResetError):  # answered before everything was heard
                connection.endheaders(body)
            reply = connection.getresponse()
            asked, given = reply.getheader("Retry-After", ""), b""
            with suppress(OSError, http.client.HTTPException):
                given = reply.read(request.most)
            wait = int(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else None
            return Reply(reply.status, reply.getheader("Content-Type", ""), given, wait)
        finally:
            cut.cancel()
            connection.close()
            plain.close()
            handle.close()

    def _secured(self, plain: socket.socket, place: Place) -> ssl.SSLSocket:
        trust = self._trust or ssl.create_default_context()
        return trust.wrap_socket(plain, server_hostname=place.host.rstrip("."))


def parse(url: str) -> Place:
    """Return where a URL leads.

    Raises: AddressRefused for anything that two programs could read in two ways.
    """
    if len(url) > MOST_URL or not re.fullmatch(r"[!-~]+", url) or "\\" in url or "#" in url:
        raise AddressRefused("the address is not written as an address is")
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("the address is not written as an address is") from None
    if parts.scheme not in ("https", "http") or "@" in parts.netloc or not host or port == 0:
        raise AddressRefused("the address is not https://host/path")
    secure = parts.scheme == "https"
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return Place(secure, _checked_host(host.lower()), port or (443 if secure else 80), target)


def _checked_host(host: str) -> str:
    """Return a host that is a name, or an address in its one usual form.

    Raises: AddressRefused for `2130706433`, `0x7f.1`, `127.1` and others that only some programs take for an address.
    """
    with suppress(ValueError):
        if "%" not in host:
            return str(ipaddress.ip_address(host))
    last = host.rstrip(".").rpartition(".")[2]
    if _HOST.fullmatch(host) is None or ".." in host or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last):
        raise AddressRefused("the host is no name and no usual address")
    return host


def _check_public(address: Address) -> None:
    inside = any(address in each for each in _NOT_PUBLIC if each.version == address.version)
    if inside or not address.is_global or address.is_multicast:
        raise AddressRefused("the address is not of the public internet")


def _resolved(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _cut(handle: socket.socket) -> None:
    """End a call from outside: whoever waits to read or to write returns at once."""
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)
