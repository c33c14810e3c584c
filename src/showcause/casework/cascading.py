"""What rests only on a fallen ground falls with it (guarantee 4): in the same transaction, breadth first, each with its
own leaf and statement, without reopening its case. Above a bound, or where a child or a stolen account is involved, a
person looks first.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime

from showcause.casework import committing, recusal, returning
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import clauses_cited, person, reference
from showcause.casework.weighing import MOST_REASON
from showcause.domain import cascade
from showcause.domain.cascade import REVIEW_WITHIN, FallHold, GroundLink
from showcause.domain.decision import AutomationUse, Cause, Decision, GroundRef, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import DECISION, DecisionEvent, DecisionState
from showcause.domain.people import AUTOMATION, SYSTEM, Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.restriction import Restriction
from showcause.domain.subject import SubjectRecord, check_text
from showcause.store import bulk
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

TOOK_FORCE = (DecisionState.IN_FORCE, DecisionState.LAPSED, DecisionState.SUPERSEDED)


def take_force(tx: Tx, now: datetime, ids: Ids, decision: Decision) -> Decision:
    """Put a decision in force, and everything that rested only on what it ended falls with it."""
    forced = committing.force(tx, now, ids, decision)
    if forced.fallen:
        _let_fall(tx, now, ids, forced.fallen, decision)
    return forced.decision


def _let_fall(tx: Tx, now: datetime, ids: Ids, fallen: frozenset[str], root: Decision) -> None:
    replaced = root.supersedes or root.part_of
    ground = tx.get(Decision, replaced).reference if replaced else root.reference
    everything, waiting, count = set(fallen), deque([(fallen, ground)]), 0
    while waiting:
        roots, ground = waiting.popleft()
        falling = _resting_only_on(tx, roots, everything)
        for proposed in (d for d in falling if d.state is DecisionState.PROPOSED):
            returning.return_(tx, now, ids, proposed.id, None, "ground-fell")
        standing = [d for d in falling if d.state is not DecisionState.PROPOSED]
        count += len(standing)
        for decision in standing:
            protected = cascade.is_protected(clauses_cited(tx, decision).values())
            if cascade.must_be_held(count, protected=protected):
                _hold(tx, now, ids, decision, root, protected=protected)
                continue
            forced = _fall(tx, now, ids, decision, ground)
            everything |= forced.fallen
            waiting.append((forced.fallen, decision.reference))


def _resting_only_on(tx: Tx, roots: Iterable[str], fallen: set[str]) -> list[Decision]:
    """Return the decisions that name one of these restrictions and have no ground left."""
    open_states = (DecisionState.PROPOSED, DecisionState.IN_FORCE, DecisionState.LAPSED)
    links = bulk.find_each(tx, GroundLink, "restriction", sorted(_with_predecessors(tx, roots)))
    found = [tx.get(Decision, id_) for id_ in dict.fromkeys(link.decision for link in links)]
    return [d for d in found if d.state in open_states and cascade.falls(d, fallen | _fallen_before(tx, d))]


def _with_predecessors(tx: Tx, restrictions: Iterable[str]) -> set[str]:
    """Return these restrictions, and those of superseded decisions that they carried on: a derived decision may name
    the first of a chain of which the last has now fallen."""
    found: set[str] = set()
    waiting = set(restrictions)
    while waiting:
        found |= waiting
        held = bulk.find_all(tx, Restriction, sorted(waiting)).values()
        waiting = set()
        for id_ in {each.decision for each in held}:
            carried = {(each.subject, each.measure) for each in held if each.decision == id_}
            before = _replaced_by(tx, tx.get(Decision, id_))
            waiting |= {r.id for r in before if (r.subject, r.measure) in carried} - found
    return found


def _replaced_by(tx: Tx, decision: Decision) -> list[Restriction]:
    """Return the restrictions that a decision took the place of: all of those it superseded, or a campaign's part."""
    before = tuple(id_ for id_ in (decision.supersedes, decision.interim_decision) if id_)
    return tx.find(Restriction, decision=before) + [tx.get(Restriction, id_) for id_ in decision.ends]


def _fallen_before(tx: Tx, decision: Decision) -> set[str]:
    """Return which of a decision's grounds had fallen already: superseded, and not carried on by what came after."""
    grounds = [ground for finding in decision.findings for ground in finding.grounds]
    return {ground.restriction for ground in grounds if not _is_carried_on(tx, ground)}


def _is_carried_on(tx: Tx, ground: GroundRef) -> bool:
    held, decision = tx.get(Restriction, ground.restriction), tx.get(Decision, ground.decision)
    if decision.state is not DecisionState.SUPERSEDED and decision.campaign:
        ended = tx.first(Enforcement, restriction=held.id)
        partly = (
            tx.first(Decision, id=ended.ended_by, part_of=decision.id) if ended and ended.ended_by else None
        )
        if partly is not None:
            if not any(_same(r, held) for r in tx.find(Restriction, decision=partly.id)):
                return False
            decision = partly
    while decision.state is DecisionState.SUPERSEDED:
        following = tx.first(Decision, supersedes=decision.id) or tx.first(
            Decision, interim_decision=decision.id, state=TOOK_FORCE
        )
        if following is None or not any(_same(r, held) for r in tx.find(Restriction, decision=following.id)):
            return False
        decision = following
    return True


