"""Find my decision: what somebody holds is checked, said in words, and forgotten; a flipped byte is refused."""

import io
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.casework.log import receipts
from showcause.domain.errors import BadInput
from showcause.gateways.signer import read_key
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.merkle import in_memory, inclusion_proof, leaf_hash, root_of
from showcause.transparency.note import sign_note
from showcause.transparency.policy import parse_policy
from showcause.transparency.receipt import Receipt, from_proof, to_json, to_proof
from showcause.web.configuration import serve_house
from showcause.web.window import checking
from showcause.web.window.checking import MOST, Checked, as_file
from tests.web.record import NAME, reversed_in
from tests.web.stand import Stand, open_stand

NOBODY = parse_policy(b"quorum none\n")


def ask(stand: Stand, what: str, language: str = "en") -> Any:
    """Paste something into the form."""
    return stand.client.post("/find", {"what": what}, HTTP_ACCEPT_LANGUAGE=language)


def says(answer: Any) -> str:
    return str(answer.content.decode())


def own_proof(stand: Stand) -> str:
    """Return the proof that the person concerned holds, opened for them."""
    decided = reversed_in(stand)
    with stand.house.store.read() as view:
        note = (stand.pages.public / "checkpoint").read_text()
        return receipts.person_proof(view, decided.leaf, note, decided.subject)


def test_an_index_leads_to_its_entry_and_an_id_to_its_decision(lived: Stand) -> None:
    decided = reversed_in(lived)
    assert ask(lived, " 3\n")["Location"] == "/log/3"
    assert ask(lived, decided.leaf.upper())["Location"] == f"/decisions/{decided.leaf}"


def test_what_is_not_public_is_not_found_and_the_reason_is_said(lived: Stand) -> None:
    for unknown in ("123456", "f" * 32):
        answer = ask(lived, unknown)
        assert answer.status_code == 404
        assert "may be newer than the public head" in says(answer)


def test_a_persons_proof_holds_and_opens_only_what_it_opens(lived: Stand) -> None:
    page = says(ask(lived, own_proof(lived)))
    assert "The proof holds" in page
    assert "it is the same history" in page
    assert NAME in page, "the file opens it, for whoever holds the file"
    assert "does not prove that the decision was right" in page
    assert "No witness has cosigned it" in page


def test_a_proof_of_the_log_itself_holds_and_opens_nothing(lived: Stand) -> None:
    index = from_proof(own_proof(lived).encode()).index
    page = says(ask(lived, lived.client.get(f"/log/{index}.tlog-proof").content.decode()))
    assert f"Entry {index} of the log log.example/showcause is a decision" in page
    assert "It opens no field" in page


def test_a_receipt_in_json_a_file_and_a_browsers_line_ends_are_taken(lived: Stand) -> None:
    proof = own_proof(lived)
    receipt = to_json(from_proof(proof.encode()))
    assert "The proof holds" in says(ask(lived, receipt.decode()))
    assert "The proof holds" in says(ask(lived, proof.replace("\n", "\r\n").rstrip() + "\r\n\r\n"))
    sent = lived.client.post("/find", {"what": "", "file": io.BytesIO(proof.encode())})
    assert "The proof holds" in says(sent)


def test_a_flipped_byte_is_refused_in_the_visitors_words(lived: Stand) -> None:
    proof = own_proof(lived)
    at = proof.index("\nindex ") - 40
    broken = proof[:at] + ("A" if proof[at] != "A" else "B") + proof[at + 1 :]
    answer = ask(lived, broken)
    assert answer.status_code == 422
    assert "This was not accepted" in says(answer)
    assert "Un seul" in says(ask(lived, broken, "fr"))
    assert "The proof holds" not in says(answer)


@given(data=st.data())
@settings(max_examples=150)
def test_no_changed_byte_of_a_proof_is_ever_accepted(lived_once: Stand, data: st.DataObject) -> None:
    proof = bytearray(own_proof(lived_once).encode())
    at = data.draw(st.integers(0, len(proof) - 2))  # the last byte is the line end that people cut off anyway
    proof[at] ^= 1 << data.draw(st.integers(0, 7))
    changed = bytes(proof)
    with pytest.raises(LogError):
        checking.check(changed, None, lived_once.house.trusted)


