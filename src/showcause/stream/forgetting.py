"""Forgetting reaches the events: every event that names the person is emptied, and keeps its place."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from showcause.domain.subject import Subject
from showcause.rules.arriving import MARK, pseudonym
from showcause.stream.intake import Intake

HASH: Final = re.compile(MARK.encode() + rb"[0-9a-f]{32}")


def forget(intake: Intake, names: Collection[Subject]) -> int:
    """Empty the events in which some accounts or their things stand in a personal field; return how many.

    May be repeated. Reads the whole log once, some hundred thousand events a second. What was counted from them leaves
    the windows when the folded state is next made anew from the log.

    Raises: EventsMissing: a copy that is put back later would bring them back.
    """
    if not names:
        return 0
    intake.check()
    wanted = {
        pseudonym(intake.key, each.platform, unicodedata.normalize("NFC", each.ref)).encode()
        for each in names
    }
    return intake.log.erase(lambda platform, body: not wanted.isdisjoint(HASH.findall(body)))
