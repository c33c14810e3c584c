"""Receipts: all that one person, platform or court needs to check that a decision is in the log, and what it says.

A receipt is the leaf's bytes, the path to a signed checkpoint, and the openings that its holder may see. It
travels as JSON to connectors, and as a `.tlog-proof` file, whose extra data carries leaf and openings, to
people. Nothing in it is to be believed before `verify.verify_receipt`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from showcause.transparency.campaign import Item, decode_item, encode_item
from showcause.transparency.commitments import Opening, opening_from_json, opening_to_json
from showcause.transparency.encoding import MAX_SIZE, b64, from_b64
from showcause.transparency.errors import Malformed
from showcause.transparency.jcs import MAX_INTEGER, Json, canonical, parse
from showcause.transparency.leaf import MAX_LEAF, SLOTS
from showcause.transparency.merkle import HASH, MAX_PATH
from showcause.transparency.note import MAX_NOTE
from showcause.transparency.proof import MAGIC, TlogProof, parse_proof

MAX_RECEIPT: Final = 1024 * 1024
_FORMAT: Final = "showcause/v1 receipt"
_EXTRA: Final = "showcause/v1 extra"


@dataclass(frozen=True, slots=True)
class ItemReceipt:
    """One item of a campaign, its path to the root that the leaf commits to, and its openings."""

    item: Item
    hashes: tuple[bytes, ...]
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A leaf's bytes at `index`, its path under `checkpoint` (a signed note), openings, and a campaign's item.

    `gap` is the receipt of the leaf that admits that this one is below its level; only connectors are given it.
    """

    leaf: bytes
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    openings: tuple[Opening, ...] = ()
    item: ItemReceipt | None = None
    gap: "Receipt | None" = None

    def __post_init__(self) -> None:
        if len(self.leaf) > MAX_LEAF or len(self.checkpoint.encode("utf-8", "replace")) > MAX_NOTE:
            raise Malformed("a receipt's leaf or checkpoint is too long")
        if not 0 <= self.index <= min(MAX_SIZE, MAX_INTEGER) or len(self.hashes) > MAX_PATH:
            raise Malformed("a receipt's index or path is out of bounds")
        if self.gap is not None and self.gap.gap is not None:
            raise Malformed("a gap has no gap")
        for openings in (self.openings, self.item.openings if self.item else ()):
            if len(openings) > len(SLOTS) or len({o.slot for o in openings}) != len(openings):
                raise Malformed("a receipt opens a slot at most once")


def to_json(receipt: Receipt) -> bytes:
    """Write a receipt as canonical JSON.

    Raises: Malformed when it exceeds 1 MiB.
    """
    return _bounded(canonical(_whole(receipt)))


def from_json(data: bytes) -> Receipt:
    """Read a receipt of at most 1 MiB without believing it.

    Raises: Malformed.
    """
    return _read_whole(parse(data, "a receipt", MAX_RECEIPT), {"item", "gap"})


def _whole(receipt: Receipt) -> dict[str, Json]:
    members = {
        **_payload(receipt),
        "f": _FORMAT,
        "index": receipt.index,
        "hashes": _hashes_to_json(receipt.hashes),
        "checkpoint": receipt.checkpoint,
    }
    return members | ({"gap": _whole(receipt.gap)} if receipt.gap else {})


def _read_whole(value: Json, allowed: set[str]) -> Receipt:
    members = _members(value, {"f", "leaf", "index", "hashes", "checkpoint", "openings"}, allowed)
    index, checkpoint = members["index"], members["checkpoint"]
    if members["f"] != _FORMAT or not isinstance(checkpoint, str) or type(index) is not int:
        raise Malformed(f"this is not a receipt of the form {_FORMAT}")
    leaf, openings, item = _read_payload(members)
    gap = _read_whole(members["gap"], set()) if "gap" in members else None
    return Receipt(leaf, index, _hashes_from_json(members["hashes"]), checkpoint, openings, item, gap)


