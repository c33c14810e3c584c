"""What the person concerned reads: the statement of reasons by sections, where the matter stands, and what comes next.

Sentences are those of the letters; nothing is said here that was not told. Reading opens only what is the person's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from showcause.casework import announcing, attachments, links, rendering
from showcause.casework.affairs import Affair, ends_at, orders_of
from showcause.casework.as_it_was import cited
from showcause.casework.log import receipts
from showcause.casework.person_told import Given, Heard, Held, Notice, PersonPage, Redress, Said
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Decision, Outcome
from showcause.domain.enforcement import ENDED, Enforcement
from showcause.domain.lifecycle import AppealState, DecisionState, EnforcementState, ServiceState
from showcause.domain.link import LinkKind
from showcause.domain.sentences import Book, render
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement, window_end
from showcause.store.view import View

SECTION: Mapping[str, str] = {
    "urgent": "notes",
    "interim": "notes",
    "campaign": "notes",
    "measure": "what",
    "territory": "what",
    "duration": "what",
    "terms": "why",
    "law": "why",
    "element": "why",
    "why": "why",
    "derived": "why",
    "facts": "facts",
    "origin": "origin",
    "detection": "who",
    "automation": "who",
    "decided": "who",
    "works": "works",
    "redress": "redress",
    "proof": "proof",
    "reversal": "reversal",
    "restored": "reversal",
}
"""In which section of the page each group of sentences stands; a group is the id up to the first dot."""

LEFT_OUT = frozenset(
    {
        *("opening.statement", "opening.decided", "redress.appeal", "redress.otherwise"),
        *("page.yours", "proof.logged", "restored.underway"),
    }
)
"""What only a letter says: the page has the form itself in that place."""


MOST_HELD = announcing.NAMED
"""How many measures of one decision are looked at one by one: as many as its statement names."""


def page_of(view: View, affair: Affair, language: str | None = None) -> PersonPage:
    """Return the page of an affair in the language of its statement, or in another one.

    Raises: Forgotten when its person was.
    """
    newest = affair.statements[-1] if affair.statements else None
    spoken = language or (newest.language if newest else "en")
    book = rendering.book(view)
    if affair.item is not None:
        notices = _of_item(view, book, affair, spoken)
    else:
        notices = [_notice(view, book, affair, each, spoken) for each in reversed(affair.statements)]
    told = affair.restricting
    return PersonPage(
        spoken,
        tuple(notices),
        tuple(_heard(view, book, each, spoken) for each in affair.appeals),
        _redress(view, affair),
        _status(view, affair),
        ends_at(affair),
        told.id if told else None,
        newest is not None and newest.state is ServiceState.SERVED,
    )


def _notice(view: View, book: Book, affair: Affair, record: Statement, language: str) -> Notice:
    said = rendering.told(view, record)
    decision = affair.of(record)
    made = _made(book, said, decision, record.reference, language)
    return replace(
        made,
        served_at=record.served_at,
        undelivered=record.state is ServiceState.UNDELIVERABLE,
        held=tuple(_held(view, each) for each in orders_of(view, affair, decision)[:MOST_HELD]),
        cited=cited(view, decision, affair.person) if not made.is_reversal else (),
        earlier=_earlier(view, said, record.person),
    )


def _of_item(view: View, book: Book, affair: Affair, language: str) -> list[Notice]:
    """Return the notices of one item: its statement, and before it its reversal once it was given back."""
    item = affair.item
    if item is None:
        return []
    notices = []
    campaign = next(each for each in affair.decisions.values() if each.campaign is not None)
    held = tuple(_held(view, each) for each in orders_of(view, affair, campaign))
    reversed_ = announcing.reversal_of_item(view, item)
    if reversed_ is not None:
        ender, said = reversed_
        notices.append(_made(book, said, ender, item.reference, language))
    made = _made(book, announcing.statement_of_item(view, item), campaign, item.reference, language)
    return [*notices, replace(made, held=held)]


def _made(
    book: Book,
    said: Sequence[tuple[str, Mapping[str, object]]],
    decision: Decision,
    reference: str,
    language: str,
) -> Notice:
    return Notice(
        reference,
        decision.leaf,
        decision.decided_at,
        None,
        False,
        said[0][0] == "reversal.notice",
        sections(book, said, language),
        tuple((id_, args) for id_, args in said),
    )


def sections(
    book: Book, said: Iterable[tuple[str, Mapping[str, object]]], language: str
) -> dict[str, tuple[str, ...]]:
    """Return sentences in a language, by the section of the page in which they stand."""
    found: dict[str, list[str]] = {}
    is_reversal = False
    for id_, args in said:
        is_reversal = is_reversal or id_ == "reversal.notice"
        if id_ in LEFT_OUT or _is_address(args.get("link")):
            continue
        group = id_.partition(".")[0]
        where = SECTION.get(group, "notes")
        if is_reversal and where in ("notes", "why"):
            where = "reversal"
        found.setdefault(where, []).append(render(book, id_, args, language))  # type: ignore[arg-type]  # JSON
    return {where: tuple(lines) for where, lines in found.items()}


def _is_address(link: object) -> bool:
    """Tell whether a sentence exists to lead to a page: on the page itself there is a link in its place."""
    return isinstance(link, str) and link.startswith(("https://", "http://"))


def _earlier(view: View, said: Sequence[Said], person: str) -> tuple[tuple[str, str], ...]:
    """Return reference and link of each earlier decision on which this one rests, if the same person was told of it."""
    named = [str(args["reference"]) for id_, args in said if id_ == "derived.ground"]
    told = [view.first(Statement, reference=each) for each in named]
    return tuple(
        (each.reference, f"/s/{links.token(view, LinkKind.STATEMENT, each.id)}")
        for each in told
        if each is not None and each.person == person
    )


def _held(view: View, order: Enforcement) -> Held:
    return Held(
        order.measure,
        order.state,
        order.applied_at,
        order.until,
        order.lifted_at if order.state in ENDED else None,
        order.ended_by == "end",
        _given(view, order),
        (receipts.effects_of(view, order.id) or [""])[-1] if order.confirmations else "",
    )


def _given(view: View, order: Enforcement) -> Given | None:
    if order.state not in (EnforcementState.LIFTED, EnforcementState.PERMANENT):
        return None
    if order.restored is None:
        return Given((), (), compared=False)
    found = view.unseal(order.restored)
    return Given(tuple(found["restored"]), tuple(found["lost"]), compared=True)


def _heard(view: View, book: Book, appeal: Appeal, language: str) -> Heard:
    """Return an appeal with its answer in the words of the letter that gave it."""
    letter = view.last(Letter, about=appeal.id, kind=LetterKind.APPEAL_OUTCOME)
    said = view.unseal(letter.sentences) if letter else []
    return Heard(
        appeal.id,
        appeal.reference,
        appeal.state,
        appeal.lodged_at,
        appeal.promised_at,
        appeal.answered_at,
        appeal.overdue,
        str(view.unseal(appeal.text)["text"]),
        tuple(render(book, id_, args, language) for id_, args in said),
        tuple(attachments.listed(view, appeal.id)),
    )


def _redress(view: View, affair: Affair) -> Redress:
    """Return whether this person may appeal now, as `lodging.lodge` would decide it."""
    told, item = affair.restricting, affair.item
    if told is not None:
        decision, quoted, until = affair.of(told), told.reference, told.window_until
    elif item is not None:
        decision = next(each for each in affair.decisions.values() if each.campaign is not None)
        theirs = view.first(Statement, decision=decision.id, person=item.owner)
        quoted, until = item.reference, theirs.window_until if theirs else None
    else:
        return Redress("", None, "given-back")
    before = [a for a in affair.appeals if a.decision == decision.id and a.state is not AppealState.WITHDRAWN]
    if affair.open_appeal is not None:
        return Redress(quoted, until, "open")
    if _status(view, affair) == "reversed":
        return Redress(quoted, until, "given-back")
    if before:
        return Redress(quoted, until, "heard-before")
    if decision.state not in (DecisionState.IN_FORCE, DecisionState.LAPSED):
        return Redress(quoted, until, "replaced")
    if until is not None and view.now >= until:
        return Redress(quoted, until, "window")
    return Redress(quoted, until or window_end(view.now))


def _status(view: View, affair: Affair) -> str:
    """Return where the matter stands: `holds`, `coming`, `ended`, `reversed`, or `replaced` while nothing is known."""
    told = affair.restricting
    imposed = (d for d in affair.decisions.values() if d.outcome is Outcome.RESTRICT)
    decision = affair.of(told) if told is not None else next(imposed, None)
    if decision is None:
        return "reversed"
    orders = orders_of(view, affair, decision)
    enders = {each.ended_by for each in orders if each.ended_by not in (None, "end", "accepted")}
    if decision.state is DecisionState.SUPERSEDED or (enders and all(o.ended_by in enders for o in orders)):
        return "reversed"
    if decision.state is DecisionState.LAPSED or (orders and all(each.state in ENDED for each in orders)):
        return "ended"
    return "holds" if any(each.applied_at is not None for each in orders) else "coming"
