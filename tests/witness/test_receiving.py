"""A mirror takes entries from anybody, believes only what is proven, and cosigns only what it has stored.

Source: c2sp.org/tlog-mirror, "Updating a Mirror".
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from showcause.transparency import checkpoint, merkle, note, uploads
from showcause.transparency.errors import Inconsistent, Malformed
from showcause.transparency.subtrees import subtree_proof
from showcause.witness import asking, pulling, receiving
from showcause.witness.cosigning import SIZE as SIZE_TYPE
from showcause.witness.cosigning import Answer
from showcause.witness.mirroring import Mirror
from showcause.witness.receiving import Pending
from tests.transparency.logs import LOG_KEY, OTHER_KEY, Log, secret, signed
from tests.witness.uploading import (
    ENTRIES,
    HASHES,
    NAME,
    SIZE,
    added,
    body,
    opened_mirror,
    packages,
    question,
    sent,
    sound,
    stands,
    takes,
    vouched,
)

ORIGIN = LOG_KEY.name


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with opened_mirror(tmp_path) as made:
        yield made


def test_what_is_sent_whole_is_stored_served_and_cosigned(mirror: Mirror) -> None:
    added(mirror, SIZE)
    vouched(mirror, SIZE, sent(mirror, body(0, SIZE)))
    assert mirror.next_entry(ORIGIN) == SIZE


@pytest.mark.parametrize("size", [1, 255, 256, 257, 512, 700])
def test_a_log_of_any_size_is_taken_and_followed_as_it_grows(mirror: Mirror, size: int) -> None:
    added(mirror, size)
    vouched(mirror, size, sent(mirror, body(0, size)))
    added(mirror, SIZE)
    vouched(mirror, SIZE, sent(mirror, body(size, SIZE)))


def test_a_checkpoint_that_is_added_is_never_cosigned_and_serves_nothing(mirror: Mirror) -> None:
    added(mirror, 300, 300, SIZE)
    pending = mirror.pending(ORIGIN)
    assert {each.name for each in note.parse_note(pending.note).signatures} == {ORIGIN}
    assert mirror.served(ORIGIN) is None
    assert Pending(mirror).add_checkpoint(question(300, SIZE)) == Answer(409, f"{SIZE}\n", SIZE_TYPE)  # type: ignore[arg-type]  # a status is a number


def test_the_first_packages_alone_are_taken_and_the_rest_goes_on_from_there(mirror: Mirror) -> None:
    added(mirror, SIZE)
    assert stands(sent(mirror, body(0, SIZE, 2))) == (202, SIZE, 512)
    assert mirror.served(ORIGIN) is None
    assert stands(sent(mirror, body(512, SIZE, 1))) == (202, SIZE, 768)
    vouched(mirror, SIZE, sent(mirror, body(768, SIZE)))


def test_more_packages_than_a_request_may_hold_are_taken_with_another(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_PACKAGES", 2)
    added(mirror, SIZE)
    assert stands(sent(mirror, body(0, SIZE))) == (202, SIZE, 512)
    vouched(mirror, SIZE, sent(mirror, body(512, SIZE)))


def test_an_upload_may_break_off_at_any_byte_and_what_was_whole_is_kept(mirror: Mirror) -> None:
    whole, first = body(0, SIZE), len(body(0, SIZE, 1))
    added(mirror, SIZE)
    for cut in (0, 1, 2, 20, len(body(0, SIZE, 0)), first - 1):
        assert sent(mirror, whole[:cut]).status == 400, cut
        assert mirror.next_entry(ORIGIN) == 0
    assert stands(sent(mirror, whole[: first + 1000])) == (202, SIZE, 256)
    assert stands(sent(mirror, body(256, SIZE)[:-1])) == (202, SIZE, 768)
    assert mirror.served(ORIGIN) is None
    vouched(mirror, SIZE, sent(mirror, body(700, SIZE)))


def test_the_same_again_and_what_begins_within_a_bundle_change_nothing(mirror: Mirror) -> None:
    added(mirror, 300)
    vouched(mirror, 300, sent(mirror, body(0, 300)))
    for start in (0, 17, 256, 299, 300):
        vouched(mirror, 300, sent(mirror, body(start, 300)))
    added(mirror, SIZE)
    for start in (300, 300, 270, 0):
        vouched(mirror, SIZE, sent(mirror, body(start, SIZE)))


def test_whoever_asks_with_nothing_learns_where_to_begin(mirror: Mirror) -> None:
    added(mirror, SIZE)
    assert stands(sent(mirror, body(SIZE, SIZE))) == (409, SIZE, 0)
    sent(mirror, body(0, SIZE))
    vouched(mirror, SIZE, sent(mirror, body(SIZE, SIZE)))


def test_an_upload_for_an_older_checkpoint_is_good_until_a_newer_one_is_served(mirror: Mirror) -> None:
    added(mirror, 300, 600, SIZE)
    assert stands(sent(mirror, body(0, 300, 1))) == (202, 300, 256)
    vouched(mirror, 300, sent(mirror, body(256, 300)))
    assert stands(sent(mirror, body(300, 600, 1))) == (202, 600, 512)
    vouched(mirror, SIZE, sent(mirror, body(512, SIZE)))
    assert stands(sent(mirror, body(600, 600))) == (409, SIZE, SIZE)
    vouched(mirror, SIZE, sent(mirror, body(SIZE, SIZE)))


def test_a_smaller_checkpoint_is_served_from_what_larger_uploads_brought(mirror: Mirror) -> None:
    added(mirror, 300, 290 + 20, SIZE)
    sent(mirror, body(0, SIZE, 3))
    vouched(mirror, 300, sent(mirror, body(300, 300)))
    added_again = sent(mirror, body(310, 310))
    vouched(mirror, 310, added_again)


def test_checkpoints_of_long_ago_are_forgotten(mirror: Mirror) -> None:
    added(mirror, *range(1, 80))
    assert stands(sent(mirror, body(0, 3))) == (409, 79, 0)
    vouched(mirror, 70, sent(mirror, body(0, 70)))


# --- what is refused ------------------------------------------------------------------------------------------


def test_a_log_that_is_unknown_or_was_never_heard_of_is_refused_from_the_beginning_alone(
    mirror: Mirror,
) -> None:
    assert sent(mirror, body(0, SIZE, 0, origin=OTHER_KEY.name)).status == 404
    assert sent(mirror, body(0, SIZE, 0)).status == 422


@pytest.mark.parametrize(
    "start, end",
    [(1, SIZE), (0, SIZE - 1), (0, SIZE + 1), (0, 0), (SIZE + 1, SIZE + 1), (0, 2**63), (2**63, 2**64 - 1)],
)  # fmt: skip
def test_a_gap_and_an_end_that_was_never_added_are_conflicts(mirror: Mirror, start: int, end: int) -> None:
    added(mirror, SIZE)
    assert stands(sent(mirror, body(start, end, 0))) == (409, SIZE, 0)


def test_too_much_of_what_is_stored_already_is_a_conflict(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(mirror, SIZE)
    sent(mirror, body(0, SIZE))
    monkeypatch.setattr(receiving, "MOST_EXCESS", 256)
    assert stands(sent(mirror, body(SIZE - 257, SIZE))) == (409, SIZE, SIZE)
    assert sent(mirror, body(SIZE - 256, SIZE)).status == 200


def test_an_upload_that_ends_before_it_starts_is_none(mirror: Mirror) -> None:
    added(mirror, SIZE)
    head = uploads.Upload(ORIGIN, 3, 5).to_bytes()
    swapped = head[:-18] + head[-10:-2] + head[-18:-10] + head[-2:]
    assert sent(mirror, swapped).status == 400
    assert sent(mirror, b"\x00\x02\xff\xfe" + head[-18:]).status == 400


Broken = Callable[[uploads.Package], uploads.Package]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda each: replace(each, entries=(*each.entries[:-1], b"another")),
        lambda each: replace(each, entries=(b"", *each.entries[1:])),
        lambda each: replace(each, entries=(each.entries[1], each.entries[0], *each.entries[2:])),
        lambda each: replace(each, proof=each.proof[:-1]),
        lambda each: replace(each, proof=(*each.proof, each.proof[0])),
        lambda each: replace(each, proof=()),
        lambda each: replace(each, proof=(secret("x"),) * 63),
        lambda each: replace(each, proof=(each.proof[0][::-1], *each.proof[1:])),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 2])
def test_a_package_that_is_not_proven_is_refused_and_nothing_of_it_is_stored(
    mirror: Mirror, wrong: Broken, place: int
) -> None:
    added(mirror, SIZE)
    sending = [wrong(each) if at == place else each for at, each in enumerate(packages(0, SIZE))]
    forged = uploads.Upload(ORIGIN, 0, SIZE).to_bytes() + b"".join(each.to_bytes() for each in sending)
    assert sent(mirror, forged).status == 422
    assert mirror.next_entry(ORIGIN) == 256 * place
    vouched(mirror, SIZE, sent(mirror, body(256 * place, SIZE)))


def test_a_proof_of_too_many_hashes_is_not_read(mirror: Mirror) -> None:
    added(mirror, SIZE)
    first = next(packages(0, SIZE))
    head = uploads.Upload(ORIGIN, 0, SIZE).to_bytes()
    entries = replace(first, proof=()).to_bytes()[:-1]
    assert sent(mirror, head + entries + b"\x40" + secret("x") * 64).status == 400
    assert mirror.next_entry(ORIGIN) == 0


def test_proven_packages_of_another_history_are_refused_and_its_checkpoint_is_evidence(
    mirror: Mirror,
) -> None:
    added(mirror, 300)
    sent(mirror, body(0, 300))
    others = [*HASHES[:299], secret("other"), *HASHES[300:]]
    forged = checkpoint.Checkpoint(ORIGIN, SIZE, merkle.root_of(others))
    proof = merkle.consistency_proof(300, SIZE, merkle.in_memory(others))
    assert Pending(mirror).add_checkpoint(asking.write(300, proof, signed(forged))).status == 422
    assert len(mirror.memory.forks(ORIGIN)) == 1
    assert stands(sent(mirror, body(300, SIZE, 0))) == (409, 300, 300)
    sound(mirror, 300)


# --- several at once, and both ways ------------------------------------------------------------------------------


def test_several_uploads_at_once_bring_one_sound_copy(mirror: Mirror) -> None:
    added(mirror, 300, SIZE)
    bodies = [body(0, SIZE), body(0, 300), body(0, SIZE, 3), body(0, SIZE), body(0, SIZE)[:-5]]
    answers: list[Answer] = []
    sending = [
        threading.Thread(target=lambda data=data: answers.append(sent(mirror, data))) for data in bodies
    ]
    for each in sending:
        each.start()
    for each in sending:
        each.join()
    assert len(answers) == len(bodies)
    assert {int(each.status) for each in answers} <= {200, 202, 409}
    vouched(mirror, SIZE, sent(mirror, body(SIZE, SIZE)))


def test_a_smaller_tree_is_never_served_after_a_larger_one(mirror: Mirror) -> None:
    added(mirror, 300, SIZE)
    sent(mirror, body(0, SIZE))
    assert mirror.finish(ORIGIN, 300) is None
    sound(mirror, SIZE)


def test_what_is_fetched_and_what_is_sent_end_in_one_copy(mirror: Mirror) -> None:
    keys = [LOG_KEY.verifier]
    pulling.copy(mirror, ORIGIN, keys, Log(ENTRIES[:300]).files().get)
    assert mirror.pending(ORIGIN).size == 300
    added(mirror, 600)
    assert stands(sent(mirror, body(300, 600, 1))) == (202, 600, 512)
    assert pulling.copy(mirror, ORIGIN, keys, Log(ENTRIES[:700]).files().get).new == 400
    sound(mirror, 700)
    added(mirror, SIZE)
    vouched(mirror, SIZE, sent(mirror, body(700, SIZE)))
    with pytest.raises(Inconsistent):
        pulling.copy(mirror, ORIGIN, keys, Log(ENTRIES[:700]).files().get)


def test_a_log_that_publishes_another_history_than_it_signed_is_not_fetched(mirror: Mirror) -> None:
    added(mirror, 300, SIZE)
    keys, other = [LOG_KEY.verifier], [*ENTRIES[:20], ENTRIES[-1], *ENTRIES[21:]]
    for size in (SIZE, 300):
        with pytest.raises(Inconsistent):
            pulling.copy(mirror, ORIGIN, keys, Log(other[:size]).files().get)
    assert len(mirror.memory.forks(ORIGIN)) == 2
    assert mirror.served(ORIGIN) is None
    assert pulling.copy(mirror, ORIGIN, keys, Log(ENTRIES[:300]).files().get).size == 300
    assert mirror.pending(ORIGIN).size == SIZE


def test_a_copy_of_an_older_version_is_continued_and_nothing_else(tmp_path: Path) -> None:
    """Before checkpoints could be added, a mirror remembered only the files that it served."""
    with opened_mirror(tmp_path) as mirror:
        pulling.copy(mirror, ORIGIN, [LOG_KEY.verifier], Log(ENTRIES[:300]).files().get)
        mirror.memory._connection.executescript("DELETE FROM seen; DELETE FROM pending; DELETE FROM stored")
        assert Pending(mirror).add_checkpoint(question(0, SIZE)).body == "300\n"
        vouched(mirror, 300, sent(mirror, body(300, 300)))
        added(mirror, SIZE)
        vouched(mirror, SIZE, sent(mirror, body(300, SIZE)))


# --- what the disk loses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["tile/entries/001", "tile/0/001", "tile/0/002", "tile/entries/000"])
def test_a_file_that_was_lost_is_sent_again_before_anything_is_cosigned(mirror: Mirror, lost: str) -> None:
    added(mirror, SIZE)
    sent(mirror, body(0, SIZE, 3))
    (mirror.copies.place(ORIGIN) / lost).unlink()
    status, size, following = stands(sent(mirror, body(768, SIZE)))
    assert (status, size) == (409, SIZE)
    assert following == int(lost[-3:]) * 256
    assert mirror.served(ORIGIN) is None
    vouched(mirror, SIZE, sent(mirror, body(following, SIZE)))


def test_a_bundle_that_is_lost_while_it_grows_is_sent_again(mirror: Mirror) -> None:
    added(mirror, 300)
    sent(mirror, body(0, 300))
    (mirror.copies.place(ORIGIN) / "tile/entries/001.p/44").unlink()
    added(mirror, SIZE)
    assert stands(sent(mirror, body(300, SIZE))) == (409, SIZE, 256)
    vouched(mirror, SIZE, sent(mirror, body(256, SIZE)))


def test_a_hash_that_the_disk_changed_is_not_cosigned(mirror: Mirror) -> None:
    added(mirror, SIZE)
    sent(mirror, body(0, SIZE, 3))
    file = mirror.copies.place(ORIGIN) / "tile/0/001"
    file.write_bytes(b"\x00" + file.read_bytes()[1:])
    with pytest.raises(Inconsistent):
        sent(mirror, body(768, SIZE))
    assert mirror.served(ORIGIN) is None


def test_a_copy_of_many_bundles_has_every_tile_above_them(tmp_path: Path) -> None:
    """65,536 entries fill a tile of the second level; the smallest entries make that quick."""
    entries = [b"%d" % place for place in range(66_000)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    hash_at = merkle.in_memory(hashes)
    with opened_mirror(tmp_path) as mirror:
        # What stands before is put there as if it had been sent, without waiting for the disk 500 times.
        whole = 65_024
        log = Log(entries[:whole])
        for path, data in log.files().items():
            if path != "checkpoint":
                file = mirror.copies.place(ORIGIN) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        mirror.memory.keep_stored(ORIGIN, whole)
        big = checkpoint.Checkpoint(ORIGIN, len(entries), merkle.root_of(hashes))
        assert Pending(mirror).add_checkpoint(asking.write(0, (), signed(big))).status == 200
        upload = uploads.Upload(ORIGIN, whole, len(entries))
        sending = []
        for span in upload.spans():
            proof = subtree_proof(span.first, span.end, len(entries), hash_at)
            sending.append(uploads.Package(tuple(entries[span.start : span.end]), proof).to_bytes())
        answer = sent(mirror, upload.to_bytes() + b"".join(sending))
        assert answer.status == 200
        assert NAME in answer.body
        wanted = Log(entries).files()
        read = mirror.copies.read(ORIGIN)
        assert [path for path, data in wanted.items() if path != "checkpoint" and read(path) != data] == []


def test_what_is_sent_can_be_read_again_as_it_was_written() -> None:
    upload = uploads.Upload(ORIGIN, 300, SIZE, b"ticket")
    data = upload.to_bytes() + b"".join(each.to_bytes() for each in packages(300, SIZE))
    take = takes(data)
    assert uploads.read_upload(take) == upload
    read = [uploads.read_package(take, span) for span in upload.spans()]
    assert read == list(packages(300, SIZE))
    assert list(islice(upload.spans(), 2)) == [
        uploads.Span(256, 300, 512),
        uploads.Span(512, 512, 768),
    ]
    with pytest.raises(uploads.Cut):
        take(1)


@pytest.mark.parametrize(
    "text",
    [b"", b"1\n2\n",
     b"1\n2\n\n\n", b"01\n2\n\n", b"1\n-2\n\n", b"1\n2\nx\n", b"1\n2\nAA=\n", b"\xff\n2\n\n", b"1\r\n2\n\n"],
)  # fmt: skip
def test_what_is_no_answer_of_a_mirror_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        uploads.parse_mirror_info(text)
    assert str(uploads.parse_mirror_info(b"7\n5\naGk=\n")) == "7\n5\naGk=\n"
