"""Proposing a version: files say what it would be. It changes nothing until it went through every step."""

from datetime import datetime

from showcause.casework import event_schemas
from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting, check_founded
from showcause.casework.ports import Ids
from showcause.casework.reading import platform as connected
from showcause.casework.reading import single_operator
from showcause.casework.rulework import in_force, parts, telling
from showcause.casework.rulework.granting import check_powers
from showcause.casework.rulework.parts import Part, Parts
from showcause.domain.errors import AlreadyExists, BadInput, IllegalStep
from showcause.domain.lifecycle import RULE, RuleState
from showcause.domain.people import Moderator, Role
from showcause.domain.restriction import Measure
from showcause.domain.rule import WAITING, Piece, Read, RuleVersion
from showcause.rules.declared import Declaration, check_succession
from showcause.rules.powers import Effect, EffectKind, powers_of
from showcause.rules.side_files import Platform
from showcause.store.tx import Tx
from showcause.store.view import View

ONE_CHANGE = "rules"
"""The key under which changes of what is in force wait for one another."""


def propose(tx: Tx, now: datetime, ids: Ids, folder: Parts, name: str, by: str) -> RuleVersion:
    """Propose the rule, list, threshold or counter of this name as a folder has it; return the draft.

    `folder` was read beforehand by `parts.read`, which refuses files with a fault, a case that does not hold, and a
    rule that does more than order reviews on what is derived from reports.

    New parts that it reads and that nobody has come along with it and take every step together with it. What is live
    and other than in the folder is proposed by itself, because it touches other rules.

    A new title, owner or wording of what is live makes no version: the words are replaced.

    Raises: NotPermitted for effects that the clause does not grant; AlreadyExists for what is live or on its way just
    so; IllegalStep while another version of it is on its way; BadRules when a case of a rule that it touches fails.
    """
    check_founded(tx)
    tx.one_at_a_time(ONE_CHANGE)
    who = acting(tx, by, Role.POLICY, Role.OPERATOR)
    platform = folder.loaded.platform.name
    connected(tx, platform)
    part = folder.named(name)
    if (reworded := _same(tx, now, ids, platform, part, who)) is not None:
        return reworded
    new = [(each, joined.id if joined else ids()) for each, joined in _new_parts(tx, platform, folder, part)]
    joined = {id_ for each, id_ in new if waiting_one(tx, platform, each.kind, each.name)}
    _check_schema(tx, folder.loaded.platform)
    _check_marks(tx, platform, part)
    if part.metadata is not None:
        _check_other_name(tx, platform, part)
        check_powers(tx, now, part.metadata.effects, part.metadata.clause)
    made = _draft(tx, now, ids, platform, folder, part, who, brings=tuple(id_ for _, id_ in new))
    tx.insert(made, verb="propose", actor=who.id)
    new = [(each, id_) for each, id_ in new if id_ not in joined]
    for each, id_ in new:
        along = _draft(tx, now, ids, platform, folder, each, who, id_=id_, brought_by=made)
        tx.insert(along, verb="propose", actor=who.id)
    _check_fits(tx, made)
    telling.publish(tx, now, ids, made, "proposed", who, more=telling.shown(tx, made.id, part))
    for each, id_ in new:
        along = tx.get(RuleVersion, id_)
        telling.publish(tx, now, ids, along, "proposed", who, more=telling.shown(tx, id_, each))
    return made


def waiting_one(view: View, platform: str, kind: Piece, name: str) -> RuleVersion | None:
    """Return the version of a name that is on its way, or None."""
    return view.first(RuleVersion, platform=platform, kind=kind, name=name, state=WAITING)


def effects_of(version: RuleVersion) -> tuple[Effect, ...]:
    """Return the effects of a version, as they were written down."""
    return tuple(_effect(each) for each in version.effects)


# --- Inside ---------------------------------------------------------------------------------------------------------


def _same(tx: Tx, now: datetime, ids: Ids, platform: str, part: Part, who: Moderator) -> RuleVersion | None:
    """Return the live version if only its words are new; raise when nothing can be proposed."""
    if (held := waiting_one(tx, platform, part.kind, part.name)) is not None:
        if held.digest == part.digest:
            raise AlreadyExists(f"{held.ref} says just this and is on its way ({held.state})")
        with_ = f" with {tx.get(RuleVersion, held.brought_by).ref}" if held.brought_by else ""
        raise IllegalStep(
            f"{held.ref} is on its way{with_} ({held.state}), and one version at a time is",
            "Return that one first: `showcause rules return`, or `retire` if it acts.",
        )
    held = in_force.live_one(tx, platform, part.kind, part.name)
    if held is None or held.digest != part.digest:
        return None
    if tx.unseal(held.text)["files"] == dict(part.files):
        raise AlreadyExists(f"{held.ref} says just this and is live")
    text = tx.seal(ledger.house(tx), "rule", {"files": dict(part.files)})
    reworded = tx.update(held, verb="reword", actor=who.id, text=text)
    tx.drop_sealed(held.text)
    telling.publish(tx, now, ids, reworded, "reworded", who)
    return reworded


