"""Refusing a reader's comment at validation: one key at the desk, and a decision like any other.

A refusal hides the comment under a clause, quotes the sentence that it concerns, can be undone for thirty seconds and
then takes force with its leaf, statement and appeal. The comment's own words are its evidence, sealed as they stood
when somebody looked at them; nothing of a report ever enters. Accepting a comment restricts nobody and is not here.

No case is opened for one comment: the desk of validation is its queue. A comment that was reported has a case already;
then the refusal is that case's decision, and answers its reports. Copies of one flood go by `casework.campaigns`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.casework import campaigns, deciding, desk
from showcause.casework.campaigns import Item, register_all
from showcause.casework.intake import OPEN, open_case
from showcause.casework.itemising import hits
from showcause.casework.ports import Ids
from showcause.casework.proposals import clause_chosen, preset_chosen
from showcause.casework.reading import person, platform, register, subject_of
from showcause.casework.returning import return_
from showcause.casework.weighing import Proposal, weigh
from showcause.domain.campaign import OWN_LEAF_UP_TO
from showcause.domain.case import Case
from showcause.domain.decision import Act, AutomationUse, Cause, Decision, Finding, Outcome
from showcause.domain.enforcement import ENDED, Enforcement
from showcause.domain.errors import BadInput, IllegalStep, Unsupported
from showcause.domain.lifecycle import CaseState, DecisionState, PolicyState
from showcause.domain.newsroom import Comment
from showcause.domain.permissions import Action, check_action
from showcause.domain.policy import LANGUAGES, Clause, Ground, Preset, Rung, Second, Snapshot, slots_needed
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.sentences import MAX_TEXT, hidden_characters
from showcause.domain.site import PolicyVersion
from showcause.domain.subject import Subject, SubjectKind, is_unseen
from showcause.store import bulk
from showcause.store.tx import Tx
from showcause.store.view import View

FAMILY: Final = "comments."
"""The family of the clauses that are written for comment sections; they stand before others."""
FIRST: Final = ("insult", "off-topic", "advertising", "repetition", "accusation", "unreadable", "copied-text")
"""The clauses of that family by how often a newspaper needs them: the first have the first keys."""


@dataclass(frozen=True, slots=True)
class Words:
    """A comment as it stood when somebody looked at it.

    `about` says where it stood, for colleagues. `detected` tells that a machine brought it to the desk, and not the
    plain rule that every comment waits.
    """

    record: Comment
    subject: Subject
    author: Subject
    text: str
    language: str = "en"
    about: str = ""
    detected: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reason that one key gives: a clause, its preset, and the rung that hides."""

    clause: Clause
    preset: Preset
    rung: Rung


def prepared(view: View, platform_name: str) -> list[Prepared]:
    """Return the reasons that can be given with one key, in an order that stays while the rules do.

    Those are presets of clauses in force that one person may decide by hiding, that need no fact filled in, and whose
    evidence is the comment itself. Where the rules for comment sections are in force, only theirs. Each clause's first
    reason stands before any clause's second.
    """
    if all(offer.measure is not Measure.HIDE for offer in platform(view, platform_name).offers):
        return []
    held = sorted(view.find(PolicyVersion, state=PolicyState.IN_FORCE), key=lambda each: each.clause_id)
    own = [each for each in held if each.clause_id.startswith(FAMILY)]
    found = [
        (nth, _place(each.clause), Prepared(each.clause, preset, rung))
        for each in own or held
        for nth, preset in enumerate(each.clause.presets)
        if (rung := _rung(each.clause, preset)) is not None
    ]
    return [each for *_, each in sorted(found, key=lambda placed: placed[:2])]


def _place(clause: Clause) -> tuple[int, str]:
    name = clause.id.removeprefix(FAMILY)
    return (FIRST.index(name) if name in FIRST else len(FIRST), clause.id)


