"""Looking whether fields that are not marked as personal hold what names somebody: by what they are called, and by what
newest events have in them. It counts, and never shows a value.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from showcause.rules.arriving import reader
from showcause.rules.schema import Schema, Type
from showcause.store.events import EventLog

MOST: Final = 10_000
AT_ONCE: Final = 2_000
CALLED: Final = frozenset(
    {
        "account", "accounts", "address", "author", "by", "contact", "device", "display", "email",
        "fingerprint", "from", "handle", "host", "ip", "ip4", "ip6", "login", "mail", "member", "mention",
        "mentions", "mxid", "name", "names", "nick", "nickname", "owner", "person", "phone", "profile",
        "recipient", "sender", "session", "tel", "to", "uid", "user", "userid", "username", "who",
    }
)  # fmt: skip
"""Words in the path of a field that names somebody more often than not."""
SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "e-mail address": re.compile(r"[^\s@<>]+@[^\s@<>]+\.[A-Za-z]{2,}"),
    "network address": re.compile(
        r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
        r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}(?![\w:])"
    ),
    "name of an account": re.compile(r"(?<![\w@.])@[\w.=/+-]+(?::[\w.-]+)?"),
    "telephone number": re.compile(r"(?<!\w)\+\d[\d ()/-]{6,}\d"),
}  # fmt: skip


def called_so(schema: Schema) -> list[str]:
    """Return the fields that are not marked as personal and are called as if they named somebody."""
    texts = (each for each in schema if each.type is Type.TEXT and not each.sensitive)
    return [each.path for each in texts if not CALLED.isdisjoint(re.split(r"[._]", each.path))]


def holding(log: EventLog, platform: str, schema: Schema, most: int = MOST) -> dict[str, dict[str, int]]:
    """Return for fields that are not marked how many of the newest events hold what looks like a name, by what."""
    paths = [each for each in schema if each.type is Type.TEXT and not each.sensitive]
    read, found = reader(schema), dict[str, Counter[str]]()
    after = max(0, log.head().sequence - most)
    while events := log.read(after, AT_ONCE):
        after = events[-1].sequence
        for stored in events:
            if stored.platform != platform or stored.body is None:
                continue
            event = read(stored.body)
            for each in paths:
                value = (event if each.group is None else event[each.group])[each.key]
                for what in _shapes(value):
                    found.setdefault(each.path, Counter())[what] += 1
    return {path: dict(counts.most_common()) for path, counts in sorted(found.items())}


def _shapes(value: object) -> Sequence[str]:
    return [what for what, shape in SHAPES.items() if shape.search(value)] if isinstance(value, str) else ()
