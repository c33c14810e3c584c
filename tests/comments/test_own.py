"""What one author wrote, for their own page, and what became of a form that is sent again."""

from showcause.comments import acts, authors, own
from showcause.comments.acts import Why
from showcause.comments.values import MarkKind, Mode
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.comments.conftest import Newsroom, fresh_id


def test_an_author_finds_everything_of_theirs_in_whatever_state_the_newest_first(newsroom: Newsroom) -> None:
    newsroom.post("Somebody else's.", by="Bo Lind")
    newsroom.post("First.")
    newsroom.settings(mode=Mode.BEFORE)
    refused = newsroom.post("Second.")
    about = Subject("courrier", SubjectKind.CONTENT, refused.id)
    acts.impose(newsroom.section, newsroom.now, about, Measure.HIDE, Why("o", "comments.insult@1", "ab" * 16))
    newsroom.post("Third.", under="budget")
    newsroom.post("Second, anew.", again=refused.id)
    found = own.written(newsroom.section, newsroom.author())
    assert [each.place.comment.text for each in found] == ["Second, anew.", "Third.", "Second.", "First."]
    assert [each.article.key for each in found] == ["strike", "budget", "strike", "strike"]
    assert [each.replaced for each in found] == [False, False, True, False]
    assert [mark.kind for mark in found[2].place.marks] == [MarkKind.REFUSED]
    older = own.written(newsroom.section, newsroom.author(), found[1].place.comment.seq, most=1)
    assert [each.place.comment.text for each in older] == ["Second."]


def test_two_names_of_one_confirmed_address_are_one_person_with_one_page(newsroom: Newsroom) -> None:
    section, now = newsroom.section, newsroom.now
    for name in ("Anna Roth", "A. Roth"):
        author = authors.guest(section, now, fresh_id, name, "anna@reader.example")
        newsroom.people[name] = author
        newsroom.post(f"By {name}.", by=name)
        person = authors.confirm(section, now, authors.confirmation(section, now, author))
    found = own.written(section, person)
    assert [each.place.comment.author.name for each in found] == ["A. Roth", "Anna Roth"]


def test_a_form_leads_to_the_comment_that_it_made(newsroom: Newsroom) -> None:
    made = newsroom.post("Once.", form="ab" * 16)
    assert own.of_form(newsroom.section, "ab" * 16) == newsroom.read(made)
    assert own.of_form(newsroom.section, "cd" * 16) is None