def _rung(clause: Clause, preset: Preset) -> Rung | None:
    """Return the rung of a ladder that hides at one person's word; None where one key is not enough."""
    alone = (
        clause.ground is Ground.TERMS
        and clause.snapshot is Snapshot.ALLOWED
        and not clause.needs_ground
        and clause.evidence_needed.min_independent <= 1
        and not slots_needed(clause, preset)
    )
    rung = clause.rung(preset.rung)
    fits = alone and rung is not None and rung.measure is Measure.HIDE and rung.second is Second.NEVER
    return rung if fits else None


def refuse(
    tx: Tx, now: datetime, ids: Ids, words: Words, clause: str, preset: str, sentence: str, by: str
) -> Decision:
    """Refuse one comment under a clause, for one of its sentences; in force when the undo delay is over.

    Refusing what one has refused a moment ago, for the same reason, returns that decision and changes nothing.

    Raises: BadInput when the comment does not say the sentence; IllegalStep when it is hidden or refused already;
    AlreadyClaimed while somebody else works on its case; and what `deciding.propose` raises.
    """
    who = person(tx, by)
    check_action(who, words.record, Action.COMMENT_REFUSE, now)
    subject = register(tx, words.subject, words.author)
    pending = tx.first(Decision, subject=subject.id, state=DecisionState.PROPOSED)
    proposal = _proposal(tx, now, subject.id, words, clause, preset, sentence)
    if pending is not None and pending.proposer == who.id and pending.findings == proposal.findings:
        return pending
    _check_free(tx, subject.id, pending)
    case = tx.first(Case, subject=subject.id, state=OPEN)
    if case is not None:
        desk.claim(tx, now, ids, case.id, who.id)
        return deciding.propose(tx, now, ids, case.id, who.id, proposal)
    decision = deciding.record(
        tx,
        now,
        ids,
        proposal,
        weigh(tx, now, subject.id, words.subject.platform, proposal),
        subject=subject.id,
        platform_name=words.subject.platform,
        proposer=who.id,
        cause=Cause.CASE,
    )
    return deciding.put_forward(tx, now, who, decision)


def refuse_many(
    tx: Tx, now: datetime, ids: Ids, many: Sequence[Words], clause: str, preset: str, sentence: str, by: str
) -> list[Decision]:
    """Refuse the copies of one flood: up to 100 each by a decision of its own, more by one campaign decision.

    The first copy's case is the flood's. `sentence` is quoted to those whose comment says it.

    Raises: as `refuse`; BadInput for a single comment.
    """
    if len(many) < 2:
        raise BadInput("a flood has at least two comments", "Refuse a single comment by itself.")
    who, first = person(tx, by), many[0]
    for words in many:
        check_action(who, words.record, Action.COMMENT_REFUSE, now)
    items = [Item(w.subject, w.author, (_legible(w.text),), _said(w, sentence)) for w in many]
    subjects = [record.id for record in register_all(tx, items)]
    for pending in bulk.find_each(tx, Decision, "subject", subjects, state=DecisionState.PROPOSED):
        raise IllegalStep(f"comment {pending.subject[:12]} of this flood was refused a moment ago")
    case = tx.first(Case, subject=subjects[0], state=OPEN) or open_case(
        tx, now, ids, subjects[0], first.subject.platform
    )
    desk.claim(tx, now, ids, case.id, who.id)
    everywhere = sentence if all(sentence in words.text for words in many) else ""
    proposal = _proposal(tx, now, subjects[0], first, clause, preset, everywhere)
    if len(set(subjects)) <= OWN_LEAF_UP_TO:
        return campaigns.propose_each(tx, now, ids, case.id, who.id, proposal, items)
    return [campaigns.propose(tx, now, ids, case.id, who.id, proposal, items)]


def undo(tx: Tx, now: datetime, ids: Ids, decisions: Sequence[str], by: str) -> list[Decision]:
    """Take refusals back within their undo delay.

    Raises: IllegalStep when the delay is over: then an appeal, or a decision of its own, gives the comment back.
    """
    return [return_(tx, now, ids, each, by) for each in decisions]


