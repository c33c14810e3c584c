"""The people of the house: added, given roles and retired, each a `right` leaf without a public document.

The leaf commits to handle, id and roles under that person's own key, so that it can be opened to a court or an auditor
and dies when the person is forgotten. The public learns only when single-operator mode begins and ends.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting, check_founded, put_setting
from showcause.casework.ports import Ids
from showcause.casework.reading import person, setting, single_operator
from showcause.domain.errors import AlreadyExists, BadInput, NotPermitted
from showcause.domain.people import AUTOMATION, SYSTEM, Moderator, Role
from showcause.store.tx import Tx
from showcause.transparency.leaf import Kind, Slot

HANDLE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]")
LIKE_AN_ID: Final = re.compile(r"[0-9a-f]{32}")
HOUSE_RIGHTS: Final = "moderators"
"""The key under which changes of rights wait for one another: two operators must not retire each other at once."""
NOBODYS: Final = frozenset({SYSTEM, AUTOMATION, ledger.HOUSE})


def add_moderator(tx: Tx, now: datetime, ids: Ids, handle: str, roles: Iterable[Role], by: str) -> Moderator:
    """Add a person with these roles. The first operator is added by `SYSTEM`, at the machine itself.

    Raises: AlreadyExists if somebody has or had this handle; BadInput; NotPermitted for who is no operator.
    """
    check_founded(tx)
    tx.one_at_a_time(HOUSE_RIGHTS)
    who = _acting(tx, by)
    _check_handle(handle)
    given = _roles(roles)
    if tx.first(Moderator, handle=handle) is not None:
        raise AlreadyExists(
            "somebody has or had this handle", "A handle stays with one person; choose another."
        )
    if who is None and Role.OPERATOR not in given:
        raise NotPermitted("the first person of a house is an operator", "Add them with the role operator.")
    made = Moderator(ids(), handle, given, active=True, added_at=now, owner=tx.keys.new_owner())
    tx.insert(made, verb="add", actor=who.id if who else SYSTEM)
    return _told(tx, now, ids, made, who, "add")


def change_roles(tx: Tx, now: datetime, ids: Ids, handle: str, roles: Iterable[Role], by: str) -> Moderator:
    """Give a person other roles; the same roles again change nothing.

    Raises: NotFound; NotPermitted for who is no operator, or when no operator would be left.
    """
    tx.one_at_a_time(HOUSE_RIGHTS)
    who, held, given = acting(tx, by, Role.OPERATOR), person(tx, handle), _roles(roles)
    if not held.active:
        raise NotPermitted("this person no longer works here", "Add them again under another handle.")
    if set(given) == set(held.roles):
        return held
    changed = tx.update(held, verb="roles", actor=who.id, roles=given)
    return _told(tx, now, ids, changed, who, "roles")


def retire_moderator(tx: Tx, now: datetime, ids: Ids, handle: str, by: str) -> Moderator:
    """Take all rights from a person; what they decided stays theirs. Retiring somebody again changes nothing.

    Raises: NotFound; NotPermitted for who is no operator, or when no operator would be left.
    """
    tx.one_at_a_time(HOUSE_RIGHTS)
    who, held = acting(tx, by, Role.OPERATOR), person(tx, handle)
    if not held.active:
        return held
    changed = tx.update(held, verb="retire", actor=who.id, active=False)
    return _told(tx, now, ids, changed, who, "retire")


def _acting(tx: Tx, by: str) -> Moderator | None:
    """Return the operator who acts, or None for the machine itself while the house has no operator."""
    if by != SYSTEM:
        return acting(tx, by, Role.OPERATOR)
    if _operators(tx):
        raise NotPermitted("this house has an operator, who adds people", "Say who adds: `--as HANDLE`.")
    return None


def _told(tx: Tx, now: datetime, ids: Ids, who: Moderator, by: Moderator | None, event: str) -> Moderator:
    """Log a change of somebody's rights, and a change of single-operator mode if it follows from it."""
    if not _operators(tx):
        raise NotPermitted("no operator would be left", "Give somebody else the role operator first.")
    roles = [str(role) for role in who.roles] if who.active else []
    item = ledger.Draft(
        Kind.RIGHT,
        ids(),
        who.id,
        person=who.owner,
        actor=by.owner if by else ledger.house(tx),
        values={
            Slot.SUBJECT: {"kind": "moderator", "ref": who.handle},
            Slot.FACTS: {
                "minute": ledger.minute(now),
                "event": event,
                "text": {"id": who.id, "roles": list(roles)},
            },
            Slot.ACTOR: {"proposer": by.id if by else SYSTEM},
        },
    )
    ledger.draft(tx, item)
    alone = "on" if single_operator(tx) else "off"
    if setting(tx, "single-operator") != alone:
        put_setting(tx, now, ids, "single-operator", alone, None)
    return who


def _operators(tx: Tx) -> list[Moderator]:
    return [who for who in tx.find(Moderator, active=True) if Role.OPERATOR in who.roles]


def _check_handle(handle: object) -> None:
    form = isinstance(handle, str) and HANDLE.fullmatch(handle)
    if not form or LIKE_AN_ID.fullmatch(str(handle)) or handle in NOBODYS:
        raise BadInput(
            "a handle has 2 to 64 of a-z, 0-9, dot, dash and underscore, and is no id or reserved word"
        )


def _roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    given = tuple(sorted({Role(role) for role in roles}))
    if not given:
        raise BadInput(f"a person has at least one role: {', '.join(Role)}")
    return given
