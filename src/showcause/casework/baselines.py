"""What was there before: imported once for each platform, so that the search for orphans does not accuse the past.

One leaf commits to the number of entries and to a root over all of them; each entry is salted under its own person's
key, so that one can be opened and proven without the others, and dies when its person is forgotten.

An imported restriction has no recorded cause. It gets one in the ordinary way: a person reviews it in a case, and a
decision that imposes the same measure is proposed, approved and logged like any other. Its order finds the platform
as it should be and changes nothing there; from then on the restriction has an end, a statement, an appeal and a lift
like every other. `record_cause` then joins the two.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from showcause.casework import intake
from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting
from showcause.casework.orphans import open_orphans, ordered, standing
from showcause.casework.ports import Found, Ids
from showcause.casework.reading import platform, register_found, restrictions_of, subject_of
from showcause.domain.baseline import Baseline, BaselineEntry
from showcause.domain.case import Case
from showcause.domain.decision import Decision, GroundRef, Outcome
from showcause.domain.errors import AlreadyExists, BadInput, NoGroundInForce
from showcause.domain.lifecycle import DecisionState
from showcause.domain.people import Role
from showcause.domain.restriction import Restriction
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import Subject, SubjectRecord
from showcause.store.tx import Tx
from showcause.transparency.campaign import ITEM_SLOTS, Item, content_values
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot


def import_baseline(
    tx: Tx, now: datetime, ids: Ids, platform_name: str, found: Collection[Found], by: str
) -> Baseline:
    """Import the restrictions that stand on a platform, once, as `cause not recorded`, with one leaf.

    `found` is the platform's complete list, collected before the transaction. What our own orders put there is left
    out, and so is what a search has already counted as an orphan: importing late excuses nothing.

    Raises: AlreadyExists the second time; NotFound; BadInput for more than 50,000; NotPermitted for who is no operator.
    """
    who = acting(tx, by, Role.OPERATOR)
    at = tx.get(ConnectedPlatform, platform(tx, platform_name).id)
    if at.baseline is not None:
        raise AlreadyExists(
            f"the baseline of {at.name} was imported before",
            "What stands there now and was not then is an orphan.",
        )
    not_ours = ordered(tx, at.name, now) | open_orphans(tx, at.name).keys()
    fresh = {key: subject for key, subject in standing(tx, at, found).items() if key not in not_ours}
    id_, leaf = ids(), ids()
    entries, items = [], []
    for index, ((_, measure), subject) in enumerate(fresh.items()):
        record = register_found(tx, subject)
        entry = BaselineEntry(ids(), id_, at.name, record.id, measure)
        entries.append(entry)
        items.append(_item(tx, index, entry, record.owner, subject))
    content = content_values(items)
    made = Baseline(
        id_, at.name, len(entries), str(content["root"]), imported_at=now, imported_by=who.id, leaf=leaf
    )
    tx.insert(made, verb="import", actor=who.id)
    for entry in entries:
        tx.insert(entry, verb="import", actor=who.id)
    tx.update(at, verb="import", actor=who.id, baseline=made.id)
    values: dict[Slot, dict[str, Json]] = {
        Slot.SUBJECT: {"platform": at.name},
        Slot.CONTENT: content,
        Slot.FACTS: {"minute": ledger.minute(now), "event": "baseline"},
        Slot.ACTOR: {"proposer": who.id},
    }
    house = ledger.house(tx)
    ledger.draft(tx, ledger.Draft(Kind.BASELINE, leaf, made.id, person=house, actor=who.owner, values=values))
    return made


def entries_of(tx: Tx, baseline: Baseline) -> list[BaselineEntry]:
    """Return the entries of an import in the order in which its root commits to them."""
    return tx.find(BaselineEntry, baseline=baseline.id)


def item_of(tx: Tx, index: int, entry: BaselineEntry) -> Item:
    """Return the committed form of an entry: its place, and its slots salted under its person's key.

    Raises: Forgotten when the person was forgotten.
    """
    owner = tx.get(SubjectRecord, entry.subject).owner
    return _item(tx, index, entry, owner, subject_of(tx, entry.subject))


def _item(tx: Tx, index: int, entry: BaselineEntry, owner: str, subject: Subject) -> Item:
    slots = item_values(entry, subject)
    name, content, facts = (
        ledger.commitment(tx, entry.id, owner, slot, slots[slot]).digest for slot in ITEM_SLOTS
    )
    return Item(index, (name, content, facts))


def item_values(entry: BaselineEntry, subject: Subject) -> dict[Slot, dict[str, Json]]:
    """Return the fields of an entry's slots."""
    return {
        Slot.SUBJECT: {"platform": subject.platform, "kind": str(subject.kind), "ref": subject.ref},
        Slot.CONTENT: {},
        Slot.FACTS: {"event": "baseline", "text": {"measure": str(entry.measure)}},
    }