def to_proof(receipt: Receipt) -> str:
    """Write a receipt as the text of a `.tlog-proof` file, with leaf and openings as extra data.

    Raises: Malformed when it exceeds 1 MiB.
    """
    extra = canonical({**_payload(receipt), "f": _EXTRA})
    text = str(TlogProof(receipt.index, receipt.hashes, receipt.checkpoint, extra))
    _bounded(text.encode())
    return text


def from_proof(data: bytes) -> Receipt:
    """Read a receipt from a `.tlog-proof` file without believing it.

    Raises: Malformed, also for proofs of other logs, whose extra data is not ours.
    """
    proof = parse_proof(data)
    if proof.extra is None:
        raise Malformed(
            "this proof does not carry its entry", "Ask for the file that the statement came with."
        )
    members = _members(parse(proof.extra, "the extra data", MAX_RECEIPT), {"f", "leaf", "openings"}, {"item"})
    if members["f"] != _EXTRA:
        raise Malformed("the extra data of this proof is not of a form that we know")
    leaf, openings, item = _read_payload(members)
    return Receipt(leaf, proof.index, proof.hashes, proof.checkpoint, openings, item)


def from_file(data: bytes) -> Receipt:
    """Read a receipt in either form, as a person's file may have it, without believing it.

    Raises: Malformed.
    """
    return from_proof(data) if data.startswith(MAGIC.encode()) else from_json(data)


def _payload(receipt: Receipt) -> dict[str, Json]:
    try:
        leaf = receipt.leaf.decode("utf-8")
    except UnicodeError:
        raise Malformed("a receipt's leaf is not text") from None
    payload: dict[str, Json] = {"leaf": leaf, "openings": [opening_to_json(o) for o in receipt.openings]}
    if receipt.item:
        payload["item"] = {
            "item": encode_item(receipt.item.item).decode(),
            "hashes": _hashes_to_json(receipt.item.hashes),
            "openings": [opening_to_json(o) for o in receipt.item.openings],
        }
    return payload


def _read_payload(members: Mapping[str, Json]) -> tuple[bytes, tuple[Opening, ...], ItemReceipt | None]:
    item = _item(members["item"]) if "item" in members else None
    return _bytes(members["leaf"]), _openings(members["openings"]), item


def _item(value: Json) -> ItemReceipt:
    members = _members(value, {"item", "hashes", "openings"}, set())
    item = decode_item(_bytes(members["item"]))
    return ItemReceipt(item, _hashes_from_json(members["hashes"]), _openings(members["openings"]))


def _members(value: Json, needed: set[str], allowed: set[str]) -> dict[str, Json]:
    if not isinstance(value, dict) or not needed <= value.keys() <= needed | allowed:
        raise Malformed(f"a receipt's part has exactly the members {', '.join(sorted(needed))}")
    return value


def _bytes(value: Json) -> bytes:
    if not isinstance(value, str):
        raise Malformed("a receipt's leaf or item is not text")
    try:
        return value.encode()
    except UnicodeError:
        raise Malformed("a receipt's leaf or item is not text") from None


def _openings(value: Json) -> tuple[Opening, ...]:
    if not isinstance(value, list) or len(value) > len(SLOTS):
        raise Malformed("a receipt has a list of at most seven openings")
    return tuple(opening_from_json(o) for o in value)


def _hashes_to_json(hashes: tuple[bytes, ...]) -> list[Json]:
    return [b64(h) for h in hashes]


def _hashes_from_json(value: Json) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_PATH or not all(isinstance(h, str) for h in value):
        raise Malformed(f"a path is a list of at most {MAX_PATH} hashes")
    return tuple(from_b64(str(h), "a hash of the path", HASH) for h in value)


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_RECEIPT:
        raise Malformed(f"a receipt has at most {MAX_RECEIPT} bytes", "Open fewer fields.")
    return data
