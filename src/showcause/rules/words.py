"""What people call the names of a rule set, in every language of the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LANGUAGES = ("en", "fr")
"""The languages in which a rule can be read."""

Texts = Mapping[str, str]
"""One text by language."""


class Unit(StrEnum):
    """What a number counts, so that a sentence can say it: `86400` seconds are a day."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    SHARE = "share"

    @property
    def seconds(self) -> int | None:
        """Return how many seconds one of it has; None for what is no time."""
        return {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}.get(self.value)


@dataclass(frozen=True, slots=True)
class Called:
    """What one name is called: a noun with its article, or, for a yes-or-no field, a sentence and its opposite."""

    words: Texts = field(default_factory=dict)
    words_not: Texts = field(default_factory=dict)
    unit: Unit | None = None


Vocabulary = Mapping[str, Called]
"""Name of a field, list, threshold, counter or rule -> what it is called."""
