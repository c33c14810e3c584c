"""Checking the log: whatever is changed behind its back is found, and the finding says where."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from showcause.casework import hearing, lodging
from showcause.casework.log import ledger, public_log, signing
from showcause.casework.log.fsck import FsckReport, KnownHead, fsck, verify_public
from showcause.casework.log.publishing import leaf_with_document
from showcause.casework.ports import Head
from showcause.domain.enforcement import Enforcement
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectRecord
from showcause.store.store import Store
from showcause.transparency.kinds import Kind
from showcause.transparency.leaf import Numbers
from showcause.transparency.merkle import Peaks, leaf_hash
from tests.casework import floods
from tests.databases import Raw, raw
from tests.house import PLATFORM, House, opened_house
from tests.logbook import Book, leaf, opened_book, secret


@pytest.fixture
def book(sqlite_store: Store, tmp_path: Path) -> Iterator[Book]:
    (tmp_path / "signer").mkdir()
    yield from opened_book(sqlite_store, tmp_path / "signer")


@pytest.fixture
def filed(sqlite_store: Store, tmp_path: Path) -> Iterator[House]:
    """A whole house in a SQLite file, so that somebody can reach into it."""
    with opened_house(sqlite_store, tmp_path) as opened:
        yield opened


def checked(store: Store, *heads: KnownHead) -> list[tuple[str, str]]:
    """Check the log alone and return where something was found, and what."""
    return brief(fsck(store, heads, records=False))


def brief(report: FsckReport) -> list[tuple[str, str]]:
    assert report.finding_count == len(report.findings)
    assert report.sound == (not report.findings)
    return [(finding.where, finding.code) for finding in report.findings]


def disarm(db: Raw) -> None:
    """Drop all triggers, as somebody with the file in hand can."""
    for (name,) in db.run("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        db.run(f'DROP TRIGGER "{name}"')


def change(store: Store, sql: str, *values: object) -> None:
    """Change rows behind the back of the product."""
    with raw(store) as db:
        disarm(db)
        db.run(sql, *values)


@pytest.mark.parametrize("sizes", [(), (1,), (255, 1), (256,), (257, 300), (600, 1, 1)])
def test_an_untouched_log_is_sound(book: Book, sizes: tuple[int, ...]) -> None:
    for n in sizes:
        book.write(n)
    report = fsck(book.store, records=False)
    assert brief(report) == []
    assert report.size == sum(sizes) == sum(report.kinds.values())


def test_a_log_that_fills_a_tile_of_the_second_level_is_sound(book: Book) -> None:
    one = leaf("one")
    many = [
        ledger.Encoded(id_, one.data.replace(one.id.encode(), id_.encode()))
        for id_ in map("{:032x}".format, range(65_836))
    ]
    for start, stop in ((0, 40_000), (40_000, 65_535), (65_535, 65_536), (65_536, 65_836)):
        appended(book, *many[start:stop])
    seen: list[int] = []
    assert brief(fsck(book.store, records=False, progress=lambda done, of: seen.append(done))) == []
    assert seen[-1] == 65_836
    change(book.store, "UPDATE log_tile SET hashes = zeroblob(8192) WHERE level = 1 AND n = 0")
    assert checked(book.store) == [("tile 1/0", "tile")]
    head = book.sign()
    assert head.size == 65_836


PLACES = (
    ("log_entry", "leaf", "idx", (0, 100, 255, 256, 599)),
    ("log_entry", "hash", "idx", (0, 100, 255, 256, 599)),
    ("log_tile", "hashes", "n", (0, 1)),
    ("log_tile", "root", "n", (0, 1)),
    ("log_state", "root", "id", (1,)),
    ("log_state", "peaks", "id", (1,)),
)


@pytest.mark.parametrize("table, column, key, which", PLACES)
def test_a_flipped_bit_anywhere_is_found_where_it_is(
    book: Book, table: str, column: str, key: str, which: tuple[int, ...]
) -> None:
    book.write(600)
    dice = random.Random(f"{table}.{column}")
    for place in which:
        with raw(book.store) as db:
            disarm(db)
            [(whole,)] = db.run(f"SELECT {column} FROM {table} WHERE {key} = ?", place)
        for at in (0, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(3))):
            flipped = bytearray(whole)
            flipped[at] ^= 1 << dice.randrange(8)
            change(book.store, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", bytes(flipped), place)
            found = checked(book.store)
            assert expected(table, column, place) in found, (place, at, found)
            assert strangers(table, place, found) == []
        change(book.store, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", whole, place)
        assert checked(book.store) == []


def expected(table: str, column: str, place: int) -> tuple[str, str]:
    match table, column:
        case "log_entry", _:
            return f"entry {place}", "hash"
        case "log_tile", _:
            return f"tile 0/{place}", {"hashes": "tile", "root": "root"}[column]
        case _:
            return "head", {"root": "root", "peaks": "edge"}[column]


def strangers(table: str, place: int, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Findings about other entries than the one that was changed; what stands above it may be named, too."""
    return [
        (where, code) for where, code in found if where.startswith("entry ") and where != f"entry {place}"
    ]


