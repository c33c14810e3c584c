"""Reporting from the comment: two clicks, the comment's own words as evidence, and no second look at the same thing."""

import json
from datetime import timedelta
from urllib.parse import urlencode

from showcause.casework import hearing, lodging, tallies
from showcause.casework.unsealing import read_case
from showcause.casework.weighing import Proposal
from showcause.comments import posting
from showcause.domain.appeal import Appeal
from showcause.domain.case import Case
from showcause.domain.decision import Act, Decision, Finding, Outcome
from showcause.domain.report import IntakeKind, Report
from showcause.domain.site import Letter, LetterKind
from tests.web.comments.paper import NAME, SITE, Paper, insult, read
from tests.web.comments.reports import (
    INSULT,
    OTHER_RULE,
    case_of,
    find_no_breach,
    form,
    last_report,
    notify,
    page_of,
    report,
)

SAID = "Whoever wrote this is an idiot."


def evidence(paper: Paper) -> dict[str, str]:
    """Return what the file of the last report's case holds."""
    told = paper.stand.house.run(read_case, case_of(paper).id, "bea").filed
    return {} if told[-1].evidence is None else dict(told[-1].evidence)


def test_the_report_link_of_a_comment_leads_to_its_words_the_rules_and_the_way_back(paper: Paper) -> None:
    comment = paper.comment(SAID)
    thread = read(paper.client.get(paper.home))
    link = f"/report/?platform={NAME}&amp;kind=content&amp;ref={comment.id}&amp;quick=yes"
    assert f'href="{link}"' in thread
    page = form(paper, comment, quick="yes")
    assert SAID in page
    assert "Ada Petit" in page
    assert f'name="clause" value="{INSULT}"' in page
    assert "A click on a rule sends the report." in page
    assert f'href="{SITE}/strike.html"' in page
    assert f"/comments/c/{comment.id}" in page


def test_the_words_of_a_comment_that_readers_do_not_see_are_in_no_form(paper: Paper) -> None:
    comment = paper.comment(SAID)
    paper.hide(comment)
    assert SAID not in form(paper, comment)
    assert SAID not in form(paper, comment, "/report/illegal?", what="hate")


def test_a_report_takes_the_comment_as_it_stands_for_evidence_and_not_what_its_sender_says(
    paper: Paper,
) -> None:
    comment = paper.comment(SAID)
    report(paper, comment, reason="He wrote that he would come to my house.")
    held = evidence(paper)
    assert held["comment"] == SAID
    assert held["author"] == "Ada Petit"
    assert held["article"] == "The strike"
    assert held["address"] == f"{SITE}/strike.html"


def test_what_must_not_be_copied_is_not_copied(paper: Paper) -> None:
    comment = paper.comment("Here is her address and a picture.")
    assert notify(paper, comment, what="intimate").status_code == 302
    assert last_report(paper).evidence is None
    assert notify(paper, comment).status_code == 302
    assert last_report(paper).evidence is not None


def test_several_comments_of_a_conversation_go_into_one_notice_by_boxes_and_by_pasted_links(
    paper: Paper,
) -> None:
    first = paper.comment(SAID)
    second = paper.comment("And a thief.", by="Bo", to=first)
    third = paper.comment("Elsewhere: a thief, I say.", by="Bo")
    page = form(paper, first, "/report/illegal?", what="defamation")
    assert f'name="also" value="{second.id}"' in page
    assert third.id not in page
    lines = (
        f"{paper.stand.address}/comments/c/{first.id}\n"
        f"https://courrier.example/strike.html#comment-{third.id}"
    )
    before = len(paper.stand.house.all(Report))
    assert notify(paper, first, also=[second.id], refs=lines).status_code == 302
    made = paper.stand.house.all(Report)[before:]
    assert len(made) == 3
    assert len({each.notice for each in made}) == 1
    assert len({each.subject for each in made}) == 3
    assert all(each.intake is IntakeKind.ARTICLE_16 and each.evidence for each in made)


