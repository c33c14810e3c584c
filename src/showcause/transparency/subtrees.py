"""Subtrees: a run of a tree's leaves that hashes to a root of its own, and the proof that the tree contains it.

`[start, end)` is a subtree when `start` is a multiple of the least power of two that its width does not exceed. A proof
for [0, end) is a consistency proof, one for a single leaf is an inclusion proof; those between prove a bundle of
entries before the rest of the tree is there.

Source: draft-ietf-plants-merkle-tree-certs-02, section 4 ("Subtrees"), whose letters the verification uses.
"""

from collections.abc import Sequence

from showcause.transparency.errors import Inconsistent, Malformed
from showcause.transparency.merkle import EMPTY_ROOT, HASH, MAX_PATH, HashAt, node_hash, range_hash, split_of


def is_subtree(start: int, end: int) -> bool:
    """Tell whether [start, end) is a subtree of every tree that is large enough."""
    if not 0 <= start <= end:
        return False
    width = end - start
    return width == 0 or start % (1 << (width - 1).bit_length()) == 0


def subtree_hash(start: int, end: int, hash_at: HashAt) -> bytes:
    """Give the root over the leaves [start, end).

    Raises: Malformed when that is no subtree.
    """
    _check(start, end, end)
    return range_hash(start, end, hash_at) if start < end else EMPTY_ROOT


def subtree_proof(start: int, end: int, size: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Give the hashes that prove the subtree [start, end) to be part of the tree of `size` leaves.

    Raises: Malformed when the tree has no such subtree.
    """
    _check(start, end, size)
    path: list[bytes] = []
    left, right, first, whole = 0, size, start, True
    while start < end and (left, right) != (first, end):
        middle = left + split_of(right - left)
        if end <= middle:
            path.append(range_hash(middle, right, hash_at))
            right = middle
        else:
            path.append(range_hash(left, middle, hash_at))
            whole, first = whole and middle <= first, max(first, middle)
            left = middle
    if not whole:
        path.append(range_hash(left, right, hash_at))
    return tuple(reversed(path))


def verify_subtree(start: int, end: int, node: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the leaves [start, end) with the root `node` stand there in the tree of `size` leaves.

    Raises: Malformed when that is no subtree; Inconsistent when it is not proven.
    """
    _check(start, end, size)
    if len(proof) > MAX_PATH or any(len(c) != HASH for c in proof):
        raise Inconsistent("this cannot be a subtree consistency proof")
    if start == end:
        if proof or node != EMPTY_ROOT:
            raise Inconsistent("a subtree of no leaves has one root and no proof")
        return
    fn, sn, tn = start, end - 1, size - 1
    while fn != sn and (sn == tn or sn & 1):
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    path = [node, *proof] if fn == sn else list(proof)
    if not path:
        raise Inconsistent("the subtree consistency proof is empty")
    fr = sr = path[0]
    for c in path[1:]:
        if tn == 0:
            raise Inconsistent("the subtree consistency proof is longer than the tree is high")
        if sn & 1 or sn == tn:
            fr, sr = node_hash(c, fr) if fn < sn else fr, node_hash(c, sr)
            while not sn & 1:
                fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    if tn != 0 or fr != node or sr != root:
        raise Inconsistent(
            f"the entries from {start} to {end} are not proven to be in the tree of {size} leaves"
        )


def _check(start: int, end: int, size: int) -> None:
    if end > size or not is_subtree(start, end):
        raise Malformed(f"a tree of {size} leaves has no subtree from {start} to {end}")
