"""Lists that programs read page by page: oldest first, from a place on, so that nothing is shown twice or left out."""

from typing import Any

from showcause.store import models
from showcause.store.failures import told_as_ours
from showcause.store.models import Record
from showcause.store.view import View

Row = dict[str, Any]

LISTS: dict[str, tuple[type[Record], str]] = {
    "cases": (
        models.CaseRow,
        "state subject platform tier urgent reports opened_at merged_into",
    ),
    "decisions": (
        models.DecisionRow,
        "state case subject platform outcome cause reference leaf proposed_at decided_at supersedes appeal",
    ),
}
"""The lists by name, with the columns that they show."""


def listed(view: View, name: str, after: int, limit: int, **where: Any) -> list[Row]:
    """Return up to `limit` rows of a list that come after a place, each with `id`, its columns, and its place `seq`."""
    model, columns = LISTS[name]
    with told_as_ours():
        rows = model._default_manager.using(view.alias).filter(seq__gt=after, **where).order_by("seq")
        found = list(rows.values("seq", "rid", *columns.split())[:limit])
    return [{"id": row.pop("rid"), **row} for row in found]
