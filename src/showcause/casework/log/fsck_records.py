"""The log against the records: what leaves promise and what state rows say.

Leaves tell their kind only; which record one is about stands in its note. `fsck_effects` compares what effects say,
`fsck_confirmations` what connectors signed about it.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from showcause.casework.log import fsck_confirmations, fsck_effects, fsck_notes
from showcause.casework.log.finding import Finding
from showcause.casework.log.fsck_log import Seen
from showcause.casework.log.fsck_notes import Notes
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import DecisionState
from showcause.domain.site import ConnectedPlatform, Document
from showcause.store.view import View
from showcause.transparency.kinds import Kind

UNDECIDED: Final = (DecisionState.PROPOSED, DecisionState.RETURNED)
OWN_LEAF: Final = (Kind.DECISION, Kind.REVERSAL)
"""A leaf of these kinds is its decision's own."""

ABOUT_DECISIONS: Final = (*OWN_LEAF, Kind.HOLD, Kind.URGENT, Kind.ORDER)


def compare(view: View, seen: Seen, hands: int = 0) -> Iterator[Finding]:
    """Yield every difference between the log and the records; with so many hands, which read them."""
    notes = fsck_notes.read_all(view, hands)
    yield from fsck_notes.compare(notes, seen)
    yield from _decisions(view, notes, seen)
    yield from fsck_effects.compare(view, notes.effects)
    yield from fsck_confirmations.compare(view, notes.effects)
    yield from _numbers(view, seen)
    yield from _documents(view, seen)


def _decisions(view: View, notes: Notes, seen: Seen) -> Iterator[Finding]:
    decisions = {decision.id: decision for decision in view.find(Decision)}
    for decision in decisions.values():
        where, logged = f"decision {decision.id}", decision.leaf in seen.ids
        if decision.state in UNDECIDED and logged:
            yield Finding(where, "decided", f"is {decision.state}, but its entry is in the log")
        if decision.state not in UNDECIDED and not logged:
            yield Finding(where, "not-logged", f"is {decision.state} and has no entry in the log")
        if logged and notes.about.get(decision.leaf, decision.id) != decision.id:
            yield Finding(where, "mixed-up", "its entry in the log is about another record")
    own = {decision.leaf for decision in decisions.values()}
    for id_, kind in notes.kinds.items():
        if kind not in ABOUT_DECISIONS:
            continue
        about = notes.about[id_]
        if about not in decisions:
            yield Finding(f"leaf {id_}", "no-decision", f"is about the decision {about}, which is not there")
        elif kind in OWN_LEAF and id_ not in own:
            yield Finding(f"leaf {id_}", "second-leaf", f"is a further entry of the decision {about}")


def _numbers(view: View, seen: Seen) -> Iterator[Finding]:
    given = {platform.name: platform.last_number for platform in view.find(ConnectedPlatform)}
    for name in sorted(given.keys() | seen.numbers.keys()):
        if given.get(name, 0) != seen.numbers.get(name, 0):
            yield Finding(
                f"platform {name}",
                "numbers",
                f"gave {given.get(name, 0)} order numbers; the log has {seen.numbers.get(name, 0)}",
            )


def _documents(view: View, seen: Seen) -> Iterator[Finding]:
    for digest, where in seen.documents.items():
        document = view.first(Document, digest=digest)
        if document is None:
            yield Finding(where, "no-document", f"commits to the document {digest}, which is not there")
        elif hashlib.sha256(document.text.encode()).hexdigest() != digest:
            yield Finding(f"document {document.id}", "document", f"is not the text that {where} commits to")
