"""What came back after a reversal: a snapshot compared with what is there now, thing by thing."""

from collections.abc import Mapping
from typing import Any

from showcause.casework.ports import Restored


def compare_items(before: Mapping[str, Any], now: Mapping[str, Any]) -> Restored:
    """Return each thing of the snapshot as restored or lost: `rooms: general`, `display_name: Ann`.

    Lists are compared member by member, everything else as a whole; empty things count as nothing.
    """
    restored: list[str] = []
    lost: list[str] = []
    for name, had in before.items():
        present = now.get(name)
        if isinstance(had, list):
            there = present if isinstance(present, list) else []
            for each in had:
                (restored if each in there else lost).append(f"{name}: {each}")
        elif had not in (None, "", {}):
            (restored if had == present else lost).append(f"{name}: {had}")
    return Restored(tuple(restored), tuple(lost))
