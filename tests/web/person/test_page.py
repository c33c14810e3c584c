"""The page of the person concerned: what it says, to whom, and what it never says."""

import re
from typing import Any

from showcause.casework import intake, links, policies
from showcause.casework.ports import IncomingReport
from showcause.domain.case import Case
from showcause.domain.decision import GroundRef
from showcause.domain.enforcement import Enforcement
from showcause.domain.link import LinkKind
from showcause.domain.logbook import LeafNote
from showcause.domain.statement import Statement
from showcause.transparency.confirmation import of_effect
from showcause.transparency.kinds import Slot
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from tests.house import fresh_id, shipped
from tests.web.person.letters import amend, letters, newest_link, open_address, read, reverse, suspended
from tests.web.stand import Stand


def test_without_an_address_letters_name_the_contact_and_the_reference(stand: Stand) -> None:
    decision = stand.house.suspended()
    [letter] = letters(stand)
    assert "/s/" not in letter
    assert f"appeals@site.example ({decision.reference})" in letter


def test_the_link_in_the_letter_opens_the_page_without_logging_in(stand: Stand) -> None:
    decision, path = suspended(stand)
    assert f"appeals@site.example ({decision.reference})" in letters(stand)[0], "the reference stays quotable"
    page = read(stand.client.get(path))
    for said in (
        "Your account was suspended on 22 November 2026",
        "Do not flood other people",
        "It is about the account spam-sam",
        "somebody reported it under our rules",
        "No machine took part",
        "Two people decided",
        "You can still read this letter and appeal",
        "You can appeal until 25 May 2027",
        "out-of-court dispute settlement body",
        decision.leaf,
    ):
        assert said in page
    order = [
        page.index(f">{part}</h2>")
        for part in ("What, and until when", "Why", "Who decided", "Appeal", "Proof")
    ]
    assert order == sorted(order), "the proof comes last"


def test_what_the_platforms_connection_signed_is_handed_out_with_it(stand: Stand) -> None:
    decision, path = suspended(stand)
    [order] = stand.house.all(Enforcement, decision=decision.id)
    page = read(stand.client.get(path))
    assert "signed with the connection’s own key" in page
    leaf = re.findall(rf'href="{path}/proof/([0-9a-f]{{32}})"', page)[-1]
    assert leaf != decision.leaf
    answer = stand.client.get(f"{path}/proof/{leaf}")
    shown = verify_receipt(from_proof(answer.content), stand.house.trusted)
    assert of_effect(shown.opened[Slot.FACTS]) == order.confirmations[0]
    with stand.house.store.read() as view:
        others = [note.id for note in view.find(LeafNote) if note.kind == "setting"]
    assert stand.client.get(f"{path}/proof/{others[0]}").status_code == 404


def test_the_page_is_in_the_statements_language_until_its_reader_chooses_another(stand: Stand) -> None:
    _, path = suspended(stand)
    english = stand.client.get(path, HTTP_ACCEPT_LANGUAGE="fr")
    assert (english["Content-Language"], "Your account was suspended" in read(english)) == ("en", True)
    stand.client.post("/language", {"language": "fr", "next": path})
    french = stand.client.get(path)
    assert french["Content-Language"] == "fr"
    assert "Votre compte a été suspendu le 22 novembre 2026" in read(french)
    assert '<html lang="fr"' in read(french)


def test_the_page_is_never_kept_found_or_told_to_others(stand: Stand) -> None:
    _, path = suspended(stand)
    answer = stand.client.get(path)
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex' in read(answer)


def test_reading_changes_nothing(stand: Stand) -> None:
    decision, path = suspended(stand)
    statement = stand.house.statement_of(decision)

    def everything() -> tuple[object, ...]:
        with stand.house.store.read() as view:
            lines = view.count_lines(
                statement.drafted_at.replace(year=2000), statement.drafted_at.replace(year=2100)
            )
            return lines, view.log.state(), view.get(Statement, statement.id)

    before = everything()
    for address in (path, f"{path}?lang=fr", f"{path}/publish", f"{path}/proof/{decision.leaf}", "/s/"):
        assert stand.client.get(address).status_code == 200
    assert everything() == before


def test_the_cited_post_stands_as_it_was_and_the_reporter_does_not(stand: Stand) -> None:
    open_address(stand)
    post = stand.house.post("spam-sam", "Win a <b>phone</b> at my site")
    stand.house.world.register("rita")
    stand.house.world.report("rita", post.kind, post.ref, "he writes this everywhere, I am Rita")
    stand.house.worker.poll("plaza")
    [case] = stand.house.all(Case)
    stand.house.decide(case, rung="hide")
    page = read(stand.client.get(newest_link(stand)))
    assert "Win a &lt;b&gt;phone&lt;/b&gt; at my site" in page
    assert "in square" in page
    assert "rita" not in page.lower()
    assert "everywhere" not in page


def test_what_must_not_be_copied_is_not_shown(stand: Stand) -> None:
    open_address(stand)
    allow(stand, "privacy.private-information")
    post = stand.house.post("spam-sam", "She lives at 12 Nowhere Lane")
    stand.house.world.register("rita")
    stand.house.world.report("rita", post.kind, post.ref, "an address")
    stand.house.worker.poll("plaza")
    [case] = stand.house.all(Case)
    stand.house.decide(case, clause="privacy.private-information@1", rung="hide")
    page = read(stand.client.get(newest_link(stand)))
    assert "Nowhere Lane" not in page
    assert "we made no copy of it" in page


def allow(stand: Stand, clause: str) -> None:
    [found] = [each for each in shipped().clauses if each.id == clause]
    proposed = stand.house.run(policies.propose, found, "ada")
    stand.house.run(policies.approve, proposed.id, "bea")


