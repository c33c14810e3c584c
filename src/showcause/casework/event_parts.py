"""Sharing a platform's events out over several processes that judge them: how many there are stands in the log.

How many they are changes nothing that is said of an event. It is an entry of the log all the same, because what was
judged by whom is part of what an outsider may ask.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from showcause.casework.log.publishing import acting, check_founded, put_setting
from showcause.casework.ports import Ids
from showcause.casework.reading import platform as connected
from showcause.domain.errors import BadInput
from showcause.domain.people import Role
from showcause.store import verdicts
from showcause.store.tx import Tx
from showcause.store.verdicts import Reached
from showcause.store.view import View

MOST: Final = 64


def check(view: View, platform: str, of: int, by: str) -> None:
    """Check that somebody may share a platform's events out so.

    Raises: NotPermitted for who is no operator; NotFound for a platform that is not connected; BadInput.
    """
    check_founded(view)
    acting(view, by, Role.OPERATOR)
    connected(view, platform)
    if not 1 <= of <= MOST:
        raise BadInput(f"events are shared out over 1 to {MOST} processes")


def share_out(
    tx: Tx, now: datetime, ids: Ids, platform: str, before: Sequence[Reached], of: int, by: str
) -> Reached:
    """Share a platform's events out over so many processes, from the place on where all stand now.

    Raises: as `check`; Stale when one of them judged on meanwhile.
    """
    check(tx, platform, of, by)
    begun = verdicts.share_out(tx, platform, before, of)
    put_setting(tx, now, ids, f"event-parts-{platform}", str(of), acting(tx, by, Role.OPERATOR))
    return begun