# --- Recording a cause --------------------------------------------------------------------------------------


def review_entry(tx: Tx, now: datetime, ids: Ids, entry_id: str, by: str) -> Case:
    """Open a case about an imported restriction, or return the open one about its subject, so that a person reviews it.

    Raises: AlreadyExists when its cause is recorded; BadInput when it is over; NotPermitted.
    """
    acting(tx, by, Role.MODERATOR, Role.SENIOR)
    entry = tx.get(BaselineEntry, entry_id)
    _check_open(entry)
    case = tx.first(Case, subject=entry.subject, state=intake.OPEN)
    return case or intake.open_case(tx, now, ids, entry.subject, entry.platform)


def record_cause(tx: Tx, now: datetime, ids: Ids, entry_id: str, decision_id: str, by: str) -> BaselineEntry:
    """Record a decision in force as the cause of an imported restriction, with a `cause` leaf.

    The decision is an ordinary one on a case and imposes the same measure on the same subject. From now on its
    restriction can ground a derived decision: see `ground_of`.

    Raises: BadInput when the decision is another matter; AlreadyExists when a cause is recorded; NotPermitted.
    """
    who = acting(tx, by, Role.MODERATOR, Role.SENIOR)
    entry, decision = tx.get(BaselineEntry, entry_id), tx.get(Decision, decision_id)
    _check_open(entry)
    if (
        decision.state is not DecisionState.IN_FORCE
        or decision.outcome is not Outcome.RESTRICT
        or not decision.case
    ):
        raise BadInput("the cause of a restriction is a decision on a case that is in force and restricts")
    if _same_act(tx, decision, entry) is None:
        raise BadInput(
            "this decision does not impose the imported measure on its subject",
            "Propose the same measure on the same subject; a platform that is only observed gives no orders.",
        )
    caused = tx.update(entry, verb="record-cause", actor=who.id, cause=decision.id)
    values: dict[Slot, dict[str, Json]] = {
        Slot.SUBJECT: item_values(entry, subject_of(tx, entry.subject))[Slot.SUBJECT],
        Slot.FACTS: {
            "minute": ledger.minute(now),
            "event": "cause",
            "derived-from": [decision.leaf],
            "reference": decision.reference,
        },
        Slot.ACTOR: {"proposer": who.id},
    }
    person = tx.get(SubjectRecord, entry.subject).owner
    ledger.draft(tx, ledger.Draft(Kind.CAUSE, ids(), entry.id, person=person, actor=who.owner, values=values))
    return caused


def ground_of(tx: Tx, entry: BaselineEntry) -> GroundRef:
    """Return what a derived decision names when it rests on an imported restriction.

    Raises: NoGroundInForce when nobody has recorded its cause.
    """
    decision = tx.get(Decision, entry.cause) if entry.cause else None
    act = _same_act(tx, decision, entry) if decision else None
    if decision is None or act is None:
        raise NoGroundInForce("the earlier restriction was imported and nobody has recorded its cause")
    return GroundRef(decision.id, act.id)


def _same_act(tx: Tx, decision: Decision, entry: BaselineEntry) -> Restriction | None:
    mine: Sequence[Restriction] = restrictions_of(tx, decision)
    return next((r for r in mine if (r.subject, r.measure) == (entry.subject, entry.measure)), None)


def _check_open(entry: BaselineEntry) -> None:
    if entry.cause is not None:
        raise AlreadyExists("the cause of this restriction is recorded")
    if entry.gone_at is not None:
        raise BadInput(f"this restriction was not on the platform any more on {entry.gone_at:%d %B %Y}")
