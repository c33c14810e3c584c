"""Lists page by page: a cursor is a place in one list of one platform, signed so that nobody makes one up."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Final

from ninja import Query
from pydantic import BaseModel, Field

from showcause.domain.errors import BadInput
from showcause.store.view import View

MOST: Final = 200
_MAC: Final = 16
_FORM: Final = r"^[A-Za-z0-9_-]{32}$"


class Asked(BaseModel):
    """Which part of a list is asked for."""

    cursor: Annotated[
        str | None, Field(pattern=_FORM, description="`next` of the page before; without it, the first page.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="How many entries a page has at most.")] = 50


PageAsked = Annotated[Asked, Query()]


def place(view: View, whose: str, asked: Asked) -> int:
    """Return the place from which a list goes on.

    Raises: BadInput for a cursor that this house did not make for this list.
    """
    if asked.cursor is None:
        return 0
    raw = urlsafe_b64decode(asked.cursor)
    after = int.from_bytes(raw[:8], "big")
    if not hmac.compare_digest(_cursor(view, whose, after), asked.cursor):
        raise BadInput("this cursor belongs to another list", "Begin again without a cursor.")
    return after


def following(view: View, whose: str, rows: Sequence[dict[str, Any]], limit: int) -> str | None:
    """Return the cursor of the page after these rows, of which one more than the limit was read; None at the end."""
    return _cursor(view, whose, rows[limit - 1]["seq"]) if len(rows) > limit else None


def _cursor(view: View, whose: str, after: int) -> str:
    mac = bytes.fromhex(view.keyed_hash(f"cursor\x00{whose}\x00{after}"))[:_MAC]
    return urlsafe_b64encode(after.to_bytes(8, "big") + mac).decode()