def test_other_hands_find_the_same_in_the_same_order(book: Book) -> None:
    """More entries than a hand has at once, damaged in several ways, and then with a hole."""
    book.write(2_400)
    appended(book, ledger.Encoded("0" * 32, b"hello"))
    for sql in (
        "UPDATE log_entry SET hash = zeroblob(32) WHERE idx IN (0, 1023, 1024)",
        "UPDATE log_entry SET leaf = zeroblob(9) WHERE idx = 300",
        "UPDATE log_entry SET leaf_id = 'x' WHERE idx = 2399",
        "UPDATE log_tile SET root = zeroblob(32) WHERE n = 5",
    ):
        change(book.store, sql)
    below_1024 = [
        ("entry 0", "hash"),
        *(("entry 300", code) for code in ("hash", "log_malformed")),
        *(("tile 0/1", code) for code in ("tile", "root")),
        ("entry 1023", "hash"),
    ]
    beyond = [
        ("entry 1024", "hash"),
        ("tile 0/5", "root"),
        ("entry 2399", "id"),
        ("entry 2400", "log_malformed"),
        *(("head", code) for code in ("root", "edge")),
    ]
    for hands in (0, 2):
        assert brief(fsck(book.store, records=False, hands=hands)) == [*below_1024, *beyond]
    change(book.store, "DELETE FROM log_entry WHERE idx = 1024")
    for hands in (0, 2):
        found = brief(fsck(book.store, records=False, hands=hands))
        assert found == [*below_1024, ("entry 1024", "missing")]


def test_other_hands_read_the_records_too(house: House) -> None:
    house.suspended("sam")
    house.wait(hours=1)
    alone, shared = (fsck(house.store, hands=hands) for hands in (0, 1))
    assert alone == shared
    assert alone.sound


def test_a_leaf_and_its_hash_exchanged_together_contradict_the_tree(book: Book) -> None:
    book.write(600)
    forged = leaf("forged")
    sql = "UPDATE log_entry SET leaf = ?, hash = ?, leaf_id = ? WHERE idx = 7"
    change(book.store, sql, forged.data, forged.hash, forged.id)
    assert checked(book.store) == [
        ("tile 0/0", "tile"),
        ("tile 0/0", "root"),
        ("head", "root"),
        ("head", "edge"),
    ]


def test_a_whole_forged_log_contradicts_what_was_signed(book: Book) -> None:
    book.write(300)
    signed = book.sign()
    forged = leaf("forged")
    with raw(book.store) as db:
        disarm(db)
        sql = "UPDATE log_entry SET leaf = ?, hash = ?, leaf_id = ? WHERE idx = 299"
        db.run(sql, forged.data, forged.hash, forged.id)
        peaks = Peaks().append(bytes(row[0]) for row in db.run("SELECT hash FROM log_entry ORDER BY idx"))
        db.run("UPDATE log_state SET root = ?, peaks = ?", peaks.root(), peaks.to_bytes())
    assert checked(book.store) == []
    signer = KnownHead("signer", Head(signed.size, signed.root))
    assert checked(book.store, signer) == [("head signer", "history")]