def test_a_comment_named_twice_in_a_notice_is_one_item(paper: Paper) -> None:
    comment = paper.comment(SAID)
    frame = f"{paper.stand.address}/comments/f/{paper.article.id}?comment={comment.id}&lang=fr"
    before = len(paper.stand.house.all(Report))
    assert notify(paper, comment, refs=f"{comment.id}\n{frame}").status_code == 302
    assert len(paper.stand.house.all(Report)) == before + 1


def test_a_link_that_leads_to_no_comment_is_said_beside_its_field_and_nothing_is_lost(paper: Paper) -> None:
    comment = paper.comment(SAID)
    answer = notify(paper, comment, refs=f"{paper.stand.address}/comments/c/{'0' * 32}")
    assert answer.status_code == 422
    page = read(answer)
    assert "leads to no comment here" in page
    assert "It names me, and it is untrue." in page
    assert SAID in page


def test_a_report_leads_through_decision_mark_and_answer_to_the_reversal_after_the_authors_appeal(
    lone_paper: Paper,
) -> None:
    paper = lone_paper
    home = paper.stand.house
    comment = paper.comment(SAID, by="Bo")
    paper.comment("I answer it.", by="Cam", to=comment)
    page = report(paper, comment)
    assert "Thank you. We have it." in page_of(paper, page)
    assert f'href="{SITE}/strike.html"' in page_of(paper, page)

    decision = paper.refuse(comment)  # at the desk: the decision of the case that the report opened
    assert decision.case == case_of(paper).id
    [decided] = home.all(Decision)
    thread = read(paper.client.get(paper.home))
    assert SAID not in thread
    assert "I answer it." in thread
    assert f"/decisions/{decided.leaf}" in thread
    assert "It was found to break a rule" in thread
    assert "It breaks our rule" in page_of(paper, page)

    appeal = home.run(lodging.lodge, decided.reference, "It was about a film.")
    home.run(hearing.claim, appeal.id, "dan")
    home.run(hearing.reverse, appeal.id, "dan", "It was about a film indeed.")
    for _ in range(3):
        home.wait(seconds=1)
    thread = read(paper.client.get(paper.home))
    assert SAID in thread
    assert "the decision was reversed" in thread
    assert "The decision was reversed, and what it took was given back." in page_of(paper, page)


def test_what_was_found_no_breach_says_so_and_is_answered_at_once_under_the_same_rule(
    lone_paper: Paper,
) -> None:
    paper = lone_paper
    comment = paper.comment(SAID)
    report(paper, comment)
    found = find_no_breach(paper)
    thread = read(paper.client.get(paper.home))
    assert "Looked at already: no breach was found" in thread
    assert f"/decisions/{found.leaf}" in thread
    assert "Looked at already: no breach was found" in form(paper, comment, quick="yes")

    page = page_of(paper, report(paper, comment))
    assert "was looked at already, on 22 November 2026" in page
    assert "This answer came by itself" in page
    assert "It is blunt, and insults nobody." in page
    assert found.reference in page or f"/decisions/{found.leaf}" in page
    assert 'id="contest"' in page
    assert "Answered" in page
    [case] = paper.stand.house.all(Case)
    assert case.reports == 2
    assert last_report(paper).case == case.id
    paper.stand.house.wait(days=1)
    told = paper.stand.house.run(tallies.tally)
    assert told is not None
    assert (
        json.loads(told.text)["counts"] | {"reports": 2, "reports-judged-before": 1}
        == json.loads(told.text)["counts"]
    )


def hide_after_all(paper: Paper, subject: str) -> Proposal:
    """Return what hides a comment for an insult."""
    reason = insult().presets[0]
    rung = insult().rung(reason.rung)
    assert rung is not None
    finding = Finding(INSULT, reason.elements, reason.id)
    act = Act(subject, rung.measure, rung.duration, rung.name)
    return Proposal(Outcome.RESTRICT, (finding,), (act,), evidence=(SAID,))


