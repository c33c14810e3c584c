"""Trees against the definitions of RFC 6962 written down naively, for every size up to 600."""

from contextlib import suppress
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency import merkle
from showcause.transparency.errors import Inconsistent, Malformed, Unverified

SIZES = range(1, 601)
HASHES = [merkle.leaf_hash(b"entry %d" % i) for i in range(SIZES.stop)]
HASH_AT = merkle.in_memory(HASHES)


@cache
def naive_root(start: int, end: int) -> bytes:
    """RFC 6962 section 2.1: MTH(D[start:end])."""
    if end - start == 1:
        return HASHES[start]
    k = largest_power_below(end - start)
    return sha256(b"\x01" + naive_root(start, start + k) + naive_root(start + k, end)).digest()


def naive_path(m: int, start: int, end: int) -> list[bytes]:
    """RFC 6962 section 2.1.1: PATH(m, D[start:end])."""
    if end - start == 1:
        return []
    k = largest_power_below(end - start)
    if m < k:
        return [*naive_path(m, start, start + k), naive_root(start + k, end)]
    return [*naive_path(m - k, start + k, end), naive_root(start, start + k)]


def naive_subproof(m: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2: SUBPROOF(m, D[start:end], whole)."""
    if m == end - start:
        return [] if whole else [naive_root(start, end)]
    k = largest_power_below(end - start)
    if m <= k:
        return [*naive_subproof(m, start, start + k, whole=whole), naive_root(start + k, end)]
    return [*naive_subproof(m - k, start + k, end, whole=False), naive_root(start, start + k)]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert merkle.Peaks().root() == merkle.root_of([]) == merkle.root_at(0, HASH_AT) == sha256(b"").digest()


def test_every_root_up_to_600_is_the_one_of_the_definition() -> None:
    peaks = merkle.Peaks()
    for size in SIZES:
        peaks = peaks.append([HASHES[size - 1]])
        assert peaks.root() == merkle.root_at(size, HASH_AT) == naive_root(0, size)


@pytest.mark.parametrize("part", range(4))
def test_every_inclusion_proof_up_to_600_is_the_one_of_the_definition_and_holds(part: int) -> None:
    for size in SIZES[part::4]:
        root = naive_root(0, size)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, HASH_AT)
            assert list(proof) == naive_path(index, 0, size)
            merkle.verify_inclusion(HASHES[index], index, size, proof, root)


@pytest.mark.parametrize("part", range(4))
def test_every_consistency_proof_up_to_600_is_the_one_of_the_definition_and_holds(part: int) -> None:
    for new in SIZES[part::4]:
        root = naive_root(0, new)
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(old, new, HASH_AT)
            assert list(proof) == naive_subproof(old, 0, new, whole=True)
            merkle.verify_consistency(old, naive_root(0, old), new, root, proof)


def test_no_leaf_can_be_proven_at_another_place_or_in_another_tree() -> None:
    for size in range(1, 34):
        root = naive_root(0, size)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, HASH_AT)
            wrong = [(HASHES[index], other, size, root) for other in range(size) if other != index]
            wrong += [
                (HASHES[index + 1], index, size, root),
                (HASHES[index], index, size, naive_root(0, size + 1)),
            ]
            wrong += [(HASHES[index], index, other, root) for other in (0, index)]
            for leaf, place, claimed, top in wrong:
                with pytest.raises(Unverified):
                    merkle.verify_inclusion(leaf, place, claimed, proof, top)


def test_a_proof_is_as_long_as_the_claimed_tree_is_high() -> None:
    """A valid proof must not be passed off for a tree of another height that would have the same root."""
    two, three, four = (naive_root(0, size) for size in (2, 3, 4))
    with pytest.raises(Unverified):
        merkle.verify_inclusion(HASHES[1], 0, 1, [HASHES[0]], two)
    path = merkle.inclusion_proof(0, 2, HASH_AT)
    with pytest.raises(Unverified):
        merkle.verify_inclusion(HASHES[0], 0, 4, path, two)
    steps = merkle.consistency_proof(3, 4, HASH_AT)
    merkle.verify_consistency(3, three, 4, four, steps)
    with pytest.raises(Inconsistent):
        merkle.verify_consistency(3, three, 8, four, steps)
    higher = merkle.consistency_proof(7, 8, HASH_AT)
    with pytest.raises(Inconsistent):
        merkle.verify_consistency(3, naive_root(0, 7), 4, naive_root(0, 8), higher)
    with pytest.raises(Inconsistent):
        merkle.verify_consistency(1, HASHES[1], 2, two, [HASHES[0], HASHES[0]])


@given(st.integers(1, 600), st.data())
def test_a_proof_with_one_hash_changed_dropped_or_added_proves_nothing(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion_proof(index, size, HASH_AT))
    place = data.draw(st.integers(0, len(proof)))
    spoiled = [[*proof[:place], bytes(32), *proof[place:]], [*proof, b""]]
    if place < len(proof):
        spoiled += [proof[:place] + proof[place + 1 :], [*proof[:place], bytes(32), *proof[place + 1 :]]]
    for changed in spoiled:
        with pytest.raises(Unverified):
            merkle.verify_inclusion(HASHES[index], index, size, changed, naive_root(0, size))


@given(st.integers(1, 600), st.data())
def test_a_tree_that_was_rewritten_is_never_consistent_with_what_it_was(
    new: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, new))
    forged = list(HASHES[:new])
    forged[data.draw(st.integers(0, old - 1))] = merkle.leaf_hash(b"forged")
    proof = merkle.consistency_proof(old, new, merkle.in_memory(forged))
    for path in (proof, merkle.consistency_proof(old, new, HASH_AT)):
        with pytest.raises(Inconsistent):
            merkle.verify_consistency(old, naive_root(0, old), new, merkle.root_of(forged), path)


@pytest.mark.parametrize("proof", [[bytes(32)], [bytes(31)], [b""] * 3, [bytes(32)] * 65])
@pytest.mark.parametrize("sizes", [(0, 0), (0, 5), (5, 5), (4, 8), (3, 8), (9, 8), (-1, 8)])
def test_a_consistency_proof_of_the_wrong_shape_is_refused(
    sizes: tuple[int, int], proof: list[bytes]
) -> None:
    old, new = sizes
    with pytest.raises(Inconsistent):
        merkle.verify_consistency(old, naive_root(0, max(old, 1)), new, naive_root(0, max(new, 1)), proof)


@given(st.lists(st.integers(0, 300), max_size=6))
def test_the_right_edge_is_the_same_however_the_leaves_arrive(batches: list[int]) -> None:
    peaks, taken = merkle.Peaks(), 0
    for batch in batches:
        batch = min(batch, 600 - taken)
        peaks, taken = peaks.append(HASHES[taken : taken + batch]), taken + batch
        assert merkle.Peaks.from_bytes(peaks.to_bytes()) == peaks
    assert peaks == merkle.Peaks().append(HASHES[:taken])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_right_edge_are_refused(data: bytes) -> None:
    with suppress(Malformed):
        assert merkle.Peaks.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize("index, size", [(0, 0), (5, 5), (-1, 5)])
def test_a_proof_of_a_leaf_that_is_not_there_is_refused(index: int, size: int) -> None:
    with pytest.raises(Malformed):
        merkle.inclusion_proof(index, size, HASH_AT)


def test_a_tree_is_not_a_prefix_of_a_smaller_one() -> None:
    with pytest.raises(Malformed):
        merkle.consistency_proof(6, 5, HASH_AT)