def test_promised_heads_lie_on_the_log(book: Book) -> None:
    known = [KnownHead("start", Head(0, Peaks().root()))]
    for n in (1, 254, 1, 1, 300):
        book.write(n)
        head = book.sign()
        known.append(KnownHead(f"at {head.size}", Head(head.size, head.root)))
    assert checked(book.store, *known) == []
    wrong = [KnownHead(each.name, replace(each.head, root=secret("x"))) for each in known]
    assert checked(book.store, *wrong) == [(f"head {each.name}", "history") for each in wrong]


def test_a_signer_that_is_ahead_is_named(book: Book) -> None:
    book.write(5)
    ahead = KnownHead("signer", Head(9, secret("root")))
    assert checked(book.store, ahead) == [("head signer", "behind")]


def test_missing_and_surplus_rows_are_named(book: Book) -> None:
    book.write(600)
    with raw(book.store) as db:
        disarm(db)
        rows = db.run("SELECT * FROM log_entry WHERE idx = 300")
        db.run("DELETE FROM log_entry WHERE idx = 300")
    assert checked(book.store) == [("entry 300", "missing")]
    with raw(book.store) as db:
        db.run("INSERT INTO log_entry VALUES (?, ?, ?, ?)", *rows[0])
        more = leaf("more")
        db.run("INSERT INTO log_entry VALUES (600, ?, ?, ?)", more.id, more.hash, more.data)
        db.run("INSERT INTO log_tile (level, n, hashes, root) VALUES (0, 2, ?, ?)", bytes(8192), bytes(32))
    assert checked(book.store) == [("entry 600", "beyond"), ("tile 0/2", "beyond")]
    change(book.store, "DELETE FROM log_tile WHERE n = 1")
    assert ("tile 0/1", "missing") in checked(book.store)


def test_an_entry_filed_under_a_wrong_id_is_named(book: Book) -> None:
    book.write(3)
    change(book.store, "UPDATE log_entry SET leaf_id = ? WHERE idx = 1", "0" * 32)
    assert checked(book.store) == [("entry 1", "id")]


def appended(book: Book, *encoded: ledger.Encoded) -> None:
    with book.store.transaction() as tx:
        for each in encoded:
            tx.draft(each)
        ledger.append(tx)


def test_order_numbers_with_gap_or_repeat_are_named(book: Book) -> None:
    for first, count in ((1, 2), (3, 1), (5, 1), (5, 2), (7, 1)):
        appended(book, leaf(f"decision {book.size}", "decision", numbers=Numbers("garden", first, count)))
    report = fsck(book.store, records=False)
    assert brief(report) == [("entry 2", "numbers"), ("entry 3", "numbers")]
    assert report.numbers == {"garden": 7}


def test_a_reference_to_nothing_is_named(book: Book) -> None:
    appended(book, leaf("effect", "effect", re=secret("nowhere").hex()[:32]))
    assert checked(book.store) == [("entry 0", "dangling")]


def test_an_entry_that_is_no_leaf_is_named(book: Book) -> None:
    appended(book, ledger.Encoded("0" * 32, b"hello"))
    assert checked(book.store) == [("entry 0", "log_malformed")]


def test_what_waits_behind_a_fence_is_read_too(book: Book) -> None:
    book.write(3)
    signing.fence(book.store)
    book.write(2)
    report = fsck(book.store, records=False)
    assert (brief(report), report.fenced, report.waiting, report.size) == ([], True, 2, 3)
    change(book.store, "UPDATE log_state SET fenced = 0")
    assert checked(book.store) == [("queue", "waiting")]


