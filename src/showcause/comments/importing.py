"""Takes in what another comment system held: some hundred comments at a time, each at most once.

Who wrote there is an author here without any proof: nobody becomes them by typing their address. What was published
stays published and counts as checked, what waited waits. An answer to something that was not taken stands as an answer
to what that answered, or on its own.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from showcause.casework.ports import Ids
from showcause.comments import articles, authors
from showcause.comments.arriving import Arriving, Misfit, Why
from showcause.comments.look_alikes import skeleton
from showcause.comments.section import Run, Section, marks, micros
from showcause.comments.states import CommentState
from showcause.comments.values import Article, Held, NotTaken, Problem
from showcause.comments.wording import clean_name, clean_text
from showcause.comments.writing import INSERT, count
from showcause.domain.errors import BadInput
from showcause.domain.mail import check_address

AT_ONCE: Final = 500
LONGEST: Final = 50_000
"""An older comment may be longer than what is taken today."""
BY: Final = "import"
"""Stands as who checked what another system had published."""
MOST_SHOWN: Final = 20
NAMELESS: Final = {"fr": "Anonyme"}

KeepContacts = Callable[[Sequence[tuple[str, str]]], None]
"""Takes pairs of an author's id and e-mail address, to be sealed elsewhere; harmless to repeat."""


@dataclass(slots=True)
class Imported:
    """What came of an import. `moved` answers stand elsewhere than they stood; `first` names some that do not fit."""

    new: int = 0
    known: int = 0
    waiting: int = 0
    moved: int = 0
    nameless: int = 0
    misfits: Counter[Why] = field(default_factory=Counter)
    first: list[Misfit] = field(default_factory=list)

    def misfit(self, source: str, why: Why) -> None:
        """Count one that does not fit."""
        self.misfits[why] += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append(Misfit(source, why))