def test_evidence_that_does_not_name_the_person_as_author_is_not_theirs_to_see(stand: Stand) -> None:
    """Whatever else came with a report (here, words of the reporter) stays with whoever works on the case."""
    open_address(stand)
    about = stand.house.account("spam-sam")
    for evidence in ({"text": "he told me in private"}, {"author": "rita", "text": "my own words"}):
        incoming = IncomingReport(
            fresh_id(), about, None, stand.house.account("rita"), "x", stand.house.now, evidence
        )
        report = stand.house.run(intake.submit, incoming)
    stand.house.decide(stand.house.case_of(report), rung="suspend")
    page = read(stand.client.get(newest_link(stand)))
    assert "in private" not in page
    assert "my own words" not in page


def test_after_a_reversal_both_notices_stand_with_what_came_back_and_what_did_not(stand: Stand) -> None:
    stand.house.world.followers_lost = 50
    open_address(stand)
    sam = stand.house.account("spam-sam")
    for number in range(4):
        stand.house.account(f"fan-{number}")
        stand.house.world.follow(f"fan-{number}", "spam-sam")
    stand.house.world.join("spam-sam", "square")
    stand.house.decide(stand.house.case_of(stand.house.report(sam)), rung="suspend")
    path = newest_link(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited.", "language": "en"})
    reverse(stand)
    page = read(stand.client.get(path))
    assert "The decision about you was reversed on 22 November 2026" in page
    assert "We are sorry. The mistake was ours." in page
    assert "It breaks our rule “Spam”" in page, "the old notice stays"
    back, lost = (
        re.search(r'class="came-back">(.*?)</ul>', page, re.DOTALL),
        re.search(r'class="lost">(.*?)</ul>', page, re.DOTALL),
    )
    assert back is not None
    assert "spam-sam" in back.group(1)
    assert lost is not None
    assert "fan-" in lost.group(1) or "follower" in lost.group(1)
    assert "She had been invited to post it." in page, "the answer stands with its reason"
    assert "A person who took no part in the decision heard your appeal." in page
    for name in ("dan", "bea", "cleo"):
        assert re.search(rf"\b{name}\b", page) is None, "who decided is never named"
    assert read(stand.client.get(newest_link(stand))).count("We are sorry") == 1, (
        "the newest letter leads there, too"
    )


def test_an_amended_decision_shows_the_new_measure_and_keeps_the_old_statement(stand: Stand) -> None:
    decision, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "Too much."})
    amend(stand, decision, "Half of it was yours.")
    page = read(stand.client.get(path))
    assert "29 November 2026" in page, "the new end"
    assert "What was decided before" in page
    assert "Your account spam-sam is suspended." in page
    assert "Half of it was yours." in page


def test_an_altered_an_unknown_a_replaced_and_an_old_link_get_the_same_answer(stand: Stand) -> None:
    decision, path = suspended(stand)
    statement = stand.house.statement_of(decision)
    altered = path[:-1] + ("A" if path[-1] != "A" else "B")
    with stand.house.store.read() as view:
        unknown = "/s/" + links.token(view, LinkKind.STATEMENT, "ab" * 16)
        report_kind = "/s/" + links.token(view, LinkKind.REPORT, statement.id)
    answers = [
        stand.client.get(each) for each in (altered, unknown, report_kind, "/s/" + "x" * 44, "/s/short")
    ]
    stand.client.post(f"{path}/new-link")
    answers.append(stand.client.get(path))
    stand.house.work()
    newest = newest_link(stand)
    assert stand.client.get(newest).status_code == 200
    stand.house.now = stand.house.now.replace(year=2028)
    answers.append(stand.client.get(newest))
    assert {each.status_code for each in answers} == {404}
    assert len({_plain(each) for each in answers}) == 1
    assert "This link does not work" in read(answers[0])


def _plain(answer: Any) -> str:
    """Return a page without what differs on every request."""
    text = re.sub(r'value="[^"]{60,}"', "", read(answer))
    return re.sub(r'name="next" value="[^"]*"', "", text)


def test_links_are_not_guessed_for_long(stand: Stand) -> None:
    codes = [stand.client.get("/s/" + "x" * 44).status_code for _ in range(62)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_an_overdue_answer_is_admitted(stand: Stand) -> None:
    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    stand.house.wait(days=3, minutes=1)
    page = read(stand.client.get(path))
    assert "we did not keep that promise" in page


def test_a_page_of_somebody_forgotten_is_gone(stand: Stand) -> None:
    decision, path = suspended(stand)
    stand.house.store.keys.forget(stand.house.statement_of(decision).person)
    assert stand.client.get(path).status_code == 410


def test_a_derived_decision_leads_to_the_earlier_one_only_where_the_person_is_the_same(stand: Stand) -> None:
    first, _ = suspended(stand)
    [restriction] = stand.house.restrictions_of(first)
    ground = GroundRef(first.id, restriction.id)
    stand.house.suspended("second-sam", clause="integrity.evasion@1", grounds=(ground,))
    letter = letters(stand, "second-sam")[0]
    assert f"The earlier one: appeals@site.example ({first.reference})" in letter
    page = read(stand.client.get(newest_link(stand, "second-sam")))
    assert f"The earlier one: appeals@site.example ({first.reference})" in page


def test_who_looks_where_forms_are_sent_is_led_to_the_page(stand: Stand) -> None:
    """The language is switched on a page that an error left there, or somebody reloads it."""
    _, path = suspended(stand)
    for act in ("appeal", "withdraw", "new-link", "unpublish"):
        assert stand.client.get(f"{path}/{act}")["Location"] == path
    assert stand.client.head(path).status_code == 200
