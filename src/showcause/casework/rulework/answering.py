"""What a platform is told that asks before it publishes: read from what the stream committed, and from nothing else.

The same event is answered alike however often somebody asks, until a person has looked at what was kept back; then the
answer is what they found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from showcause.casework.reading import platform as connected
from showcause.casework.reading import setting
from showcause.casework.rulework import reported
from showcause.casework.rulework.holding import KEPT_BACK, content_of, is_closed, kept_of
from showcause.casework.rulework.running import is_over
from showcause.domain.lifecycle import ReportState
from showcause.domain.report import KeptBack, Report
from showcause.domain.rule import ACTING, Piece, RuleVersion
from showcause.domain.site import Mode
from showcause.rules.declared import Declaration
from showcause.rules.powers import EffectKind
from showcause.store.verdicts import AT_ONCE, Asked, reached, verdicts
from showcause.store.view import View

ASK_MILLISECONDS = "ask-milliseconds"
"""The setting that says how long a platform that asks is kept waiting at most."""
DEFAULT_MILLISECONDS = 300
FEWEST_MILLISECONDS = 50


class Why(StrEnum):
    """Why a content passes or is kept back. These words never change."""

    JUDGED = "judged"
    RULE = "rule"
    UNSURE = "unsure"
    REVIEWED = "reviewed"
    NO_RULE = "no-rule"
    OBSERVED = "observed"
    LATE = "late"
    BUSY = "busy"
    NOT_JUDGED = "not-judged"


NOT_ANSWERED = frozenset({Why.LATE, Why.BUSY, Why.NOT_JUDGED})
"""Where the rules said nothing in time: what happens then is the platform's own choice."""


class Review(StrEnum):
    """How far the people are with what was kept back."""

    WAITING = "waiting"
    NO_BREACH = "no-breach"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class Kept:
    """One content that was kept back, and how far the people are with it."""

    report: Report
    kept: KeptBack
    review: Review

    @property
    def why(self) -> Why:
        """Return why it is kept back, or passes since a person has looked."""
        if self.review is Review.NO_BREACH:
            return Why.REVIEWED
        return Why.UNSURE if self.kept.unsure else Why.RULE


@dataclass(frozen=True, slots=True)
class KeptPage:
    """What the author sees: which rule it was, in words, how far it is, and until when the same words pass."""

    kept: Kept
    rule: reported.RuleSaid | None

    @property
    def passes_until(self) -> datetime | None:
        """Return until when the same words pass."""
        return self.kept.kept.passes_until


def keepers(view: View, platform: str) -> tuple[RuleVersion, ...]:
    """Return the rules that may keep content of a platform back, as long as the setting `rules-digest` is the same."""
    acting = view.find(RuleVersion, platform=platform, kind=Piece.RULE, state=ACTING)
    return tuple(each for each in acting if EffectKind.HOLD in each.effects)


def needs_no_rule(view: View, platform: str, keep: Sequence[RuleVersion]) -> Why | None:
    """Return why nothing of a platform can be kept back now, None if one of these rules may do that."""
    if connected(view, platform).mode is Mode.OBSERVE:
        return Why.OBSERVED
    return None if any(not is_over(each, view.now) for each in keep) else Why.NO_RULE


def is_judged(view: View, platform: str, sequence: int) -> bool:
    """Tell whether a platform's events were judged up to one."""
    place = reached(view, platform)
    return place is not None and place.sequence >= sequence


def kept_back(view: View, platform: str, declared: Declaration, sequence: int, body: bytes) -> Kept | None:
    """Return what an event that was judged had kept back, None where it passed."""
    said = verdicts(view, sequence - 1, most=AT_ONCE, upto=sequence)
    found = next((each.report for each in said if KEPT_BACK in each.came), None)
    report = view.get(Report, found) if found else None
    if report is None and is_closed(view, platform):
        report = _unsure(view, platform, declared, sequence, body)
    return of_report(report) if report is not None else None


def of_report(report: Report) -> Kept | None:
    """Return how far the people are with a content that was kept back; None for another report."""
    if report.kept is None:
        return None
    if report.kept.passes_until is not None:
        review = Review.NO_BREACH
    else:
        review = Review.WAITING if report.state is ReportState.FILED else Review.BREACH
    return Kept(report, report.kept, review)


def page(view: View, report_id: str, language: str) -> KeptPage | None:
    """Return what the author of a content that was kept back sees; None for another report."""
    report = view.get(Report, report_id)
    kept = of_report(report)
    return KeptPage(kept, reported.said(view, report, language)) if kept is not None else None


def milliseconds(view: View, wanted: Sequence[int | None] = ()) -> int:
    """Return how long somebody who asks waits: as long as they want, and not longer than the house allows."""
    most = int(setting(view, ASK_MILLISECONDS) or DEFAULT_MILLISECONDS)
    return min([most, *(each for each in wanted if each is not None)])


def _unsure(view: View, platform: str, declared: Declaration, sequence: int, body: bytes) -> Report | None:
    """Return the report for which an event was kept back because no rule could tell."""
    personal = frozenset(each.path for each in declared.schema if each.sensitive)
    content = content_of(platform, declared.account, declared.content, personal, Asked(0, body), {})
    report = kept_of(view, content)
    kept = report.kept if report is not None else None
    return report if kept is not None and kept.unsure and sequence in (kept.event, *kept.again) else None