def test_a_check_writes_nothing(book: Book) -> None:
    book.write(300)
    with raw(book.store) as db:
        before = [
            db.run(f"SELECT * FROM {table}") for table in ("log_entry", "log_tile", "log_state", "journal")
        ]
    change(book.store, "UPDATE log_entry SET hash = ? WHERE idx = 3", secret("x"))
    fsck(book.store)
    change(book.store, "UPDATE log_entry SET hash = ? WHERE idx = 3", leaf_hash(book.data()[3]))
    with raw(book.store) as db:
        assert before == [
            db.run(f"SELECT * FROM {table}") for table in ("log_entry", "log_tile", "log_state", "journal")
        ]


# --- the log against the records ---------------------------------------------------------------------------


def test_a_house_after_a_day_of_work_is_sound(house: House) -> None:
    """Two suspensions, one of them appealed and reversed."""
    house.suspended("sam")
    appeal = house.run(lodging.lodge, house.suspended("tom").reference, "This was not me.")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "It was not him.")
    house.wait(hours=1)
    report = fsck(house.store, [KnownHead("signer", house.signer.last())])
    assert brief(report) == []
    assert (report.kinds["decision"], report.kinds["reversal"], report.kinds["appeal"]) == (2, 1, 2)
    assert report.kinds["effect"] == 3
    assert report.numbers == {"plaza": 2}


def test_a_campaign_is_sound_before_and_after_its_one_effect_and_after_its_end(house: House) -> None:
    made = floods.commit(house, floods.propose(house, floods.flood(house, 101)))
    assert brief(fsck(house.store)) == []
    floods.carry_out(house)
    assert brief(fsck(house.store)) == []
    for item in (made.items[7], made.items[9]):
        appeal = house.run(lodging.lodge, item.reference, "It was a joke.")
        house.run(hearing.claim, appeal.id, "dan")
        house.run(hearing.reverse, appeal.id, "dan", "It was a joke among friends.")
    floods.carry_out(house)
    house.wait(hours=1)
    assert brief(fsck(house.store)) == []


def test_an_order_of_a_campaign_that_differs_from_its_one_effect_is_an_alarm(filed: House) -> None:
    floods.decide(filed, 101)
    enforcement = filed.all(Enforcement)[50]
    change(filed.store, "UPDATE enforcements SET state = 'failed' WHERE id = ?", enforcement.id)
    assert brief(fsck(filed.store)) == [(f"enforcement {enforcement.id}", "effect")]


def test_the_urgent_lane_is_sound_when_it_entered_and_when_it_lapsed(house: House) -> None:
    house.platform.urgent(
        house.urgent_token("bea"), Urgent.THREAT_TO_LIFE, house.account("mad-max"), Measure.SUSPEND
    )
    house.worker.enter_urgent(PLATFORM)
    house.work()
    assert brief(fsck(house.store)) == []
    house.wait(hours=24)
    house.wait(seconds=1)
    assert brief(fsck(house.store)) == []


def test_a_held_decision_whose_deadline_passed_is_sound(house: House) -> None:
    house.propose(house.case_of(house.report(house.account("sam"))), rung="suspend")
    house.wait(hours=5)
    assert "hold" in house.log_kinds()
    assert brief(fsck(house.store)) == []


def test_a_decision_set_in_force_by_hand_is_an_alarm(filed: House) -> None:
    proposed = filed.propose(filed.case_of(filed.report(filed.account("sam"))), rung="suspend")
    change(filed.store, "UPDATE decisions SET state = 'in-force' WHERE id = ?", proposed.id)
    assert brief(fsck(filed.store)) == [(f"decision {proposed.id}", "not-logged")]


def test_a_decision_taken_back_by_hand_is_an_alarm(filed: House) -> None:
    decided = filed.suspended()
    change(filed.store, "UPDATE decisions SET state = 'returned' WHERE id = ?", decided.id)
    assert brief(fsck(filed.store)) == [(f"decision {decided.id}", "decided")]


@pytest.mark.parametrize("state", ["pending", "drifted", "lifting"])
def test_states_that_may_follow_what_was_logged_are_no_alarm(filed: House, state: str) -> None:
    filed.suspended()
    change(filed.store, f"UPDATE enforcements SET state = '{state}'")
    assert brief(fsck(filed.store)) == []


