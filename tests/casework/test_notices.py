"""Notices from the public form, what their senders are told, and who may contest the answer."""

from dataclasses import replace

import pytest

from showcause.casework import (
    deciding,
    desk,
    founding,
    hearing,
    intake,
    links,
    lodging,
    notices,
    report_status,
)
from showcause.casework.notices import Illegal, Notice
from showcause.casework.pointers import point
from showcause.casework.reading import subject_of
from showcause.casework.rendering import letter as rendered
from showcause.casework.report_status import Closed, Stage, Status
from showcause.casework.weighing import Proposal
from showcause.domain.decision import Outcome
from showcause.domain.errors import AppealClosed, BadInput, LinkEnded, NotFound
from showcause.domain.lifecycle import AppealState, ReportState, ServiceState
from showcause.domain.link import LinkKind
from showcause.domain.report import IntakeKind, Report
from showcause.domain.restriction import Measure
from showcause.domain.site import Letter, LetterKind
from showcause.domain.subject import Subject, SubjectKind
from tests.house import PLATFORM, House, fresh_id


def post(number: int = 1) -> Subject:
    return Subject(PLATFORM, SubjectKind.CONTENT, f"https://plaza.example/square/{number}")


def notice(*items: Subject, **more: object) -> Notice:
    plain = Notice(
        fresh_id(), items or (post(),), "integrity.spam@1", "en", reason="Sells the same thing all day."
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def illegal(*items: Subject, **more: object) -> Notice:
    whole = {
        "illegal": Illegal.FRAUD,
        "good_faith": True,
        "name": "Rita Sample",
        "email": "rita@mail.example",
    }
    return notice(*items, **(whole | more))


def status_of(house: House, report: Report) -> Status:
    with house.store.read(house.now) as view:
        return report_status.status(view, report.id, "en")


def find_no_breach(house: House, report: Report, reason: str = "It is a shop that posts once a day.") -> None:
    case = house.case_of(report)
    house.run(desk.claim, case.id, "bea")
    decision = house.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason=reason))
    if decision.approver is None:
        house.run(deciding.approve, decision.id, "cleo")
    house.wait(seconds=31)
    house.wait(seconds=1)


# --- Sending ------------------------------------------------------------------------------------------------------


def test_a_notice_sent_twice_is_one_report(house: House) -> None:
    sent = notice()
    assert house.run(notices.send, sent) == house.run(notices.send, sent)
    assert len(house.all(Report)) == 1
    house.run(notices.send, replace(sent, reason="Another thing came to mind."))
    assert len(house.all(Report)) == 2, "another text is another report"


def test_several_items_are_several_reports_of_one_notice_confirmed_once(house: House) -> None:
    made = house.run(notices.send, illegal(post(1), post(2), post(3), post(2)))
    assert [each.state for each in made] == [ReportState.FILED] * 3
    assert len({each.notice for each in made}) == 1
    assert made[0].notice
    assert {each.intake for each in made} == {IntakeKind.ARTICLE_16}
    [confirmed] = house.all(Letter, kind=LetterKind.ACKNOWLEDGEMENT)
    with house.store.read(house.now) as view:
        text = rendered(view, confirmed).text
    assert all(each.number in text for each in made)


def test_a_notice_names_twenty_items_at_most_and_is_taken_whole_or_not_at_all(house: House) -> None:
    with pytest.raises(BadInput, match="1 to 20"):
        house.run(notices.send, illegal(*(post(each) for each in range(21))))
    with pytest.raises(NotFound):
        house.run(notices.send, illegal(post(), Subject("nowhere", SubjectKind.CONTENT, "x")))
    assert house.all(Report) == []


def test_the_name_is_sealed_and_never_asked_for_the_abuse_of_children(house: House) -> None:
    [named] = house.run(notices.send, illegal())
    assert named.contact is not None
    assert named.reporter is not None
    with house.store.read(house.now) as view:
        assert view.unseal(named.contact) == {"name": "Rita Sample"}
    [nameless] = house.run(notices.send, illegal(post(2), illegal=Illegal.CHILD))
    assert (nameless.contact, nameless.reporter, nameless.state) == (None, None, ReportState.FILED)
    assert house.case_of(nameless).urgent
    assert not nameless.life


def test_a_notice_of_illegal_content_without_a_name_is_refused_and_says_what_is_missing(house: House) -> None:
    [refused] = house.run(notices.send, illegal(name=""))
    assert refused.state is ReportState.REFUSED
    assert refused.refused_because == "lacks: name and e-mail (c)"


