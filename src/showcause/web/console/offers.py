"""The buttons of a page: what the law lets this person do to this record now, each with the form that it needs.

The same list authorises the request: what is not offered is refused with the reason, and the use case asks once more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from showcause.casework import (
    cascading,
    deciding,
    desk,
    enforcing,
    hearing,
    policies,
    recusal,
    returning,
    telling,
)
from showcause.casework import urgent as urgent_lane
from showcause.casework.ports import Ids
from showcause.domain import appeal as appeals
from showcause.domain import case as cases
from showcause.domain.appeal import Appeal
from showcause.domain.cascade import FallHold
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import BadInput, NotFound, Refused, ShowcauseError
from showcause.domain.people import Moderator
from showcause.domain.permissions import ROLES, RULES, Action, Actionable, check_action
from showcause.domain.site import PolicyVersion
from showcause.domain.statement import Statement
from showcause.domain.urgent import UrgentEntry
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.web.console.visit import Visit

SHORTEST: Final = 6
KINDS: Final[Mapping[str, type[Any]]] = {
    "case": Case,
    "decision": Decision,
    "appeal": Appeal,
    "enforcement": Enforcement,
    "urgent": UrgentEntry,
    "statement": Statement,
    "policy": PolicyVersion,
    "fall": FallHold,
}
"""The records that somebody does something to, by the first word of an action."""


def _merge(tx: Tx, now: datetime, ids: Ids, id: str, by: str, into: str) -> Case:
    return desk.merge(tx, now, ids, id, case_named(tx, into).id, by)


def _settle(tx: Tx, now: datetime, ids: Ids, id: str, by: str, stays: str) -> FallHold:
    return cascading.settle(tx, now, ids, id, by, stays=stays)


def case_named(view: View, text: str) -> Case:
    """Return the case whose number is this, or begins like this.

    Raises: NotFound, BadInput.
    """
    short = text.strip().lower().rpartition("/case/")[2].strip("/")
    if len(short) < SHORTEST or not set(short) <= set("0123456789abcdef"):
        raise BadInput("this is no case's number", "Copy it from the head of the case's page.")
    found = view.find(Case, limit=2, id__gte=short, id__lt=short + "g")
    if len(found) != 1:
        raise NotFound(
            f"{'more than one' if found else 'no'} case has a number that begins with {short[:32]}"
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class Form:
    """How an action is sent: its use case, its fields, whether somebody is asked once more who they are, its colour.

    A field that is named with `?` at its end may stay empty.
    """

    verb: Callable[..., Any] | None
    fields: tuple[str, ...] = ()
    again: bool = False
    look: str = "plain"


FORMS: Final[Mapping[Action, Form]] = {
    Action.CASE_CLAIM: Form(desk.claim, look=""),
    Action.CASE_RELEASE: Form(desk.release),
    Action.CASE_ESCALATE: Form(desk.escalate),
    Action.CASE_MERGE: Form(_merge, ("into",)),
    Action.CASE_PROPOSE: Form(None, look=""),
    Action.CASE_REOPEN: Form(desk.reopen),
    Action.DECISION_RETURN: Form(returning.return_, ("because?",)),
    Action.DECISION_APPROVE: Form(deciding.approve, again=True, look="danger"),
    Action.APPEAL_CLAIM: Form(hearing.claim, look=""),
    Action.APPEAL_RELEASE: Form(hearing.release),
    Action.APPEAL_REVERSE: Form(hearing.reverse, ("reason",), again=True, look=""),
    Action.APPEAL_AMEND: Form(None, again=True),
    Action.APPEAL_AFFIRM: Form(hearing.affirm, ("reason",), again=True, look="danger"),
    Action.APPEAL_REFUSE: Form(hearing.refuse, ("reason",), again=True, look="danger"),
    Action.ENFORCEMENT_RETRY: Form(enforcing.retry),
    Action.ENFORCEMENT_ACCEPT: Form(enforcing.accept),
    Action.URGENT_LIFT: Form(urgent_lane.lift, again=True),
    Action.URGENT_CONFIRM: Form(urgent_lane.confirm, again=True, look="danger"),
    Action.STATEMENT_SERVE: Form(telling.serve_again),
    Action.POLICY_APPROVE: Form(policies.approve, again=True, look=""),
    Action.POLICY_RETURN: Form(policies.return_),
    Action.FALL_SETTLE: Form(_settle, ("stays?",), again=True, look=""),
}
"""Every action on a record of the desk; those without a use case here have a page of their own (`decide`), and so have
those on comments, articles and authors (`validating`, `newsroom`)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, with what was typed into it before it was refused."""

    name: str
    required: bool
    value: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: its action, the address of its form, and why it is not there for this person, if it is not.

    `open` marks the form that was sent and refused.
    """

    action: Action
    address: str
    form: Form
    fields: tuple[Field, ...] = ()
    open: bool = False
    refused: ShowcauseError | None = None

    @property
    def elsewhere(self) -> bool:
        """Tell whether the action has a page of its own."""
        return self.form.verb is None

    @property
    def id(self) -> str:
        """Return the action as a part of a sentence's id."""
        return str(self.action).replace(" ", "-")


