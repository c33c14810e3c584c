"""Publishing one's own statement: the person concerned chooses what the world may read of it, and may take it back."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """One published statement. `fields` are the groups of sentences that the person chose; its id is its address."""

    id: str
    statement: str
    person: str
    fields: tuple[str, ...]
    language: str
    published_at: datetime
    withdrawn_at: datetime | None = None
    revision: int = 0
