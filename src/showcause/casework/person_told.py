"""The read model of the page of the person concerned: notices, measures, appeals, and what is possible now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from showcause.casework.as_it_was import Cited
from showcause.casework.attachments import Listed
from showcause.domain.appeal import OPEN
from showcause.domain.enforcement import ENDED
from showcause.domain.lifecycle import AppealState, EnforcementState
from showcause.domain.restriction import Measure

Said = tuple[str, Mapping[str, object]]
"""One sentence: its id and its arguments, as they were stored."""


@dataclass(frozen=True, slots=True)
class Given:
    """What came back after a measure and what did not; `compared` is False where nothing was recorded before."""

    restored: tuple[str, ...]
    lost: tuple[str, ...]
    compared: bool


@dataclass(frozen=True, slots=True)
class Held:
    """One measure as it stands: since when, until when, and when and how it ended.

    `effect` is the entry of the log that commits to what the platform's connector signed about it last, if one does.
    """

    measure: Measure
    state: EnforcementState
    since: datetime | None
    until: datetime | None
    ended_at: datetime | None
    by_date: bool
    given: Given | None
    effect: str = ""

    @property
    def stands(self) -> bool:
        """Tell whether it has not ended."""
        return self.state not in ENDED


@dataclass(frozen=True, slots=True)
class Notice:
    """One statement or reversal: its sentences by section, in one language."""

    reference: str
    leaf: str
    decided_at: datetime | None
    served_at: datetime | None
    undelivered: bool
    is_reversal: bool
    sections: Mapping[str, tuple[str, ...]]
    said: tuple[Said, ...]
    held: tuple[Held, ...] = ()
    cited: tuple[Cited, ...] = ()
    earlier: tuple[tuple[str, str], ...] = ()

    @property
    def measure(self) -> Measure | None:
        """Return the measure that a title names: the most severe comes first in a statement."""
        return self.held[0].measure if self.held else None

    @property
    def given(self) -> Given | None:
        """Return what came back of all its measures, and what did not; None while none was given back."""
        found = [each.given for each in self.held if each.given is not None]
        if not found:
            return None
        restored = dict.fromkeys(thing for each in found for thing in each.restored)
        lost = dict.fromkeys(thing for each in found for thing in each.lost)
        return Given(tuple(restored), tuple(lost), all(each.compared for each in found))

    @property
    def stands(self) -> bool:
        """Tell whether one of its measures has not ended."""
        return any(each.stands for each in self.held)


@dataclass(frozen=True, slots=True)
class Heard:
    """One appeal: when it was lodged, by when it is answered, and the answer as it was told."""

    id: str
    reference: str
    state: AppealState
    lodged_at: datetime
    promised_at: datetime
    answered_at: datetime | None
    overdue: bool
    text: str
    answer: tuple[str, ...]
    files: tuple[Listed, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether it waits for its answer."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Redress:
    """Whether an appeal is possible now, by quoting `reference`; `closed` is the code of why it is not."""

    reference: str
    until: datetime | None
    closed: str = ""


@dataclass(frozen=True, slots=True)
class PersonPage:
    """The page: notices newest first, appeals oldest first, what holds now, and how to go on."""

    language: str
    notices: tuple[Notice, ...]
    appeals: tuple[Heard, ...]
    redress: Redress
    status: str
    ends_at: datetime | None
    statement: str | None
    reachable: bool

    @property
    def imposed(self) -> Notice:
        """Return the newest notice that imposed something."""
        return next((each for each in self.notices if not each.is_reversal), self.notices[0])

    @property
    def reversal(self) -> Notice | None:
        """Return the notice that took back what was imposed last, if there is one."""
        return self.notices[0] if self.notices[0].is_reversal else None
