"""Writes comments for all who stand in line, in one transaction: numbers, first states, counts.

The article, the author and what a comment answers are read again here, under the lock. One that cannot be taken keeps
none of the others back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from showcause.comments import articles, notices
from showcause.comments.attack import SLOW
from showcause.comments.beginning import Beginning, begin, mode_of
from showcause.comments.floods import HELD_FROM
from showcause.comments.known import Known, read_known
from showcause.comments.section import Run, Section, micros
from showcause.comments.states import CommentState
from showcause.comments.values import (
    Author,
    AuthorKind,
    Byline,
    Comment,
    Held,
    Incoming,
    Mode,
    NotTaken,
    Problem,
)

INSERT: Final = (
    "INSERT INTO {p}comment (seq, id, article, parent, root, author, text, language, created, state, shown, held,"
    " checked, checked_by, form, near, again) VALUES (" + ", ".join(["%s"] * 17) + ")"
)


def write(section: Section, line: Sequence[Incoming]) -> list[Comment | NotTaken]:
    """Write for all who stand in line; the answer to each is its comment, or why it is not taken."""
    with section.changing() as run:
        seq, shown = run.lock_head()
        known, answers, rows = read_known(run, line), list[Comment | NotTaken](), list[tuple[Any, ...]]()
        for each in line:
            answer = known.forms.get(each.draft.form) or _taken(section, known, each, seq + 1, shown + 1)
            answers.append(answer)
            if isinstance(answer, NotTaken) or answer.seq <= seq:
                continue
            known.forms[each.draft.form] = answer
            rows.append(_row(known, each, answer))
            seq, shown = answer.seq, answer.shown or shown
        if rows:
            run.many(INSERT, rows)
            run("UPDATE {p}head SET seq = %s, shown = %s", seq, shown)
            known.floods.write(run, seq)
            count(run, rows)
            # A row begins with its number; what it answers and its state stand where `count` finds them, too.
            replies = [row[0] for row in rows if row[3] is not None and row[9] == CommentState.PUBLISHED]
            notices.replied(run, line[0].at, replies)
    return answers


def count(run: Run, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add published comments to the numbers of their articles and of what they answer."""
    places, answered = dict[int, int](), dict[int, int]()
    for row in rows:
        article, parent, root, state = row[2], row[3], row[4], row[9]
        if state == CommentState.PUBLISHED:
            places[article] = places.get(article, 0) + 1
            for seq in {parent, root} - {None}:
                answered[seq] = answered.get(seq, 0) + 1
    run.many("UPDATE {p}article SET published = published + %s WHERE no = %s", _turned(places))
    run.many("UPDATE {p}comment SET replies = replies + %s WHERE seq = %s", _turned(answered))


def _turned(counts: dict[int, int]) -> list[tuple[Any, ...]]:
    return [(number, key) for key, number in sorted(counts.items())]


def _taken(section: Section, known: Known, each: Incoming, seq: int, shown: int) -> Comment | NotTaken:
    draft = each.draft
    author, article = known.authors[draft.author.no], known.articles[draft.article.no]
    try:
        articles.check_open(article, each.at)
        _check_author(known, author)
        parent = _parent(known, each) if draft.parent else None
        if draft.again:
            _check_again(known, each)
        _check_slow(known, author, each)
    except NotTaken as why:
        return why
    near, size = known.floods.join(seq, micros(each.at), draft.text, each.bands)
    held = Held.AGAIN if draft.again else draft.held or (Held.FLOOD if size >= HELD_FROM else None)
    attacked, person = _attacked(known, each), replace(known.persons[author.person], kind=author.kind)
    mode = Mode.BEFORE if attacked else mode_of(article, known.parts, section.settings)
    if attacked and person.trusted:
        person = replace(
            person, trusted=None
        )  # everything is read first: a trusted author's cookie may be stolen
    first = begin(person, mode, section.settings.trust_after, known.measures.get(author.person, set()), held)
    return replace(_made(each, author, parent, first, (seq, shown)), near=near)


def _attacked(known: Known, each: Incoming) -> bool:
    return micros(each.at) < known.attack


def _check_slow(known: Known, author: Author, each: Incoming) -> None:
    """Check that somebody waits between two comments while the section is under attack, and note that they wrote."""
    if not _attacked(known, each) or author.kind is AuthorKind.STAFF:
        return
    now, before = micros(each.at), known.wrote.get(author.person)
    between = SLOW // timedelta(microseconds=1)
    if before is not None and now - before < between:
        wait = max(1, (between - (now - before)) // 1_000_000)
        raise NotTaken(
            Problem.SLOW,
            "the section is under attack, so everybody writes slowly",
            "Send it again later.",
            wait,
        )
    known.wrote[author.person] = now


def _made(
    each: Incoming, author: Author, parent: Comment | None, first: Beginning, numbers: tuple[int, int]
) -> Comment:
    draft, (seq, shown) = each.draft, numbers
    return Comment(
        seq, each.id, draft.article.id, Byline(author.no, author.id, author.name, author.kind, author.person),
        draft.text, draft.language or draft.article.language, each.at, first.state,
        parent=parent.id if parent else None, root=(parent.root or parent.id) if parent else None,
        again=draft.again, shown=shown if first.state is CommentState.PUBLISHED else None, held=first.held,
        checked_at=each.at if first.checked_by else None, checked_by=first.checked_by,
    )  # fmt: skip


def _row(known: Known, each: Incoming, made: Comment) -> tuple[Any, ...]:
    parent, root = known.seqs[made.parent] if made.parent else (None, None)
    again = known.seqs[made.again][0] if made.again else None
    return (
        made.seq, made.id, each.draft.article.no, parent, root or parent, made.author.no, made.text,
        made.language, micros(made.created_at), made.state, made.shown, made.held,
        micros(made.checked_at) if made.checked_at else None, made.checked_by, each.draft.form, made.near, again,
    )  # fmt: skip


def _check_author(known: Known, author: Author) -> None:
    if author.forgotten_at or "suspend" in known.measures.get(author.person, set()):
        raise NotTaken(
            Problem.SUSPENDED,
            "this author may not write at present",
            "The decision and how to contest it stand on the author's page.",
        )


def _parent(known: Known, each: Incoming) -> Comment:
    parent = known.named.get(each.draft.parent or "")
    if (
        parent is None
        or parent.article != each.draft.article.id
        or parent.state is not CommentState.PUBLISHED
    ):
        raise NotTaken(
            Problem.NO_PARENT, "what this answers is not in the thread any more", "Send it as a comment."
        )
    return parent


def _check_again(known: Known, each: Incoming) -> None:
    former = known.named.get(each.draft.again or "")
    if former is None or former.author.person != known.authors[each.draft.author.no].person:
        raise NotTaken(Problem.NOT_YOURS, "only whoever wrote a comment can send it again")
    if former.state is not CommentState.REFUSED:
        raise NotTaken(Problem.NOT_REFUSED, "only a refused comment is sent again")
