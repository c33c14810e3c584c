"""Slips: what a form carries so that it is taken once, and so that programs which fill in forms at once are noticed.

A slip is a random number and the moment at which the form was opened, signed by the house; nothing of it is stored
before the form is sent, and a form that stays open for days is still taken.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from django.core import signing

from showcause.web.house import house

SALT: Final = "showcause.report"
MOST: Final = 300
LEAST_SECONDS: Final = 2
"""Nobody reads and answers a form faster. Who does is asked to send it once more; nothing typed is lost."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A genuine slip: its number, and whether the form was sent faster than people are."""

    number: str
    in_haste: bool


def fresh() -> str:
    """Return a slip for a form that is opened now."""
    return signing.dumps([secrets.token_hex(16), int(house().now().timestamp())], salt=SALT)


def read(text: str) -> Slip | None:
    """Return what a slip says, or None for one that the house did not make."""
    try:
        number, opened = signing.loads(text[:MOST], salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Slip(str(number), house().now().timestamp() - opened < LEAST_SECONDS)
