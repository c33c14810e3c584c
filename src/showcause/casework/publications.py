"""Publishing one's own statement: the person concerned chooses what of it the world may read, and may take it back.

What is shown are the sentences that they were told. What can be checked is less: the entry in the public log, and those
facets of it that say the same as the chosen fields and name nobody. Nothing else is ever opened to the public.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.casework import person_page, rendering
from showcause.casework.affairs import Affair, affair_of
from showcause.casework.log import receipts
from showcause.casework.person_page import sections
from showcause.casework.person_told import Notice, PersonPage, Said
from showcause.casework.ports import Ids
from showcause.domain.errors import BadInput, Forgotten, NotFound, NotPermitted
from showcause.domain.people import SYSTEM
from showcause.domain.policy import LANGUAGES
from showcause.domain.publication import Publication
from showcause.domain.statement import Statement
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.leaf import Slot
from showcause.transparency.receipt import to_proof

FIELDS: Mapping[str, tuple[str, ...]] = {
    "measure": ("measure", "territory", "duration", "urgent", "interim", "campaign"),
    "rule": ("terms", "law", "element"),
    "facts": ("facts", "why", "derived"),
    "origin": ("origin",),
    "who": ("detection", "automation", "decided"),
    "name": (),
    "losses": (),
    "search": (),
}
"""What a person may choose, and which groups of sentences each shows. `name` shows the account's name in the sentences,
`losses` what did not come back, `search` lets search engines in."""

AT_FIRST = ("measure", "rule", "who")
"""What is ticked when nobody has chosen yet: nothing of it names the person or tells the facts."""

OPENED: Mapping[str, tuple[str, ...]] = {
    "measure": ("measures",),
    "rule": ("clause", "ground"),
    "origin": ("source",),
    "who": ("detection", "decision", "deciders"),
}
"""The facets that are opened with each field. They are salted one by one, so each opens alone."""

NAMES = ("subject", "account", "item", "space")
HIDDEN = "[…]"


@dataclass(frozen=True, slots=True)
class Published:
    """A published statement as the public reads it."""

    id: str
    language: str
    fields: tuple[str, ...]
    sections: Mapping[str, tuple[str, ...]]
    page: PersonPage
    shown: Notice
    published_at: datetime

    @property
    def replaced(self) -> bool:
        """Tell whether a later decision imposed something else in the place of this one."""
        return self.shown.reference != self.page.imposed.reference


def publish(
    tx: Tx, now: datetime, ids: Ids, statement_id: str, fields: Sequence[str], language: str
) -> Publication:
    """Publish a statement with the chosen fields; what is published of it already changes instead.

    Raises: BadInput for no field or an unknown one; Forgotten.
    """
    statement = tx.get(Statement, statement_id)
    chosen = tuple(each for each in FIELDS if each in fields)
    if not set(chosen) & {"measure", "rule", "facts", "origin", "who"}:
        raise BadInput("nothing was chosen to be published", "Choose at least one part of the statement.")
    if language not in LANGUAGES:
        raise BadInput(f"statements are written in {', '.join(LANGUAGES)}")
    tx.unseal(statement.sentences)  # who was forgotten publishes nothing
    known = of_statement(tx, statement_id)
    if known is not None and known.language == language:
        return tx.update(known, verb="change", actor=SYSTEM, fields=chosen)
    if known is not None:
        tx.update(known, verb="withdraw", actor=SYSTEM, withdrawn_at=now)
    made = Publication(ids(), statement_id, statement.person, chosen, language, now)
    return tx.insert(made, verb="publish", actor=SYSTEM)


def withdraw(tx: Tx, now: datetime, ids: Ids, publication_id: str, person: str) -> Publication:
    """Take a published statement back at its person's wish. Sent twice, it changes nothing.

    Raises: NotPermitted for anybody else.
    """
    held = tx.get(Publication, publication_id)
    if held.person != person:
        raise NotPermitted("only the person concerned takes a published statement back")
    if held.withdrawn_at is not None:
        return held
    return tx.update(held, verb="withdraw", actor=SYSTEM, withdrawn_at=now)


def of_statement(view: View, statement_id: str) -> Publication | None:
    """Return what is published of a statement now."""
    return view.last(Publication, statement=statement_id, withdrawn_at=None)


def of_affair(view: View, affair: Affair) -> list[Publication]:
    """Return what is published of an affair now, of the newest statement first."""
    found = (of_statement(view, each.id) for each in reversed(affair.statements))
    return [each for each in found if each is not None]


def open_(view: View, publication_id: str, language: str | None = None) -> Published:
    """Return a published statement as the public reads it now.

    Raises: NotFound for an address that is none; Forgotten when it was taken back or its person was forgotten.
    """
    held = view.first(Publication, id=publication_id)
    if held is None:
        raise NotFound("nothing is published here")
    if held.withdrawn_at is not None:
        raise Forgotten("what was published here was taken back by its person")
    statement = view.get(Statement, held.statement)
    spoken = language or held.language
    page = person_page.page_of(view, affair_of(view, statement), spoken)
    shown = next(each for each in page.notices if each.reference == statement.reference)
    said = chosen(shown.said, held.fields)
    told = sections(rendering.book(view), said, spoken)
    return Published(held.id, spoken, held.fields, told, page, shown, held.published_at)


def chosen(said: Sequence[Said], fields: Sequence[str]) -> list[Said]:
    """Return the sentences of the chosen fields; without `name`, nothing in them names an account or an item."""
    groups = {group for field in fields for group in FIELDS[field]}
    kept = [(id_, args) for id_, args in said if id_.partition(".")[0] in groups]
    if "name" in fields:
        return kept
    return [(id_, {k: HIDDEN if k in NAMES else v for k, v in args.items()}) for id_, args in kept]


def proof(view: View, publication_id: str, signed_note: str) -> str:
    """Return the proof that the public may have: the entry is in the log, with the chosen facets of it opened.

    Raises: as `open_` and `receipts.receipt_for`.
    """
    published = open_(view, publication_id)
    opened = tuple(facet for field in published.fields for facet in OPENED.get(field, ()))
    return to_proof(receipts.receipt_for(view, published.shown.leaf, signed_note, {Slot.FACETS: opened}))