def _new_parts(tx: Tx, platform: str, folder: Parts, part: Part) -> list[tuple[Part, RuleVersion | None]]:
    """Return what a part reads that is not live, with the same part of another proposal where there is one."""
    held = in_force.live(tx, platform)
    new: list[tuple[Part, RuleVersion | None]] = []
    for each in folder.behind(part):
        there = held.get(each.key)
        if there is not None and there.digest == each.digest:
            continue
        if there is not None:
            raise IllegalStep(
                f"it reads the {each.kind} {each.name}, which is live as {there.ref} and says something else here",
                f"It touches other rules, so propose it by itself: `showcause rules propose {each.name}`.",
            )
        if each.kind is Piece.RULE:
            raise IllegalStep(
                f"it refers to the rule {each.name}, which is not live",
                f"Bring that one live first: `showcause rules propose {each.name}`.",
            )
        other = waiting_one(tx, platform, each.kind, each.name)
        if other is not None and (other.digest != each.digest or other.brought_by is None):
            raise IllegalStep(
                f"it reads the {each.kind} {each.name}, of which {other.ref} is on its way ({other.state})",
                "Wait until that one is live, or return it.",
            )
        new.append((each, other))
    return new


def _draft(
    tx: Tx,
    now: datetime,
    ids: Ids,
    platform: str,
    folder: Parts,
    part: Part,
    who: Moderator,
    *,
    brings: tuple[str, ...] = (),
    id_: str = "",
    brought_by: RuleVersion | None = None,
) -> RuleVersion:
    new_id = id_ or ids()
    said, rollout = part.metadata, part.metadata.rollout if part.metadata else None
    powers = powers_of(said.effects) if said else None
    return RuleVersion(
        id=new_id,
        state=RULE.start,
        platform=platform,
        kind=part.kind,
        name=part.name,
        number=_number(tx, platform, part),
        digest=part.digest,
        commitment=telling.commitment_of(tx, new_id, part),
        text=tx.seal(ledger.house(tx), "rule", {"files": dict(part.files)}),
        reads=tuple(Read(each.kind, each.name) for each in folder.behind(part)),
        brings=brings,
        proposer=who.id,
        proposed_at=now,
        second_needed=powers is not None and powers.approvers > 1,
        restricts=powers is not None and powers.restricts,
        meaning=part.meaning,
        clause=said.clause if said else "",
        severity=str(said.severity) if said else "",
        effects=tuple(map(str, said.effects)) if said else (),
        expected=str(said.expected) if said else "",
        share=str(rollout.share) if rollout else "",
        # Without a seed of its own, a version places entities by what it says: replay finds it without asking.
        seed=rollout.seed if rollout else part.digest,
        by=rollout.by if rollout else folder.loaded.platform.account or "",
        brought_by=brought_by.id if brought_by else None,
        single_operator=single_operator(tx),
    )


def _number(tx: Tx, platform: str, part: Part) -> int:
    """Return the number of a new version: the one that its file states, else the next.

    Raises: BadInput for a stated number that is not larger than every earlier one.
    """
    earlier = tx.find(RuleVersion, platform=platform, kind=part.kind, name=part.name)
    if part.number is None:
        return max((each.number for each in earlier), default=0) + 1
    latest = max((each.number for each in earlier if each.state is not RuleState.RETURNED), default=0)
    if part.number <= latest:
        raise BadInput(
            f"{part.name}@{part.number} is not later than version {latest}",
            f"A changed {part.kind} is a new version: write `version: {latest + 1}`.",
        )
    return part.number


def _check_schema(tx: Tx, platform: Platform) -> None:
    """Check that the rules' schema says of each field what the platform's declared events say.

    Raises: BadInput.
    """
    declared = event_schemas.declared_of(tx, platform.name, None)
    if declared is None:
        return
    for each in platform.schema:
        there = declared.schema.get(each.path)
        if there is None:
            raise BadInput(f"events of {platform.name} have no field {each.path}, as they were declared")
        if there.from_reports and not each.from_reports:
            raise BadInput(
                f"{each.path} is derived from reports, as it was declared, and schema.yaml does not say so",
                "Write `from_reports: true`.",
            )
    check_succession(Declaration(platform.schema), declared)


def _check_marks(view: View, platform: str, part: Part) -> None:
    """Check that what once came from reports is still marked so, in every version ever proposed and not returned.

    Raises: BadInput.
    """
    for each in view.find(RuleVersion, platform=platform, kind=part.kind, name=part.name):
        if part.kind not in (Piece.LIST, Piece.SCHEMA) or each.state is RuleState.RETURNED:
            continue
        marks = parts.marks_of(view.unseal(each.text)["files"]) - part.marks
        # A field may go, and comes back with its mark; a kind of event that is a report stays one.
        if lost := sorted(name for name in marks if name in part.plain or " " in name):
            raise BadInput(
                f"{', '.join(lost)} came from reports in {each.ref}, and the mark is gone",
                "Write the mark again; what does not come from reports has another name.",
            )


def _check_other_name(view: View, platform: str, part: Part) -> None:
    """Check that no other rule has this very condition: a rule keeps its id, whatever it is called.

    Raises: AlreadyExists.
    """
    for each in view.find(RuleVersion, platform=platform, kind=Piece.RULE, state=(*WAITING, RuleState.LIVE)):
        if each.meaning == part.meaning and each.name != part.name:
            raise AlreadyExists(
                f"{each.ref} ({each.state}) has this very condition, under another id",
                f"Keep the id {each.name}; title and owner may change. Another rule may refer to it by name.",
            )


def _check_fits(tx: Tx, made: RuleVersion) -> None:
    """Check that the other rules that it touches compile with it, and that their cases hold.

    Raises: BadRules.
    """
    after = in_force.compared(tx, made).after
    if set(after.focus) - ({made.name} if made.kind is Piece.RULE else set()):
        in_force.load(tx, after, cases=True)


def _effect(text: str) -> Effect:
    kind, _, rest = text.partition(": ")
    measure, _, length = rest.partition(" for ")
    seconds = int(length.removesuffix(" s")) if length else None
    return Effect(EffectKind(kind), Measure(measure) if measure else None, seconds)