def settle(tx: Tx, now: datetime, ids: Ids, comment: Subject, by: str) -> Decision | None:
    """Close the case that an undone refusal of a flood left behind, since its comments were accepted after all.

    A case that anybody reported into stays: its reports are answered by a decision of their own. Returns the finding.
    """
    case = tx.first(Case, subject=tx.owner_of(comment), state=CaseState.WAITING)
    if case is None or tx.count(Report, case=case.id):
        return None
    desk.claim(tx, now, ids, case.id, by)
    finding = Proposal(Outcome.NO_BREACH, reason="Looked at once more, and accepted.")
    return deciding.propose(tx, now, ids, case.id, by, finding)


def comments_of(view: View, decisions: Sequence[Decision]) -> list[str]:
    """Return the comments that these decisions are about, by their ids in the section."""
    found: list[str] = []
    for each in decisions:
        hit = hits(view, each) if each.campaign is not None else None
        found += [one.ref for one in hit] if hit is not None else [subject_of(view, each.subject).ref]
    return found


def running(view: View, now: datetime, by: str, platform_name: str) -> list[Decision]:
    """Return the refusals of one person that they can still take back, the last one last."""
    held = view.find(Decision, state=DecisionState.PROPOSED, proposer=by)
    return [
        each
        for each in held
        if each.platform == platform_name and each.commit_at is not None and now < each.commit_at
    ]


def check_not_refused(view: View, comment: Subject) -> None:
    """Check that no refusal of a comment runs, so that it may be accepted.

    Raises: IllegalStep.
    """
    owner = view.keys.known("\x00".join((comment.platform, comment.kind, comment.ref)))
    if owner is not None:
        _check_free(view, owner, view.first(Decision, subject=owner, state=DecisionState.PROPOSED))


def _check_free(view: View, subject: str, pending: Decision | None) -> None:
    if pending is not None:
        raise IllegalStep(
            "this comment was refused a moment ago, and that can still be taken back", "Undo that first."
        )
    for standing in view.find(Enforcement, subject=subject, measure=Measure.HIDE):
        if standing.state not in ENDED and standing.ended_by is None:
            raise IllegalStep("this comment is refused already, by a decision in force")


def _proposal(
    tx: View, now: datetime, subject: str, words: Words, clause: str, preset: str, sentence: str
) -> Proposal:
    found = clause_chosen(tx, clause, now)
    reason = preset_chosen(found, preset)
    rung = _rung(found, reason)
    if rung is None:
        raise Unsupported(
            f"{found.ref} with the reason {reason.id} is not decided with one key",
            "Decide on the comment's case, where facts, evidence and a second person have their place.",
        )
    if sentence and sentence not in words.text:
        raise BadInput("the comment does not say this sentence", "Choose a sentence of the comment itself.")
    return Proposal(
        Outcome.RESTRICT,
        (Finding(found.ref, reason.elements, reason.id),),
        (Act(subject, rung.measure, rung.duration, rung.name),),
        evidence=(_legible(words.text),),
        note=_legible(words.about),
        language=words.language if words.language in LANGUAGES else LANGUAGES[0],
        content_type="CONTENT_TYPE_TEXT",
        content_language=words.language.upper() if words.language in LANGUAGES else None,
        automation=AutomationUse(detection=words.detected),
        quoted=_legible(sentence)[:MAX_TEXT],
    )


def _said(words: Words, sentence: str) -> str:
    """Return a sentence as one copy of a flood is quoted: the copy's whole text where it says something else."""
    return _legible(sentence if sentence in words.text else words.text)[:MAX_TEXT]


def _legible(text: str) -> str:
    """Return a text with a mark in the place of each character that cannot be seen, and could deceive."""
    return "".join("\ufffd" if is_unseen(char) or hidden_characters(char) else char for char in text)


def subject_of_comment(platform_name: str, comment: str) -> Subject:
    """Return a comment as what a decision is about."""
    return Subject(platform_name, SubjectKind.CONTENT, comment)


def subject_of_author(platform_name: str, author: str) -> Subject:
    """Return an author as an account of the section."""
    return Subject(platform_name, SubjectKind.ACCOUNT, author)