def test_a_threat_to_life_is_urgent_and_waits_its_turn_only_when_its_sender_has_cried_too_often(
    house: House,
) -> None:
    [first] = house.run(notices.send, notice(life=True))
    assert first.life
    assert house.case_of(first).urgent
    [later] = house.run(notices.send, notice(post(2), life=True, first=False))
    assert later.life
    assert not house.case_of(later).urgent


@pytest.mark.parametrize(
    "typed, kind, ref",
    [
        (
            "https://matrix.to/#/!room:hs.example/$ev?via=hs.example",
            SubjectKind.CONTENT,
            "!room:hs.example/$ev",
        ),
        ("https://matrix.to/#/%21room%3Ahs.example/%24ev", SubjectKind.CONTENT, "!room:hs.example/$ev"),
        ("https://matrix.to/#/@sam:hs.example", SubjectKind.ACCOUNT, "@sam:hs.example"),
        ("matrix:u/sam:hs.example?action=chat", SubjectKind.ACCOUNT, "@sam:hs.example"),
        ("matrix:roomid/room:hs.example/e/ev", SubjectKind.CONTENT, "!room:hs.example/$ev"),
        ("matrix:roomid/room:hs.example", SubjectKind.SPACE, "!room:hs.example"),
        ("  @sam:hs.example ", SubjectKind.ACCOUNT, "@sam:hs.example"),
        ("https://elsewhere.example/?x=1#y", SubjectKind.CONTENT, "https://elsewhere.example/?x=1#y"),
    ],
)
def test_a_pasted_link_becomes_the_platforms_own_reference(typed: str, kind: SubjectKind, ref: str) -> None:
    assert point("hall", "matrix", typed, SubjectKind.CONTENT) == Subject("hall", kind, ref)


def test_what_no_pattern_knows_is_kept_as_typed_and_tricks_are_refused() -> None:
    assert point("plaza", "orders", "@sam:hs.example", SubjectKind.CONTENT).kind is SubjectKind.CONTENT
    broken = "https://matrix.to/#/@a%0Ab:hs.example"
    assert point("hall", "matrix", broken, SubjectKind.CONTENT).ref == broken
    for trick in ("", "a\u202eb", "x" * 513, "a\nb", "a\x00b", "https://matrix.to/#/@a%E2%80%AEb:hs.example"):
        with pytest.raises(BadInput):
            point("hall", "matrix", trick, SubjectKind.CONTENT)


def test_an_author_whom_the_form_could_not_name_is_told_once_the_platform_names_them(house: House) -> None:
    written = house.post("spam-sam", "buy now")
    [report] = house.run(notices.send, notice(written))
    house.report(written, author="spam-sam")
    decision = house.decide(house.case_of(report), rung="hide")
    with house.store.read(house.now) as view:
        assert subject_of(view, house.statement_of(decision).subject).ref == "spam-sam"
    assert house.statement_of(decision).state is ServiceState.SERVED


# --- What becomes of it ----------------------------------------------------------------------------------------------


def test_whoever_has_the_number_reads_the_outcome_and_its_reason_also_for_no_breach(house: House) -> None:
    [report] = house.run(notices.send, notice())
    assert status_of(house, report).stage is Stage.WITH_REVIEWERS
    find_no_breach(house, report)
    found = status_of(house, report)
    assert found.stage is Stage.ANSWERED
    assert any("It is a shop that posts once a day." in each for each in found.answers[0].paragraphs)
    assert found.closed is None
    assert found.window_until is not None


def test_the_page_says_the_same_to_who_can_be_written_to(house: House) -> None:
    by_form = house.run(notices.send, notice())[0]
    by_rita = house.report(post())
    find_no_breach(house, by_form)
    anonymous, known = status_of(house, by_form), status_of(house, by_rita)
    assert [each.replace(by_form.number, by_rita.number) for each in anonymous.answers[0].paragraphs] == list(
        known.answers[0].paragraphs
    )


def test_an_anonymous_reporter_appeals_by_number_and_reads_the_answer_which_nobody_else_is_sent(
    house: House,
) -> None:
    sam = house.account("spam-sam")
    [report] = house.run(notices.send, notice(sam))
    find_no_breach(house, report)
    letters = len(house.all(Letter))
    lodged = house.run(lodging.lodge, report.number, "It posts every minute.")
    assert status_of(house, report).closed is Closed.ONCE
    house.run(hearing.claim, lodged.id, "dan")
    house.run(hearing.affirm, lodged.id, "dan", "The posts are an hour apart.")
    heard = status_of(house, report)
    assert [each.kind for each in heard.answers] == [
        LetterKind.ANSWER,
        LetterKind.APPEAL_RECEIVED,
        LetterKind.APPEAL_OUTCOME,
    ]
    assert "The posts are an hour apart." in " ".join(heard.answers[-1].paragraphs)
    assert len(house.all(Letter)) == letters, "above all not the account that was reported"


