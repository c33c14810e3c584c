"""Guarantee 12: no raw identifier and no personal text in the log, the records, the jobs or the log lines.

A whole story is played with words that stand nowhere else; then every file of the house is searched for them.
"""

import base64
import logging
from pathlib import Path

import pytest

from showcause.casework import deciding, desk, hearing, lodging, returning, urgent
from showcause.casework.log import public_log
from showcause.casework.weighing import Proposal
from showcause.domain.decision import Outcome
from showcause.domain.errors import Forgotten
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectRecord
from showcause.domain.urgent import UrgentEntry
from tests.house import PLATFORM, House

PERSON, REPORTER, MODEST = "zanzibar-zoe", "quixotic-quinn", "yonder-yves"
WORDS = {
    "the account": PERSON,
    "the reporter": REPORTER,
    "another account": MODEST,
    "the report": "perambulating marmalade",
    "the evidence": "effervescent albatross",
    "the fact": "ineffable cucumber",
    "the appeal": "unfathomable teapot",
    "the answer": "magnanimous walrus",
    "the reason of no breach": "bewildered porcupine",
    "the reason of a return": "melancholy trombone",
}


def play(house: House) -> None:
    report = house.report(house.account(PERSON), by=REPORTER, reason=WORDS["the report"])
    case = house.case_of(report)
    first = house.propose(case, rung="suspend", evidence=(WORDS["the evidence"],), facts={})
    house.run(returning.return_, first.id, "cleo", WORDS["the reason of a return"])
    post = house.post(PERSON, WORDS["the fact"])
    quoted = house.case_of(house.report(post, by=REPORTER, author=PERSON))
    house.decide(
        quoted,
        clause="safety.threats@1",
        preset="quoted",
        facts={"words": WORDS["the fact"]},
        evidence=("seen",),
    )
    decided = house.decide(case, rung="suspend", evidence=(WORDS["the evidence"],), facts={})
    appeal = house.run(lodging.lodge, decided.reference, WORDS["the appeal"])
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", WORDS["the answer"])
    other = house.case_of(house.report(house.account(MODEST), by=REPORTER))
    house.run(desk.claim, other.id, "bea")
    reason = WORDS["the reason of no breach"]
    house.run(deciding.propose, other.id, "bea", Proposal(Outcome.NO_BREACH, reason=reason))
    house.platform.urgent(
        house.urgent_token("bea"), Urgent.THREAT_TO_LIFE, house.account(PERSON), Measure.LIMIT
    )
    house.worker.enter_urgent(PLATFORM)
    house.run(urgent.lift, house.all(UrgentEntry)[0].id, "cleo")
    house.work()
    house.platform.faults.down = True
    house.suspended(MODEST)
    house.platform.faults.down = False
    house.wait(minutes=1)
    head = house.worker.head
    assert head is not None
    public_log.publish(house.store, house.folder / "public", head, house.signer.verifier_key, house.now)


def encodings(word: str) -> list[bytes]:
    """Return a word as it would look plain, in the middle of base64 (three alignments) and in hex."""
    raw = word.encode()
    shifted = [base64.b64encode(b"x" * pad + raw)[4 * (pad > 0) : -4] for pad in range(3)]
    return [raw, raw.hex().encode(), *[each[2:-2] for each in shifted if len(each) > 12]]


def files_of_the_house(folder: Path) -> list[Path]:
    """Return every file that the house wrote; the simulated platform's own world is not the house's."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("world.db")]


def test_no_personal_text_stands_in_database_log_jobs_or_log_lines(
    file_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    play(file_house)
    lines = "\n".join(record.getMessage() for record in caplog.records)
    files = files_of_the_house(file_house.folder)
    assert {"showcause.db", "gate.db", "signer.json", "checkpoint", "spool"} <= {path.name for path in files}
    for path in files:
        data = path.read_bytes()
        for what, word in WORDS.items():
            for form in encodings(word):
                assert form not in data, f"{what} stands in {path.name}"
    for what, word in WORDS.items():
        assert word not in lines, f"{what} stands in the log lines"
    assert "job" in lines, "there were log lines to look at"


def test_the_search_would_find_what_is_there(file_house: House) -> None:
    play(file_house)
    world = file_house.folder / "world.db"
    assert any(form in world.read_bytes() + _wal(world) for form in encodings(PERSON))
    planted = file_house.folder / "planted"
    planted.write_bytes(base64.b64encode(b"--" + WORDS["the appeal"].encode() + b"--"))
    assert any(form in planted.read_bytes() for form in encodings(WORDS["the appeal"]))


def _wal(path: Path) -> bytes:
    wal = path.with_name(path.name + "-wal")
    return wal.read_bytes() if wal.exists() else b""


def test_who_is_forgotten_cannot_be_opened_any_more_and_others_can(file_house: House) -> None:
    play(file_house)
    house = file_house
    with house.store.transaction(house.now) as tx:
        person = tx.get(SubjectRecord, tx.owner_of(house.account(PERSON)))
        other = tx.get(SubjectRecord, tx.owner_of(house.account(MODEST)))
    house.store.keys.forget(person.owner)
    with house.store.read() as view:
        with pytest.raises(Forgotten):
            view.unseal(person.ref)
        assert view.unseal(other.ref)["ref"] == MODEST
    with house.store.transaction(house.now) as tx:
        again = tx.owner_of(house.account(PERSON))
    assert again != person.id, "the lookup hash died with the person"
