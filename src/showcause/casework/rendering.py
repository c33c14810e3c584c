"""From stored sentences to the plain text that is handed to a channel, in the person's language."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from showcause.casework import announcing, doors
from showcause.casework.catalogue import Phrases, book_of, house_sentences
from showcause.domain.campaign import CampaignItem
from showcause.domain.sentences import Book, render, stamp
from showcause.domain.site import Letter, LetterKind, PolicyVersion
from showcause.domain.statement import Statement, window_end
from showcause.domain.subject import SubjectRecord
from showcause.store.view import View

HEADINGS: Mapping[LetterKind, str] = {
    LetterKind.ACKNOWLEDGEMENT: "heading.report-received",
    LetterKind.ANSWER: "heading.report-answer",
    LetterKind.APPEAL_RECEIVED: "heading.appeal-received",
    LetterKind.APPEAL_OUTCOME: "heading.appeal-answer",
    LetterKind.RESTORATION: "heading.ended",
    LetterKind.LINK: "heading.link",
    LetterKind.ADDRESS: "heading.address",
    LetterKind.NOTICE: "heading.notice",
    LetterKind.KEPT_BACK: "heading.kept-back",
}


PARAGRAPH: Mapping[str, str] = {
    "territory": "measure",
    "duration": "measure",
    "origin": "facts",
    "detection": "decided",
    "automation": "decided",
    "terms": "why",
    "law": "why",
    "element": "why",
    "derived": "why",
    "restored": "reversal",
}
"""Groups of sentences that stand in the paragraph of another group when they follow it."""

Said = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """A finished text: for which account, under which reference."""

    account: str
    reference: str
    text: str


@functools.cache
def _house() -> Phrases:
    """Return the house's own sentences, which are part of the program: read once."""
    return house_sentences()


def book(view: View) -> Book:
    """Return all sentences: the house's, and those of every clause version that was ever approved here."""
    return book_of(_house(), [held.clause for held in view.find(PolicyVersion)])


def statement(view: View, record: Statement, language: str | None = None) -> Page:
    """Render a statement of reasons or a reversal notice in its language, or in another one.

    The last day of the appeal window is known once the statement is served, or is being served now.
    """
    said = told(view, record)
    heading = "heading.reversal" if said[0][0] == "reversal.notice" else "heading.statement"
    text = _text(book(view), heading, said, language or record.language)
    return Page(record.subject, record.reference, text)


def told(view: View, record: Statement) -> list[tuple[str, Said]]:
    """Return what a statement says, with what is known only when it is read: the last day, and the signed links."""
    until = stamp(record.window_until or window_end(view.now))
    said: list[tuple[str, Said]] = []
    for id_, args in view.unseal(record.sentences):
        match id_:
            case "redress.appeal-open":
                said += doors.redress(view, record, args, until)
            case "derived.contest":
                said.append((id_, doors.contest(view, record, args, said)))
            case _:
                said.append((id_, args))
    page = doors.of_statement(view, record.id)
    return [*said, ("page.yours", {"link": page})] if page and said[0][0] == "reversal.notice" else said


def item_statement(view: View, item: CampaignItem, language: str = "en") -> Page:
    """Render the statement of reasons of one item of a campaign for whoever visits it, or its reversal.

    Raises: Forgotten when the person whose item it is was.
    """
    said: list[tuple[str, Said]] = [(id_, args) for id_, args in announcing.said_of_item(view, item)]
    heading = "heading.reversal" if said[0][0] == "reversal.notice" else "heading.statement"
    record = view.get(SubjectRecord, item.subject)
    return Page(record.author or record.id, item.reference, _text(book(view), heading, said, language))


def letter(view: View, record: Letter, language: str | None = None) -> Page:
    """Render a letter in its language, or in another one."""
    said = [(id_, args) for id_, args in view.unseal(record.sentences)]
    if page := doors.of_letter(view, record):
        said.append(("link.open" if record.kind is LetterKind.LINK else "page.yours", {"link": page}))
    text = _text(book(view), HEADINGS[record.kind], said, language or record.language)
    return Page(record.account, record.reference, text)


def composed(view: View, said: list[tuple[str, Said]], language: str) -> str:
    """Return a statement of reasons that nobody was told yet as it would read: to look at before it is decided."""
    return _text(book(view), "heading.statement", said, language)


def _text(sentences: Book, heading: str, said: list[tuple[str, Said]], language: str) -> str:
    """Return heading and sentences; sentences of one group stand together as a paragraph."""
    paragraphs: list[list[str]] = []
    before = ""
    for id_, args in said:
        group = id_.partition(".")[0]
        if PARAGRAPH.get(group, group) != before or not paragraphs:
            before = PARAGRAPH.get(group, group)
            paragraphs.append([])
        paragraphs[-1].append(render(sentences, id_, args, language))  # type: ignore[arg-type]  # JSON from the store
    body = "\n\n".join("\n".join(lines) for lines in paragraphs)
    return f"{render(sentences, heading, {}, language)}\n\n{body}\n"
