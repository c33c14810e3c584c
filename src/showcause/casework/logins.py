"""First logins: an operator invites a person by a link that works once and for a day; nobody signs up.

Whoever holds such a link can act as that person, so each one leaves a `right` leaf before it can be used (guarantee 7):
an operator who takes over somebody's login to approve their own proposal is seen. Passwords and second factors are the
account library's; here is only who may set them, and when.
"""

from datetime import datetime, timedelta
from typing import Final

from showcause.casework import links
from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids
from showcause.casework.reading import person, setting
from showcause.domain.errors import LinkEnded, NeedsConfirmation, NotPermitted
from showcause.domain.link import LinkKind, LinkMark
from showcause.domain.people import Moderator, Role
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind, Slot

LIFE: Final = timedelta(hours=24)
"""How long an invitation works."""
SECOND_FACTOR: Final = "second-factor"
"""The setting of the site that says whether a password alone opens the desk."""


def invite(tx: Tx, now: datetime, ids: Ids, handle: str, by: str, *, reset: bool = False) -> str:
    """Return the token of a person's link to set a password; every earlier link of theirs stops working.

    Somebody who has set a password already is invited again only with `reset`: the link then replaces the password and
    takes away all second factors.

    Raises: NotFound; NotPermitted for who is no operator, or about who works here no longer; NeedsConfirmation.
    """
    who, invited = acting(tx, by, Role.OPERATOR), person(tx, handle)
    if not invited.active:
        raise NotPermitted("this person no longer works here", "Add them again under another handle.")
    again = _has_a_login(tx, invited)
    if again and not reset:
        raise NeedsConfirmation(
            f"{invited.handle} has set a password already",
            "With --reset the link replaces their password and their second factors; the log keeps a trace.",
        )
    if links.replace(tx, now, ids, invited.id, who.id).revoked:
        raise NotPermitted("this person was invited too often", "Retire them and add them again.")
    _log(tx, now, ids, invited, who, "credentials-reset" if again else "invite")
    return links.token(tx, LinkKind.WELCOME, invited.id)


def invited(view: View, now: datetime, token: str) -> Moderator:
    """Return the person whom an invitation invites.

    Raises: LinkEnded when it was used, replaced or altered, is older than a day, or they work here no longer.
    """
    about = links.follow(view, LinkKind.WELCOME, token)
    mark = view.first(LinkMark, about=about)
    if mark is None or now >= mark.changed_at + LIFE:
        raise LinkEnded("this invitation is older than a day", "Ask an operator for another.")
    who = view.get(Moderator, about)
    if not who.active:
        raise LinkEnded("this person no longer works here")
    return who


def accept(tx: Tx, now: datetime, ids: Ids, token: str) -> Moderator:
    """Use an invitation up and return the person who may now set a password, in the same transaction.

    Raises: LinkEnded.
    """
    who = invited(tx, now, token)
    links.close(tx, now, ids, who.id, who.id)
    return who


def wants_second_factor(view: View) -> bool:
    """Tell whether a password alone does not open the desk; so it is unless the site's setting says otherwise."""
    return setting(view, SECOND_FACTOR) != "asked"


def _has_a_login(tx: Tx, who: Moderator) -> bool:
    """Tell whether this person ever used an invitation up; a link that was made since does not undo that."""
    mark = tx.first(LinkMark, about=who.id)
    return mark is not None and any(line.verb == "revoke" for line in tx.journal(mark.id))


def _log(tx: Tx, now: datetime, ids: Ids, who: Moderator, by: Moderator, event: str) -> None:
    facts: dict[str, Json] = {"minute": ledger.minute(now), "event": event, "text": {"id": who.id}}
    item = ledger.Draft(
        Kind.RIGHT,
        ids(),
        who.id,
        person=who.owner,
        actor=by.owner,
        values={
            Slot.SUBJECT: {"kind": "moderator", "ref": who.handle},
            Slot.FACTS: facts,
            Slot.ACTOR: {"proposer": by.id},
        },
    )
    ledger.draft(tx, item)
