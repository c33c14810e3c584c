"""Appealing on the page: without logging in, with files, sent twice, with mistakes, and taken back."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from showcause.casework import attachments
from showcause.domain.appeal import Appeal
from showcause.domain.attachment import MOST_BYTES, Attachment
from showcause.domain.lifecycle import AppealState, AttachmentState
from showcause.web.files import file_response
from tests.web.person.letters import letters, only_appeal, read, reverse, suspended
from tests.web.stand import Stand


def picture(name: str = "invitation.png", kind: str = "PNG") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def test_an_appeal_is_taken_and_its_promised_hour_stands_on_the_page(stand: Stand) -> None:
    _, path = suspended(stand)
    sent = stand.client.post(f"{path}/appeal", {"text": "I was invited.\r\nAsk the host.", "language": "fr"})
    assert (sent.status_code, sent["Location"]) == (302, f"{path}#appeal")
    appeal = only_appeal(stand)
    page = read(stand.client.get(path))
    assert "We promise an answer by 25 November 2026 at 12:00 UTC" in page
    assert appeal.reference in page
    assert appeal.language == "fr"
    assert "I was invited.\nAsk the host." in page
    stand.house.work()
    assert "Nous avons reçu votre réclamation" in letters(stand)[-1]


def test_a_form_that_is_sent_twice_is_one_appeal(stand: Stand) -> None:
    _, path = suspended(stand)
    answers = [stand.client.post(f"{path}/appeal", {"text": "I was invited."}) for _ in range(2)]
    assert [each.status_code for each in answers] == [302, 302]
    assert len(stand.house.all(Appeal)) == 1


def test_what_cannot_be_taken_is_said_beside_its_field_and_nothing_written_is_lost(stand: Stand) -> None:
    _, path = suspended(stand)
    large = SimpleUploadedFile("large.png", b"x" * (MOST_BYTES + 1))
    cases = (
        ({"text": "  "}, "Please write what is wrong with the decision"),
        ({"text": "a" * 20_001}, "longer than 20,000 characters"),
        ({"text": "My words <b>", "files": large}, "One of the files is too large"),
        ({"text": "My words <b>", "files": [picture(f"{n}.png") for n in range(4)]}, "at most three files"),
        (
            {"text": "My words <b>", "files": SimpleUploadedFile("nothing.txt", b"")},
            "One of the files is empty",
        ),
    )
    for given, said in cases:
        answer = stand.client.post(f"{path}/appeal", given)
        assert (answer.status_code, said in read(answer)) == (422, True), said
        if "My" in str(given["text"]):
            assert "My words &lt;b&gt;</textarea>" in read(answer)
    assert stand.house.all(Appeal) == []
    assert stand.house.all(Attachment) == []


def test_an_appeal_that_comes_too_late_is_told_so_in_both_languages(stand: Stand) -> None:
    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    reverse(stand)
    for language, said in (
        ("en", "An appeal is not possible any more"),
        ("fr", "Une réclamation n’est plus possible"),
    ):
        answer = stand.client.post(f"{path}/appeal?lang={language}", {"text": "Something else."})
        assert (answer.status_code, said in read(answer)) == (409, True)
        assert "Something else." in read(answer)


def test_after_the_window_the_page_still_reads_and_says_that_it_closed(stand: Stand) -> None:
    _, path = suspended(stand)
    stand.house.wait(days=190)
    page = read(stand.client.get(path))
    assert "The time for an appeal here is over" in page
    assert "<textarea" not in page


def test_an_appeal_can_be_withdrawn_and_lodged_again(stand: Stand) -> None:
    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    first = only_appeal(stand)
    for _ in range(2):
        assert stand.client.post(f"{path}/withdraw", {"appeal": first.id}).status_code == 302
    assert "You withdrew your earlier appeal" in read(stand.client.get(path))
    stand.client.post(f"{path}/appeal", {"text": "On second thoughts."})
    assert [each.state for each in stand.house.all(Appeal)] == [AppealState.WITHDRAWN, AppealState.LODGED]


def test_nobody_withdraws_the_appeal_of_another(stand: Stand) -> None:
    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    other = stand.house.suspended("other-sam")
    from tests.web.person.letters import newest_link

    theirs = newest_link(stand, "other-sam")
    assert other.id
    stand.client.post(f"{theirs}/withdraw", {"appeal": only_appeal(stand).id})
    assert only_appeal(stand).state is AppealState.LODGED


def test_a_form_from_elsewhere_is_not_taken(stand: Stand) -> None:
    from django.test import Client

    _, path = suspended(stand)
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="localhost:8420")
    for act in ("appeal", "withdraw", "new-link", "publish", "unpublish"):
        assert strict.post(f"{path}/{act}", {"text": "x"}).status_code == 403
    assert stand.house.all(Appeal) == []


def test_the_appeals_limit_keeps_what_was_written(stand: Stand) -> None:
    _, path = suspended(stand)
    for _ in range(10):
        stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    answer = stand.client.post(f"{path}/appeal", {"text": "Another thing."})
    assert answer.status_code == 429
    assert "Another thing." in read(answer)


# --- files -----------------------------------------------------------------------------------------------


def test_files_wait_in_quarantine_and_are_shown_as_copies_drawn_anew(stand: Stand) -> None:
    _, path = suspended(stand)
    page_file = SimpleUploadedFile("page.html", b"<script>alert(1)</script>", "image/png")
    sent = {"text": "See the picture.", "files": [picture("../../etc/\u202egnp.<b>.png", "GIF"), page_file]}
    stand.client.post(f"{path}/appeal", sent)
    shown, refused = stand.house.all(Attachment)
    assert {shown.state, refused.state} == {AttachmentState.QUARANTINED}
    assert shown.name == "file-1", "a name says things about people: it is sealed"
    assert stand.client.get(f"{path}/file/{shown.id}").status_code == 404
    assert "being checked" in read(stand.client.get(path))
    stand.house.work()
    page = read(stand.client.get(path))
    assert "gnp.&lt;b&gt;.png" in page
    assert "\u202e" not in page
    assert "web pages and vector drawings can hold programs" in page
    answer = stand.client.get(f"{path}/file/{shown.id}")
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "filename*=UTF-8''gnp.%3Cb%3E.png" in answer["Content-Disposition"]
    assert stand.client.get(f"{path}/file/{refused.id}").status_code == 404


def test_somebody_elses_file_is_not_found(stand: Stand) -> None:
    from tests.web.person.letters import newest_link

    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "See.", "files": picture()})
    stand.house.work()
    stand.house.suspended("other-sam")
    [held] = stand.house.all(Attachment)
    assert stand.client.get(f"{newest_link(stand, 'other-sam')}/file/{held.id}").status_code == 404


def test_files_are_sealed_under_their_senders_key_and_go_with_it(stand: Stand) -> None:
    decision, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "See.", "files": picture()})
    person = stand.house.statement_of(decision).person
    [held] = stand.house.all(Attachment)
    with stand.house.store.read() as view:
        assert (held.owner, view.owner_of_sealed(held.content)) == (person, person)
    stand.house.store.keys.forget(person)
    stand.house.work()
    [after] = stand.house.all(Attachment)
    assert after.state is AttachmentState.REFUSED


def test_the_console_gets_a_file_with_headers_under_which_it_does_nothing(stand: Stand) -> None:
    _, path = suspended(stand)
    text = SimpleUploadedFile("a.b.txt", "Ça alors <script>".encode())
    stand.client.post(f"{path}/appeal", {"text": "See.", "files": text})
    stand.house.work()
    with stand.house.store.read() as view:
        [listed] = attachments.listed(view, only_appeal(stand).id)
        answer = file_response(attachments.shown(view, listed.id), download=True)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    "given, kept",
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\photo.JPG", "photo.JPG"),
        ("\u202egpj.exe\u0000\n.png", "gpj.exe.png"),
        ("...", "file-2"),
        ("a" * 300 + ".png", "a" * 70 + ".png"),
        ("photo de l’été.png", "photo de l’été.png"),
    ],
)
def test_a_files_name_keeps_what_can_be_read_and_nothing_else(given: str, kept: str) -> None:
    assert attachments.plain_name(given, 2) == kept
    assert re.search(r"[\x00-\x1f/\\]", attachments.plain_name(given, 2)) is None
