"""Policies: a file proposes, a second person puts in force, and every change is public.

Of each clause exactly one version is in force at any time: the step that puts one in force retires the one before, in
one transaction. An announced version stays `proposed`, with its approver and the hour from which it will hold; until
the timer `policy-holds` has run, the earlier one holds.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from showcause.casework.catalogue import digest_of
from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting, check_founded, leaf_with_document, store_setting
from showcause.casework.ports import Ids
from showcause.casework.reading import person, single_operator
from showcause.domain.errors import BadInput, IllegalStep, SamePerson
from showcause.domain.lifecycle import POLICY, PolicyEvent, PolicyState
from showcause.domain.people import SYSTEM, Moderator, Role
from showcause.domain.permissions import Action, check_action
from showcause.domain.policy import Clause, canonical, digest
from showcause.domain.policy_checks import faults_of
from showcause.domain.site import ANNOUNCE, ConnectedPlatform, PolicyVersion
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind

ONE_CHANGE = "policies"
"""The key under which changes of policy wait for one another, so that no two versions take force at once."""


class Clauses(Protocol):
    """What a catalogue offers: its clauses."""

    @property
    def clauses(self) -> Sequence[Clause]:
        """Return the clauses."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading a catalogue.

    `proposed` are the new proposals, `unchanged` the citations of clauses that are in force or proposed already as
    they stand in the files, `not_in_files` the citations of clauses in force that no file has: they stay in force.
    """

    proposed: tuple[PolicyVersion, ...]
    unchanged: tuple[str, ...]
    not_in_files: tuple[str, ...]


def load(tx: Tx, now: datetime, ids: Ids, catalogue: Clauses, by: str) -> Loaded:
    """Propose every clause of a catalogue that is neither in force nor proposed as it stands there.

    Raises: as `propose`; then nothing is proposed.
    """
    proposed, unchanged = [], []
    for clause in catalogue.clauses:
        known = _same(tx, clause)
        if known is None:
            proposed.append(propose(tx, now, ids, clause, by))
        else:
            unchanged.append(clause.ref)
    named = {clause.id for clause in catalogue.clauses}
    missing = (held.clause.ref for held in _in_force(tx) if held.clause_id not in named)
    return Loaded(tuple(proposed), tuple(unchanged), tuple(missing))


def propose(tx: Tx, now: datetime, ids: Ids, clause: Clause, by: str) -> PolicyVersion:
    """Propose a version of a clause. It changes nothing until it is approved.

    Proposing what is in force or proposed already, word for word, returns that version and stores nothing.

    Raises: BadInput for a faulty clause, or a version number that is taken or not larger than every one that was ever
    in force; NotPermitted for who has neither the role policy nor operator.
    """
    check_founded(tx)
    tx.one_at_a_time(ONE_CHANGE)
    who = acting(tx, by, Role.POLICY, Role.OPERATOR)
    if (known := _same(tx, clause)) is not None:
        return known
    if wrong := faults_of(clause):
        raise BadInput(
            f"{clause.ref} is not a complete clause: {wrong[0]}", "`showcause policies check` names all."
        )
    _check_larger(tx, clause)
    taken = tx.first(PolicyVersion, clause_id=clause.id, version=clause.version, state=PolicyState.PROPOSED)
    if taken is not None:
        raise BadInput(
            f"another text of {clause.ref} is proposed", "Return that one first, or give this a new number."
        )
    made = PolicyVersion(
        ids(),
        POLICY.start,
        clause.id,
        clause.version,
        digest(clause),
        clause,
        proposer=who.id,
        proposed_at=now,
        single_operator=single_operator(tx),
    )
    return tx.insert(made, verb="propose", actor=who.id)


def approve(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> PolicyVersion:
    """Put a proposed version in force and retire the one before it.

    Another person than the proposer approves. In single-operator mode the same person may; the change is then only
    announced, with a leaf, and holds 24 hours later. One exception: the first version of a clause, on a site to which
    no platform was ever connected, holds at once, because nobody can be restricted there yet; so the first catalogue
    of a new site is in force before its first platform.

    Raises: SamePerson, NotPermitted, IllegalStep; BadInput if a later version took force meanwhile.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = person(tx, by), tx.get(PolicyVersion, version_id)
    check_action(who, held, Action.POLICY_APPROVE, now)
    if held.approver is not None:
        raise IllegalStep(
            f"{held.clause.ref} was approved already and holds from {_hour(held.in_force_from)} on"
        )
    alone = single_operator(tx)
    if who.id == held.proposer and not alone:
        raise SamePerson("you proposed this version while you were alone; now another person approves it")
    _check_larger(tx, held.clause)
    if not alone or _is_founding(tx, held):
        return _take_force(tx, now, ids, held, who)
    announced = tx.update(held, verb="announce", actor=who.id, approver=who.id, in_force_from=now + ANNOUNCE)
    tx.job("policy-holds", f"policy-holds:{held.id}", held.id, due=now + ANNOUNCE)
    _publish(tx, now, ids, announced, "announced", now + ANNOUNCE, who)
    return announced