def test_the_window_of_an_anonymous_reporter_runs_from_when_the_answer_lay_there(house: House) -> None:
    [report] = house.run(notices.send, notice())
    with pytest.raises(AppealClosed, match="not been answered"):
        house.run(lodging.lodge, report.number, "Too early.")
    find_no_breach(house, report)
    until = status_of(house, report).window_until
    assert until is not None
    house.now = until
    with pytest.raises(AppealClosed, match="window"):
        house.run(lodging.lodge, report.number, "Too late.")
    assert status_of(house, report).closed is Closed.TOO_LATE


def test_a_reversal_is_told_on_the_page_too(house: House) -> None:
    [report] = house.run(notices.send, notice(house.account("spam-sam")))
    decision = house.decide(house.case_of(report), rung="suspend")
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    appeal = house.run(lodging.lodge, house.statement_of(decision).reference, "It was not me.")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "The account had been taken over.")
    house.wait(seconds=1)
    last = " ".join(status_of(house, report).answers[-1].paragraphs)
    assert "reversed" in last
    assert "taken over" not in last, "the other person's appeal is theirs"
    assert status_of(house, report).closed is Closed.NOTHING_LEFT


def test_a_number_leads_to_the_page_and_every_unknown_number_is_answered_alike(house: House) -> None:
    [report] = house.run(notices.send, notice())
    with house.store.read(house.now) as view:
        path = report_status.by_number(view, f" {report.number.lower()} ")
        assert path.startswith("/r/")
        assert links.follow(view, LinkKind.REPORT, path.removeprefix("/r/")) == report.id
        said = set()
        for wrong in ("", "nonsense", report.number[:-1], "\x00", "9" * 10_000):
            with pytest.raises(NotFound) as refused:
                report_status.by_number(view, wrong)
            said.add(refused.value.message)
        assert len(said) == 1


def test_letters_to_a_reporter_carry_the_link_to_their_page_once_the_site_has_an_address(
    house: House,
) -> None:
    [report] = house.run(notices.send, illegal())
    [confirmed] = house.all(Letter)
    with house.store.read(house.now) as view:
        assert "/r/" not in rendered(view, confirmed).text
    house.run(founding.change_setting, "address", "https://plaza.example", "ada")
    with house.store.read(house.now) as view:
        token = links.token(view, LinkKind.REPORT, report.id)
        assert f"https://plaza.example/r/{token}" in rendered(view, confirmed).text
    house.run(notices.send_link_again, report.id)
    again = house.all(Letter, kind=LetterKind.LINK)[0]
    with house.store.read(house.now) as view:
        assert token not in rendered(view, again).text
        assert links.token(view, LinkKind.REPORT, report.id) in rendered(view, again).text
        with pytest.raises(LinkEnded):
            links.follow(view, LinkKind.REPORT, token)


def test_a_withdrawn_report_is_not_answered(house: House) -> None:
    [report] = house.run(notices.send, notice())
    house.run(intake.withdraw, report.id)
    assert status_of(house, report).stage is Stage.WITHDRAWN
    assert not status_of(house, report).can_be_withdrawn


def test_an_appeal_of_whoever_has_the_number_can_be_withdrawn_and_lodged_again(house: House) -> None:
    [report] = house.run(notices.send, notice())
    find_no_breach(house, report)
    lodged = house.run(lodging.lodge, report.number, "It posts every minute.")
    assert house.run(lodging.withdraw, lodged.id).state is AppealState.WITHDRAWN
    assert status_of(house, report).closed is None


@pytest.mark.parametrize(
    "typed",
    [
        "https://house.example/comments/c/{}",
        "https://house.example/comments/c/{}?lang=fr#comment-{}",
        "/comments/c/{}",
        "https://house.example/comments/f/aaaa?order=newest&comment={}",
        "https://courrier.example/strike.html#comment-{}",
        "{}",
    ],
)
def test_every_link_of_a_comment_means_that_comment(typed: str) -> None:
    comment = "0123456789abcdef" * 2
    found = point("courrier", "comments", typed.replace("{}", comment), SubjectKind.CONTENT)
    assert (found.kind, found.ref) == (SubjectKind.CONTENT, comment)


def test_what_is_no_comments_link_is_kept_as_it_was_typed() -> None:
    said, path = "the third comment by Paul", "/comments/c/" + "0" * 32
    assert point("courrier", "comments", said, SubjectKind.CONTENT).ref == said
    assert point("plaza", "simulator", path, SubjectKind.CONTENT).ref == path
