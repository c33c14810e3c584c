"""The policy catalogue as files: a folder with one clause a file and one file of sentences a language.

Files only propose. What is in force is what was approved and recorded; an edited file changes nothing by itself.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yaml.nodes import Node

import showcause.policies
from showcause.casework.clause_file import read_clause
from showcause.casework.marked_yaml import Page, Problem
from showcause.domain.errors import BadCatalogue
from showcause.domain.policy import LANGUAGES, Clause, canonical, digest, phrases_of
from showcause.domain.sentences import Book, faults_of_template, placeholders

MAX_FILES = 500

Phrases = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The clauses that a folder proposes, by id, and the house's own sentences."""

    clauses: tuple[Clause, ...]
    sentences: Phrases = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the SHA-256, in hex, over all clauses; it does not depend on names or order of files."""
        return digest_of(self.clauses)

    @property
    def book(self) -> Book:
        """Return every sentence: the house's and those that the clauses bring along."""
        return book_of(self.sentences, self.clauses)

    def clause(self, ref: str) -> Clause | None:
        """Return the clause with this citation, `integrity.evasion@1`, or None."""
        return next((clause for clause in self.clauses if clause.ref == ref), None)


def digest_of(clauses: Iterable[Clause]) -> str:
    """Return the SHA-256, in hex, over clauses in any order: their citations and digests."""
    return hashlib.sha256(canonical({clause.ref: digest(clause) for clause in clauses})).hexdigest()


def book_of(sentences: Phrases, clauses: Iterable[Clause]) -> Book:
    """Return the house's sentences together with those of these clauses, in whichever versions."""
    book = dict(sentences)
    for clause in clauses:
        book.update(phrases_of(clause))
    return book


def default_folder() -> Path:
    """Return the folder of the catalogue that comes with the package."""
    return Path(next(iter(showcause.policies.__path__)))


def comments_folder() -> Path:
    """Return the folder of the clauses that a comment section brings along; a site without one is not offered them."""
    return default_folder() / "comments"


def load(folder: Path) -> Catalogue:
    """Read all clauses, and all sentences if the folder has any, from the YAML files of a folder.

    Raises: BadCatalogue, whose message lists every problem as file:line:column with a hint. Nothing is loaded then.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not folder.is_dir() or not paths:
        raise BadCatalogue(f"{folder}: no policy files here", "Name a folder that holds *.yaml files.")
    if len(paths) > MAX_FILES:
        raise BadCatalogue(f"{folder}: {len(paths)} files; at most {MAX_FILES}", "Split the folder.")
    pages: list[Page] = []
    clauses = _clauses([path for path in paths if not _is_sentences(path)], pages)
    sentences = _sentences([path for path in paths if _is_sentences(path)], pages)
    refuse_if_any(problem for page in pages for problem in page.problems)
    return Catalogue(tuple(sorted(clauses, key=lambda clause: clause.id)), sentences)


def load_file(path: Path) -> Clause:
    """Read one clause from one file.

    Raises: BadCatalogue.
    """
    pages: list[Page] = []
    clauses = _clauses([path], pages)
    refuse_if_any(pages[0].problems)
    return clauses[0]


def house_sentences() -> Phrases:
    """Return the sentences that come with the package.

    Raises: BadCatalogue.
    """
    pages: list[Page] = []
    found = _sentences(sorted(path for path in default_folder().glob("*.yaml") if _is_sentences(path)), pages)
    refuse_if_any(problem for page in pages for problem in page.problems)
    return found


def refuse_if_any(problems: Iterable[Problem]) -> None:
    """Raise BadCatalogue if there is any problem, listing all in the order of files and lines."""
    listed = sorted(problems)
    if listed:
        count = "1 problem" if len(listed) == 1 else f"{len(listed)} problems"
        raise BadCatalogue("\n".join([*map(str, listed), f"{count}; nothing was loaded"]))


def _is_sentences(path: Path) -> bool:
    return path.name.startswith("sentences.")


def _clauses(paths: Iterable[Path], pages: list[Page]) -> list[Clause]:
    found: dict[str, tuple[Clause, str]] = {}
    for path in paths:
        page = Page(path.name)
        pages.append(page)
        root = page.read(path)
        clause = read_clause(page, root) if root is not None else None
        if root is None or clause is None:
            continue
        if clause.id in found:
            page.problem(root, f"{clause.id} is also in {found[clause.id][1]}", "One file a clause.")
        found[clause.id] = (clause, path.name)
    return [clause for clause, _ in found.values()]


def _sentences(paths: Iterable[Path], pages: list[Page]) -> dict[str, dict[str, str]]:
    book: dict[str, dict[str, str]] = {}
    places: dict[tuple[str, str], tuple[Page, Node]] = {}
    for path in paths:
        page = Page(path.name)
        pages.append(page)
        root = page.read(path)
        if root is not None:
            _one_language(page, root, book, places)
    if book:
        _compare(book, places)
    return book


def _one_language(
    page: Page, root: Node, book: dict[str, dict[str, str]], places: dict[tuple[str, str], tuple[Page, Node]]
) -> None:
    parts = page.mapping(root, ("language", "sentences"))
    language, pairs = page.text(parts.get("language"), 10), page.pairs(parts.get("sentences"))
    if language is None or pairs is None:
        return
    if page.file != f"sentences.{language}.yaml":
        page.problem(root, f"the file says {language!r}", f"Name the file sentences.{language}.yaml.")
    for id, (_, node) in pairs.items():
        template = page.text(node)
        if template is None:
            continue
        for fault in faults_of_template(template):
            page.problem(node, f"{id}: {fault}", "Arguments are written {name:kind}.")
        book.setdefault(id, {})[language] = template
        places[id, language] = (page, node)


def _compare(book: dict[str, dict[str, str]], places: dict[tuple[str, str], tuple[Page, Node]]) -> None:
    for id, by_language in book.items():
        first = next(iter(by_language))
        page, node = places[id, first]
        for language in LANGUAGES:
            if language not in by_language:
                page.problem(
                    node, f"{id}: no text in {language!r}", f"Write it in sentences.{language}.yaml."
                )
        for language, template in by_language.items():
            if placeholders(template) != placeholders(by_language[first]):
                page, node = places[id, language]
                page.problem(node, f"{id}: not the same arguments as in {first!r}", "Use the same in all.")