def test_who_contests_the_earlier_outcome_is_heard_and_all_who_got_it_are_told(lone_paper: Paper) -> None:
    paper, home = lone_paper, lone_paper.stand.house
    comment = paper.comment(SAID)
    first = report(paper, comment)
    find_no_breach(paper)
    second, third = report(paper, comment), report(paper, comment)
    answer = paper.client.post(f"{third}/contest", {"reason": "You overlooked the last word."})
    assert answer.status_code == 302
    assert "We promised an answer by" in page_of(paper, third)
    [appeal] = home.all(Appeal)
    home.run(hearing.claim, appeal.id, "dan")
    proposal = hide_after_all(paper, case_of(paper).subject)
    home.run(hearing.amend, appeal.id, "dan", "The last word insults.", proposal)
    for seconds in (31, 1, 1):
        home.wait(seconds=seconds)
    assert SAID not in read(paper.client.get(paper.home))
    for page in (first, second, third):
        assert "that decision was changed" in page_of(paper, page)
    report(paper, comment)
    assert last_report(paper).case != home.all(Case)[0].id


def test_by_mail_the_earlier_outcome_is_the_only_letter(lone_paper: Paper) -> None:
    paper = lone_paper
    comment = paper.comment(SAID)
    report(paper, comment)
    find_no_breach(paper)
    before = len(paper.stand.house.all(Letter))
    page = report(paper, comment, email="rita@mail.example")
    [letter] = paper.stand.house.all(Letter)[before:]
    assert letter.kind is LetterKind.ANSWER
    assert "was looked at already" in page_of(paper, page)


def test_another_rule_a_danger_and_a_notice_of_illegal_content_are_looked_at_anew(lone_paper: Paper) -> None:
    paper = lone_paper
    home = paper.stand.house
    comment = paper.comment(SAID)
    report(paper, comment)
    find_no_breach(paper)
    report(paper, comment, clause=OTHER_RULE)
    assert len(home.all(Case)) == 2
    assert "With the reviewers" in page_of(paper, report(paper, comment, life="yes"))
    assert "With the reviewers" in page_of(paper, report(paper, comment, clause="other", reason="It is odd."))
    assert notify(paper, comment).status_code == 302
    assert last_report(paper).case == home.all(Case)[-1].id
    assert len(home.all(Case)) == 2


def test_another_text_is_looked_at_anew(lone_paper: Paper) -> None:
    paper = lone_paper
    comment = paper.comment("Fine so far.")
    report(paper, comment)
    decision = find_no_breach(paper)
    # Nobody edits what was judged; here the text changed between the look and the mark.
    with paper.section.changing() as run:
        changed = paper.stand.house.now + timedelta(seconds=1)
        run("DELETE FROM {p}judged")
        run("UPDATE {p}comment SET edited = %s WHERE id = %s", int(changed.timestamp() * 1e6), comment.id)
    assert decision.case is not None
    report(paper, comment)
    assert len(paper.stand.house.all(Case)) == 2


def test_a_judged_comment_is_edited_no_more(paper: Paper) -> None:
    import pytest

    from showcause.comments.values import NotTaken

    comment = paper.comment(SAID)
    report(paper, comment)
    find_no_breach(paper)
    with pytest.raises(NotTaken, match="judged"):
        posting.edit(
            paper.section, paper.stand.house.now, paper.author("Ada Petit"), comment.id, "Other words."
        )


def test_an_address_with_a_comments_link_as_its_subject_is_understood(paper: Paper) -> None:
    comment = paper.comment(SAID)
    link = f"{paper.stand.address}/comments/c/{comment.id}"
    page = read(paper.client.get("/report/?" + urlencode({"platform": NAME, "kind": "content", "ref": link})))
    assert "Whoever wrote this" in page