def take_hold(tx: Tx, now: datetime, ids: Ids, version_id: str) -> PolicyVersion:
    """Finish what was announced for a version, if its hour has come and it was not taken back. Safe to repeat.

    This is the job `policy-holds`: an announced version takes force, an announced end retires a version.
    """
    tx.one_at_a_time(ONE_CHANGE)
    held = tx.get(PolicyVersion, version_id)
    if held.state is PolicyState.PROPOSED and held.in_force_from is not None and held.in_force_from <= now:
        if held.version <= _latest(tx, held.clause_id):
            return _send_back(tx, held, SYSTEM)
        return _take_force(tx, now, ids, held, None)
    if held.state is PolicyState.IN_FORCE and held.retired_at is not None and held.retired_at <= now:
        return _retire(tx, now, ids, held, None)
    return held


def return_(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> PolicyVersion:
    """Return a proposal, also one that is announced and does not hold yet; the latter is told in public."""
    tx.one_at_a_time(ONE_CHANGE)
    who, held = person(tx, by), tx.get(PolicyVersion, version_id)
    check_action(who, held, Action.POLICY_RETURN, now)
    returned = _send_back(tx, held, who.id)
    tx.cancel_job(f"policy-holds:{held.id}")
    if held.in_force_from is not None:
        _publish(tx, now, ids, returned, "taken-back", None, who)
    return returned


def retire(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> PolicyVersion:
    """Announce that a clause ends in 24 hours without a successor; on a site without any platform it ends at once.

    One person may: it forbids nobody anything. `keep` takes it back until then. Decisions made under it stand.

    Raises: IllegalStep unless it is in force and its end is not announced; NotPermitted.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(PolicyVersion, version_id)
    POLICY.step(held.state, PolicyEvent.RETIRE)
    if held.retired_at is not None:
        raise IllegalStep(f"the end of {held.clause.ref} is announced for {_hour(held.retired_at)}")
    if not tx.count(ConnectedPlatform):
        return _retire(tx, now, ids, held, who)
    announced = tx.update(held, verb="announce-end", actor=who.id, retired_at=now + ANNOUNCE)
    # Announced again after it was taken back, the job has a key of its own.
    key = f"policy-ends:{held.id}:{announced.revision}"
    tx.job("policy-holds", key, held.id, due=now + ANNOUNCE)
    _publish(tx, now, ids, announced, "end-announced", now + ANNOUNCE, who)
    return announced


def keep(tx: Tx, now: datetime, ids: Ids, version_id: str, by: str) -> PolicyVersion:
    """Take back the announced end of a clause.

    Raises: IllegalStep unless its end is announced and has not come; NotPermitted.
    """
    tx.one_at_a_time(ONE_CHANGE)
    who, held = acting(tx, by, Role.POLICY, Role.OPERATOR), tx.get(PolicyVersion, version_id)
    if held.state is not PolicyState.IN_FORCE or held.retired_at is None:
        raise IllegalStep(f"no end of {held.clause.ref} is announced; it is {held.state}")
    kept = tx.update(held, verb="keep", actor=who.id, retired_at=None)
    _publish(tx, now, ids, kept, "end-taken-back", None, who)
    return kept


# --- Inside -------------------------------------------------------------------------------------------------


def _take_force(tx: Tx, now: datetime, ids: Ids, held: PolicyVersion, who: Moderator | None) -> PolicyVersion:
    actor = who.id if who else SYSTEM
    for before in tx.find(PolicyVersion, clause_id=held.clause_id, state=PolicyState.IN_FORCE):
        state = POLICY.step(before.state, PolicyEvent.RETIRE)
        tx.update(before, verb="retire", actor=actor, state=state, retired_at=now)
    state = POLICY.step(held.state, PolicyEvent.APPROVE)
    approver = who.id if who else held.approver
    taken = tx.update(held, verb="approve", actor=actor, state=state, approver=approver, in_force_from=now)
    _publish(tx, now, ids, taken, "in-force", now, who)
    return taken


def _retire(tx: Tx, now: datetime, ids: Ids, held: PolicyVersion, who: Moderator | None) -> PolicyVersion:
    state = POLICY.step(held.state, PolicyEvent.RETIRE)
    retired = tx.update(held, verb="retire", actor=who.id if who else SYSTEM, state=state, retired_at=now)
    _publish(tx, now, ids, retired, "retired", now, who)
    return retired


def _send_back(tx: Tx, held: PolicyVersion, actor: str) -> PolicyVersion:
    return tx.update(held, verb="return", actor=actor, state=POLICY.step(held.state, PolicyEvent.RETURN))


def _publish(
    tx: Tx,
    now: datetime,
    ids: Ids,
    version: PolicyVersion,
    event: str,
    holds_from: datetime | None,
    who: Moderator | None,
) -> None:
    """Recompute the digest of what is in force, then log the change with the clause's whole text."""
    in_force = digest_of(held.clause for held in _in_force(tx))
    store_setting(tx, now, ids, "policies-digest", in_force, who.id if who else SYSTEM)
    document: Json = {
        "format": "showcause/v1 policy",
        "event": event,
        "clause": json.loads(canonical(asdict(version.clause))),
        "digest": version.digest,
        "holds-from": ledger.minute(holds_from) if holds_from else None,
        "policies": in_force,
    }
    put = event in ("announced", "in-force")
    leaf_with_document(
        tx,
        now,
        ids,
        Kind.SETTING,
        document,
        about=version.id,
        by=tx.get(Moderator, version.proposer) if put else who,
        event=f"policy-{event}",
        approver=version.approver if put else None,
    )


def _in_force(tx: Tx) -> list[PolicyVersion]:
    return tx.find(PolicyVersion, state=PolicyState.IN_FORCE)


def _same(tx: Tx, clause: Clause) -> PolicyVersion | None:
    """Return the version that says exactly this and is in force or proposed, or None."""
    states = (PolicyState.IN_FORCE, PolicyState.PROPOSED)
    return tx.first(PolicyVersion, clause_id=clause.id, digest=digest(clause), state=states)


def _versions(tx: Tx, clause_id: str) -> Iterable[PolicyVersion]:
    return tx.find(PolicyVersion, clause_id=clause_id, state=(PolicyState.IN_FORCE, PolicyState.RETIRED))


def _latest(tx: Tx, clause_id: str) -> int:
    return max((held.version for held in _versions(tx, clause_id)), default=0)


def _check_larger(tx: Tx, clause: Clause) -> None:
    latest = _latest(tx, clause.id)
    if clause.version <= latest:
        raise BadInput(
            f"{clause.ref} is not later than version {latest}, which is or was in force",
            f"A changed text is a new version: give it the number {latest + 1}.",
        )


def _is_founding(tx: Tx, held: PolicyVersion) -> bool:
    return not tx.count(ConnectedPlatform) and not _latest(tx, held.clause_id)


def _hour(moment: datetime | None) -> str:
    return f"{moment:%d %B %Y %H:%M} UTC" if moment else "now"
