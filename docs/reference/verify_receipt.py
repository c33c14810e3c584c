"""Check a receipt before you restrict anybody: `verify(receipt, order, key, last)` returns, or raises ValueError.

One file: Python's standard library, `cryptography`, and nothing of the log's writer. `key` is the log's verifier key
that you pinned when you connected (name+id+key), `last` the highest number that is used up for this subject and
measure, 0 if none. It trusts that one key; who asks for witnesses, too, uses `showcause.transparency.verify`.
"""

import base64
import json
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SLOTS = ("facets", "subject", "content", "facts", "actor", "evidence", "reserved")
SUBJECT, CONTENT = ["platform", "kind", "ref"], ["digest", "count", "root"]
FACTS = ["minute", "event", "orders", "text", "duration", "derived-from", "statement", "reference"]
KINDS = ("decision", "reversal", "urgent", "hold")
FIELDS = {"subject": SUBJECT, "content": CONTENT, "facts": FACTS}


def need(holds, why):
    if not holds:
        raise ValueError(why)


def unb64(text, length=None, url=False):
    data = base64.b64decode(text + "=" * (-len(text) % 4 * url), b"-_" if url else None, validate=True)
    again = base64.urlsafe_b64encode(data).rstrip(b"=") if url else base64.b64encode(data)
    need(again.decode() == text and length in (None, len(data)), "not base64 in its one form")
    return data


def included(entry, index, size, path, root):  # RFC 9162, section 2.1.3.2
    need(type(index) is int and 0 <= index < size and len(path) <= 63, "no place in this tree")
    fn, sn, r = index, size - 1, sha256(b"\0" + entry.encode()).digest()
    for p in (unb64(each, 32) for each in path):
        need(sn > 0, "the path is too long")
        left = fn & 1 or fn == sn
        r = sha256(b"\1" + (p + r if left else r + p)).digest()
        shift = (fn & -fn).bit_length() if left and fn else 1
        fn, sn = fn >> shift, sn >> shift
    need(sn == 0 and r == root, "the entry is not in the log")


def head(note, key):  # c2sp.org/signed-note and c2sp.org/tlog-checkpoint
    (name, key_id, encoded), (text, _, lines) = key.split("+", 2), note.rpartition("\n\n")
    public = unb64(encoded, 33)
    need(sha256(name.encode() + b"\n" + public).hexdigest()[:8] == key_id, "the pinned key is damaged")
    theirs = map(unb64, re.findall(rf"(?m)^\u2014 {re.escape(name)} (\S+)$", lines))
    signed = [each[4:] for each in theirs if each[:4].hex() == key_id]
    need(signed and public[0] == 1 and lines.endswith("\n"), "the pinned key did not sign this")
    for signature in signed:
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature, text.encode() + b"\n")
    origin, size, root = text.split("\n")[:3]
    need(origin == name and re.fullmatch("0|[1-9][0-9]{0,18}", size), "the head of another log")
    return int(size), unb64(root, 32)


def opened(openings, slots, digests):
    committed, found = dict(zip(slots, digests, strict=True)), {}
    for opening in openings:
        slot, fields = opening["slot"], [unb64(each, 32, url=True) for each in opening["digests"]]
        whole = sha256(b"showcause/v1 slot\0" + slot.encode() + b"\0" + b"".join(fields)).digest()
        need(slot not in found and whole == unb64(committed[slot], 32, url=True), f"another entry's {slot}")
        found[slot] = {}
        for name, text in opening["disclosed"].items():
            fits = sha256(text.encode()).digest() == fields[FIELDS[slot].index(name)]
            salt, field, found[slot][name] = json.loads(unb64(text, url=True))
            need(fits and field == name and unb64(salt, 32, url=True), f"another {name}")
    return found


def check(receipt, order, key, last):
    need(receipt["f"] == "showcause/v1 receipt", "this is no receipt")
    leaf, (size, root) = json.loads(receipt["leaf"]), head(receipt["checkpoint"], key)
    included(receipt["leaf"], receipt["index"], size, receipt["hashes"], root)
    said = opened(receipt["openings"], SLOTS, leaf["c"])
    if campaign := "item" in receipt:  # the entry commits to a tree of its own, of which this is one leaf
        part, content = receipt["item"], said["content"]
        item = json.loads(part["item"])
        included(part["item"], item["i"], content["count"], part["hashes"], bytes.fromhex(content["root"]))
        said = opened(part["openings"], ("subject", "content", "facts"), item["c"])
    need(leaf["f"] == "showcause/v1" and leaf["k"] in KINDS, "such an entry restricts nobody")
    need(said["subject"] == {each: order["subject"][each] for each in SUBJECT}, "another subject")
    (connector, first, count), orders = leaf["n"], said["facts"]["orders"]
    numbers = {each for each, _, _ in orders if first <= each < first + count}
    need(connector == order["connector"], "the orders of another connector")
    need(len(numbers) == len(orders) and (campaign or count == len(orders)), "another entry's orders")
    need([order["number"], order["measure"], order["until"]] in orders, "another measure, end or number")
    need(type(last) is type(order["number"]) is int and order["number"] > last, "this number is used up")


def verify(receipt, order, key, last):
    try:
        check(receipt, order, key, last)
    except (AttributeError, InvalidSignature, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"this is no receipt: {error!r}") from None
