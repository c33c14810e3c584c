"""Campaigns: proposing one decision over many copies of the same thing, and each of its items on its own.

Above 100 items there is one decision with one leaf and a root over the items; up to 100, each copy has a decision and
a leaf of its own. Either way the number of people hit counts: what would need a second person over many accounts needs
one however the copies are proposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from showcause.casework import deciding, parts, weighing
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import person, setting
from showcause.casework.weighing import Proposal, Weighed
from showcause.domain.campaign import OWN_LEAF_UP_TO, check_size
from showcause.domain.case import Case
from showcause.domain.decision import Act, Cause, Decision, Outcome
from showcause.domain.errors import BadInput, NotReversible
from showcause.domain.lifecycle import CASE, CaseEvent
from showcause.domain.people import SYSTEM, Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.policy import Ground
from showcause.domain.restriction import MEASURES
from showcause.domain.subject import HIGH_REACH, Subject, SubjectKind, SubjectRecord, is_high_reach
from showcause.store import bulk
from showcause.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Item:
    """One copy: the subject, and the account that made it, if anybody knows.

    `evidence` and `quoted` are this copy's own, where each copy has a decision of its own; without them the proposal's.
    """

    subject: Subject
    author: Subject | None = None
    evidence: tuple[str, ...] = ()
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """The subjects of a proposal and what it weighs: its one act, and whether a second person is needed."""

    records: Sequence[SubjectRecord]
    weighed: Weighed

    @property
    def act(self) -> Act:
        """Return the act that stands for one on each subject."""
        return self.weighed.acts[0]


def propose(
    tx: Tx, now: datetime, ids: Ids, case_id: str, by: str, proposal: Proposal, items: Sequence[Item]
) -> Decision:
    """Propose one decision over more than 100 copies, on a claimed case whose subject is one of them or their author.

    The proposal's one act stands for one on every item, and so does its interim act. The list of the items' subjects
    is sealed under the house's key; its sealed id is the decision's `campaign`.

    Raises: BadInput for up to 100 items (see `propose_each`), for more than 50,000, or for items of several kinds; and
    whatever `deciding.propose` raises.
    """
    check_size(len({item.subject for item in items}))
    who, case, weight = _weigh(tx, now, case_id, by, proposal, items)
    proposal = deciding.with_detection(tx, proposal, case)
    interim = replace(proposal.interim, subject=weight.act.subject) if proposal.interim else None
    listed = tx.seal(ledger.house(tx), "campaign", [record.id for record in weight.records])
    decision = deciding.record(
        tx,
        now,
        ids,
        replace(proposal, interim=interim),
        weight.weighed,
        subject=case.subject,
        platform_name=case.platform,
        proposer=who.id,
        cause=Cause.CASE,
        case=case.id,
        source=deciding.source_of(tx, case),
        campaign=listed,
    )
    tx.update(case, verb="propose", actor=who.id, state=CASE.step(case.state, CaseEvent.PROPOSE))
    return deciding.put_forward(tx, now, who, decision)


def propose_each(
    tx: Tx, now: datetime, ids: Ids, case_id: str, by: str, proposal: Proposal, items: Sequence[Item]
) -> list[Decision]:
    """Propose an ordinary decision for each of up to 100 copies, each with its own leaf and statement.

    The first of them holds the case and answers its reports; each is approved or returned on its own.

    Raises: BadInput for more than 100 items, and whatever `propose` raises.
    """
    if len(items) > OWN_LEAF_UP_TO:
        raise BadInput(f"{len(items)} items are a campaign", "Propose one campaign decision over them.")
    who, case, weight = _weigh(tx, now, case_id, by, proposal, items)
    proposal = deciding.with_detection(tx, proposal, case)
    source = deciding.source_of(tx, case)
    made: list[Decision] = []
    own = dict(zip(bulk.owners_of(tx, [item.subject for item in items]), items, strict=True))
    for record in weight.records:
        acts = (replace(weight.act, subject=record.id),)
        interim = replace(proposal.interim, subject=record.id) if proposal.interim else None
        decision = deciding.record(
            tx,
            now,
            ids,
            _own(replace(proposal, interim=interim), own[record.id]),
            replace(weight.weighed, acts=acts),
            subject=record.id,
            platform_name=case.platform,
            proposer=who.id,
            cause=Cause.CASE,
            case=None if made else case.id,
            source=source,
        )
        made.append(deciding.put_forward(tx, now, who, decision))
    tx.update(case, verb="propose", actor=who.id, state=CASE.step(case.state, CaseEvent.PROPOSE))
    return made


def _own(proposal: Proposal, item: Item) -> Proposal:
    """Return a proposal with what is one copy's own."""
    evidence, quoted = item.evidence or proposal.evidence, item.quoted or proposal.quoted
    return replace(proposal, evidence=evidence, quoted=quoted)


