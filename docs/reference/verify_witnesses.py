"""Ask more of a receipt than its log's signature: `witnessed(receipt, keys, quorum)` returns, or raises ValueError.

For a platform that pinned keys of witnesses (name+id+key, kind 04) and wants so many of them to have cosigned the very
head that the receipt rests on. Call it after `verify` of verify_receipt.py, with the same receipt: this looks at the
head's cosignatures and at nothing else. Standard library and `cryptography` alone. Source: c2sp.org/tlog-cosignature.
"""

import base64
import re
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def unb64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not base64 in its one form")
    return data


def cosigner(text, lines, key):
    """Return the public key if it cosigned the text, None if it did not."""
    name, key_id, encoded = key.split("+", 2)
    public = unb64(encoded)
    fits = sha256(name.encode() + b"\n" + public).hexdigest()[:8] == key_id
    if not fits or public[:1] != b"\x04" or len(public) != 33:
        raise ValueError("a pinned key is damaged, or no witness' key")
    for found in re.findall(rf"(?m)^\u2014 {re.escape(name)} (\S+)$", lines):
        data = unb64(found)
        if data[:4].hex() == key_id:
            time, signature = int.from_bytes(data[4:12], "big"), data[12:]
            message = b"cosignature/v1\ntime %d\n" % time + text.encode()
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature, message)
            return public
    return None


def witnessed(receipt, keys, quorum):
    try:
        text, _, lines = receipt["checkpoint"].rpartition("\n\n")
        seen = {cosigner(text + "\n", lines, key) for key in keys} - {None}
    except (AttributeError, InvalidSignature, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"the witnesses' signatures do not hold: {error!r}") from None
    if not 1 <= quorum <= len(seen):
        raise ValueError(f"{len(seen)} of the pinned witnesses cosigned, and {quorum} are asked for")
