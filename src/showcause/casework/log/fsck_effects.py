"""Effects in the log against the state of orders: what became of an order stands in the sealed fields of its effect.

A campaign has one effect for all of its orders once none is open, so until then its orders run ahead of the log. Where
a person was forgotten, what an effect said is gone, and that comparison with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from showcause.casework.log.finding import Finding
from showcause.domain.campaign import Campaign, CampaignItem, CampaignOutcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import Forgotten, KeyMissing, NotFound
from showcause.domain.lifecycle import EnforcementState
from showcause.domain.logbook import LeafNote
from showcause.store.view import View
from showcause.transparency.kinds import Slot

S = EnforcementState
UNREADABLE: Final = "unreadable"
ENDING: Final = frozenset({S.LIFTING, S.LIFTED, S.STUCK, S.PERMANENT, S.CANCELLED})

AFTER: Final[Mapping[str | None, frozenset[EnforcementState]]] = {
    None: frozenset({S.PENDING, S.LIFTING, S.CANCELLED}),
    "pending": frozenset(S),
    "applied": frozenset({S.APPLIED, S.DRIFTED, S.PENDING, S.LIFTING}),
    "failed": frozenset({S.FAILED, S.PENDING, S.LIFTING}),
    "void": frozenset({S.CANCELLED}),
    "lifting": ENDING,
    "lifted": frozenset({S.LIFTED}),
    "stuck": frozenset({S.STUCK, S.LIFTING}),
    "permanent": frozenset({S.PERMANENT}),
    UNREADABLE: frozenset(S),
}
"""In which states an order can be after the last effect that was logged of it; None: after none."""


def compare(view: View, notes: Sequence[LeafNote]) -> Iterator[Finding]:
    """Yield every order whose state the effects in the log do not allow, and every effect without its order."""
    said, ended = _said(view, notes)
    campaigns = {campaign.decision: campaign.id for campaign in view.find(Campaign)}
    for enforcement in view.find(Enforcement):
        last = said.pop(enforcement.id, None)
        allowed = AFTER.get(last, frozenset())
        if (campaign := campaigns.get(enforcement.decision)) is not None:
            allowed |= frozenset(S) if last is None else frozenset() if campaign in ended else ENDING
        if enforcement.state not in allowed:
            implied = f"the last effect in the log is {last!r}" if last else "the log has no effect of it"
            yield Finding(f"enforcement {enforcement.id}", "effect", f"is {enforcement.state}, but {implied}")
    for about in said:
        yield Finding(f"enforcement {about}", "missing", "has an effect in the log and is not there")


def _said(view: View, notes: Sequence[LeafNote]) -> tuple[dict[str, str], set[str]]:
    """Return the last event of each order in the log, and the campaigns whose end is logged."""
    said: dict[str, str] = {}
    ended: set[str] = set()
    outcomes = {outcome.id: outcome for outcome in view.find(CampaignOutcome)}
    for note in notes:  # oldest first, as they were drafted
        if (outcome := outcomes.get(note.id)) is None:
            said[note.about] = _event(view, note)
        else:
            said.update(_events(view, outcome))
            ended |= {outcome.campaign} if outcome.phase == "ended" else set()
    return said, ended


def _event(view: View, note: LeafNote) -> str:
    try:
        for part in note.parts:
            if Slot.FACTS in part.slots:
                return str(view.unseal(part.sealed)["slots"][Slot.FACTS].get("event"))
    except (Forgotten, KeyMissing, NotFound):
        pass
    return UNREADABLE


def _events(view: View, outcome: CampaignOutcome) -> Iterator[tuple[str, str]]:
    """Yield each order of a campaign with the event that the campaign's one effect commits to."""
    items = view.find(CampaignItem, campaign=outcome.campaign)
    orders = {enforcement.restriction: enforcement.id for enforcement in _orders(view, outcome.campaign)}
    for item, (event, _) in zip(items, view.unseal(outcome.sealed), strict=False):
        if item.restriction in orders:
            yield orders[item.restriction], event


def _orders(view: View, campaign: str) -> list[Enforcement]:
    return view.find(Enforcement, decision=view.get(Campaign, campaign).decision)
