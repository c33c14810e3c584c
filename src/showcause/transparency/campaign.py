"""Campaigns: one leaf over many items, each of which can be proven and appealed alone.

The leaf's slot content commits to the number of items and to the root of an RFC 6962 tree over them. An
item has its own subject, content and facts, each under its own seed, so that one person's opening says
nothing about the next.
"""

import re
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from showcause.transparency.encoding import b64url, from_hex
from showcause.transparency.errors import Malformed, Unverified
from showcause.transparency.jcs import MAX_INTEGER, Json
from showcause.transparency.leaf import Slot
from showcause.transparency.merkle import (
    in_memory,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_inclusion,
)

FORMAT: Final = "showcause/v1 item"
ITEM_SLOTS: Final = (Slot.SUBJECT, Slot.CONTENT, Slot.FACTS)
_DIGEST = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_GRAMMAR: Final = re.compile(
    rf'\{{"c":\["({_DIGEST})","({_DIGEST})","({_DIGEST})"\],"f":"{FORMAT}","i":(0|[1-9][0-9]{{0,15}})\}}'.encode()
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a campaign: its place from 0, and the digests of its slots subject, content and facts."""

    index: int
    slots: tuple[bytes, bytes, bytes]


def encode_item(item: Item) -> bytes:
    """Write an item's canonical bytes.

    Raises: Malformed when the value is no item.
    """
    c = '","'.join(b64url(digest) for digest in item.slots)
    data = f'{{"c":["{c}"],"f":"{FORMAT}","i":{item.index}}}'.encode()
    decode_item(data)
    return data


def decode_item(data: bytes) -> Item:
    """Read an item from its canonical bytes.

    Raises: Malformed for any other text.
    """
    found = _GRAMMAR.fullmatch(data) if len(data) <= 512 else None
    if found is None or int(found[4]) > MAX_INTEGER:
        raise Malformed("this is not an item of a campaign in canonical form")
    subject, content, facts = (a2b_base64(d.translate(_FROM_URL) + b"=") for d in found.groups()[:3])
    return Item(int(found[4]), (subject, content, facts))


def items_root(items: Sequence[Item]) -> bytes:
    """Give the root over all items, in order.

    Raises: Malformed when they are not numbered 0, 1, 2, ...
    """
    return root_of(_hashes(items))


def content_values(items: Sequence[Item]) -> dict[str, Json]:
    """Give the fields of the leaf's slot content that commit to the items."""
    return {"count": len(items), "root": items_root(items).hex()}


def item_path(items: Sequence[Item], index: int) -> tuple[bytes, ...]:
    """Give the inclusion proof of one item under the root of all."""
    return item_paths(items, (index,))[0]


def item_paths(items: Sequence[Item], indices: Sequence[int]) -> list[tuple[bytes, ...]]:
    """Give the inclusion proofs of several items, hashing the tree once."""
    hash_at = in_memory(_hashes(items))
    return [inclusion_proof(index, len(items), hash_at) for index in indices]


def verify_item(item: Item, path: Sequence[bytes], content: dict[str, Json]) -> None:
    """Check that an item is among those that the opened fields of the leaf's slot content commit to.

    Raises: Malformed; Unverified.
    """
    count, root = content.get("count"), content.get("root")
    if not isinstance(count, int) or isinstance(count, bool) or not isinstance(root, str):
        raise Unverified("the leaf does not open the number and the root of its campaign's items")
    verify_inclusion(
        leaf_hash(encode_item(item)), item.index, count, path, from_hex(root, "the items' root", 32)
    )


_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")


def _hashes(items: Sequence[Item]) -> list[bytes]:
    if any(item.index != place for place, item in enumerate(items)):
        raise Malformed("the items of a campaign are numbered from 0 without gaps")
    return [leaf_hash(encode_item(item)) for item in items]
