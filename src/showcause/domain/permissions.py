"""One list that draws the buttons and authorises the request: what a person may do to a record now.

Roles come first (a table), then the record's lifecycle, then the rules that name people and time. Each refusal is a
reason in words, the same on page, command line and log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from showcause.domain import appeal as appeals
from showcause.domain import case as cases
from showcause.domain import newsroom
from showcause.domain.appeal import Appeal
from showcause.domain.cascade import FallHold
from showcause.domain.case import Case
from showcause.domain.decision import Decision, check_approver
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import IllegalStep, NotPermitted, Refused, SamePerson
from showcause.domain.lifecycle import (
    APPEAL,
    CASE,
    ENFORCEMENT,
    POLICY,
    SERVICE,
    URGENT,
    AppealEvent,
    CaseEvent,
    DecisionState,
    EnforcementEvent,
    PolicyEvent,
    ServiceEvent,
    UrgentEvent,
)
from showcause.domain.newsroom import Article, Author, Comment, Section
from showcause.domain.people import Moderator, Role
from showcause.domain.site import PolicyVersion
from showcause.domain.statement import Statement
from showcause.domain.urgent import SECOND_LOOK_AFTER, UrgentEntry

Actionable = (
    Case | Decision | Appeal | Enforcement | Statement | UrgentEntry | PolicyVersion | FallHold
    | Comment | Article | Author | Section
)  # fmt: skip


class Action(StrEnum):
    """What a person can do to a record; the value is the verb that the command line and the pages use.

    Pages draw them in this order: what favours the person concerned stands first.
    """

    CASE_CLAIM = "case claim"
    CASE_RELEASE = "case release"
    CASE_ESCALATE = "case escalate"
    CASE_MERGE = "case merge"
    CASE_PROPOSE = "case propose"
    CASE_REOPEN = "case reopen"
    DECISION_RETURN = "decision return"
    DECISION_APPROVE = "decision approve"
    APPEAL_CLAIM = "appeal claim"
    APPEAL_RELEASE = "appeal release"
    APPEAL_REVERSE = "appeal reverse"
    APPEAL_AMEND = "appeal amend"
    APPEAL_AFFIRM = "appeal affirm"
    APPEAL_REFUSE = "appeal refuse"
    ENFORCEMENT_RETRY = "enforcement retry"
    ENFORCEMENT_ACCEPT = "enforcement accept"
    URGENT_LIFT = "urgent lift"
    URGENT_CONFIRM = "urgent confirm"
    STATEMENT_SERVE = "statement serve"
    POLICY_APPROVE = "policy approve"
    POLICY_RETURN = "policy return"
    FALL_SETTLE = "fall settle"
    COMMENT_ACCEPT = "comment accept"
    COMMENT_REFUSE = "comment refuse"
    COMMENT_PIN = "comment pin"
    COMMENT_HIGHLIGHT = "comment highlight"
    ARTICLE_REOPEN = "article reopen"
    ARTICLE_SCHEDULE = "article schedule"
    ARTICLE_MODE = "article mode"
    ARTICLE_CORRECT = "article correct"
    ARTICLE_CLOSE = "article close"
    AUTHOR_TRUST = "author trust"
    SECTION_CALM = "section calm"
    SECTION_ATTACK = "section attack"


_DESK = frozenset({Role.MODERATOR, Role.SENIOR})
_RULES = frozenset({Role.POLICY, Role.OPERATOR})
_PAPER = _DESK | {Role.NEWSROOM}

ROLES: Mapping[Action, frozenset[Role]] = {
    action: (_RULES if action in (Action.POLICY_APPROVE, Action.POLICY_RETURN) else _DESK)
    for action in Action
} | {
    Action.COMMENT_PIN: _PAPER,
    Action.COMMENT_HIGHLIGHT: _PAPER,
    Action.ARTICLE_REOPEN: _PAPER,
    Action.ARTICLE_SCHEDULE: _PAPER,
    Action.ARTICLE_MODE: _PAPER,
    Action.ARTICLE_CORRECT: _PAPER,
    Action.ARTICLE_CLOSE: _PAPER,
}
"""Which roles may take an action at all. Auditors read and never act; the newsroom runs threads and judges nobody."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """The event an action takes on the record's machine."""

    record: type
    event: StrEnum | None