@pytest.mark.parametrize("state", ["failed", "cancelled", "lifted", "stuck", "permanent"])
def test_an_enforcement_that_differs_from_its_effect_in_the_log_is_an_alarm_and_stays(
    filed: House, state: str
) -> None:
    filed.suspended()
    [enforcement] = filed.all(Enforcement)
    change(filed.store, f"UPDATE enforcements SET state = '{state}'")
    assert brief(fsck(filed.store)) == [(f"enforcement {enforcement.id}", "effect")]
    assert filed.all(Enforcement)[0].state == state


def test_a_decision_that_vanished_is_an_alarm(filed: House) -> None:
    decided = filed.suspended()
    change(filed.store, "DELETE FROM decisions WHERE id = ?", decided.id)
    assert (f"leaf {decided.leaf}", "no-decision") in brief(fsck(filed.store))


def test_a_note_that_vanished_leaves_its_entry_unexplained(filed: House) -> None:
    decided = filed.suspended()
    change(filed.store, "DELETE FROM leaf_notes WHERE id = ?", decided.leaf)
    assert brief(fsck(filed.store)) == [(f"leaf {decided.leaf}", "unexplained")]


def test_numbers_that_were_given_and_never_logged_are_an_alarm(filed: House) -> None:
    filed.suspended()
    change(filed.store, "UPDATE platforms SET last_number = 5")
    assert brief(fsck(filed.store)) == [("platform plaza", "numbers")]


def test_a_document_changed_or_gone_is_named(filed: House) -> None:
    with raw(filed.store) as db:
        disarm(db)
        [(id_,)] = db.run("SELECT id FROM documents ORDER BY seq LIMIT 1")
        db.run("UPDATE documents SET body = json_set(body, '$.text', 'another') WHERE id = ?", id_)
    assert brief(fsck(filed.store)) == [(f"document {id_}", "document")]
    change(filed.store, "DELETE FROM documents WHERE id = ?", id_)
    assert [code for _, code in brief(fsck(filed.store))] == ["no-document"]


def test_a_forgotten_person_is_no_alarm(house: House) -> None:
    decided = house.suspended()
    [subject] = house.all(SubjectRecord, id=decided.subject)
    house.store.keys.forget(subject.owner)
    assert brief(fsck(house.store)) == []


# --- the public folder --------------------------------------------------------------------------------------


def test_the_public_folder_of_a_house_verifies_with_its_documents(house: House, tmp_path: Path) -> None:
    house.suspended()
    head = signing.sign_head(house.store, house.signer)
    assert head is not None
    folder = tmp_path / "public"
    folder.mkdir()
    public_log.publish(house.store, folder, head, house.signer.verifier_key, house.clock())
    report = verify_public(folder, house.trusted)
    assert report.sound
    assert report.documents > 5
    assert report.log.entries == head.size


def test_a_flipped_byte_in_any_public_file_is_found(book: Book, tmp_path: Path) -> None:
    book.write(600)
    with book.store.transaction() as tx:
        leaf_with_document(
            tx, book.clock(), lambda: "ab" * 16, Kind.SETTING, {"a": "b"}, about="ab" * 16, by=None, event="x"
        )
        ledger.append(tx)
    folder = tmp_path / "public"
    folder.mkdir()
    public_log.publish(book.store, folder, book.sign(), book.signer.verifier_key, book.clock())
    assert verify_public(folder, book.policy).sound
    dice = random.Random(1)
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != "key"):
        whole = path.read_bytes()
        for at in (0, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(10))):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert not verify_public(folder, book.policy).sound, (path, at)
        path.write_bytes(whole)
    assert verify_public(folder, book.policy).sound


def test_a_missing_public_file_is_found(book: Book, tmp_path: Path) -> None:
    book.write(600)
    folder = tmp_path / "public"
    folder.mkdir()
    public_log.publish(book.store, folder, book.sign(), book.signer.verifier_key, book.clock())
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != "key"):
        whole = path.read_bytes()
        path.unlink()
        assert not verify_public(folder, book.policy).sound, path
        path.write_bytes(whole)
