"""Taking a comment: who sends it, whether it can be taken, and what is said beside which field if it cannot.

A form carries a signed token instead of a cookie's. Sent twice, it is one comment. What was typed is kept, whatever
was wrong, also when a limit is reached; refusals by limits and by the traps for programs are counted.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from showcause.comments import articles, authors, forms, own, posting, proofs, threads
from showcause.comments.section import Section
from showcause.comments.states import CommentState
from showcause.comments.values import Article, Author, Comment, Draft, Held, NotTaken, Problem
from showcause.comments.wording import clean_text
from showcause.domain.errors import NotFound, TooMany
from showcause.web import limits
from showcause.web.comments import changing, letters, thread_page, visitor
from showcause.web.comments.filled import Filled
from showcause.web.comments.pages import FRAMED, Door, door
from showcause.web.comments.words import Trapped
from showcause.web.house import house


def write(request: HttpRequest, section: Section, article: Article, where: str) -> HttpResponse:
    """Take a comment, and lead to where it stands; or show the form again with what is wrong."""
    filled = Filled.of(request.POST)
    viewer = visitor.known(request, section)
    here = door(request, section, framed=where == FRAMED, article=article, viewer=viewer)
    try:
        made, author = _taken(request, here, filled)
    except (NotTaken, TooMany, Trapped) as error:
        filled.fault(error)
        return _again(request, here, filled, error)
    answer = _led(here, made, filled)
    if author is not None and visitor.is_from_our_own_page(request):
        visitor.remember(answer, section, author)
    return answer


def _again(request: HttpRequest, here: Door, filled: Filled, error: Exception) -> HttpResponse:
    if filled.again and changing.may_send_again(here, filled.again):
        return changing.show_again(here, filled.again, filled, error)
    filled.again = ""
    return thread_page.page(request, here, filled=filled, error=error)


def _taken(request: HttpRequest, here: Door, filled: Filled) -> tuple[Comment, Author | None]:
    """Return the comment and its author; None for the author of a form that somebody else sends again.

    Raises: NotTaken, TooMany.
    """
    section, article, site = here.section, here.article, house()
    assert article is not None  # noqa: S101 - the address names one
    key = take_form(request, here, filled)
    if (known := own.of_form(section, key)) is not None:
        return known, _sent_before(here, filled, known)
    limits.take(request, "comment")
    clean_text(filled.text, section.settings.longest)
    articles.check_open(article, site.now())
    _check_parent(here, filled.parent)
    author = _author(here, filled)
    letters.keep_identity(request, here, author)
    unproven = proofs.needed(section, site.now()) and not proofs.holds(filled.slip, filled.proof)
    draft = Draft(
        article,
        author,
        filled.text,
        key,
        filled.parent or None,
        here.language,
        filled.again or None,
        Held.NO_PROOF if unproven else None,
    )
    return posting.post(section, site.now(), site.site.ids, draft), author


def _sent_before(here: Door, filled: Filled, known: Comment) -> Author | None:
    """Return whose form this was, if the same person presses twice: the first answer may never have arrived."""
    author = authors.by_id(here.section, known.author.id)
    if here.viewer is not None and here.viewer.person == author.person:
        return here.viewer
    if filled.token:
        by = authors.from_token(here.section, house().now(), house().site.ids, filled.token)
        return by if by.person == author.person else None
    return author if authors.gave(here.section, author, filled.mail) else None


def take_form(request: HttpRequest, here: Door, filled: Filled) -> str:
    """Return a form's key. Who fills in forms as programs do is asked to send it once more, and counted."""
    assert here.article is not None  # noqa: S101
    try:
        key = forms.check(here.section, house().now(), filled.slip, here.article)
    except NotTaken as error:
        if error.problem is Problem.FORM_TOO_QUICK:
            limits.BUCKETS.refused["comment"] += 1
        raise
    if request.POST.get("website"):
        limits.BUCKETS.refused["comment"] += 1
        raise Trapped("a field that should stay empty was filled in")
    return key


def _check_parent(here: Door, parent: str) -> None:
    """Refuse an answer to what is not there before anybody new is made known. Raises: NotTaken."""
    if not parent:
        return
    try:
        found = threads.by_id(here.section, parent)
    except NotFound:
        found = None
    if found is None or found.state is not CommentState.PUBLISHED:
        raise NotTaken(Problem.NO_PARENT, "what this answers is not in the thread any more")


def _author(here: Door, filled: Filled) -> Author:
    """Return who writes: an account of the newspaper's, somebody known, or a guest by name and address."""
    site = house()
    if filled.token:
        articles.vouched_for(here.section, site.now(), site.site.ids, filled.token)
        return authors.from_token(here.section, site.now(), site.site.ids, filled.token)
    if here.viewer is not None:
        return here.viewer
    author = authors.guest(here.section, site.now(), site.site.ids, filled.name, filled.mail)
    filled.written_to = letters.introduce(here, author, filled.mail)
    if filled.replies and site.mails:
        authors.wants_replies_by_mail(here.section, author, True)  # from when the address is confirmed
    return author


def _led(here: Door, made: Comment, filled: Filled) -> HttpResponse:
    said = "published" if made.state is CommentState.PUBLISHED else "again" if filled.again else "waiting"
    sent = f"{said}.mail" if filled.written_to else said
    asked = {"comment": made.id} if made.root else {"order": "newest"}
    answer = HttpResponseRedirect(here.to(sent=sent, **asked) + f"#comment-{made.id}")
    return answer