RULES: Mapping[Action, _Rule] = {
    Action.CASE_CLAIM: _Rule(Case, CaseEvent.CLAIM),
    Action.CASE_RELEASE: _Rule(Case, CaseEvent.RELEASE),
    Action.CASE_ESCALATE: _Rule(Case, CaseEvent.ESCALATE),
    Action.CASE_MERGE: _Rule(Case, CaseEvent.MERGE),
    Action.CASE_PROPOSE: _Rule(Case, CaseEvent.PROPOSE),
    Action.CASE_REOPEN: _Rule(Case, CaseEvent.REOPEN),
    Action.DECISION_APPROVE: _Rule(Decision, None),
    Action.DECISION_RETURN: _Rule(Decision, None),
    Action.APPEAL_CLAIM: _Rule(Appeal, AppealEvent.CLAIM),
    Action.APPEAL_RELEASE: _Rule(Appeal, AppealEvent.RELEASE),
    Action.APPEAL_AFFIRM: _Rule(Appeal, AppealEvent.AFFIRM),
    Action.APPEAL_REVERSE: _Rule(Appeal, AppealEvent.REVERSE),
    Action.APPEAL_AMEND: _Rule(Appeal, AppealEvent.AMEND),
    Action.APPEAL_REFUSE: _Rule(Appeal, AppealEvent.REFUSE),
    Action.ENFORCEMENT_RETRY: _Rule(Enforcement, EnforcementEvent.RETRY),
    Action.ENFORCEMENT_ACCEPT: _Rule(Enforcement, EnforcementEvent.ACCEPT),
    Action.URGENT_CONFIRM: _Rule(UrgentEntry, UrgentEvent.CONFIRM),
    Action.URGENT_LIFT: _Rule(UrgentEntry, UrgentEvent.LIFT),
    Action.STATEMENT_SERVE: _Rule(Statement, ServiceEvent.SERVE),
    Action.POLICY_APPROVE: _Rule(PolicyVersion, PolicyEvent.APPROVE),
    Action.POLICY_RETURN: _Rule(PolicyVersion, PolicyEvent.RETURN),
    Action.FALL_SETTLE: _Rule(FallHold, None),
    Action.COMMENT_ACCEPT: _Rule(Comment, None),
    Action.COMMENT_REFUSE: _Rule(Comment, None),
    Action.COMMENT_PIN: _Rule(Comment, None),
    Action.COMMENT_HIGHLIGHT: _Rule(Comment, None),
    Action.ARTICLE_REOPEN: _Rule(Article, None),
    Action.ARTICLE_SCHEDULE: _Rule(Article, None),
    Action.ARTICLE_MODE: _Rule(Article, None),
    Action.ARTICLE_CORRECT: _Rule(Article, None),
    Action.ARTICLE_CLOSE: _Rule(Article, None),
    Action.AUTHOR_TRUST: _Rule(Author, None),
    Action.SECTION_CALM: _Rule(Section, None),
    Action.SECTION_ATTACK: _Rule(Section, None),
}


def actions_for(person: Moderator, record: Actionable, now: datetime) -> tuple[Action, ...]:
    """Return what this person may do to this record now, in the order in which pages draw it."""
    return tuple(action for action in Action if _allowed(person, record, action, now))


def _allowed(person: Moderator, record: Actionable, action: Action, now: datetime) -> bool:
    try:
        check_action(person, record, action, now)
    except Refused:
        return False
    return True


def check_action(person: Moderator, record: Actionable, action: Action, now: datetime) -> None:
    """Check that this person may take this action on this record now.

    Raises: NotPermitted, IllegalStep, SamePerson or AlreadyClaimed, with the rule in words.
    """
    rule = RULES[action]
    if not isinstance(record, rule.record):
        raise NotPermitted(f"{action} does not apply to a {type(record).__name__}")
    if not person.active:
        raise NotPermitted("this person no longer works here")
    if not ROLES[action].intersection(person.roles):
        needed = " or ".join(sorted(ROLES[action]))
        raise NotPermitted(f"{action} needs the role {needed}")
    if isinstance(record, Section):
        _check_section(person, record, action, now)
        return
    if isinstance(record, Comment | Article | Author):
        _check_paper(record, action)
        return
    _check_state(record, rule.event)
    _check_people(person, record, action, now)


