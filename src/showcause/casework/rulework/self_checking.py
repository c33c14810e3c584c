"""The house looks at itself: some of what rules said is made once more, and must come out as it was recorded.

Which verdicts is chance's choice, so that nobody can arrange for the right ones.
"""

from collections.abc import Callable
from dataclasses import dataclass

from showcause.casework.rulework import replaying
from showcause.store.events import EventLog
from showcause.store.verdicts import verdicts
from showcause.store.view import View


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How many verdicts were made once more, the names of those that differ, and for how many something is missing."""

    made: int
    differing: tuple[str, ...]
    incomplete: int

    @property
    def says(self) -> str:
        """Return it in a sentence."""
        return (
            f"of {self.made} verdicts made once more {len(self.differing)} differ, and for {self.incomplete} "
            "something is missing"
        )


def check_some(
    view: View, log: EventLog, below: Callable[[int], int], count: int, most_events: int
) -> SelfCheck:
    """Make some verdicts once more; `below` draws a number below its argument, `most_events` bounds what is read."""
    head = log.head().sequence
    drawn = [verdicts(view, below(head), most=1) for _ in range(count if head else 0)]
    some = {each.id: each for one in drawn for each in one}
    found = list(replaying.replay(view, log, [*some.values()], most_events))
    differing = (each.verdict.id for each in found if each.result is replaying.ReplayResult.DIFFERS)
    incomplete = sum(each.result is replaying.ReplayResult.INCOMPLETE for each in found)
    return SelfCheck(len(found), tuple(differing), incomplete)
