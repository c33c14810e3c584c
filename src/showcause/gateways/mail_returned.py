"""What a mail server sends back: read from a delivery status notification, trusted only as far as our own token goes.

Anybody can write such a message, so nothing in it is believed but the token, which only a server on the letter's way
or its recipient has seen. The worst that they can do with it is to say of this one letter that it did not arrive.

Source: RFC 3464 section 2.3.
"""

import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import Final

from showcause.casework.ports import Returned
from showcause.domain.errors import BadInput
from showcause.gateways.mail_letter import Sender

MOST_BYTES: Final = 1024 * 1024
MOST_PARTS: Final = 100
MOST_LINES: Final = 40_000
MOST_ADDRESSES: Final = 50
_NAMED_IN: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*/=?^_`{|}~+-]{1,64}@[A-Za-z0-9.-]{1,253}")
_STATUS: Final = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9])")
UNKNOWN: Final = "5.0.0"
"""Failed, for a reason that was not said. Source: RFC 3463."""


def read_returned(sender: Sender, data: bytes, recipient: str = "") -> Returned | None:
    """Return which letter a message says came back for good, and why; None when it says nothing of the kind.

    `recipient` is the address that the message was sent to, if the mail server tells; else its own headers are read.

    Raises: BadInput for a message that is too big, or built so that it cannot be read.
    """
    if len(data) > MOST_BYTES or data.count(b"\n") > MOST_LINES:
        raise BadInput(f"the message is too big: at most {MOST_BYTES} bytes and {MOST_LINES} lines are read")
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(data)
        record = _record(sender, message, recipient)
        status = _failed(message) if record else None
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        raise BadInput("the message is built so that it cannot be read") from None
    return Returned(record, status) if record and status else None


def _record(sender: Sender, message: Message, recipient: str) -> str | None:
    """Return the record that our own token names, looked for where servers write whom a message is for."""
    headers = [str(value)[:2_000] for name in _NAMED_IN for value in message.get_all(name, [])[:10]]
    for text in (recipient[:320], *headers):
        for found in _ADDRESS.findall(text)[:MOST_ADDRESSES]:
            if (record := sender.record_of(found)) is not None:
                return record
    return None


def _failed(message: Message) -> str | None:
    """Return the status of the first recipient for whom delivery failed; None if none did."""
    for block in _recipients(message):
        if str(block.get("Action", "")).strip().lower() == "failed":
            status = _STATUS.match(str(block.get("Status", "")))
            return status[1] if status else UNKNOWN
    return None


def _recipients(message: Message) -> Iterator[Message]:
    """Yield the blocks of the notification, each about one recipient. Source: RFC 3464 section 2.1."""
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        blocks = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(blocks, list):
            yield from (block for block in blocks[:MOST_PARTS] if isinstance(block, Message))
