"""Refusing a comment at validation: one verb, a decision like any other, undone for thirty seconds, appealed after."""

import pytest

from showcause.casework import hearing, lodging, refusing, rendering, staffing
from showcause.casework.refusing import Words
from showcause.domain.case import Case
from showcause.domain.decision import Decision, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput, IllegalStep, NotPermitted, Unsupported
from showcause.domain.lifecycle import CaseState, DecisionState, EnforcementState, ReportState, ServiceState
from showcause.domain.newsroom import Comment, Standing
from showcause.domain.people import Role
from showcause.domain.policy import Second
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind
from tests.house import PLATFORM, House

SPAM, COPIES = "integrity.spam", "same-message"
SENTENCE = "Achetez vos montres ici."


def words(house: House, author: str = "nora", text: str = f"Bonjour à tous. {SENTENCE}") -> Words:
    """Write a comment as somebody and return it as the desk hands it on."""
    post = house.post(author, text)
    record = Comment(post.ref, Standing.WAITING)
    return Words(record, post, Subject(PLATFORM, SubjectKind.ACCOUNT, author), text, "fr", "under an article")


def refuse(house: House, about: Words, sentence: str = SENTENCE, by: str = "bea") -> Decision:
    return house.run(refusing.refuse, about, SPAM, COPIES, sentence, by)


def said(house: House, decision: Decision, language: str = "fr") -> str:
    with house.store.read() as view:
        told = view.first(Statement, decision=decision.id)
        assert told is not None
        return rendering.statement(view, told, language).text


def test_one_verb_makes_an_approved_decision_that_takes_force_after_its_thirty_seconds(house: House) -> None:
    about = words(house)
    made = refuse(house, about)
    assert (made.state, made.source, made.second_needed) == (
        DecisionState.PROPOSED,
        "SOURCE_VOLUNTARY",
        False,
    )
    assert made.approver == made.proposer
    assert made.commit_at is not None
    house.wait(seconds=29)
    assert house.standing(about.subject.ref, SubjectKind.CONTENT) == frozenset()
    house.wait(seconds=2)
    house.wait(seconds=1)
    assert house.standing(about.subject.ref, SubjectKind.CONTENT) == {Measure.HIDE}


def test_the_statement_names_the_rule_and_quotes_the_sentence_in_the_language_of_the_comment(
    house: House,
) -> None:
    made = refuse(house, words(house))
    house.wait(seconds=31)
    text = said(house, made)
    assert SENTENCE in text
    assert "Envois de masse indésirables" in text
    assert "Bonjour à tous" not in text
    assert SENTENCE in said(house, made, "en")


def test_what_is_quoted_is_said_by_the_comment_itself(house: House) -> None:
    with pytest.raises(BadInput, match="does not say"):
        refuse(house, words(house), "Tous des voleurs.")
    assert house.all(Decision) == []


def test_without_a_sentence_nothing_is_quoted_and_the_comment_is_still_the_evidence(house: House) -> None:
    made = refuse(house, words(house), "")
    with house.store.read() as view:
        assert [view.unseal(each)["text"] for each in made.evidence] == [f"Bonjour à tous. {SENTENCE}"]
    house.wait(seconds=31)
    assert "On y lit" not in said(house, made)


def test_no_case_is_opened_for_a_comment_that_nobody_reported(house: House) -> None:
    refuse(house, words(house))
    assert house.all(Case) == []


def test_a_reported_comment_is_refused_on_its_case_and_its_reports_are_answered(house: House) -> None:
    about = words(house)
    case = house.case_of(house.report(about.subject, author="nora"))
    made = refuse(house, about)
    assert (made.case, made.source) == (case.id, "SOURCE_TYPE_OTHER_NOTIFICATION")
    house.wait(seconds=31)
    assert [each.state for each in house.all(Report)] == [ReportState.ANSWERED]
    assert [each.state for each in house.all(Case)] == [CaseState.DECIDED]


def test_nothing_of_a_report_enters_the_statement(house: House) -> None:
    about = words(house)
    house.report(about.subject, author="nora", reason="my neighbour wrote this")
    made = refuse(house, about)
    house.wait(seconds=31)
    assert "neighbour" not in said(house, made, "en")


def test_undone_in_time_nothing_happened(house: House) -> None:
    about = words(house)
    made = refuse(house, about)
    before = house.log_size()
    house.run(refusing.undo, [made.id], "bea")
    house.wait(seconds=60)
    assert house.standing(about.subject.ref, SubjectKind.CONTENT) == frozenset()
    assert house.all(Statement) == []
    assert house.log_size() == before
    assert refuse(house, about).id != made.id


def test_after_the_thirty_seconds_undoing_is_refused(house: House) -> None:
    made = refuse(house, words(house))
    house.wait(seconds=31)
    with pytest.raises(IllegalStep):
        house.run(refusing.undo, [made.id], "bea")


def test_a_key_that_was_sent_twice_makes_one_decision(house: House) -> None:
    about = words(house)
    assert refuse(house, about) == refuse(house, about)
    assert len(house.all(Decision)) == 1


