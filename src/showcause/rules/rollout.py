"""Which share of accounts a rule acts on while it is tried out: chosen by hash, so that replay chooses alike (S-16)."""

import hashlib

_BITS = 53


def place(seed: str, rule: str, entity: str) -> float:
    """Return where an entity stands in [0, 1) for a rule: the same wherever and whenever it is asked.

    The seed belongs to the rule's version. Other rules, and the same rule with another seed, place entities anew.
    """
    parts = b"".join(len(each := part.encode()).to_bytes(4) + each for part in (seed, rule, entity))
    hashed = hashlib.sha256(b"showcause/rollout/v1\n" + parts).digest()
    return (int.from_bytes(hashed[:8]) >> (64 - _BITS)) / (1 << _BITS)