def _weigh(
    tx: Tx, now: datetime, case_id: str, by: str, proposal: Proposal, items: Sequence[Item]
) -> tuple[Moderator, Case, Weight]:
    """Check a proposal over many items as one, register their subjects, and return what it weighs."""
    who, case = person(tx, by), tx.get(Case, case_id)
    check_action(who, case, Action.CASE_PROPOSE, now)
    _check_shape(case, proposal, items)
    records = register_all(tx, items)
    people = {record.author or record.id for record in records}
    if case.subject not in people | {record.id for record in records}:
        raise BadInput(
            "the case is about none of these items and none of their authors",
            "Name the item that the case is about among them.",
        )
    stands_for = next((record for record in records if record.id == case.subject), records[0])
    acts = (replace(proposal.acts[0], subject=stands_for.id),)
    interim = replace(proposal.interim, subject=stands_for.id) if proposal.interim else None
    weighed = weighing.weigh(
        tx,
        now,
        stands_for.id,
        case.platform,
        replace(proposal, acts=acts, interim=interim),
        accounts_hit=len(people),
        reach_high=_reach_is_high(tx, now, sorted(people)),
    )
    _check_undoable(tx, weighed, records)
    return who, case, Weight(records, weighed)


def _check_undoable(tx: Tx, weighed: Weighed, records: Sequence[SubjectRecord]) -> None:
    """Check that no item would be lost for good while an appeal about it is open, unless the law demands it."""
    lawful = any(clause.ground is Ground.LAW for clause in weighed.clauses.values())
    if not MEASURES[weighed.acts[0].measure].reversible and not lawful:
        open_ = parts.appealed(tx) & {record.id for record in records}
        if open_:
            raise NotReversible(
                f"{weighed.acts[0].measure} cannot be undone, and appeals about {len(open_)} of the items are open"
            )


def _check_shape(case: Case, proposal: Proposal, items: Sequence[Item]) -> None:
    if proposal.outcome is not Outcome.RESTRICT or len(proposal.acts) != 1:
        raise BadInput("a decision over many items takes exactly one measure, the same on each")
    if not items:
        raise BadInput("no items are named")
    if {item.subject.platform for item in items} != {case.platform}:
        raise BadInput(f"all items must be on the platform of the case, {case.platform}")
    kinds = {item.subject.kind for item in items}
    on_account = MEASURES[proposal.acts[0].measure].on_account
    if {kind is SubjectKind.ACCOUNT for kind in kinds} != {on_account}:
        wanted = "accounts" if on_account else "content"
        raise BadInput(f"{proposal.acts[0].measure} applies to {wanted}; some of the items are not")


def _reach_is_high(tx: Tx, now: datetime, people: Sequence[str]) -> bool:
    threshold = int(setting(tx, "high-reach") or HIGH_REACH)
    accounts = bulk.find_all(tx, SubjectRecord, people).values()
    return any(is_high_reach(account.reach, now, threshold) for account in accounts)


def register_all(tx: Tx, items: Sequence[Item]) -> list[SubjectRecord]:
    """Return the records of the items' subjects, each once and in order; new ones are made together with their keys.

    What is known of a subject stands: a new author does not take over what another one's key has sealed.

    Raises: AlreadyExists when somebody else registers one of them at the same moment; try again.
    """
    wanted = {item.subject: item.author for item in items}
    authors = [a for s, a in wanted.items() if a is not None and s.kind is not SubjectKind.ACCOUNT]
    _register(tx, list(dict.fromkeys(authors)), {})
    return _register(tx, list(wanted), {s: a for s, a in wanted.items() if s.kind is not SubjectKind.ACCOUNT})


def _register(
    tx: Tx, subjects: Sequence[Subject], authors: dict[Subject, Subject | None]
) -> list[SubjectRecord]:
    ids = dict(zip(subjects, bulk.owners_of(tx, subjects), strict=True))
    makers = list({author for author in authors.values() if author is not None})
    holders = dict(zip(makers, bulk.owners_of(tx, makers), strict=True))
    known = bulk.find_all(tx, SubjectRecord, list(ids.values()))
    new = [subject for subject in subjects if ids[subject] not in known]
    owners = {s: holders[a] if (a := authors.get(s)) is not None else ids[s] for s in new}
    refs = bulk.seal_all(tx, "subject", [(owners[s], {"ref": s.ref}) for s in new])
    made = [
        SubjectRecord(
            *(ids[s], s.platform, s.kind, owners[s], sealed),
            author=owners[s] if owners[s] != ids[s] else None,
        )
        for s, sealed in zip(new, refs, strict=True)
    ]
    bulk.insert_all(tx, made, verb="register", actor=SYSTEM)
    known |= {record.id: record for record in made}
    return [known[ids[subject]] for subject in subjects]
