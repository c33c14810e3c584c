"""The port to what looks at files that strangers send."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A safe copy of a file, made anew from its pixels or characters; or the code of the reason why there is none."""

    media_type: str = ""
    data: bytes = b""
    refused: str = ""


class Inspector(Protocol):
    """Draws files anew, where they can do no harm."""

    def redraw(self, data: bytes) -> Redrawn:
        """Return a safe copy, or why there is none. It may take seconds; the same file has the same answer."""
