"""Authors who ask for it are told by mail of replies and of the publication of their own comments; they can stop it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from showcause.casework import author_contacts, founding, noticing, returned
from showcause.comments import acts, authors, erasing, notices, validation
from showcause.comments.acts import Why
from showcause.comments.values import Author, Comment, Mode
from showcause.compose.noticing import Noticing
from showcause.domain.lifecycle import ServiceState
from showcause.domain.restriction import Measure
from showcause.domain.site import Letter, LetterKind
from showcause.store.store import Store
from tests.house import House, opened_house
from tests.newspaper import Newspaper, newspaper_on
from tests.services.smtp import Postbox, house_with_mail

ADDRESS = "https://comments.courrier.example"
NORA = "nora@reader.example"


class Desk:
    """A newspaper whose readers write; `turn` is one turn of the worker with the notices' before it."""

    def __init__(self, paper: Newspaper, postbox: Postbox) -> None:
        self.paper, self.postbox, self.house = paper, postbox, paper.house
        self.noticing = Noticing(paper.section, paper.house.runner)

    def reader(self, name: str, mail: str, *, wants: bool = True, confirmed: bool = True) -> Author:
        """Return somebody who gave an address, and usually confirmed it and ticked the box."""
        made = self.paper.author(name, mail)
        self.house.run(author_contacts.introduce, self.paper.account(made), mail, "en", None)
        if wants:
            authors.wants_replies_by_mail(self.paper.section, made, True)
        if confirmed:
            token = authors.confirmation(self.paper.section, self.house.now, made)
            made = authors.confirm(self.paper.section, self.house.now, token)
        return made

    def answer(self, to: Comment, by: Author | None = None, text: str = "I disagree.") -> Comment:
        """Answer a comment, as somebody else."""
        return self.paper.write(by or self.paper.author("Bo Lind", "bo@reader.example"), text, parent=to.id)

    def turn(self) -> int:
        """Do one turn."""
        drafted = self.noticing.step()
        self.house.work()
        return drafted

    def letters(self, to: str = NORA) -> list[str]:
        """Return what was mailed to somebody."""
        return [each.get_content() for each in self.postbox.to(to)]


@pytest.fixture
def desk(durable_store: Store, tmp_path: Path) -> Iterator[Desk]:
    """A newspaper whose comments are published at once, on each database in turn."""
    with opened_house(durable_store, tmp_path) as house:
        yield from opened(house)


@pytest.fixture
def quick(memory_store: Store, tmp_path: Path) -> Iterator[Desk]:
    """The same, with the record in memory."""
    with opened_house(memory_store, tmp_path) as house:
        yield from opened(house)


def opened(house: House) -> Iterator[Desk]:
    with newspaper_on(house, mode=Mode.AFTER) as paper:
        house.run(founding.change_setting, "address", ADDRESS, "ada")
        with house_with_mail(house) as postbox:
            yield Desk(paper, postbox)


def test_who_asked_for_it_is_told_of_a_reply_with_a_way_to_stop_and_nobodys_words(desk: Desk) -> None:
    nora = desk.reader("Nora Weiss", NORA)
    mine = desk.paper.write(nora, "The bridge is too narrow.")
    reply = desk.answer(mine, text="You fool, it is wide.")
    assert desk.turn() == 1
    [letter] = desk.postbox.to(NORA)
    text = letter.get_content()
    assert f"Somebody replied to your comment on “A bridge”: {ADDRESS}/comments/c/{reply.id}" in text
    assert "fool" not in text
    assert "Bo Lind" not in text
    stop = letter["List-Unsubscribe"].strip("<>")
    assert stop.startswith(f"{ADDRESS}/comments/quiet/")
    assert stop in text
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert desk.turn() == 0
    assert len(desk.letters()) == 1


def test_within_an_hour_one_article_is_one_letter(desk: Desk) -> None:
    mine = desk.paper.write(desk.reader("Nora Weiss", NORA), "The bridge is too narrow.")
    desk.answer(mine)
    desk.turn()
    for _ in range(3):
        desk.answer(mine)
    desk.house.now += timedelta(minutes=50)
    assert desk.turn() == 0
    desk.house.now += timedelta(minutes=11)
    assert desk.turn() == 1
    assert "have 3 new replies" in desk.letters()[1]


def test_the_publication_of_a_comment_that_waited_is_told(quick: Desk) -> None:
    section = quick.paper.section
    section.settings = replace(section.settings, mode=Mode.BEFORE)
    mine = quick.paper.write(quick.reader("Nora Weiss", NORA), "The bridge is too narrow.")
    assert quick.turn() == 0
    validation.accept(section, quick.house.now, mine.id, "bea")
    assert quick.turn() == 1
    assert "was read and published" in quick.letters()[0]


