"""A key speaks for one platform: what belongs to another is not found, exactly like what does not exist."""

from showcause.domain.decision import Decision
from tests.web.api.program import of_another_platform, program, report
from tests.web.stand import Stand

NOWHERE, NO_REFERENCE = "0" * 32, "0000-0000-0000-0000-0000-0000-00"


def test_another_platforms_records_are_answered_like_none(stand: Stand) -> None:
    ours, theirs = program(stand), of_another_platform(stand)
    decision = stand.house.suspended()
    statement = stand.house.statement_of(decision)
    taken = ours.post("/reports", report()).json()
    appeal = ours.post("/appeals", {"reference": statement.reference, "text": "no"}).json()
    for path, none in (
        (f"/reports/{taken['number']}", f"/reports/{NO_REFERENCE}"),
        (f"/cases/{taken['case']}", f"/cases/{NOWHERE}"),
        (f"/decisions/{decision.id}", f"/decisions/{NOWHERE}"),
        (f"/receipts/{decision.leaf}", f"/receipts/{NOWHERE}"),
        (f"/proofs/{statement.reference}", f"/proofs/{NO_REFERENCE}"),
        (f"/appeals/{appeal['reference']}", f"/appeals/{NO_REFERENCE}"),
    ):
        assert ours.get(path).status_code == 200, path
        foreign, missing = theirs.get(path), theirs.get(none)
        assert (foreign.status_code, missing.status_code) == (404, 404), path
        assert foreign.content == missing.content, path
    for reference in (statement.reference, taken["number"], NO_REFERENCE):
        refused = theirs.post("/appeals", {"reference": reference, "text": "no"})
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert theirs.get("/decisions").json() == {"items": [], "next": None}
    assert theirs.get("/cases").json() == {"items": [], "next": None}


def test_the_same_external_key_on_two_platforms_is_two_reports(stand: Stand) -> None:
    ours, theirs = program(stand), of_another_platform(stand)
    numbers = {each.post("/reports", report()).json()["number"] for each in (ours, theirs)}
    assert len(numbers) == 2


def test_a_decision_is_told_with_all_that_follows_and_a_proposal_is_not(stand: Stand) -> None:
    calling = program(stand)
    proposed = stand.house.propose(
        stand.house.case_of(stand.house.report(stand.house.account("ben"))), rung="suspend"
    )
    assert calling.get(f"/decisions/{proposed.id}").status_code == 404
    assert calling.get("/decisions").json()["items"] == []
    decision = stand.house.suspended()
    told = calling.get(f"/decisions/{decision.id}").json()
    assert (told["state"], told["subject"]["ref"], told["clauses"]) == (
        "in-force", "spam-sam", ["integrity.spam@1"],
    )  # fmt: skip
    assert [(each["measure"], each["state"]) for each in told["orders"]] == [("suspend", "applied")]
    assert [each["state"] for each in told["statements"]] == ["served"]
    assert told["appeals"] == []
    assert [each["id"] for each in calling.get("/decisions").json()["items"]] == [decision.id]


def test_a_receipt_and_a_proof_verify_under_the_pinned_key(stand: Stand) -> None:
    from showcause.transparency.receipt import from_json, from_proof
    from showcause.transparency.verify import verify_receipt

    calling, decision = program(stand), stand.house.suspended()
    receipt = from_json(calling.get(f"/receipts/{decision.leaf}").content)
    proof = from_proof(calling.get(f"/proofs/{stand.house.statement_of(decision).reference}").content)
    opened = verify_receipt(receipt, stand.house.trusted)
    assert opened.index == verify_receipt(proof, stand.house.trusted).index
    assert {str(each.slot) for each in receipt.openings} == {"subject", "facts"}
    assert len(proof.openings) > len(receipt.openings)


def test_who_was_forgotten_is_not_named_and_nothing_breaks(stand: Stand) -> None:
    calling, decision = program(stand), stand.house.suspended()
    [held] = stand.house.all(Decision)
    stand.house.store.keys.forget(held.subject)
    assert calling.get(f"/decisions/{decision.id}").json()["subject"]["ref"] is None
    assert calling.get("/cases").json()["items"][0]["subject"]["ref"] is None
    assert calling.get(f"/proofs/{stand.house.statement_of(decision).reference}").status_code == 410
