"""What the database says of everything that incoming comments name, read once for all of them, under the lock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from showcause.comments import attack, reading
from showcause.comments.floods import Floods
from showcause.comments.section import Run, marks, micros
from showcause.comments.values import Article, Author, Comment, Incoming, Mode


@dataclass(slots=True)
class Known:
    """By form, by number, by person, by id. `seqs` are numbers of what is answered, with that of its root.

    `attack` is until when attack mode holds, `wrote` when each person wrote last, while it does.
    """

    forms: dict[str, Comment]
    articles: dict[int, Article]
    authors: dict[int, Author]
    persons: dict[int, Author]
    measures: dict[int, set[str]]
    named: dict[str, Comment]
    parts: dict[str, Mode]
    floods: Floods
    seqs: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    attack: int = 0
    wrote: dict[int, int] = field(default_factory=dict)


def read_known(run: Run, line: Sequence[Incoming]) -> Known:
    """Return what the database says of everything that some incoming comments name."""
    drafts = [each.draft for each in line]
    names = sorted({name for each in drafts for name in (each.parent, each.again) if name})
    authors = _authors(run, "a.no", {each.author.no for each in drafts})
    persons = _authors(run, "a.no", {each.person for each in authors.values()})
    known = Known(
        {form: found for found, form, *_ in _comments(run, "c.form", {each.form for each in drafts})},
        _articles(run, {each.article.no for each in drafts}),
        authors, persons, _measures(run, set(persons)), {}, dict(_parts(run)),
        Floods.read(run, (band for each in line for band in each.bands)),
    )  # fmt: skip
    for found, _, seq, root in _comments(run, "c.id", names):
        known.named[found.id], known.seqs[found.id] = found, (seq, root)
    known.attack = attack.until(run)
    if line and (now := micros(line[0].at)) < known.attack:
        known.wrote = attack.wrote_lately(run, set(persons), now)
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