def offers(view: View, visit: Visit, record: Actionable) -> list[Offer]:
    """Return what this person may do to a record now, and what only a rule about people forbids them, with the rule."""
    found = []
    for action in Action:
        try:
            check(view, visit, record, action)
        except Refused as refused:
            if _is_only_about_people(visit, record, action):
                found.append(_offer(visit, record, action, refused))
        else:
            found.append(_offer(visit, record, action))
    return found


def check(view: View, visit: Visit, record: Actionable, action: Action) -> None:
    """Check that this person may take an action on a record now, also that they had no part in what is appealed.

    Raises: NotPermitted, IllegalStep, SamePerson, AlreadyClaimed, with the rule in words.
    """
    counted = as_of(record, visit)
    check_action(visit.who, counted, action, visit.now)
    if isinstance(counted, Appeal) and action in JUDGING:
        decision = view.get(Decision, counted.decision)
        recusal.check_reviewer(view, decision, visit.who, affirming=action in LETTING_STAND)


LETTING_STAND: Final = (Action.APPEAL_AFFIRM, Action.APPEAL_REFUSE)
JUDGING: Final = (Action.APPEAL_CLAIM, Action.APPEAL_REVERSE, Action.APPEAL_AMEND, *LETTING_STAND)


def as_of(record: Actionable, visit: Visit) -> Actionable:
    """Return a record as it counts now: a lease that has run out binds nobody."""
    match record:
        case Case():
            return cases.as_of(record, visit.now)
        case Appeal():
            return appeals.as_of(record, visit.now)
        case _:
            return record


def _is_only_about_people(visit: Visit, record: Actionable, action: Action) -> bool:
    """Tell whether somebody else of the same roles could do it: then the page says why this person cannot."""
    somebody = replace(visit.who, id="somebody else")
    if not isinstance(record, RULES[action].record) or not ROLES[action].intersection(visit.who.roles):
        return False
    return _could(somebody, record, action, visit) and action in (
        *JUDGING,
        Action.DECISION_APPROVE,
        Action.URGENT_CONFIRM,
        Action.POLICY_APPROVE,
    )


def _could(person: Moderator, record: Actionable, action: Action, visit: Visit) -> bool:
    try:
        check_action(person, as_of(record, visit), action, visit.now)
    except Refused:
        return False
    return True


def _offer(visit: Visit, record: Actionable, action: Action, refused: ShowcauseError | None = None) -> Offer:
    kind, verb = str(action).split(" ")
    address, form = f"/desk/{kind}/{record.id}/{verb}", FORMS[action]
    sent = visit.about == address
    fields = tuple(
        Field(name.rstrip("?"), not name.endswith("?"), visit.typed.get(name.rstrip("?"), "") if sent else "")
        for name in form.fields
    )
    return Offer(action, address, form, fields, sent, refused)
