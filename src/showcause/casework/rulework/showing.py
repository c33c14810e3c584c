"""Where a version stands, in words: what comes next, and whose turn it is."""

from collections.abc import Iterator
from datetime import datetime

from showcause.casework.rulework.holding import holds_per_hour
from showcause.casework.rulework.in_force import live_one
from showcause.casework.rulework.reporting import not_carried_out, tally_in_words
from showcause.casework.rulework.trying import needs_second
from showcause.domain.errors import BadInput, NotFound, Refused
from showcause.domain.lifecycle import RuleState
from showcause.domain.rule import ACTING, FEWEST_EVENTS, WAITING, Backtest, Piece, RuleVersion
from showcause.rules.powers import EffectKind
from showcause.store.verdicts import reached
from showcause.store.view import View

SHORTEST = 6
"""Digits of a digest that name a version."""


def named(view: View, text: str, platform: str = "") -> RuleVersion:
    """Return a version by id, as `flood@3`, by its digest's beginning as `flood@5f2a9c`, or by name alone.

    A name alone means the version on its way, else the newest.

    Raises: NotFound; BadInput when more than one platform has it.
    """
    if (known := view.first(RuleVersion, id=text)) is not None:
        return known
    name, _, number = text.partition("@")
    of_name = [each for each in view.find(RuleVersion, name=name) if platform in ("", each.platform)]
    found = [each for each in of_name if number in ("", str(each.number))]
    if not found and len(number) >= SHORTEST:
        found = [each for each in of_name if each.digest.startswith(number)]
    if not found:
        raise NotFound(
            f"no version of {text[:64]!r} was ever proposed", "`showcause rules versions` lists them."
        )
    if len({each.platform for each in found}) > 1:
        known_on = ", ".join(sorted({each.platform for each in found}))
        raise BadInput(
            f"{name} is a rule of more than one platform: {known_on}", "Say which: `--platform NAME`."
        )
    return next((each for each in found if each.state in WAITING), found[-1])


def following(view: View, held: RuleVersion) -> str:
    """Return in one sentence what comes next for a version, and whose turn it is."""
    name = held.name
    if held.brought_by is not None and held.state in WAITING:
        return f"It takes every step together with {view.get(RuleVersion, held.brought_by).ref}."
    match held.state:
        case RuleState.DRAFT:
            return f"Nothing has changed yet. Its author goes on: showcause rules backtest {name} --record"
        case RuleState.BACKTESTED:
            return f"Its author goes on, in shadow, without any effect: showcause rules shadow {name}"
        case RuleState.SHADOW:
            return _after_shadow(view, held)
        case RuleState.CANARY:
            return f"After {FEWEST_EVENTS} more events, its author goes on: showcause rules live {name}"
        case RuleState.PUSHED:
            return (
                f"It ends {_hour(held.expires_at)} unless a second person ratifies it on a backtest: "
                f"showcause rules ratify {name}"
            )
        case RuleState.LIVE if held.expires_at is not None:
            return (
                f"It acts on all, and ends {_hour(held.expires_at)} unless somebody else ratifies it: "
                f"showcause rules ratify {name}"
            )
        case RuleState.LIVE:
            return "It acts on all. A change is another version; showcause rules retire ends it."
        case RuleState.RETIRED | RuleState.RETURNED | RuleState.EXPIRED:
            return "It has ended."


def _after_shadow(view: View, held: RuleVersion) -> str:
    canary = f"After {FEWEST_EVENTS} more events, its author goes on: showcause rules canary {held.name} --share 10%"
    try:
        waits = held.approver is None and needs_second(view, held)
    except Refused:  # what it reads has gone: the next step says so
        waits = False
    if not waits:
        return canary
    return f"A second person looks at its backtest: showcause rules approve {held.name}. {canary}"


def lines_of(view: View, held: RuleVersion) -> Iterator[str]:
    """Yield what there is to say of a version."""
    yield f"{held.ref}  {held.kind} of {held.platform}, {held.state}  ({held.id[:12]})"
    if held.effects:
        second = "a second person approves it" if held.second_needed else "one person suffices"
        yield f"  under {held.clause}, severity {held.severity}: {'; '.join(held.effects)}; {second}"
        yield f"  expects to hit at most {held.expected} of the events"
        yield from (f"  {each}  (what rules do so far is report)" for each in not_carried_out(held))
        if EffectKind.HOLD in held.effects:
            most = holds_per_hour(view)
            yield f"  keeps content back where the platform asks before it publishes, {most} an hour at most"
    yield f"  digest {held.digest}"
    if held.brings:
        yield f"  brings along: {', '.join(view.get(RuleVersion, each).ref for each in held.brings)}"
    if held.state is RuleState.CANARY:
        yield f"  acts on a share of {held.canary_share}, by {held.by}"
        if live_one(view, held.platform, held.kind, held.name) is not None:
            yield "  beside the live version it is only measured: the live one goes on reporting, about all"
    if (caps := held.caps) is not None and held.state in (RuleState.LIVE, RuleState.CANARY, RuleState.PUSHED):
        yield f"  touches at most {caps.hour} accounts an hour and {caps.day} a day"
    yield from _came(view, held)
    if held.backtest is not None:
        yield from forecast_lines(view.get(Backtest, held.backtest))
    yield following(view, held)


def _came(view: View, held: RuleVersion) -> Iterator[str]:
    """Yield what came of the rule's verdicts, of all its versions together."""
    place = reached(view, held.platform) if held.kind is Piece.RULE and held.state in ACTING else None
    if place is not None and (said := tally_in_words(place.came.get(held.name, {}))):
        yield f"  what came of its verdicts: {said}"


def forecast_lines(found: Backtest) -> Iterator[str]:
    """Yield a forecast in words."""
    yield f"  {many(found.events, 'event')} from {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    if not found.events:
        return
    yield (
        f"  {many(found.hits, 'hit')} ({found.rate * 100:.3g} %, with 95 % confidence at most "
        f"{found.at_most * 100:.3g} %), {many(found.accounts, 'account')}"
    )
    yield (
        f"  {many(found.degraded, 'event')} about which it cannot know ({found.degraded_share * 100:.3g} %)"
    )
    yield (
        f"  beside what is live: {many(found.new, 'hit')} new, {found.lost:,} lost, {found.unchanged:,} unchanged; "
        f"{many(found.accounts_new, 'account')} new, {found.accounts_lost:,} lost"
    )


def many(number: int, what: str) -> str:
    """Return a number with its noun: `1 hit`, `2,000 hits`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _hour(at: datetime | None) -> str:
    return f"{at:%d %B %Y %H:%M} UTC" if at else "now"
