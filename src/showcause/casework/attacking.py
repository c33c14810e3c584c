"""Attack mode of a comment section: switched on by one person for four hours, prolonged by a second, each time logged.

While it holds, everything is read before it appears and everybody writes slowly: a limit that holds for all alike. The
log has an entry of the kind `attack-mode` for each beginning, prolonging and end; who acted is sealed in it.
"""

from datetime import datetime
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import person
from showcause.domain import newsroom
from showcause.domain.newsroom import Section
from showcause.domain.people import Moderator
from showcause.domain.permissions import Action, check_action
from showcause.domain.sentences import stamp
from showcause.store.tx import Tx
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

KIND: Final = "section"


def begin(tx: Tx, now: datetime, ids: Ids, section: Section, by: str) -> datetime:
    """Switch attack mode on, or prolong it, and return until when it holds.

    Raises: SamePerson for who has used up their time alone; NotPermitted.
    """
    who = person(tx, by)
    check_action(who, section, Action.SECTION_ATTACK, now)
    until = newsroom.attack_until(section, who.id, now)
    running = section.until is not None and now < section.until
    _log(tx, now, ids, section, who, "prolong" if running else "start", until)
    tx.note("attack", who.id, section.id, KIND, until=stamp(until))
    return until


def end(tx: Tx, now: datetime, ids: Ids, section: Section, by: str) -> None:
    """End attack mode before its hour.

    Raises: IllegalStep when it does not hold; NotPermitted.
    """
    who = person(tx, by)
    check_action(who, section, Action.SECTION_CALM, now)
    _log(tx, now, ids, section, who, "end", now)
    tx.note("calm", who.id, section.id, KIND)


def _log(
    tx: Tx, now: datetime, ids: Ids, section: Section, who: Moderator, event: str, until: datetime
) -> None:
    told: dict[str, Json] = {"platform": section.id, "until": ledger.minute(until)}
    values: dict[Slot, dict[str, Json]] = {
        Slot.FACTS: {"minute": ledger.minute(now), "event": event, "text": told},
        Slot.ACTOR: {"proposer": who.id, "approver": None},
    }
    house = ledger.house(tx)
    ledger.draft(
        tx, ledger.Draft(Kind.ATTACK_MODE, ids(), ids(), person=house, actor=who.owner, values=values)
    )
