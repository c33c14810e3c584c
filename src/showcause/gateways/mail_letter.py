"""A letter as mail: plain text, its reference number in subject and body, and a sender by which a bounce names it.

The envelope's sender is `local+token@domain`. The token holds the id of the statement or letter and a keyed digest of
it: servers on the way can write it into their logs, and it names nobody.
"""

import hmac
import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from hashlib import sha256
from typing import Final

ID_BYTES: Final = 16
DIGEST_BYTES: Final = 9
TOKEN: Final = re.compile(r"[a-z2-7]{40}")
MOST_LOCAL: Final = 64
"""The longest local part. Source: RFC 5321 section 4.5.3.1.1."""
MOST_SUBJECT: Final = 120
MOST_ADDRESS: Final = 900
_RECORD: Final = re.compile(r"(?P<number>[^:]+):(?P<id>[0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose letters these are, and the key that makes tokens and message ids."""

    address: str
    key: bytes

    @property
    def local(self) -> str:
        """Return what stands before the @."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """Return what stands after the @."""
        return self.address.rpartition("@")[2]

    @property
    def names_letters(self) -> bool:
        """Tell whether there is room for a token in the local part."""
        return len(self.local) + 1 + 40 <= MOST_LOCAL

    def envelope(self, reference: str) -> str:
        """Return the address to which a bounce of this letter goes."""
        found = _RECORD.fullmatch(reference)
        if found is None or not self.names_letters:
            return self.address
        return f"{self.local}+{self._token(bytes.fromhex(found['id']))}@{self.domain}"

    def record_of(self, address: str) -> str | None:
        """Return the record's id that an envelope address of ours names; None for any other address."""
        local, _, domain = address.strip().strip("<>").rpartition("@")
        name, plus, token = local.rpartition("+")
        ours = name.lower() == self.local.lower() and domain.lower() == self.domain.lower()
        if not (plus and ours and TOKEN.fullmatch(token.lower())):
            return None
        id_ = b32decode(token.upper())[:ID_BYTES]
        return id_.hex() if hmac.compare_digest(self._token(id_), token.lower()) else None

    def message_id(self, reference: str) -> str:
        """Return the same id for the same reference, so that a letter sent twice is seen to be one."""
        return f"<{self._digest('message', reference.encode())[:16].hex()}@{self.domain}>"

    def _token(self, id_: bytes) -> str:
        made = id_ + self._digest("bounce", id_)[:DIGEST_BYTES]
        return b32encode(made).decode().lower()

    def _digest(self, purpose: str, data: bytes) -> bytes:
        return hmac.digest(self.key, purpose.encode() + b"\x00" + data, sha256)


class _Address(UnstructuredHeader, BaseHeader):
    """A header that is an address in the web, which the usual way would encode once it is longer than a line."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Address)
_POLICY: Final = SMTP.clone(header_factory=_HEADERS)


def compose(
    sender: Sender, to: str, text: str, reference: str, now: datetime, stop: str = ""
) -> EmailMessage:
    """Return the message: plain text in UTF-8, in lines that every server takes.

    `stop` is where such letters are stopped: mail programs show a button for it. Source: RFC 2369, RFC 8058.
    """
    number = _one_line(reference.partition(":")[0], 80)
    local, _, domain = to.rpartition("@")
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(username=sender.local, domain=sender.domain)
    made["To"] = Address(username=local, domain=domain)
    made["Subject"] = f"{_one_line(_heading(text), MOST_SUBJECT)} [{number}]"
    made["Date"] = now
    made["Message-ID"] = sender.message_id(reference)
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice answers it
    made["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if stop:
        made["List-Unsubscribe"] = f"<{_one_line(stop, MOST_ADDRESS)}>"
    if stop.startswith("https://"):
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(
        text if number in text else f"{text.rstrip()}\n\n{number}\n", charset="utf-8", cte="quoted-printable"
    )
    return made


def _heading(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "Showcause")


def _one_line(text: str, most: int) -> str:
    """Return a text as one line without anything that could begin another header."""
    kept = "".join(c if c.isprintable() else " " for c in text[: most * 4])
    line = " ".join(kept.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
