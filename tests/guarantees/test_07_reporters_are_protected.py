"""Reporters are protected: nobody but those the law allows learns who reported, what they wrote, or exactly when.

A story is played through the public form with words that stand nowhere else; then everything that reaches the person
reported, the public or a thief of the files is searched for them.
"""

from datetime import timedelta

from showcause.casework import lodging, notices, rendering, report_status
from showcause.casework.notices import Illegal, Notice
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.site import Letter, LetterKind
from showcause.domain.subject import SubjectRecord
from tests.house import House, fresh_id

NAME, MAILBOX, WORDS = "Quirina Quill", "quirina.quill@mail.example", "seventeen turquoise umbrellas"


def reported(house: House, illegal: Illegal | None = Illegal.FRAUD) -> Report:
    """Report an account by the form, an hour before anybody decides."""
    about = house.account("spam-sam")
    sent = Notice(
        fresh_id(),
        (about,),
        "illegal:fraud",
        "en",
        reason=WORDS,
        illegal=illegal,
        good_faith=True,
        name=NAME,
        email=MAILBOX,
    )
    [made] = house.run(notices.send, sent)
    house.now += timedelta(hours=1)
    return made


def test_the_statement_says_nothing_of_who_reported_what_they_wrote_or_when(house: House) -> None:
    report = reported(house)
    decision = house.decide(house.case_of(report), rung="suspend")
    with house.store.read(house.now) as view:
        text = rendering.statement(view, house.statement_of(decision)).text
    for word in (NAME, "quirina", WORDS, report.number, f"{report.received_at:%H:%M}"):
        assert word not in text
    assert "notice" in text, "that somebody gave one is said, and nothing more of them"


def test_nothing_of_a_reporter_lies_open_in_any_file(file_house: House) -> None:
    house = file_house
    report = reported(house)
    house.decide(house.case_of(report), rung="suspend")
    [nameless] = house.run(
        notices.send,
        Notice(fresh_id(), (house.account("other-ole"),), "illegal:child", "en", WORDS, Illegal.CHILD, True),
    )
    assert nameless.reporter is None
    for file in house.folder.rglob("*"):
        if file.is_file() and not file.name.startswith("world.db"):  # the platform's own memory is not ours
            data = file.read_bytes()
            for word in (NAME, MAILBOX, WORDS, WORDS.split()[1]):
                assert word.encode() not in data, file.name


def test_where_no_name_is_asked_none_is_kept_even_if_one_was_sent(house: House) -> None:
    report = reported(house, Illegal.CHILD)
    assert (report.reporter, report.reporter_subject, report.contact) == (None, None, None)
    assert "mail" not in {record.platform for record in house.all(SubjectRecord)}


def test_the_page_of_a_report_says_nothing_of_the_person_reported_nor_of_other_reporters(
    house: House,
) -> None:
    report = reported(house)
    other = house.report(house.account("spam-sam"), by="rita", reason="another voice")
    house.decide(house.case_of(report), rung="suspend")
    assert house.standing("spam-sam") == {Measure.SUSPEND}
    with house.store.read(house.now) as view:
        status = report_status.status(view, report.id, "en")
    said = " ".join(" ".join(answer.paragraphs) for answer in status.answers)
    assert "suspension of the account" in said
    for word in ("spam-sam", "rita", "another voice", other.number, "bea", "cleo"):
        assert word not in said


def test_an_answer_nobody_can_be_sent_never_goes_to_the_person_reported(house: House) -> None:
    about = house.account("spam-sam")
    [report] = house.run(notices.send, Notice(fresh_id(), (about,), "integrity.spam@1", "en"))
    house.decide(house.case_of(report), rung="suspend")
    assert [
        each for each in house.all(Letter) if each.kind in (LetterKind.ANSWER, LetterKind.ACKNOWLEDGEMENT)
    ] == []
    assert house.all(Report)[0].told


def test_a_reporter_who_appeals_is_never_told_the_number_of_the_persons_statement(house: House) -> None:
    report = reported(house)
    decision = house.decide(house.case_of(report), rung="suspend")
    house.work()
    appeal = house.run(lodging.lodge, report.number, "The other account does the same.")
    with house.store.read(house.now) as view:
        told = [rendering.letter(view, each).text for each in view.find(Letter, about=appeal.id)]
        number = house.statement_of(decision).reference
    assert told
    assert report.number in told[0]
    assert not any(number in text for text in told)
