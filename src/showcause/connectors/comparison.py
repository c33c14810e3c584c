"""What came back after a reversal: a snapshot compared with what is there now, thing by thing."""

from collections.abc import Mapping
from typing import Any

from showcause.casework.ports import Restored

MOST_NAMED = 10
"""Longer lists are told as numbers: nobody reads a thousand names, and they are other people's."""


def compare_items(before: Mapping[str, Any], now: Mapping[str, Any]) -> Restored:
    """Return each thing of the snapshot as restored or lost: `rooms: general`, `followers: 1960 of 2000`.

    Lists are compared member by member, everything else as a whole; empty things count as nothing.
    """
    restored: list[str] = []
    lost: list[str] = []
    for key, had in before.items():
        name, present = key.replace("_", " "), now.get(key)
        if isinstance(had, list):
            there = set(map(str, present)) if isinstance(present, list) else set()
            back = [str(each) for each in had if str(each) in there]
            gone = [str(each) for each in had if str(each) not in there]
            restored += _named(name, back, len(had))
            lost += _named(name, gone, len(had))
        elif had not in (None, "", {}):
            (restored if had == present else lost).append(f"{name}: {had}")
    return Restored(tuple(restored), tuple(lost))


def _named(name: str, members: list[str], of: int) -> list[str]:
    if of > MOST_NAMED:
        return [f"{name}: {len(members)} of {of}"] if members else []
    return [f"{name}: {each}" for each in members]
