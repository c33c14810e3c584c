"""How much one rule may do in an hour and in a day of the clock: the house's public bound, and its own caps.

The stricter holds. A rule's caps follow from the severity that it states; a version that was pushed has a tenth of
them. What was done is counted beside the place of the events, in the same row, so that no restart forgets it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.domain.rule import Caps, RuleVersion

_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Bound:
    """Counts one kind of act. `name` begins the names under which it is counted."""

    name: str

    def is_full(self, came: dict[str, int], now: datetime, most: Caps) -> bool:
        """Tell whether as much was done as may be, in this hour or on this day; a new one begins at zero."""
        in_hour = self._since(came, now, "hour", _HOUR)
        return self._since(came, now, "day", _DAY) >= most.day or in_hour >= most.hour

    def count(self, came: dict[str, int]) -> None:
        """Count one more; `is_full` was asked before, in the same moment."""
        for unit in ("hour", "day"):
            came[f"in-{self.name}{unit}"] += 1

    def hour(self, came: dict[str, int]) -> int:
        """Return the number of the hour that is counted now."""
        return came[f"{self.name}hour"]

    def _since(self, came: dict[str, int], now: datetime, unit: str, seconds: int) -> int:
        span, counted = int(now.timestamp()) // seconds, f"in-{self.name}{unit}"
        if came.get(f"{self.name}{unit}") != span:
            came[f"{self.name}{unit}"], came[counted] = span, 0
        return came[counted]


def within(version: RuleVersion, an_hour: int) -> Caps:
    """Return what a version may do: no more an hour than the house lets any rule, and no more than its own caps."""
    caps = version.caps
    if caps is None:
        return Caps(an_hour, 24 * an_hour)
    return Caps(min(an_hour, caps.hour), min(24 * an_hour, caps.day))