def _same(one: Restriction, other: Restriction) -> bool:
    return (one.subject, one.measure) == (other.subject, other.measure)


def _fall(tx: Tx, now: datetime, ids: Ids, decision: Decision, ground: str) -> committing.Forced:
    """Supersede a decision whose ground fell, by a decision of the law itself."""
    lift = record_lift(tx, now, ids, decision, Cause.GROUND_FELL, by=AUTOMATION)
    return committing.force(tx, now, ids, lift, ground=ground)


def record_lift(
    tx: Tx,
    now: datetime,
    ids: Ids,
    old: Decision,
    cause: Cause,
    *,
    by: str,
    appeal: str | None = None,
    part: Sequence[Restriction] = (),
) -> Decision:
    """Insert the approved decision that ends an earlier one; nothing of it is in force yet.

    With `part`, it ends only these restrictions, of one person, and the rest of the campaign `old` stays in force.
    """
    subject = part[0].subject if part else old.subject
    owner = tx.get(SubjectRecord, subject).owner
    lift = Decision(
        id=ids(),
        state=DECISION.start,
        case=None,
        subject=subject,
        platform=old.platform,
        outcome=Outcome.LIFT,
        cause=cause,
        findings=(),
        acts=(),
        facts=tx.seal(owner, "facts", {"facts": {}, "note": "", "reason": ""}),
        evidence=(),
        source=old.source,
        automation=AutomationUse(decision=by == AUTOMATION),
        proposer=by,
        second_needed=False,
        single_operator=old.single_operator if by != AUTOMATION else False,
        proposed_at=now,
        reference=reference(ids),
        leaf=ids(),
        language=old.language,
        content_type=old.content_type,
        supersedes=None if part else old.id,
        part_of=old.id if part else None,
        ends=tuple(each.id for each in part),
        appeal=appeal,
    )
    tx.insert(lift, verb="propose", actor=by)
    return tx.update(lift, verb="approve", actor=by, approver=by, approved_at=now, commit_at=now)


def _hold(tx: Tx, now: datetime, ids: Ids, decision: Decision, root: Decision, *, protected: bool) -> None:
    if tx.first(FallHold, decision=decision.id, settled="") is not None:
        return
    due = now + REVIEW_WITHIN
    hold = tx.insert(
        FallHold(ids(), decision.id, root.id, now, due, protected), verb="hold-fall", actor=SYSTEM
    )
    tx.job("fall-due", f"fall-due:{hold.id}", hold.id, due=due)


def settle(tx: Tx, now: datetime, ids: Ids, hold_id: str, by: str | None, *, stays: str = "") -> FallHold:
    """Settle a held fall: by a person, who may find a further ground, or by time, when it falls unless protected.

    `stays` says why the decision stays although its ground fell. That overrides the law's own result: only somebody
    says so who took no part in it, and it is logged with this reason.

    Raises: SamePerson, NotPermitted, IllegalStep, BadInput.
    """
    hold = tx.get(FallHold, hold_id)
    if hold.settled:
        return hold
    actor = SYSTEM
    if by is not None:
        who = person(tx, by)
        check_action(who, hold, Action.FALL_SETTLE, now)
        actor = who.id
    elif hold.protected:
        again = now + REVIEW_WITHIN
        tx.job("fall-due", f"fall-due:{hold.id}:{again:%Y%m%dT%H%M%S}", hold.id, due=again)
        return tx.update(hold, verb="overdue", actor=SYSTEM, due_at=again)
    elif stays:
        raise BadInput("only a person can find that a decision stays")
    decision = tx.get(Decision, hold.decision)
    if stays and by is not None:
        said = check_text("reason", stays, MOST_REASON)
        if not said.strip():
            raise BadInput(
                "a decision stays for a reason", "Name in a sentence the other ground it rests on."
            )
        recusal.check_reviewer(tx, decision, person(tx, by), affirming=True)
        _log_override(tx, now, ids, decision, person(tx, by), said)
    if not stays and decision.state in (DecisionState.IN_FORCE, DecisionState.LAPSED):
        ground = tx.get(Decision, hold.ground)
        replaced = ground.supersedes or ground.part_of
        earlier = tx.get(Decision, replaced) if replaced else ground
        forced = _fall(tx, now, ids, decision, earlier.reference)
        if forced.fallen:
            _let_fall(tx, now, ids, forced.fallen, forced.decision)
    return tx.update(
        hold, verb="settle", actor=actor, settled="stays" if stays else "fell", settled_by=by and actor
    )


def _log_override(tx: Tx, now: datetime, ids: Ids, decision: Decision, who: Moderator, said: str) -> None:
    facts: dict[str, Json] = {
        "minute": ledger.minute(now),
        "event": "stays-without-its-ground",
        "text": said,
        "reference": decision.reference,
    }
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.OVERRIDE,
            ids(),
            decision.id,
            person=tx.get(SubjectRecord, decision.subject).owner,
            actor=who.owner,
            values={Slot.FACTS: facts, Slot.ACTOR: {"proposer": who.id, "approver": None}},
        ),
    )


def lapse(tx: Tx, now: datetime, ids: Ids, decision: Decision) -> Decision:
    """Mark a decision as lapsed: all its restrictions ended by date. It stays open to appeal."""
    return tx.update(
        decision, verb="lapse", actor=SYSTEM, state=DECISION.step(decision.state, DecisionEvent.LAPSE)
    )
