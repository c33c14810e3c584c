"""The desk of answers: what people who are written about want to say beside a comment. One key each, as for comments.

Publishing an answer restricts nobody and is noted at it. Refusing one restricts whoever wrote it, and is a decision
like any other: under a rule, with its thirty seconds, a statement by mail, an appeal.
"""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse

from showcause.casework import author_contacts, refusing
from showcause.casework.refusing import Words, subject_of_author, subject_of_comment
from showcause.comments import articles, authors, besides, threads
from showcause.comments.section import Section
from showcause.comments.states import BesideState, CommentState
from showcause.comments.values import Answer, Article, Comment
from showcause.domain import newsroom as law
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.permissions import ROLES, Action, check_action
from showcause.web.console.access import acts, reads
from showcause.web.console.cards import keys, roughly, stands
from showcause.web.console.keyed import ASIDE, Done, check_no_refusal
from showcause.web.console.validating import answered, running_of, section_here
from showcause.web.console.visit import Visit
from showcause.web.house import house

HERE: Final = "/desk/comments/answers/"
KEYS: Final = (("f", "accept"), ("1–9", "refuse"), ("u", "undo"), ("j", "skip"), ("k", "back"), ("?", "help"))
STANDS: Final = {
    BesideState.WAITING: law.Standing.WAITING,
    BesideState.PUBLISHED: law.Standing.PUBLISHED,
    BesideState.REFUSED: law.Standing.REFUSED,
    BesideState.ERASED: law.Standing.ERASED,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One answer as the desk shows it, with the comment that it stands beside."""

    answer: Answer
    comment: Comment
    article: Article
    confirmed: bool
    age: int

    @property
    def seen(self) -> bool:
        """Tell whether readers see the comment."""
        return self.comment.state is CommentState.PUBLISHED


@reads("comments")
def desk(visit: Visit) -> HttpResponse:
    """Show the answers that wait, the oldest first."""
    return draw(visit)


def draw(visit: Visit) -> HttpResponse:
    """Draw the desk of answers; on a site without comments, say so."""
    section = house().section()
    if section is None:
        return visit.show("newsroom-none")
    with house().store.read(visit.now) as view:
        offered = keys(refusing.prepared(view, section.name), visit.language)
        running = running_of(view, visit, section)
    sheets = [_sheet(visit, section, each) for each in besides.waiting(section, visit.now)]
    count = besides.count(section, visit.now)
    return visit.show("answers", sheets=sheets, keys=offered, running=running, count=count, key_names=KEYS)


def _sheet(visit: Visit, section: Section, answer: Answer) -> Sheet:
    comment = threads.by_id(section, answer.comment)
    confirmed = authors.by_id(section, answer.author.id).confirmed_at is not None
    age = roughly(visit.now - answer.created_at)
    return Sheet(answer, comment, articles.by_id(section, comment.article), confirmed, age)


@acts("comments", ROLES[Action.COMMENT_ACCEPT])
def act(visit: Visit) -> HttpResponse:
    """Publish or refuse one answer, as its form says."""
    return answered(visit, lambda: decide(visit, section_here()), draw, HERE)


@acts("comments", ROLES[Action.COMMENT_REFUSE])
def undo(visit: Visit) -> HttpResponse:
    """Take refusals back; their answers wait again."""
    named = visit.request.POST.get("decisions", "")
    return answered(visit, lambda: take_back(visit, section_here(), named), draw, HERE)


def decide(visit: Visit, section: Section) -> Done:
    """Do what one key says. Raises: BadInput; what the law refuses."""
    posted = visit.request.POST
    do, *reason = posted.get("do", "")[:250].split(" ")
    found = besides.by_id(section, posted.get("answer", "")[:64])
    if do == "accept" and not reason:
        return _accept(visit, section, found)
    if do == "refuse" and len(reason) == 2:
        return _refuse(visit, section, found, *reason)
    raise BadInput("an answer is published, or refused for a reason")


def _accept(visit: Visit, section: Section, answer: Answer) -> Done:
    if answer.state is BesideState.PUBLISHED:
        return Done("concerned.did.accept", 0)  # the same key, sent twice
    check_action(visit.who, _as_law(answer), Action.COMMENT_ACCEPT, visit.now)
    check_no_refusal(visit, section, [answer.id])
    besides.accept(section, visit.now, answer.id, visit.who.id)
    link = f"{house().address}/comments/c/{answer.comment}#beside-{answer.id}"
    title = articles.by_id(section, threads.by_id(section, answer.comment).article).title
    account = subject_of_author(section.name, answer.author.id)
    visit.run(author_contacts.answer_published, account, title, answer.language, link)
    return Done("concerned.did.accept", 0)


def _refuse(visit: Visit, section: Section, answer: Answer, clause: str, preset: str) -> Done:
    comment = threads.by_id(section, answer.comment)
    article = articles.by_id(section, comment.article)
    words = Words(
        _as_law(answer),
        subject_of_comment(section.name, answer.id),
        subject_of_author(section.name, answer.author.id),
        answer.text,
        answer.language,
        f"{stands(comment, article.title, article.address)}\n/comments/c/{comment.id}",
    )
    made = visit.run(refusing.refuse, words, clause, preset, answer.text, visit.who.id)
    besides.set_aside(section, answer.id, visit.now + ASIDE)
    return Done("concerned.did.refuse", 0, [made])


def take_back(visit: Visit, section: Section, named: str) -> Done:
    """Undo refusals by their decisions' ids. Raises: IllegalStep when their delay is over; NotFound."""
    ids = [each for each in named.split(" ") if each][:10]
    if not ids:
        raise NotFound("nothing is named that could be undone")
    undone = visit.run(refusing.undo, ids, visit.who.id)
    with house().store.read(visit.now) as view:
        for each in refusing.comments_of(view, undone):
            besides.set_aside(section, each, None)
    return Done("concerned.did.undo", 0)


def _as_law(answer: Answer) -> law.Comment:
    return law.Comment(answer.id, STANDS[answer.state], answer.checked_at is not None)
