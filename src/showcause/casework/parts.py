"""What an appeal against a campaign decision is about: one item, or all that it took from one person."""

from collections.abc import Sequence

from showcause.domain.appeal import OPEN, Appeal
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Act, Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.errors import AppealClosed, BadInput
from showcause.domain.report import Report
from showcause.domain.restriction import Restriction
from showcause.store.view import View


def items_of(view: View, appeal: Appeal) -> list[CampaignItem]:
    """Return the items that an appeal is about; none when its decision is no campaign's."""
    campaign = view.first(Campaign, decision=appeal.decision)
    if campaign is None:
        return []
    if appeal.item is not None:
        return view.find(CampaignItem, campaign=campaign.id, index=appeal.item)
    if appeal.report is not None:
        subject = view.get(Report, appeal.report).subject
        return view.find(CampaignItem, campaign=campaign.id, subject=subject)
    return view.find(CampaignItem, campaign=campaign.id, owner=appeal.person)


def subjects_of(view: View, appeal: Appeal) -> set[str]:
    """Return the subjects that an appeal is about: its decision's, or its items' of a campaign."""
    items = items_of(view, appeal)
    return {item.subject for item in items} if items else {view.get(Decision, appeal.decision).subject}


def appealed(view: View) -> set[str]:
    """Return the subjects that an open appeal is about: nothing irreversible happens to them meanwhile."""
    found = view.find(Appeal, state=tuple(OPEN))
    return {subject for appeal in found for subject in subjects_of(view, appeal)}


def standing(view: View, decision: Decision, appeal: Appeal) -> tuple[Restriction, ...]:
    """Return the restrictions of a campaign that an appeal is about and that still hold; () for any other decision.

    Raises: AppealClosed when all of them were given back.
    """
    if decision.campaign is None:
        return ()
    held = tuple(
        view.get(Restriction, item.restriction) for item in items_of(view, appeal) if is_standing(view, item)
    )
    if not held:
        raise AppealClosed("what this appeal is about was given back; there is nothing left to decide")
    return held


def is_standing(view: View, item: CampaignItem) -> bool:
    """Tell whether no later decision has ended an item's restriction; one that ended by its date is still contested."""
    enforcement = view.first(Enforcement, restriction=item.restriction)
    return enforcement is not None and enforcement.ended_by in (None, "end", "accepted")


def check_acts(acts: Sequence[Act], part: Sequence[Restriction]) -> None:
    """Check that amended measures are on what the appeal is about, when it is about a part of a campaign.

    Raises: BadInput.
    """
    if part and not {act.subject for act in acts} <= {each.subject for each in part}:
        raise BadInput("the amended measure is on something that this appeal is not about")