def _check_state(record: Actionable, event: StrEnum | None) -> None:
    match record, event:
        case Case(), CaseEvent():
            CASE.step(record.state, event)
        case Appeal(), AppealEvent():
            APPEAL.step(record.state, event)
        case Enforcement(), EnforcementEvent():
            ENFORCEMENT.step(record.state, event)
        case Statement(), ServiceEvent():
            SERVICE.step(record.state, event)
        case UrgentEntry(), UrgentEvent():
            URGENT.step(record.state, event)
        case PolicyVersion(), PolicyEvent():
            POLICY.step(record.state, event)
        case Decision(), None:
            if record.state is not DecisionState.PROPOSED:
                raise IllegalStep(
                    f"the decision is {record.state}; only a proposed one is approved or returned"
                )
        case FallHold(), None:
            if record.settled:
                raise IllegalStep("this was settled already")
        case _:
            raise NotPermitted(f"{event} does not apply to a {type(record).__name__}")


def _check_section(person: Moderator, record: Section, action: Action, now: datetime) -> None:
    """Check what attack mode allows now, and to whom."""
    if action is Action.SECTION_CALM:
        newsroom.check_attacked(record, now)
    else:
        newsroom.attack_until(record, person.id, now)


def _check_paper(record: Comment | Article | Author, action: Action) -> None:
    """Check what the state of a comment, an article or an author allows."""
    match record, action:
        case Comment(), Action.COMMENT_ACCEPT:
            newsroom.check_unchecked(record)
        case Comment(), Action.COMMENT_REFUSE:
            newsroom.check_refusable(record)
        case Comment(), _:
            newsroom.check_shown(record)
        case Article(open=True), Action.ARTICLE_REOPEN:
            raise IllegalStep("readers can write under this article already")
        case Article(open=False), Action.ARTICLE_CLOSE:
            raise IllegalStep("this article is closed already")
        case Author(forgotten=True), _:
            raise IllegalStep("this author was forgotten")
        case Article() | Author(), _:
            return  # whatever else a newsroom does to them may be done in any state


def _check_people(person: Moderator, record: Actionable, action: Action, now: datetime) -> None:
    """Check the rules that name people and time; actions not listed have none beyond role and state."""
    if isinstance(record, Case) and action is Action.CASE_CLAIM:
        cases.claim_until(record, person.id, now)
    elif isinstance(record, Case) and action in (
        Action.CASE_RELEASE,
        Action.CASE_ESCALATE,
        Action.CASE_PROPOSE,
    ):
        cases.check_holder(record, person.id, now)
    elif isinstance(record, Decision) and action is Action.DECISION_APPROVE:
        check_approver(record, person)
    elif isinstance(record, Appeal) and action in (
        Action.APPEAL_AFFIRM,
        Action.APPEAL_REVERSE,
        Action.APPEAL_AMEND,
    ):
        appeals.check_holder(record, person.id, now)
    elif isinstance(record, UrgentEntry) and action is Action.URGENT_CONFIRM:
        check_second_look(record, person, now)
    elif isinstance(record, PolicyVersion) and action is Action.POLICY_APPROVE:
        check_policy_approver(record, person)


def check_policy_approver(version: PolicyVersion, person: Moderator) -> None:
    """Check that this person may put a policy version in force.

    Raises: SamePerson for its proposer, unless the house has one person only.
    """
    if person.id == version.proposer and not version.single_operator:
        raise SamePerson("you proposed this version; another person approves it")


def check_second_look(entry: UrgentEntry, person: Moderator, now: datetime) -> None:
    """Check that this person may confirm an urgent act: somebody else, or the same person a day later where alone.

    Raises: SamePerson, naming when a second look would count.
    """
    if person.id != entry.actor:
        return
    if not entry.single_operator:
        raise SamePerson("you acted in the urgent lane; another person confirms it")
    if now < entry.acted_at + SECOND_LOOK_AFTER:
        raise SamePerson(
            "a second look by the same person counts only a day after the act",
            f"Look again from {entry.acted_at + SECOND_LOOK_AFTER:%d %B %H:%M} UTC on.",
        )
