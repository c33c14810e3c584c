"""Reports: how everything enters. A reader's flag, an authority's order, a rule's match and a detector's finding alike.

A report opens and orders a review, and does nothing else: no function of the law takes the number of reports.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from showcause.domain.lifecycle import ReportState


class IntakeKind(StrEnum):
    """How a report came in. Fixed at intake; the statement's source is computed from it."""

    ARTICLE_16 = "art16"
    TRUSTED_FLAGGER = "trusted-flagger"
    TERMS_REPORT = "terms-report"
    AUTHORITY = "authority"
    ORDER = "order"
    OWN_INITIATIVE = "own-initiative"
    RULE = "rule"


SOURCE: dict[IntakeKind, str | None] = {
    IntakeKind.ARTICLE_16: "SOURCE_ARTICLE_16",
    IntakeKind.TRUSTED_FLAGGER: "SOURCE_TRUSTED_FLAGGER",
    IntakeKind.TERMS_REPORT: "SOURCE_TYPE_OTHER_NOTIFICATION",
    IntakeKind.AUTHORITY: "SOURCE_TYPE_OTHER_NOTIFICATION",
    IntakeKind.OWN_INITIATIVE: "SOURCE_VOLUNTARY",
    IntakeKind.RULE: "SOURCE_VOLUNTARY",
    IntakeKind.ORDER: None,
}


@dataclass(frozen=True, slots=True)
class RuleHit:
    """What a rule says when it reports: who it is, and where to see why. It names nobody.

    `version` is the digest of the rule, `clause` what it watches over, `verdict` the name of the verdict, `rules` the
    digest of the rule set that made it. `hits` counts the verdicts that this one report stands for.
    """

    rule: str
    version: str
    clause: str
    verdict: str
    rules: str
    hits: int = 1


@dataclass(frozen=True, slots=True)
class KeptBack:
    """That a platform was told to keep content back until a person has looked at it.

    `event` is the place of the event that was asked about, `again` are those by which the same content came again.
    `unsure` says why no rule could tell (a code), where it was kept back for that; else a rule fired. `passes_until` is
    set where a person found no breach: up to that moment the same content of the same account passes.
    """

    event: int
    unsure: str = ""
    passes_until: datetime | None = None
    again: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report about one subject.

    `external_key` makes taking it twice harmless. `reporter` is the reporter's owner id (their key seals their words),
    None if anonymous. `text`, `contact` (their name) and `evidence` are ids of sealed values. `number` is the reference
    that the reporter is told. `life` marks a report of a threat to life, which no suspension of a reporter ever stops.
    `notice` is shared by the reports of one notice with several items.

    Nobody can write to who reported anonymously: `told` are the sealed answers that wait for whoever has the number,
    oldest first, under the key of an owner of their own, `holder`; `answered_at` is when the last one was laid there.

    `rule` is set where a rule reported: it has no words, no key and nobody to answer. `kept` is set where it had the
    content kept back before it was published.
    """

    id: str
    state: ReportState
    subject: str
    platform: str
    intake: IntakeKind
    external_key: str
    number: str
    received_at: datetime
    case: str | None = None
    reporter: str | None = None
    reporter_subject: str | None = None
    hint: str = ""
    text: str | None = None
    evidence: str | None = None
    language: str = "en"
    life: bool = False
    good_faith: bool = False
    located: bool = True
    refused_because: str = ""
    contact: str | None = None
    notice: str | None = None
    holder: str | None = None
    told: tuple[str, ...] = ()
    answered_at: datetime | None = None
    rule: RuleHit | None = None
    kept: KeptBack | None = None
    revision: int = 0


def missing_elements(
    report: Report, *, has_reasons: bool, has_identity: bool, no_name_asked: bool
) -> tuple[str, ...]:
    """Return the elements that a notice of illegal content lacks; a report on the terms lacks nothing.

    Source: DSA Art. 16(2)(a)-(d); identity is not asked where (c) excepts it.
    """
    if report.intake is not IntakeKind.ARTICLE_16:
        return ()
    absent = {
        "reasons (a)": not has_reasons,
        "exact location (b)": not report.located,
        "name and e-mail (c)": not (has_identity or no_name_asked),
        "statement of good faith (d)": not report.good_faith,
    }
    return tuple(name for name, is_absent in absent.items() if is_absent)
