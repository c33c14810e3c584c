"""The keys that the log signs with, since when and until when, as its own public entries say."""

from collections.abc import Sequence
from dataclasses import replace

from showcause.casework.log.keys import FORMAT, KeyBook, NotSaid, after
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, parse_verifier_key
from showcause.transparency.kinds import Kind
from showcause.transparency.policy import Policy
from showcause.transparency.receipt import Receipt
from showcause.transparency.verify import VerifiedLeaf, verify_receipt
from showcause.web.window import facts
from showcause.web.window.index import PublicDocument
from showcause.web.window.record import Record

NAMES = {KeyKind.ED25519: "Ed25519", KeyKind.ML_DSA_44: "ML-DSA-44"}


def key_book(known: Record) -> KeyBook:
    """Return what the public entries say of the log's keys; nothing where they do not say it rightly."""
    return facts.folded(known, f"keys {known.size}", lambda documents: _fold(documents, known.size))


def _fold(documents: Sequence[PublicDocument], size: int) -> KeyBook:
    book = KeyBook()
    for each in documents:
        value = each.value or {}
        if each.index < size and each.kind == Kind.KEY and value.get("format", FORMAT) == FORMAT:
            try:
                book = after(book, each.index, value)
            except NotSaid:
                return KeyBook()
    return book


def verify_before(receipt: Receipt, known: Record, policy: Policy) -> VerifiedLeaf | None:
    """Give what a receipt proves that was signed by a key which has ended since, before it did; None for any other.

    Such a proof came with a pinned policy of its time, and stays true. A head that the old key signed with more
    entries than the one that ended it is nobody's word.
    """
    for row in key_book(known).ended():
        try:
            verified = verify_receipt(receipt, replace(policy, logs=(parse_verifier_key(row.key),)))
        except LogError:
            continue
        if row.ended_entry is not None and verified.checkpoint.size <= row.ended_entry:
            return verified
    return None
