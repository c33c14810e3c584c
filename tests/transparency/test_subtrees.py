"""Subtrees against the definitions written down naively, and against the published test vectors.

Source: draft-ietf-plants-merkle-tree-certs, sections "Subtrees" and "Subtree Test Vectors".
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import merkle, subtrees
from showcause.transparency.errors import Inconsistent, LogError, Malformed

LARGEST = 130
HASHES = [merkle.leaf_hash(bytes([place])) for place in range(LARGEST)]
HASH_AT = merkle.in_memory(HASHES)


@cache
def naive_root(start: int, end: int) -> bytes:
    """MTH(D[start:end])."""
    if start == end:
        return sha256(b"").digest()
    if end - start == 1:
        return HASHES[start]
    k = largest_power_below(end - start)
    return sha256(b"\x01" + naive_root(start, start + k) + naive_root(start + k, end)).digest()


def naive_proof(start: int, end: int, left: int, right: int, *, whole: bool = True) -> list[bytes]:
    """SUBTREE_SUBPROOF(start, end, D[left:right], whole), with start and end counted from `left`."""
    n = right - left
    if (start, end) == (0, n):
        return [] if whole else [naive_root(left, right)]
    k = largest_power_below(n)
    if end <= k:
        return [*naive_proof(start, end, left, left + k, whole=whole), naive_root(left + k, right)]
    if k <= start:
        inner = naive_proof(start - k, end - k, left + k, right, whole=whole)
        return [*inner, naive_root(left, left + k)]
    return [*naive_proof(0, end - k, left + k, right, whole=False), naive_root(left, left + k)]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def all_subtrees(size: int) -> Iterator[tuple[int, int]]:
    """Every subtree of a tree, by the definition's own words, in the order of the published vectors."""
    for end in range(size + 1):
        for start in range(end + 1):
            ceiling = 1
            while ceiling < end - start:
                ceiling *= 2
            if start % ceiling == 0:
                yield start, end


def test_an_interval_is_a_subtree_exactly_where_the_definition_says_so() -> None:
    found = set(all_subtrees(LARGEST))
    for end in range(-1, LARGEST + 1):
        for start in range(-1, LARGEST + 1):
            assert subtrees.is_subtree(start, end) == ((start, end) in found)
    assert subtrees.is_subtree(0, 2**63 + 1)
    assert not subtrees.is_subtree(2**62, 2**63 + 1)


def test_every_subtree_hash_is_the_one_of_the_definition_and_of_the_published_vectors() -> None:
    said = sha256()
    for start, end in all_subtrees(LARGEST):
        found = subtrees.subtree_hash(start, end, HASH_AT)
        assert found == naive_root(start, end)
        said.update(f"[{start}, {end}) {found.hex()}\n".encode())
    assert said.hexdigest() == "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81"


def test_every_proof_of_every_tree_up_to_130_is_the_one_of_the_published_vectors_and_verifies() -> None:
    said = sha256()
    for size in range(LARGEST + 1):
        root = naive_root(0, size)
        for start, end in all_subtrees(size):
            proof = subtrees.subtree_proof(start, end, size, HASH_AT)
            said.update(
                " ".join([f"[{start}, {end}) {size}", *(each.hex() for each in proof)]).encode() + b"\n"
            )
            subtrees.verify_subtree(start, end, naive_root(start, end), size, root, proof)
    assert said.hexdigest() == "10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74"


def test_every_proof_up_to_40_is_the_one_of_the_definition_and_proves_nothing_else() -> None:
    for size in range(1, 41):
        root = naive_root(0, size)
        for start, end in all_subtrees(size):
            if start == end:
                continue
            proof = naive_proof(start, end, 0, size)
            assert list(subtrees.subtree_proof(start, end, size, HASH_AT)) == proof
            node = naive_root(start, end)
            wrong = [
                (node, [*proof, node]),
                (root[::-1], proof),
                *((node, proof[:at]) for at in range(len(proof))),
            ]
            wrong += [(node, [*proof[:at], proof[at][::-1], *proof[at + 1 :]]) for at in range(len(proof))]
            for other, path in wrong:
                with pytest.raises(Inconsistent):
                    subtrees.verify_subtree(start, end, other, size, root, path)


def test_a_subtree_from_the_first_leaf_is_a_prefix_and_one_of_a_single_leaf_is_that_leaf() -> None:
    for size in range(1, LARGEST + 1):
        for end in range(1, size + 1):
            prefix = subtrees.subtree_proof(0, end, size, HASH_AT)
            assert prefix == merkle.consistency_proof(end, size, HASH_AT)
            leaf = subtrees.subtree_proof(end - 1, end, size, HASH_AT)
            assert leaf == merkle.inclusion_proof(end - 1, size, HASH_AT)


@given(st.integers(1, LARGEST), st.data())
def test_a_proof_shown_for_another_place_or_another_tree_proves_nothing(
    size: int, data: st.DataObject
) -> None:
    places = [(start, end) for start, end in all_subtrees(size) if start < end]
    start, end = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([place for place in places if place != (start, end)] or [(0, size)]))
    proof = subtrees.subtree_proof(start, end, size, HASH_AT)
    if other != (start, end):
        with pytest.raises(LogError):
            subtrees.verify_subtree(*other, naive_root(start, end), size, naive_root(0, size), proof)
    with pytest.raises(LogError):
        subtrees.verify_subtree(start, end, naive_root(start, end), size, naive_root(0, size - 1), proof)


@pytest.mark.parametrize("start, end, size", [(1, 3, 8), (5, 8, 8), (4, 8, 7), (-1, 0, 4), (3, 2, 4)])
def test_what_is_no_subtree_of_the_tree_is_refused(start: int, end: int, size: int) -> None:
    with pytest.raises(Malformed):
        subtrees.subtree_proof(start, end, size, HASH_AT)
    with pytest.raises(Malformed):
        subtrees.verify_subtree(start, end, HASHES[0], size, HASHES[1], ())


def test_a_subtree_of_nothing_has_one_root_and_no_proof() -> None:
    subtrees.verify_subtree(3, 3, sha256(b"").digest(), 7, naive_root(0, 7), ())
    for node, proof in ((HASHES[0], ()), (sha256(b"").digest(), (HASHES[0],))):
        with pytest.raises(Inconsistent):
            subtrees.verify_subtree(3, 3, node, 7, naive_root(0, 7), proof)
