"""Founding the site and changing it: its settings and the platforms connected to it.

Every verb here leaves a leaf with a public document (guarantee 7). People and their roles stand in `staffing.py`, what
all of these leave behind in `publishing.py`; both are part of this module's face.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from showcause.casework.log.publishing import (
    acting,
    check_founded,
    leaf_with_document,
    put_setting,
    store_document,
)
from showcause.casework.ports import Capability, Ids
from showcause.casework.reading import platform, setting
from showcause.casework.staffing import add_moderator, change_roles, retire_moderator
from showcause.casework.succession import ended
from showcause.domain.errors import AlreadyExists, BadInput, NotPermitted
from showcause.domain.facets import LEAST_POSSIBLE
from showcause.domain.mail import MAIL
from showcause.domain.people import Moderator, Role
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Mode, Offer, Setting
from showcause.domain.subject import check_name
from showcause.store.tx import Tx
from showcause.transparency.errors import LogError
from showcause.transparency.jcs import Json
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.leaf import Kind

__all__ = [
    "add_moderator",
    "change_roles",
    "change_setting",
    "connect_platform",
    "found",
    "retire_moderator",
    "store_document",
    "switch_mode",
]

TIERS: Final = ("micro", "small", "newspaper", "platform", "vlop")
"""`newspaper` is the comment section under a newspaper's own articles: a hosting service, and no online platform."""
PLATFORM_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
PLATFORM_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
DEFAULTS: Final = MappingProxyType({"high-reach": "10000", "public-interval": "3600"})


def found(
    tx: Tx,
    now: datetime,
    ids: Ids,
    *,
    origin: str,
    contact: str,
    tier: str,
    log_key: str,
    ended_note: str = "",
    ended_key: str = "",
) -> tuple[Setting, ...]:
    """Found the site: the log's key is its first leaf, then one leaf for each setting; returns the settings.

    `log_key` is the log's verifier key (`name+id+key`), whose name is `origin`: the log has this name for ever.
    `ended_note` and `ended_key` are the last checkpoint and the key of a log that ended and that this one continues.

    Raises: AlreadyExists on a founded site; BadInput.
    """
    if setting(tx, "origin") is not None:
        raise AlreadyExists("this site was founded before", "A log has one origin for ever.")
    values = {"contact": contact, "tier": tier, **DEFAULTS}
    for name, value in values.items():
        BY_PEOPLE[name](value)
    key: dict[str, Json] = {
        "format": "showcause/v1 key",
        "origin": _check_key(origin, log_key),
        "key": log_key,
    }
    if ended_note:
        key["continues"] = ended(origin, ended_note, ended_key)
    leaf_with_document(tx, now, ids, Kind.KEY, key, about=ids(), by=None, event="found")
    return tuple(
        put_setting(tx, now, ids, name, value, None)
        for name, value in {"origin": origin, **values, "single-operator": "on"}.items()
    )


def change_setting(tx: Tx, now: datetime, ids: Ids, name: str, value: str, by: str) -> Setting:
    """Change one of the settings that people change; the same value again changes nothing and leaves no leaf.

    Raises: BadInput for an unknown name or a value out of bounds; NotPermitted for who is no operator, and for the
    settings that follow from the record itself.
    """
    check_founded(tx)
    who = acting(tx, by, Role.OPERATOR)
    if name in NOT_BY_PEOPLE:
        raise NotPermitted(
            f"nobody sets {name}: {NOT_BY_PEOPLE[name]}", "`showcause doctor` shows its present value."
        )
    if name not in BY_PEOPLE:
        raise BadInput(
            f"there is no setting {name[:64]!r}", f"These can be changed: {', '.join(sorted(BY_PEOPLE))}."
        )
    BY_PEOPLE[name](value)
    held = tx.first(Setting, name=name)
    return held if held and held.value == value else put_setting(tx, now, ids, name, value, who)


def connect_platform(
    tx: Tx,
    now: datetime,
    ids: Ids,
    name: str,
    kind: str,
    card: Mapping[Measure, Capability],
    by: str,
    mode: Mode = Mode.OBSERVE,
) -> ConnectedPlatform:
    """Connect a platform under a name that stands in public leaves for ever; the default enforces nothing.

    `card` is the measures of the connector's capability card: only what stands in it may be proposed.

    Raises: AlreadyExists if the name is taken; BadInput for a name out of form; NotPermitted for who is no operator.
    """
    check_founded(tx)
    who = acting(tx, by, Role.OPERATOR)
    if not PLATFORM_NAME.fullmatch(name):
        raise BadInput("a platform's name has 1 to 32 of a-z, 0-9 and -, and does not begin with -")
    if name == MAIL:
        raise BadInput("mail is how letters leave, and no platform", "Choose another name.")
    if not PLATFORM_KIND.fullmatch(kind):
        raise BadInput("a platform's kind is the short name of its connector, for example matrix")
    if tx.first(ConnectedPlatform, name=name) is not None:
        raise AlreadyExists(
            f"a platform {name} is connected already", "Choose another name; names are never reused."
        )
    offers = tuple(Offer(each, tuple(able.kinds), able.reversible) for each, able in sorted(card.items()))
    made = ConnectedPlatform(ids(), name, kind, mode, connected_at=now, offers=offers)
    tx.insert(made, verb="connect", actor=who.id)
    _tell_platform(tx, now, ids, made, who, "connect")
    return made


