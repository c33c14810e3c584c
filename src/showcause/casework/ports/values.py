"""The values that pass through the port to a platform. Some hold personal text: whoever stores them seals it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind


@dataclass(frozen=True, slots=True)
class Capability:
    """How a platform carries out one measure, on which kinds of subject.

    `loses` says in a sentence what undoing it cannot give back.
    """

    kinds: tuple[SubjectKind, ...]
    reversible: bool
    needs_service_first: bool = False
    loses: str = ""


@dataclass(frozen=True, slots=True)
class CapabilityCard:
    """What a platform offers. Nothing else may be offered to a moderator.

    `notice_channel` is the name of the way to tell somebody, empty if there is none; `can_answer_there` tells
    whether the person can reply in it, `lost_on_reversal` what no reversal brings back.
    """

    platform: str
    measures: Mapping[Measure, Capability]
    notice_channel: str
    can_answer_there: bool
    lost_on_reversal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """One report as the platform tells it; the same report always has the same `external_key`.

    `evidence` is what was reported, as it stood when it was fetched, cut down to what a decision needs; None
    when there is none or when it must not be copied. It holds personal text: seal it. `hint` is the
    reporter's own category, if any. Texts are cleaned of control characters and bidirectional overrides.
    """

    external_key: str
    subject: Subject
    author: Subject | None
    reporter: Subject | None
    reason: str
    received_at: datetime
    evidence: Mapping[str, Any] | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """Some reports and the place to go on from, to be stored no earlier than the reports themselves.

    `more` says that asking again at once is worth it.
    """

    reports: tuple[IncomingReport, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a subject had before an act: plain JSON values by name. Holds personal text: seal it."""

    taken_at: datetime
    items: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back after a reversal and what did not, each named for a reader."""

    restored: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlatformState:
    """What the platform itself says of a subject at a moment."""

    exists: bool
    measures: frozenset[Measure]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A restriction that stands on the platform. `since` is None where the platform does not keep it."""

    subject: Subject
    measure: Measure
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One answer of the doctor. A failing one says in `remedy` what to do."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One restriction to carry out or to undo.

    `key` is the enforcement's id: the same order always has the same key. `until` is in whole seconds of UTC.
    `number` is the connector's dense number, from 1. `served` tells whether the statement was accepted by a
    channel that still reaches the person. `leaf` is the id of the leaf of the decision that ordered it, which the
    connector names when it confirms; empty where nobody says it. `clause` cites the rule, for a platform that leaves a
    mark where something was: no receipt binds to it, since a mark restricts nobody.
    """

    key: str
    subject: Subject
    measure: Measure
    until: datetime | None
    number: int
    served: bool = False
    leaf: str = ""
    clause: str = ""


class GivenUp(StrEnum):
    """What became of an order that ended without the platform's answer."""

    VOID = "void"
    FAILED = "failed"
    STUCK = "stuck"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read back from the platform after an act: it stands, or (after a lift) it is gone.

    `changed` is False when it had been so before. `kept_by` are the numbers of other orders for the same subject
    and measure that still hold (0: an urgent act that has not entered yet), so that a lift left the restriction in
    place. `lost` names what no reversal brings back. `confirmation` is the same, signed by the connector; empty where
    it has no key.
    """

    changed: bool
    seen_at: datetime
    kept_by: tuple[int, ...] = ()
    lost: tuple[str, ...] = ()
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whether the platform's channel took a text; `reference` is the platform's own name for the message."""

    delivered: bool
    channel: str
    reference: str = ""
    bounced: str = ""


@dataclass(frozen=True, slots=True)
class Spooled:
    """An urgent act that the log does not know yet; `snapshot` is None for what must not be copied.

    `confirmation` is what the connector signed when it had acted.
    """

    id: str
    category: Urgent
    subject: Subject
    measure: Measure
    moderator: str
    token: str
    at: datetime
    acted: bool
    snapshot: Mapping[str, Any] | None = None
    confirmation: str = ""