@dataclass(slots=True)
class Import:
    """One import into a section. `system` is the name of where it comes from, `language` that of its comments."""

    section: Section
    now: datetime
    ids: Ids
    system: str
    language: str
    keep_contacts: KeepContacts
    report: Imported = field(default_factory=Imported)
    _articles: dict[str, Article | None] = field(default_factory=dict)
    _authors: dict[bytes, int] = field(default_factory=dict)
    _parents: dict[str, str | None] = field(default_factory=dict)
    """What each comment answered that was not taken, by its name in the export."""

    def take(self, found: Iterable[Arriving | Misfit]) -> Imported:
        """Take everything that fits, and return what came of it.

        Raises: as the reader of the export; StoreBusy, StoreFull. What was taken stays;
        taking it again is harmless.
        """
        arriving = iter(found)
        while some := list(islice(arriving, AT_ONCE)):
            self._take(self._fitting(some))
        return self.report

    def _fitting(self, some: Sequence[Arriving | Misfit]) -> "list[tuple[Arriving, Article, str]]":
        fitting = []
        for each in some:
            if isinstance(each, Misfit):
                self.report.misfit(each.source, each.why)
                continue
            try:
                article, text = self._article(each), clean_text(each.text, LONGEST)
            except NotTaken as why:
                reason = {Problem.EMPTY: Why.EMPTY, Problem.TOO_LONG: Why.TOO_LONG}
                self.report.misfit(each.source, reason.get(why.problem, Why.NO_ARTICLE))
                self._parents[each.source] = each.parent
                continue
            fitting.append((each, article, text))
        return fitting

    def _article(self, each: Arriving) -> Article:
        said = each.article
        if said.key not in self._articles:
            self._articles[said.key] = self._met(each)
        met = self._articles[said.key]
        if met is None:
            raise NotTaken(Problem.UNKNOWN_SITE, "this address is on no site of this comment section")
        return met

    def _met(self, each: Arriving) -> Article | None:
        said = each.article
        if (there := articles.find(self.section, said.address)) is not None:
            return there
        try:
            return articles.meet(
                self.section,
                self.now,
                self.ids,
                key=said.key,
                address=said.address,
                title=said.title,
                part=said.part,
                language=self.language,
                vouched=True,
            )
        except NotTaken:
            return None

    def _take(self, fitting: "Sequence[tuple[Arriving, Article, str]]") -> None:
        if not fitting:
            return
        self._know_authors([each for each, _, _ in fitting])
        with self.section.changing() as run:
            seq, shown = run.lock_head()
            known = self._known(run, fitting)
            rows = list[tuple[Any, ...]]()
            for each, article, text in fitting:
                form = self._form(each.source)
                if form in known:
                    self.report.known += 1
                    continue
                seq, shown = seq + 1, shown + (not each.waiting)
                parent, root = self._above(known, each, article)
                row = self._row(each, article, text, (seq, None if each.waiting else shown), (parent, root))
                rows.append(row)
                known[form] = (seq, root or seq, article.no, not each.waiting)
            if rows:
                run.many(INSERT, rows)
                run("UPDATE {p}head SET seq = %s, shown = %s", seq, shown)
                count(run, rows)
        self.report.new += len(rows)
        self.report.waiting += sum(row[9] == CommentState.WAITING for row in rows)

    def _row(
        self,
        each: Arriving,
        article: Article,
        text: str,
        numbers: tuple[int, int | None],
        above: tuple[Any, Any],
    ) -> tuple[Any, ...]:
        state = CommentState.WAITING if each.waiting else CommentState.PUBLISHED
        checked = (None, None) if each.waiting else (micros(self.now), BY)
        held = Held.MODE if each.waiting else None
        author = self._authors[self._person(each)]
        return (
            numbers[0], self.ids(), article.no, *above, author, text, self.language, each.created_at, state,
            numbers[1], held, *checked, self._form(each.source), 0, None,
        )  # fmt: skip

    def _above(
        self, known: dict[str, tuple[int, int, int, bool]], each: Arriving, article: Article
    ) -> tuple[int | None, int | None]:
        """Return what a comment answers and the root above it: the nearest one that was taken and can be seen."""
        above, moved = each.parent, False
        while above is not None:
            found = known.get(self._form(above))
            if found and found[2] == article.no and found[3]:
                self.report.moved += moved
                return found[0], found[1]
            above, moved = self._parents.get(above), True
        self.report.moved += moved
        return None, None

    def _known(
        self, run: Run, fitting: "Sequence[tuple[Arriving, Article, str]]"
    ) -> dict[str, tuple[int, int, int, bool]]:
        """Return what was taken already of these and of what they answer, by form: number, root, article, seen."""
        names = {each.source for each, _, _ in fitting}
        for each, _, _ in fitting:
            above = each.parent
            while above is not None and above not in names:
                names.add(above)
                above = self._parents.get(above)
        forms = sorted(map(self._form, names))
        sql = f"SELECT form, seq, COALESCE(root, seq), article, shown FROM {{p}}comment WHERE form IN ({marks(forms)})"
        return {form: (seq, root, no, shown is not None) for form, seq, root, no, shown in run(sql, *forms)}

    def _know_authors(self, arriving: Sequence[Arriving]) -> None:
        """Make sure that each of these has an author and that addresses are kept, before their comments are written."""
        fresh = {self._person(each): each for each in arriving if self._person(each) not in self._authors}
        if not fresh:
            return
        contacts, numbers = list[tuple[str, str]](), dict[bytes, int]()
        with self.section.changing() as run:
            sql = f"SELECT outside, no, id FROM {{p}}author WHERE outside IN ({marks(fresh)})"
            there = {bytes(digest): (no, id_) for digest, no, id_ in run(sql, *fresh)}
            for digest, each in fresh.items():
                mail = _address(each.mail)
                no, id_ = there.get(digest) or self._make_author(run, digest, self._name(each), mail)
                numbers[digest] = no
                if mail:
                    contacts.append((id_, mail))
        self.keep_contacts(contacts)
        self._authors |= numbers

    def _make_author(self, run: Run, digest: bytes, name: str, mail: str) -> tuple[int, str]:
        id_, hashed = self.ids(), authors.mail_hash(self.section, mail) if mail else None
        sql = (
            "INSERT INTO {p}author (id, person, name, skeleton, kind, mail, outside, created)"
            " VALUES (%s, 0, %s, %s, 'guest', %s, %s, %s)"
        )
        run(sql, id_, name, skeleton(name), hashed, digest, micros(self.now))
        run("UPDATE {p}author SET person = no WHERE id = %s", id_)
        [(no,)] = run("SELECT no FROM {p}author WHERE id = %s", id_)
        return no, id_

    def _name(self, each: Arriving) -> str:
        try:
            return clean_name(each.name)
        except NotTaken:
            self.report.nameless += 1
            return NAMELESS.get(self.language, "Anonymous")

    def _person(self, each: Arriving) -> bytes:
        """Return what stands for whoever wrote there: name and address together, as a keyed hash."""
        who = f"import\x00{self.system}\x00{each.mail.casefold()}\x00{each.name}"
        return hmac.digest(self.section.key, who.encode(errors="replace"), "sha256")

    def _form(self, source: str) -> str:
        """Return the key that keeps a comment of the export from being taken twice."""
        named = f"import\x00{self.system}\x00{source}"
        return "import-" + hmac.digest(self.section.key, named.encode(errors="replace"), "sha256").hex()[:40]


def _address(text: str) -> str:
    try:
        return check_address(text.strip()) if text else ""
    except BadInput:
        return ""
