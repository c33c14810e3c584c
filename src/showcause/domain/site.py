"""The site itself: its settings, the platforms connected to it, the policy versions in force, its public documents."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from showcause.domain.lifecycle import PolicyState, ServiceState
from showcause.domain.policy import Clause
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind

ANNOUNCE = timedelta(hours=24)
"""In single-operator mode a change of policy is announced this long before it holds."""


class Mode(StrEnum):
    """Observe: decisions are recorded and compared, nothing reaches the platform. Enforce: orders go out."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Offer:
    """One measure that a platform offers: on which kinds of subject, and whether it can be undone there."""

    measure: Measure
    kinds: tuple[SubjectKind, ...]
    reversible: bool


@dataclass(frozen=True, slots=True)
class ConnectedPlatform:
    """A platform that was connected. `name` stands in public leaves beside the dense numbers of its orders.

    `offers` is its capability card as it was connected, `last_number` is the last order number given, `cursor` the
    connector's opaque place in the platform's reports, `key` the public key with which it confirms, as it was logged.
    """

    id: str
    name: str
    kind: str
    mode: Mode
    connected_at: datetime
    offers: tuple[Offer, ...]
    last_number: int = 0
    cursor: str = ""
    baseline: str | None = None
    scanned_at: datetime | None = None
    key: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the site with its present value as text; every change of it is a leaf."""

    id: str
    name: str
    value: str
    changed_at: datetime
    changed_by: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of one clause. A file only proposes it; an approval puts it in force.

    Only `state`, `approver`, `in_force_from` and `retired_at` ever change. `clause_id` and `version` together are
    unique among all versions that were not returned.
    """

    id: str
    state: PolicyState
    clause_id: str
    version: int
    digest: str
    clause: Clause
    proposer: str
    proposed_at: datetime
    single_operator: bool = False
    approver: str | None = None
    in_force_from: datetime | None = None
    retired_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A public document that a leaf commits to: its kind, canonical text and SHA-256 (hex). Never changes."""

    id: str
    digest: str
    kind: str
    text: str
    made_at: datetime
    revision: int = 0


class LetterKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"
    APPEAL_RECEIVED = "appeal-received"
    APPEAL_OUTCOME = "appeal-outcome"
    RESTORATION = "restoration"
    LINK = "link"
    KEPT_BACK = "kept-back"
    ADDRESS = "address"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody is told besides a statement of reasons: an acknowledgement, an answer, an outcome.

    `state` is the same service machine as a statement's. `account` is the subject record through whose platform it is
    delivered, `about` the record that it is about, `sentences` the sealed sentence ids and arguments.
    """

    id: str
    state: ServiceState
    kind: LetterKind
    person: str
    account: str
    about: str
    language: str
    sentences: str
    reference: str
    drafted_at: datetime
    served_at: datetime | None = None
    channel: str = ""
    bounced_because: str = ""
    revision: int = 0