def test_nobody_else_is_told_anything(quick: Desk) -> None:
    for reader in (
        quick.reader("Nora Weiss", NORA, wants=False),
        quick.reader("Ida Holm", "ida@reader.example", confirmed=False),
    ):
        quick.answer(quick.paper.write(reader, "The bridge is too narrow."))
    herself = quick.reader("Mia Berg", "mia@reader.example")
    quick.answer(quick.paper.write(herself, "A word."), by=herself)
    assert quick.turn() == 0
    assert quick.postbox.letters == []


def test_who_was_forgotten_and_what_was_hidden_meanwhile_is_told_no_more(quick: Desk) -> None:
    nora, mia = quick.reader("Nora Weiss", NORA), quick.reader("Mia Berg", "mia@reader.example")
    quick.answer(quick.paper.write(nora, "The bridge is too narrow."))
    hidden = quick.answer(quick.paper.write(mia, "A word."))
    erasing.forget(quick.paper.section, quick.house.now, quick.paper.account(nora))
    acts.impose(
        quick.paper.section, quick.house.now, quick.paper.content(hidden), Measure.HIDE, Why("o", "x@1", None)
    )
    assert quick.turn() == 0


def test_a_box_ticked_in_a_form_counts_for_the_person_once_its_address_is_confirmed(quick: Desk) -> None:
    known = quick.reader("Nora Weiss", NORA, wants=False)
    quick.reader("Nora W.", NORA, wants=True)
    assert notices.wanted(quick.paper.section, known)
    quick.answer(quick.paper.write(known, "The bridge is too narrow."))
    assert quick.turn() == 1
    assert len(quick.letters()) == 1


def test_stopping_is_harmless_to_repeat_and_keeps_back_what_did_not_go_out(quick: Desk) -> None:
    nora, section = quick.reader("Nora Weiss", NORA), quick.paper.section
    mine = quick.paper.write(nora, "The bridge is too narrow.")
    quick.answer(mine)
    assert quick.noticing.step() == 1
    for _ in range(2):
        [id_] = notices.stop(section, nora.id)
        quick.house.run(noticing.recall, [quick.paper.account(nora)])
    quick.answer(mine)
    quick.turn()
    assert id_ == nora.id
    assert quick.postbox.letters == []
    [letter] = [each for each in quick.house.all(Letter) if each.kind is LetterKind.NOTICE]
    assert letter.state is ServiceState.EXEMPT


def test_a_letter_that_came_back_is_the_last(quick: Desk) -> None:
    nora = quick.reader("Nora Weiss", NORA)
    mine = quick.paper.write(nora, "The bridge is too narrow.")
    quick.answer(mine)
    quick.turn()
    [letter] = [each for each in quick.house.all(Letter) if each.kind is LetterKind.NOTICE]
    quick.house.run(returned.come_back, letter.id, "5.1.1")
    quick.answer(mine)
    quick.house.now += timedelta(hours=2)
    assert quick.turn() == 0
    assert not notices.wanted(quick.paper.section, nora)
    authors.wants_replies_by_mail(quick.paper.section, nora, True)
    quick.answer(mine)
    assert quick.turn() == 1  # whoever asks again, after mending their mailbox, is told again


def test_a_refused_recipient_ends_it_as_well_and_a_server_that_is_away_does_not(quick: Desk) -> None:
    nora = quick.reader("Nora Weiss", NORA)
    mine = quick.paper.write(nora, "The bridge is too narrow.")
    quick.postbox.rcpt = "451 later"
    quick.answer(mine)
    quick.turn()
    assert quick.letters() == []
    quick.postbox.rcpt = "250 OK"
    quick.house.wait(seconds=5)
    assert len(quick.letters()) == 1
    quick.postbox.rcpt = "550 nobody here"
    quick.answer(mine)
    for _ in range(2):
        quick.house.now += timedelta(hours=2)
        quick.turn()
        quick.answer(mine)
    assert not notices.wanted(quick.paper.section, nora)


def test_what_was_taken_and_not_handed_over_is_handed_over_once(quick: Desk) -> None:
    quick.answer(quick.paper.write(quick.reader("Nora Weiss", NORA), "The bridge is too narrow."))
    first = notices.take(quick.paper.section, quick.house.now, quick.house.runner.ids)
    assert notices.take(quick.paper.section, quick.house.now, quick.house.runner.ids) == first
    quick.house.run(noticing.tell, quick.noticing._notice(first[0], ADDRESS))
    assert quick.turn() == 1
    assert len(quick.letters()) == 1
