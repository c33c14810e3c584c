"""Publishing one's own statement: what is chosen is shown, nothing else; it can be checked, embedded and taken back."""

import re

from showcause.casework import publications
from showcause.domain.publication import Publication
from showcause.transparency.leaf import Slot
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from tests.web.person.letters import amend, read, reverse, suspended
from tests.web.stand import Stand


def publish(stand: Stand, path: str, *fields: str, language: str = "en") -> str:
    """Publish with these fields and return the public path."""
    sent = stand.client.post(f"{path}/publish", {"field": list(fields), "language": language})
    assert sent.status_code == 302
    [held] = stand.house.all(Publication, withdrawn_at=None)
    return f"/p/{held.id}"


def test_what_is_chosen_is_shown_and_nothing_else(stand: Stand) -> None:
    decision, path = suspended(stand)
    form = read(stand.client.get(f"{path}/publish"))
    ticked = re.findall(r'value="([a-z]+)" checked', form)
    assert ticked == ["measure", "rule", "who"], (
        "nothing that names the person or tells facts is ticked beforehand"
    )
    public = publish(stand, path, *ticked)
    page = read(stand.client.get(public))
    assert "Your account […] is suspended." in page
    assert "Do not flood other people" in page
    assert "Two people decided" in page
    for hidden in (
        "spam-sam",
        "somebody reported it",
        "same message in many places where",
        decision.reference,
        path,
    ):
        assert hidden not in page, hidden
    assert decision.leaf in page
    assert '<meta name="robots" content="noindex' in page


def test_the_name_the_facts_and_the_search_engines_come_only_when_chosen(stand: Stand) -> None:
    _, path = suspended(stand)
    public = publish(stand, path, "measure", "facts", "origin", "name", "search", language="fr")
    answer = stand.client.get(public)
    assert "Votre compte spam-sam est suspendu." in read(answer)
    assert "quelqu’un l’a signalé" in read(answer)
    assert 'name="robots"' not in read(answer)
    assert "X-Robots-Tag" not in answer


def test_choosing_nothing_publishes_nothing(stand: Stand) -> None:
    _, path = suspended(stand)
    answer = stand.client.post(f"{path}/publish", {"field": ["name", "evil"], "language": "en"})
    assert answer.status_code == 422
    assert "choose at least one part" in read(answer)
    assert stand.house.all(Publication) == []


def test_the_status_lives_since_when_whether_an_appeal_is_open_and_when_it_was_restored(stand: Stand) -> None:
    _, path = suspended(stand)
    public = publish(stand, path, "measure", "losses")
    now = stand.client.get(f"{public}/status.json").json()
    assert (now["status"], now["appeal"], now["since"][:16]) == ("holds", None, "2026-11-22T12:00")
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    assert stand.client.get(f"{public}/status.json").json()["appeal"] == "open"
    assert "An appeal is open." in read(stand.client.get(f"{public}/status"))
    reverse(stand)
    after = stand.client.get(f"{public}/status.json").json()
    assert (after["status"], after["ended_at"][:16]) == ("reversed", "2026-11-22T12:00")
    assert "Restored on 22 November 2026" in read(stand.client.get(f"{public}/status"))
    assert "Restored on 22 November 2026" in read(stand.client.get(public))


def test_a_statement_that_a_milder_decision_replaced_does_not_look_as_if_it_held(stand: Stand) -> None:
    decision, path = suspended(stand)
    public = publish(stand, path, "measure")
    stand.client.post(f"{path}/appeal", {"text": "Too much."})
    amend(stand, decision, "Half of it was yours.")
    assert stand.client.get(f"{public}/status.json").json()["status"] == "replaced"
    assert "Replaced by a milder decision" in read(stand.client.get(public))
    stand.client.post(f"{path}/publish", {"field": ["measure"], "language": "en"})
    assert len(stand.house.all(Publication, withdrawn_at=None)) == 2
    stand.client.post(f"{path}/unpublish")
    assert stand.house.all(Publication, withdrawn_at=None) == [], "taking back leaves nothing behind"


def test_the_status_may_be_framed_anywhere_and_sets_and_runs_nothing(stand: Stand) -> None:
    _, path = suspended(stand)
    public = publish(stand, path, "measure")
    stand.client.cookies.clear()
    answer = stand.client.get(f"{public}/status")
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    assert not answer.cookies
    assert "<script" not in read(answer)
    assert stand.client.get(f"{public}/status.json")["Access-Control-Allow-Origin"] == "*"
    assert stand.client.get(public)["X-Frame-Options"] == "DENY", "the statement itself is framed by nobody"


def test_the_public_proof_opens_codes_that_match_the_choice_and_names_nobody(stand: Stand) -> None:
    decision, path = suspended(stand)
    public = publish(stand, path, "measure", "rule", "facts", "name")
    assert stand.client.get(f"{public}/proof").status_code == 503, "the public head has not come to it yet"
    stand.publish()
    proof = stand.client.get(f"{public}/proof").content
    believed = verify_receipt(from_proof(proof), stand.house.trusted)
    assert believed.leaf.id == decision.leaf
    assert set(believed.opened) == {Slot.FACETS}
    assert believed.opened[Slot.FACETS] == {
        "measures": ["suspend"],
        "clause": ["integrity.spam@1"],
        "ground": "INCOMPATIBLE_CONTENT",
    }
    assert b"spam-sam" not in proof


def test_it_can_be_changed_and_taken_back_by_its_person_alone(stand: Stand) -> None:
    _, path = suspended(stand)
    public = publish(stand, path, "measure", "who")
    assert publish(stand, path, "rule") == public, "the address stays"
    assert "Two people decided" not in read(stand.client.get(public))
    stand.client.post(f"{path}/unpublish")
    stand.client.post(f"{path}/unpublish")
    for address in (public, f"{public}/status", f"{public}/status.json", f"{public}/proof"):
        gone = stand.client.get(address)
        assert (gone.status_code, "no longer published" in read(gone)) == (410, True)
        assert "Account suspended" not in read(gone)
    assert "frame-ancestors *" in stand.client.get(f"{public}/status")["Content-Security-Policy"]
    assert stand.client.get("/p/" + "ab" * 16).status_code == 404


def test_what_somebody_forgotten_had_published_is_gone(stand: Stand) -> None:
    decision, path = suspended(stand)
    public = publish(stand, path, "measure")
    stand.house.store.keys.forget(stand.house.statement_of(decision).person)
    for address in (public, f"{public}/status", f"{public}/status.json", f"{public}/proof"):
        assert stand.client.get(address).status_code == 410


def test_whatever_an_account_is_called_nothing_of_it_is_markup(stand: Stand) -> None:
    from tests.web.person.letters import newest_link, open_address

    open_address(stand)
    name = "<img src=x onerror=alert(1)>\"'"
    stand.house.suspended(name)
    path = newest_link(stand, name)
    public = publish(stand, path, *publications.FIELDS)
    for address in (path, public, f"{public}/status"):
        page = read(stand.client.get(address))
        assert "<img" not in page
    assert "&lt;img src=x" in read(stand.client.get(public))
