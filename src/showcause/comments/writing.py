"""Writes comments for all who stand in line, in one transaction: numbers, first states, counts.

The article, the author and what a comment answers are read again here, under the lock. One that cannot be taken keeps
none of the others back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from showcause.comments import articles, reading
from showcause.comments.beginning import Beginning, begin, mode_of
from showcause.comments.section import Run, Section, marks, micros
from showcause.comments.states import CommentState
from showcause.comments.values import (
    Article,
    Author,
    Byline,
    Comment,
    Held,
    Incoming,
    Mode,
    NotTaken,
    Problem,
)

_INSERT: Final = (
    "INSERT INTO {p}comment (seq, id, article, parent, root, author, text, language, created, state, shown, held,"
    " checked, checked_by, form, near, again) VALUES (" + ", ".join(["%s"] * 17) + ")"
)


@dataclass(slots=True)
class _Known:
    """What the database says of everything that some incoming comments name."""

    forms: dict[str, Comment]
    articles: dict[int, Article]
    authors: dict[int, Author]
    persons: dict[int, Author]
    measures: dict[int, set[str]]
    named: dict[str, Comment]
    parts: dict[str, Mode]
    seqs: dict[str, tuple[int, int | None]] = field(default_factory=dict)


def write(section: Section, line: Sequence[Incoming]) -> list[Comment | NotTaken]:
    """Write for all who stand in line; the answer to each is its comment, or why it is not taken."""
    with section.changing() as run:
        seq, shown = run.lock_head()
        known, answers, rows = _read(run, line), list[Comment | NotTaken](), list[tuple[Any, ...]]()
        for each in line:
            answer = known.forms.get(each.draft.form) or _taken(section, known, each, seq + 1, shown + 1)
            answers.append(answer)
            if isinstance(answer, NotTaken) or answer.seq <= seq:
                continue
            known.forms[each.draft.form] = answer
            rows.append(_row(known, each, answer))
            seq, shown = answer.seq, answer.shown or shown
        if rows:
            run.many(_INSERT, rows)
            run("UPDATE {p}head SET seq = %s, shown = %s", seq, shown)
            count(run, rows)
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


def _taken(section: Section, known: _Known, each: Incoming, seq: int, shown: int) -> Comment | NotTaken:
    draft = each.draft
    author, article = known.authors[draft.author.no], known.articles[draft.article.no]
    try:
        articles.check_open(article, each.at)
        _check_author(known, author)
        parent = _parent(known, each) if draft.parent else None
        if draft.again:
            _check_again(known, each)
    except NotTaken as why:
        return why
    held = Held.AGAIN if draft.again else draft.held
    mode = mode_of(article, known.parts, section.settings)
    person = replace(known.persons[author.person], kind=author.kind)
    first = begin(person, mode, section.settings.trust_after, known.measures.get(author.person, set()), held)
    return _made(each, author, parent, first, (seq, shown))


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


def _row(known: _Known, each: Incoming, made: Comment) -> tuple[Any, ...]:
    parent, root = known.seqs[made.parent] if made.parent else (None, None)
    again = known.seqs[made.again][0] if made.again else None
    return (
        made.seq, made.id, each.draft.article.no, parent, root or parent, made.author.no, made.text,
        made.language, micros(made.created_at), made.state, made.shown, made.held,
        micros(made.checked_at) if made.checked_at else None, made.checked_by, each.draft.form, made.near, again,
    )  # fmt: skip


def _check_author(known: _Known, author: Author) -> None:
    if author.forgotten_at or "suspend" in known.measures.get(author.person, set()):
        raise NotTaken(
            Problem.SUSPENDED,
            "this author may not write at present",
            "The decision and how to contest it stand on the author's page.",
        )


def _parent(known: _Known, each: Incoming) -> Comment:
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


def _check_again(known: _Known, each: Incoming) -> None:
    former = known.named.get(each.draft.again or "")
    if former is None or former.author.person != known.authors[each.draft.author.no].person:
        raise NotTaken(Problem.NOT_YOURS, "only whoever wrote a comment can send it again")
    if former.state is not CommentState.REFUSED:
        raise NotTaken(Problem.NOT_REFUSED, "only a refused comment is sent again")


def _read(run: Run, line: Sequence[Incoming]) -> _Known:
    drafts = [each.draft for each in line]
    names = sorted({name for each in drafts for name in (each.parent, each.again) if name})
    authors = _authors(run, "a.no", {each.author.no for each in drafts})
    persons = _authors(run, "a.no", {each.person for each in authors.values()})
    known = _Known(
        {form: found for found, form, *_ in _comments(run, "c.form", {each.form for each in drafts})},
        _articles(run, {each.article.no for each in drafts}),
        authors, persons, _measures(run, set(persons)), {}, dict(_parts(run)),
    )  # fmt: skip
    for found, _, seq, root in _comments(run, "c.id", names):
        known.named[found.id], known.seqs[found.id] = found, (seq, root)
    return known


def _comments(run: Run, column: str, values: Iterable[str]) -> list[tuple[Comment, str, int, int | None]]:
    if not (wanted := sorted(values)):
        return []
    sql = f"SELECT c.form, c.seq, c.root, {reading.COMMENT} FROM {reading.COMMENTS} WHERE {column} IN ({marks(wanted)})"
    return [(reading.comment(tuple(rest)), form, seq, root) for form, seq, root, *rest in run(sql, *wanted)]


def _articles(run: Run, numbers: Iterable[int]) -> dict[int, Article]:
    wanted = sorted(numbers)
    sql = f"SELECT {reading.ARTICLE} FROM {{p}}article k WHERE k.no IN ({marks(wanted)})"
    return {row[0]: reading.article(row) for row in run(sql, *wanted)}


def _authors(run: Run, column: str, numbers: Iterable[int]) -> dict[int, Author]:
    wanted = sorted(numbers)
    sql = f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE {column} IN ({marks(wanted)})"
    return {row[0]: reading.author(row) for row in run(sql, *wanted)}


def _measures(run: Run, persons: set[int]) -> dict[int, set[str]]:
    wanted, found = sorted(persons), dict[int, set[str]]()
    sql = (
        "SELECT a.person, s.measure FROM {p}standing s JOIN {p}author a ON a.id = s.ref"
        f" WHERE s.kind = 'account' AND a.person IN ({marks(wanted)})"
    )
    for person, measure in run(sql, *wanted):
        found.setdefault(person, set()).add(measure)
    return found


def _parts(run: Run) -> list[tuple[str, Mode]]:
    return [(name, Mode(mode)) for name, mode in run("SELECT name, mode FROM {p}part WHERE mode IS NOT NULL")]
