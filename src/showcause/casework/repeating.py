"""Requests that a program repeats because it did not hear the answer: done once, answered as often as asked.

Kept are keyed digests and the ids of the records that were made, bound to who asked; the answer is told again from
the records as they are now. Nothing is kept of a request that was refused: it may be corrected and sent again.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showcause.casework.ports import Ids
from showcause.domain.errors import BadInput, ReplyDiffers
from showcause.store import replies
from showcause.store.tx import Tx

FORM: Final = re.compile(r"[!-~]{1,200}")
KEPT: Final = timedelta(hours=24)

Making = Callable[[Tx, datetime, Ids], Sequence[str]]
"""A use case that returns the ids of the records which its answer is told from."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may come again: who sent it, under which key of their choice, and all that it says."""

    sender: str
    key: str
    content: bytes

    def __post_init__(self) -> None:
        if FORM.fullmatch(self.key) is None:
            raise BadInput("an idempotency key has 1 to 200 visible ASCII characters")


@dataclass(frozen=True, slots=True)
class Made:
    """The ids of the records that a request made, and whether that was at an earlier time."""

    records: tuple[str, ...]
    replayed: bool = False


def once(tx: Tx, now: datetime, ids: Ids, request: Repeatable, make: Making) -> Made:
    """Do what a request asks unless it was done under the same key within the last day.

    Raises: ReplyDiffers when the key was used with another request; what `make` raises.
    """
    key = tx.keyed_hash(f"reply\x00{request.sender}\x00{request.key}")
    digest = tx.keyed_hash(f"request\x00{hashlib.sha256(request.content).hexdigest()}")
    tx.one_at_a_time(f"reply {key}")
    kept = replies.find(tx, key)
    if kept is not None and kept.at > now - KEPT:
        if kept.digest != digest:
            raise ReplyDiffers("this idempotency key was used with another request within the last day")
        return Made(kept.records, replayed=True)
    if kept is not None:
        replies.drop(tx, key)
    made = tuple(make(tx, now, ids))
    replies.keep(tx, key, digest, made)
    replies.drop_until(tx, now - KEPT)
    return Made(made)
