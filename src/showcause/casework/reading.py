"""What every verb needs to read first: settings, people, clauses in force, and who stands behind a subject record."""

from collections.abc import Iterable
from datetime import datetime

from showcause.casework.ports import Ids
from showcause.domain.decision import Decision
from showcause.domain.errors import AlreadyExists, NotFound, PolicyNotInForce
from showcause.domain.lifecycle import PolicyState
from showcause.domain.people import Moderator, is_single_operator
from showcause.domain.policy import Clause, Urgent
from showcause.domain.restriction import Restriction
from showcause.domain.site import ConnectedPlatform, PolicyVersion, Setting
from showcause.domain.subject import HIGH_REACH, Reach, Subject, SubjectKind, SubjectRecord, is_high_reach
from showcause.store.tx import Tx
from showcause.store.view import View


def setting(tx: View, name: str) -> str | None:
    """Return a setting's present value, or None if it was never set."""
    found = tx.first(Setting, name=name)
    return found.value if found else None


def person(tx: View, handle_or_id: str) -> Moderator:
    """Return a moderator by handle or id.

    Raises: NotFound.
    """
    found = tx.first(Moderator, handle=handle_or_id) or tx.first(Moderator, id=handle_or_id)
    if found is None:
        raise NotFound(
            f"there is no moderator {handle_or_id[:64]!r}", "`showcause moderator list` names them."
        )
    return found


def single_operator(tx: View) -> bool:
    """Tell whether single-operator mode holds: it follows from the number of active moderators."""
    return is_single_operator(tx.find(Moderator, active=True))


def platform(tx: View, name: str) -> ConnectedPlatform:
    """Return a connected platform by its name.

    Raises: NotFound.
    """
    found = tx.first(ConnectedPlatform, name=name)
    if found is None:
        raise NotFound(f"no platform {name[:64]!r} is connected", "Connect it first: `showcause connect`.")
    return found


def clause_in_force(tx: View, ref: str, now: datetime) -> Clause:
    """Return the clause of a citation `family.name@version` if that version is in force now.

    Raises: PolicyNotInForce, naming the version that is.
    """
    clause_id, _, version = ref.partition("@")
    held = tx.first(PolicyVersion, clause_id=clause_id, state=PolicyState.IN_FORCE)
    if held is not None and str(held.version) == version:
        return held.clause
    for proposed in tx.find(PolicyVersion, clause_id=clause_id, state=PolicyState.PROPOSED):
        if proposed.in_force_from is not None and str(proposed.version) == version:
            raise PolicyNotInForce(
                f"{ref} was announced and holds from {proposed.in_force_from:%d %B %Y %H:%M} UTC on"
            )
    if held is not None:
        raise PolicyNotInForce(f"{ref} is not in force; version {held.version} is")
    raise PolicyNotInForce(f"no version of {clause_id[:64]!r} is in force")


def clauses_in_force(tx: View, refs: Iterable[str], now: datetime) -> dict[str, Clause]:
    """Return the clauses of these citations; see `clause_in_force`."""
    return {ref: clause_in_force(tx, ref, now) for ref in refs}


def clauses_cited(tx: View, decision: Decision) -> dict[str, Clause]:
    """Return the clauses that a decision cites, whether or not they are still in force."""
    cited: dict[str, Clause] = {}
    for finding in decision.findings:
        clause_id, _, version = finding.clause.partition("@")
        # A returned version may have had the same number and another text.
        ever = (PolicyState.IN_FORCE, PolicyState.RETIRED)
        held = tx.first(PolicyVersion, clause_id=clause_id, version=int(version), state=ever)
        if held is None:
            raise PolicyNotInForce(f"{finding.clause} was never approved here")
        cited[finding.clause] = held.clause
    return cited


def urgent_clause(tx: View, category: Urgent, now: datetime) -> Clause | None:
    """Return the clause in force that names this urgent category, else the last that was; None if there never was one.

    An act that was done at once must reach the record also when its clause was retired meanwhile.
    """
    for state in (PolicyState.IN_FORCE, PolicyState.RETIRED):
        for held in reversed(tx.find(PolicyVersion, state=state)):
            if held.clause.urgent_category is category and held.in_force_from and held.in_force_from <= now:
                return held.clause
    return None


def register(
    tx: Tx, subject: Subject, author: Subject | None = None, reach: Reach | None = None
) -> SubjectRecord:
    """Return the record of a subject, made on first sight; its reference is sealed under its owner's key.

    An account owns itself; content belongs to its author's key, or to its own while the author is unknown. An author
    who becomes known later, as after a report by form that could not name one, is told from then on; what the
    content's own key sealed stays under it. New numbers of reach replace the old ones.
    """
    known = tx.first(SubjectRecord, id=tx.owner_of(subject))
    if known is not None and known.author is None and author and subject.kind is not SubjectKind.ACCOUNT:
        named = register(tx, author)
        known = tx.update(known, verb="name-author", actor="system", author=named.id)
    if known is None:
        holder = register(tx, author) if author and subject.kind is not SubjectKind.ACCOUNT else None
        id_ = tx.owner_of(subject)
        owner = holder.id if holder else id_
        sealed = tx.seal(owner, "subject", {"ref": subject.ref})
        record = SubjectRecord(
            id_,
            subject.platform,
            subject.kind,
            owner,
            sealed,
            reach or Reach(),
            author=holder.id if holder else None,
        )
        return tx.insert(record, verb="register", actor="system")
    if reach is not None and reach != known.reach:
        return tx.update(known, verb="measure-reach", actor="system", reach=reach)
    return known


def register_found(tx: Tx, subject: Subject) -> SubjectRecord:
    """Return the record of a subject that a platform listed, made on first sight, without keeping others out.

    For lists of thousands; who registers the same subject at the same moment is met at the insert.
    """
    id_ = tx.owner_of(subject, alone=False)
    known = tx.first(SubjectRecord, id=id_)
    if known is not None:
        return known
    sealed = tx.seal(id_, "subject", {"ref": subject.ref})
    try:
        made = SubjectRecord(id_, subject.platform, subject.kind, id_, sealed)
        return tx.insert(made, verb="register", actor="system")
    except AlreadyExists:
        return tx.get(SubjectRecord, id_)


def subject_of(tx: View, record_id: str) -> Subject:
    """Return whom or what a subject record stands for.

    Raises: Forgotten when the person was forgotten.
    """
    record = tx.get(SubjectRecord, record_id)
    return Subject(record.platform, record.kind, tx.unseal(record.ref)["ref"])


def reach_is_high(tx: View, now: datetime, subject: str) -> bool:
    """Tell whether the account behind a subject has high reach, by the public formula and the site's threshold."""
    record = tx.get(SubjectRecord, subject)
    account = tx.get(SubjectRecord, record.author) if record.author else record
    return is_high_reach(account.reach, now, int(setting(tx, "high-reach") or HIGH_REACH))


def restrictions_of(tx: View, decision: Decision) -> list[Restriction]:
    """Return the restrictions of a decision, in the order of its acts."""
    return tx.find(Restriction, decision=decision.id)


def reference(ids: Ids) -> str:
    """Return a fresh reference number for a letter: 128 random bits in groups that can be read aloud."""
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int(ids(), 16)
    text = "".join(digits[number >> shift & 31] for shift in range(125, -5, -5))
    return "-".join(text[at : at + 4] for at in range(0, 24, 4)) + "-" + text[24:]
