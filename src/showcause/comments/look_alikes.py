"""Names that look like somebody else's: the newspaper's, or a known author's.

Two names look alike when their skeletons are equal: without case, marks, spaces and punctuation, and with every sign
replaced by the Latin letter that it looks like. That errs on the side of alike: a comment then waits for a person.
"""

import unicodedata
from typing import Final

from showcause.comments.section import Section
from showcause.comments.values import Author, NotTaken, Problem

_LIKE: Final = {
    "a": "аαɑ@4ӓӑ", "b": "ьвβ6", "c": "сϲ", "d": "ԁ", "e": "еёєεҽ3", "f": "ƒϝ", "g": "ɡց9", "h": "һհн", "j": "јϳ",
    "k": "кκ", "l": "i1|!ıіїιɩӏ", "m": "мϻ", "n": "пոη", "o": "оοօσ0", "p": "рρ", "q": "ԛգ", "r": "г", "s": "ѕ$5",
    "t": "тτ7", "u": "υսц", "v": "ѵν", "w": "шѡԝω", "x": "хχ", "y": "уүγ", "z": "ᴢ2",
}  # fmt: skip
_TABLE: Final = str.maketrans({each: latin for latin, alike in _LIKE.items() for each in alike})
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


LIKE: Final = (
    "(SELECT o.name FROM {p}author o WHERE a.kind = 'guest' AND o.skeleton = a.skeleton"
    " AND o.person <> a.person AND o.forgotten IS NULL AND (o.confirmed IS NOT NULL OR o.kind <> 'guest')"
    " AND (a.confirmed IS NULL OR (COALESCE(o.confirmed, o.created) < a.confirmed"
    " AND NOT EXISTS (SELECT 1 FROM {p}author w WHERE w.no = a.person AND w.accepted > 0)))"
    " ORDER BY o.no LIMIT 1)"
)
"""For an author `a`: the name of the known author whom they look like.

Whoever confirms an address of their own is still looked at once, if somebody of that name was known before: anybody
has an address.
"""


def skeleton(name: str) -> str:
    """Return what a name looks like; equal for names that look alike."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    looked = "".join(sign for sign in plain.translate(_TABLE) if unicodedata.category(sign)[0] in "LN")
    for pair, one in _PAIRS:
        looked = looked.replace(pair, one)
    return looked or name


def check_not_staff(section: Section, name: str) -> None:
    """Do nothing for a name that nobody takes for the newspaper's. Raises: NotTaken."""
    wanted = skeleton(name)
    sql = "SELECT 1 FROM {p}author WHERE skeleton = %s AND kind = 'staff' LIMIT 1"
    if wanted in {skeleton(each) for each in section.settings.staff} or section.rows(sql, wanted):
        raise NotTaken(
            Problem.STAFF_NAME, "this name belongs to the newspaper, or looks like it", "Choose another name."
        )


def look_alike(section: Section, author: Author) -> str | None:
    """Return the name of a known author, another person, that this one's looks like; None for who was known first."""
    found = section.rows(f"SELECT {LIKE} FROM {{p}}author a WHERE a.no = %s", author.no)
    return found[0][0] if found else None
