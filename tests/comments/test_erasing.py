"""Forgetting by law reaches the comment section: nothing of the person stays, and the others' words do."""

from pathlib import Path

from showcause.comments import authors, erasing, inbox, posting, threads
from showcause.comments.look_alikes import skeleton
from showcause.comments.states import CommentState
from showcause.comments.values import Order
from showcause.domain.subject import Subject, SubjectKind
from tests.comments.conftest import Newsroom, fresh_id

NAME, WORDS, FORMER, LETTER = (
    "Quixotine Quark",
    "perambulating marmalade",
    "effervescent albatross",
    "ineffable teapot",
)
MAIL = "quixotine@reader.example"


def written(newsroom: Newsroom) -> Subject:
    """Let somebody write, edit, be answered and get a letter."""
    newsroom.people[NAME] = authors.guest(newsroom.section, newsroom.now, fresh_id, NAME, MAIL)
    comment = newsroom.post(FORMER, by=NAME)
    posting.edit(newsroom.section, newsroom.now, newsroom.author(NAME), comment.id, WORDS)
    newsroom.post("An answer.", by="Ben Stone", to=comment)
    author = newsroom.author(NAME).id
    inbox.put(newsroom.section, newsroom.now, author, LETTER, "S-1")
    return Subject("courrier", SubjectKind.ACCOUNT, author)


def everything(newsroom: Newsroom) -> bytes:
    """Return all rows of all tables, and the bytes of the file where there is one."""
    tables = ("author", "comment", "edit", "mark", "inbox", "notice", "band", "article", "standing")
    rows = repr([newsroom.section.rows(f"SELECT * FROM {{p}}{table}") for table in tables]).encode()
    path = newsroom.section.database.path
    if path is None:
        return rows
    return rows + b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))


def test_an_author_is_erased_with_every_word_name_and_hash(newsroom: Newsroom) -> None:
    person = written(newsroom)
    digest = authors.mail_hash(newsroom.section, MAIL)
    secret = [
        NAME.encode(),
        skeleton(NAME).encode(),
        WORDS.encode(),
        FORMER.encode(),
        digest,
        digest.hex().encode(),
    ]
    before = everything(newsroom)
    assert [word for word in secret[:4] if word not in before] == []
    assert LETTER.encode() not in before, "a letter lies encrypted"
    assert erasing.forget(newsroom.section, newsroom.now, person) == 2
    after = everything(newsroom)
    assert [word for word in secret if word in after] == []
    assert repr(digest)[2:-1].encode() not in after
    assert erasing.forget(newsroom.section, newsroom.now, person) == 0


def test_the_place_of_an_erased_comment_stays_so_that_answers_stand(newsroom: Newsroom) -> None:
    erasing.forget(newsroom.section, newsroom.now, written(newsroom))
    [branch] = threads.page(newsroom.section, newsroom.article(), Order.NEWEST).branches
    assert (branch.root.comment.state, branch.root.comment.text) == (CommentState.ERASED, "")
    assert [reply.comment.text for reply in branch.replies] == ["An answer."]


def test_one_comment_is_erased_alone(newsroom: Newsroom) -> None:
    first, second = newsroom.post("The first."), newsroom.post("The second.")
    assert (
        erasing.forget(newsroom.section, newsroom.now, Subject("courrier", SubjectKind.CONTENT, first.id))
        == 1
    )
    assert newsroom.read(first).state is CommentState.ERASED
    assert newsroom.read(second).text == "The second."


def test_whoever_was_erased_is_erased_again_in_an_older_copy(newsroom: Newsroom, tmp_path: Path) -> None:
    listed, person = tmp_path / "comments.erased", written(newsroom)
    concerned = erasing.concerned(newsroom.section, person)
    assert concerned == [person.ref]
    assert erasing.replay(newsroom.section, newsroom.now, listed) == 0
    erasing.list_erased(listed, [*concerned, "0" * 32])
    assert erasing.replay(newsroom.section, newsroom.now, listed) == 2
    assert WORDS.encode() not in everything(newsroom)
    assert erasing.replay(newsroom.section, newsroom.now, listed) == 0


def test_a_letter_is_delivered_once_and_read_by_its_author(newsroom: Newsroom) -> None:
    person = written(newsroom)
    name = inbox.put(newsroom.section, newsroom.now, person.ref, LETTER, "S-2")
    assert inbox.put(newsroom.section, newsroom.now, person.ref, LETTER, "S-2") == name
    assert [each.text for each in inbox.of(newsroom.section, newsroom.author(NAME))] == [LETTER, LETTER]
    assert inbox.of(newsroom.section, newsroom.author("Ben Stone")) == []
    assert inbox.put(newsroom.section, newsroom.now, "0" * 32, LETTER, "S-3") is None
