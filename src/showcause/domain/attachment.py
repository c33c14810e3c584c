"""Attachments: files that somebody sends with an appeal. They stay in quarantine until they were redrawn."""

from dataclasses import dataclass
from datetime import datetime

from showcause.domain.lifecycle import AttachmentState

MOST_FILES = 3
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file. `content` is the sealed original, which nobody is ever shown; `shown` the sealed safe copy, once made.

    `about` is the record that it came with, `owner` whose key seals it.
    """

    id: str
    state: AttachmentState
    about: str
    owner: str
    name: str
    size: int
    content: str
    received_at: datetime
    media_type: str = ""
    shown: str | None = None
    refused_because: str = ""
    revision: int = 0
