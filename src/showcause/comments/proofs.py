"""Proof of work, while a section is under attack and never else: no puzzle for people, a little work for machines.

A browser looks for a number that makes the hash of form and number begin with sixteen zero bits: about a second on a
phone, in the background, while somebody writes. Whoever sends none is not refused: the comment waits for validation.

Source: Back, Hashcash (2002).
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from showcause.comments import attack
from showcause.comments.section import Section, micros

BITS: Final = 16
MOST_ANSWER: Final = 20
ATTACK_FROM: Final = 120
"""So many comments within a minute, in the whole section, are an attack."""
MINUTE: Final = timedelta(minutes=1)


def needed(section: Section, now: datetime) -> bool:
    """Tell whether the section is under attack: the newsroom says so, or more is written than people write."""
    if section.settings.proof or attack.is_on(section, now):
        return True
    # Numbers are dense, so the time of one comment tells how many came after it.
    sql = f"SELECT created FROM {{p}}comment WHERE seq = (SELECT seq FROM {{p}}head) - {ATTACK_FROM - 1}"
    rows = section.rows(sql)
    return bool(rows) and rows[0][0] > micros(now - MINUTE)


def holds(form: str, answer: str, bits: int = BITS) -> bool:
    """Tell whether an answer, a decimal number, proves work for this form: SHA-256 of `form.answer`."""
    if not (answer.isascii() and answer.isdigit() and len(answer) <= MOST_ANSWER):
        return False
    digest = hashlib.sha256(f"{form}.{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (len(digest) * 8 - bits) == 0