def switch_mode(tx: Tx, now: datetime, ids: Ids, name: str, mode: Mode, by: str) -> ConnectedPlatform:
    """Switch a platform between observing and enforcing; switching to the present mode changes nothing.

    Decisions made while observing are never carried out afterwards.

    Raises: NotFound; NotPermitted for who is no operator.
    """
    who, held = acting(tx, by, Role.OPERATOR), platform(tx, name)
    if held.mode is mode:
        return held
    changed = tx.update(held, verb=str(mode), actor=who.id, mode=mode)
    _tell_platform(tx, now, ids, changed, who, "mode")
    return changed


def _tell_platform(
    tx: Tx, now: datetime, ids: Ids, at: ConnectedPlatform, who: Moderator, event: str
) -> None:
    document: Json = {
        "format": "showcause/v1 platform",
        "name": at.name,
        "kind": at.kind,
        "mode": str(at.mode),
        "measures": {str(each.measure): [str(kind) for kind in each.kinds] for each in at.offers},
    }
    leaf_with_document(tx, now, ids, Kind.SETTING, document, about=at.id, by=who, event=event)


# --- What may be set, and by whom ---------------------------------------------------------------------------


def _check_contact(value: str) -> None:
    check_name("contact", value, 200)


def _check_tier(value: str) -> None:
    if value not in TIERS:
        raise BadInput(f"the tier is one of {', '.join(TIERS)}")


def _bounded(what: str, least: int, most: int) -> Callable[[str], None]:
    def check(value: str) -> None:
        number = int(value) if re.fullmatch(r"[1-9][0-9]{0,9}", value) else 0
        if not least <= number <= most:
            raise BadInput(f"{what} is a whole number from {least} to {most}")

    return check


def _check_key(origin: str, log_key: str) -> str:
    check_name("origin", origin, 255)
    try:
        key = parse_verifier_key(log_key)
    except LogError as error:
        raise BadInput(f"the log's key: {error.message}") from None
    if key.name != origin:
        raise BadInput("the log's key has another name than the origin", "A log's origin is its key's name.")
    return origin


ADDRESS: Final = re.compile(
    r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
)


def _check_address(value: str) -> None:
    if ADDRESS.fullmatch(value) is None:
        raise BadInput(
            "the address is https://host without a path",
            "Letters carry links that begin with it; plain http only for this machine itself.",
        )


def _check_second_factor(value: str) -> None:
    if value not in ("required", "asked"):
        raise BadInput("second-factor is required or asked")


def _check_platforms(value: str) -> None:
    if value != "none" and not all(
        re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", each.strip()) for each in value.split(",")
    ):
        raise BadInput("hold-when-unsure is none, or names of platforms with commas between them")


def _check_facets(value: str) -> None:
    if value not in ("daily", "immediate", "never"):
        raise BadInput("facets is daily, immediate or never")


def _bounded_text(what: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        check_name(what, value, 300)

    return check


BY_PEOPLE: Final[Mapping[str, Callable[[str], None]]] = MappingProxyType(
    {
        "address": _check_address,
        "contact": _check_contact,
        "tier": _check_tier,
        "high-reach": _bounded("high-reach (followers)", 100, 1_000_000_000),
        "public-interval": _bounded("public-interval (seconds)", 60, 86_400),
        "second-factor": _check_second_factor,
        "facets": _check_facets,
        "facet-cell": _bounded("facet-cell (decisions)", LEAST_POSSIBLE, 1_000),
        "rotation-days": _bounded("rotation-days", 1, 366),
        "rule-reports-hour": _bounded("rule-reports-hour", 1, 10_000),
        "rule-holds-hour": _bounded("rule-holds-hour", 1, 10_000),
        "hold-when-unsure": _check_platforms,
        "ask-milliseconds": _bounded("ask-milliseconds", 50, 2_000),
        "authority-contact": _bounded_text("authority-contact"),
        "contact-languages": _bounded_text("contact-languages"),
        "legal-representative": _bounded_text("legal-representative"),
    }
)
"""The settings that an operator changes, each with the check of its value.

`address` is where the pages are, with which links in letters begin; `contact` the public point of contact (DSA
Art. 12), `authority-contact` that for authorities (Art. 11), `contact-languages` the languages of both,
`legal-representative` the one in the Union (Art. 13), `tier` the size that decides which duties hold, `high-reach` the
threshold of the public formula of reach, `public-interval` how often the public sees a new head of the log,
`second-factor` whether the desk stays closed to who logged in by a password alone (`required`, which holds unless it is
set) or asks and opens (`asked`), `facets` whether facets of decisions are opened in public once a day, every hour
(`immediate`) or `never`, `facet-cell` how many decisions are opened together at least, `rotation-days` how long
both keys sign at least when the log's key is replaced (14 unless it is set), `rule-reports-hour` how many reports
one rule files in an hour at most (60 unless it is set); further hits are held, counted and shown. `rule-holds-hour` is
how many pieces of content one rule keeps back before publication in an hour at most (60 unless it is set); further ones
pass, and are counted. `hold-when-unsure` names the platforms, with commas between them, that keep content back also
when no rule could tell, or not in time (`none` unless it is set); on all others it then passes. `ask-milliseconds` is
how long a platform that asks before it publishes is kept waiting at most (300 unless it is set).
"""

NOT_BY_PEOPLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "origin": "a log keeps its name for ever",
        "rules-digest": "it follows from the rules in force",
        "policies-digest": "it follows from the policies in force",
        "single-operator": "it follows from the number of active moderators",
    }
)
"""The settings that follow from the record, each with the reason."""