def test_a_comment_that_somebody_else_refused_is_not_refused_again(house: House) -> None:
    about = words(house)
    refuse(house, about)
    with pytest.raises(IllegalStep, match="refused a moment ago"):
        refuse(house, about, by="cleo")
    house.wait(seconds=31)
    for who in ("bea", "cleo"):
        with pytest.raises(IllegalStep, match="refused already"):
            refuse(house, about, by=who)


def test_nothing_is_accepted_while_its_refusal_runs(house: House) -> None:
    about, other = words(house), words(house, "omar")
    made = refuse(house, about)
    with house.store.read() as view:
        refusing.check_not_refused(view, other.subject)
        with pytest.raises(IllegalStep):
            refusing.check_not_refused(view, about.subject)
    house.run(refusing.undo, [made.id], "bea")
    with house.store.read() as view:
        refusing.check_not_refused(view, about.subject)


def test_who_may_not_decide_refuses_nothing(house: House) -> None:
    house.run(staffing.add_moderator, "nils", (Role.NEWSROOM,), "ada")
    with pytest.raises(NotPermitted, match="needs the role"):
        refuse(house, words(house), by="nils")
    gone = words(house)
    hidden = Words(Comment(gone.record.id, Standing.REFUSED), gone.subject, gone.author, gone.text)
    with pytest.raises(IllegalStep, match="nothing to refuse"):
        refuse(house, hidden)


def test_only_what_one_person_may_decide_by_hiding_has_a_key(house: House) -> None:
    with house.store.read() as view:
        offered = refusing.prepared(view, PLATFORM)
    assert [(each.clause.id, each.preset.id) for each in offered] == [(SPAM, COPIES)]
    assert all(each.rung.second is Second.NEVER and each.rung.measure is Measure.HIDE for each in offered)
    with pytest.raises(Unsupported, match="not decided with one key"):
        house.run(refusing.refuse, words(house), SPAM, "deceptive-links", "", "bea")


def test_an_author_appeals_and_the_comment_is_published_after_all(house: House) -> None:
    about = words(house)
    made = refuse(house, about)
    house.wait(seconds=31)
    house.wait(seconds=1)
    assert house.statement_of(made).state is ServiceState.SERVED
    appeal = house.run(lodging.lodge, made.reference, "This is no advertisement.")
    house.run(hearing.claim, appeal.id, "cleo")
    house.run(hearing.reverse, appeal.id, "cleo", "You are right.")
    house.wait(seconds=1)
    house.wait(seconds=1)
    assert house.standing(about.subject.ref, SubjectKind.CONTENT) == frozenset()
    assert [each.state for each in house.all(Enforcement)] == [EnforcementState.LIFTED]
    assert [each.outcome for each in house.all(Decision)] == [Outcome.RESTRICT, Outcome.LIFT]


def test_copies_of_one_flood_are_refused_with_one_key_each_quoted_its_own_words(house: House) -> None:
    copies = [words(house, f"bot-{n}", f"Salut numéro {n}. {SENTENCE}") for n in range(3)]
    odd = words(house, "bot-9", "Vos montres, ici !")
    made = house.run(refusing.refuse_many, [*copies, odd], SPAM, COPIES, SENTENCE, "bea")
    assert len(made) == 4
    assert len({each.leaf for each in made}) == 4
    house.wait(seconds=31)
    assert SENTENCE in said(house, made[0])
    assert "numéro" not in said(house, made[0])
    assert "Vos montres, ici !" in said(house, made[3])
    with house.store.read() as view:
        assert [view.unseal(each.evidence[0])["text"] for each in made] == [w.text for w in (*copies, odd)]


def test_a_flood_of_more_than_a_hundred_is_one_campaign_decision(house: House) -> None:
    with house.world.together():
        copies = [words(house, f"bot-{n}", SENTENCE) for n in range(101)]
    [made] = house.run(refusing.refuse_many, copies, SPAM, COPIES, SENTENCE, "bea")
    assert made.campaign is not None
    assert made.approver is not None
    with pytest.raises(IllegalStep):
        house.run(refusing.refuse_many, copies, SPAM, COPIES, SENTENCE, "bea")
    house.run(refusing.undo, [made.id], "bea")
    [again] = house.run(refusing.refuse_many, copies, SPAM, COPIES, SENTENCE, "bea")
    assert again.case == made.case
    with house.store.read() as view:
        assert view.unseal(again.facts)["quoted"] == SENTENCE
    house.wait(seconds=31)
    house.work()
    assert house.standing(copies[100].subject.ref, SubjectKind.CONTENT) == {Measure.HIDE}


def test_the_public_learns_that_one_person_decided_and_nothing_was_found_by_a_machine(house: House) -> None:
    plain, found = words(house), words(house, "omar")
    found = Words(found.record, found.subject, found.author, found.text, detected=True)
    assert not refuse(house, plain).automation.detection
    assert refuse(house, found).automation.detection


def test_what_cannot_be_seen_is_marked_in_evidence_and_quotation(house: House) -> None:
    sly = words(house, "sly", "buy \u202ereti\u202c now\x07")
    made = refuse(house, sly, "buy \u202ereti\u202c now\x07")
    with house.store.read() as view:
        assert view.unseal(made.facts)["quoted"] == "buy \ufffdreti\ufffd now\ufffd"