def test_a_proof_of_another_log_is_refused(lived: Stand, tmp_path: Path) -> None:
    with open_stand(tmp_path, people=("bea",)) as other:  # of other people: another site, another key
        other.publish()
        foreign = other.client.get("/log/0.tlog-proof").content.decode()
    serve_house(lived.pages)
    answer = ask(lived, foreign)
    assert answer.status_code == 422
    assert "no key that is trusted here signed" in says(answer)


def test_a_proof_of_a_second_history_under_the_same_key_is_told_as_evidence(lived: Stand) -> None:
    answer = ask(lived, forked(lived))
    assert answer.status_code == 200
    assert "These are two histories" in says(answer)
    assert "it is the same history" not in says(answer)


def forked(lived: Stand) -> str:
    """Return a proof that the log's own key signed over another first entry."""
    entries = [lived.client.get(f"/log/{index}.json").content for index in range(8)]
    entries[0] = lived.client.get("/log/9.json").content
    hashes = [leaf_hash(entry) for entry in entries]
    head = Checkpoint(lived.house.trusted.logs[0].name, 8, root_of(hashes))
    note = sign_note(head.text, [read_key(lived.house.folder / "log.key")])
    return to_proof(Receipt(entries[5], 5, inclusion_proof(5, 8, in_memory(hashes)), note))


def test_a_newer_head_cannot_be_compared_yet(stand: Stand) -> None:
    stand.publish()
    decided = stand.house.suspended("newer")
    with stand.house.store.read() as view:
        note = stand.pages.site.signed_note()
        proof = receipts.person_proof(view, decided.leaf, note, decided.subject)
    assert "newer than the public one" in says(ask(stand, proof))


def test_a_reference_number_opens_nothing_and_is_explained(lived: Stand) -> None:
    page = says(ask(lived, reversed_in(lived).reference))
    assert "This is a reference number from a letter" in page
    assert "use the link in the letter" in page
    assert reversed_in(lived).leaf not in page


def test_what_is_too_large_or_nothing_at_all_is_refused(lived: Stand) -> None:
    for nothing in (
        "",
        "   ",
        "what is this",
        "x" * (MOST + 1),
        "{" + "9" * 5000,
        "c2sp.org/tlog-proof@v1\n\n\n",
    ):
        assert ask(lived, nothing).status_code == 422
    binary = lived.client.post("/find", {"file": io.BytesIO(b"\xff\xfe\x00")})
    assert binary.status_code == 422


def test_nothing_that_was_pasted_is_logged_or_kept(lived: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    before = kept(lived)
    answer = ask(lived, own_proof(lived))
    ask(lived, own_proof(lived)[:-9])
    assert NAME not in caplog.text
    assert answer["Cache-Control"] == "no-store"
    assert kept(lived) == before


def kept(lived: Stand) -> list[tuple[str, int]]:
    """Return how many rows each table of the database has."""
    with sqlite3.connect(lived.house.folder / "showcause.db") as there:
        names = [name for (name,) in there.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(name, there.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names]


def test_whoever_asks_too_often_is_told_to_wait_and_a_foreign_form_is_not_taken(lived: Stand) -> None:
    answers = [ask(lived, "x") for _ in range(31)]
    assert [each.status_code for each in answers[:30]] == [422] * 30
    assert answers[30].status_code == 429
    assert int(answers[30]["Retry-After"]) >= 1
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="localhost:8420")
    assert strict.post("/find", {"what": "1"}).status_code == 403


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(text: str) -> None:
    try:
        found = checking.read(text, None, NOBODY)
    except (BadInput, LogError):
        return
    assert not isinstance(found, Checked)


def test_a_pasted_proof_is_the_file_again() -> None:
    file = "c2sp.org/tlog-proof@v1\nindex 0\n\na\n1\nb\n\n— a b\n"
    for pasted in (file, file.rstrip("\n"), file.replace("\n", "\r\n") + "\r\n"):
        assert as_file(pasted) == file.encode()
