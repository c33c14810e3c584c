"""What follows from a verdict: a report of the rule's own, filed like any other, and nothing that restricts anybody.

A report opens a case or joins the open one, so that a person looks. Where a platform asked before it published, a rule
may have the content kept back until then (`holding`). What a rule would do beyond that is not carried out, and its
verdict says so. Three bounds keep a rule from flooding the desk: while a case that it reported is open, further hits on
the same subject count onto that report; above a public number of reports an hour, or its own caps, its hits are held;
and so it is with what it keeps back, except that what is beyond the bound passes.

The report's id follows from the verdict's: judged again, it is the same report.
"""

import hashlib
import logging
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from showcause.casework import intake
from showcause.casework.ports import Ids
from showcause.casework.reading import reference, register, setting
from showcause.casework.rulework import holding
from showcause.casework.rulework.bounds import Bound, within
from showcause.casework.rulework.holding import (
    BEYOND,
    KEPT_BACK,
    NOT_ASKED,
    OBSERVED,
    REVIEWED,
    TOO_LATE,
    UNSURE,
)
from showcause.casework.rulework.running import acts_on, is_over
from showcause.domain.case import Case
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import REPORT, RuleState
from showcause.domain.people import SYSTEM
from showcause.domain.report import IntakeKind, KeptBack, Report, RuleHit
from showcause.domain.rule import ACTING, Piece, RuleVersion
from showcause.domain.subject import Subject, SubjectKind
from showcause.rules.powers import EFFECTS, EffectKind
from showcause.store.tx import Tx
from showcause.store.verdicts import Asked, Doubt, Verdict
from showcause.store.view import View

log = logging.getLogger("showcause.rules")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

PER_HOUR: Final = "rule-reports-hour"
"""The setting that bounds how many reports one rule files in an hour."""
DEFAULT_PER_HOUR: Final = 60

FILED: Final = "filed"
COUNTED: Final = "counted"
HELD: Final = "held"
NOBODY: Final = "nobody-named"
NOT_IN_FORCE: Final = "not-in-force"
OUTSIDE_SHARE: Final = "outside-share"
NOT_CARRIED_OUT: Final = "not-carried-out"
WORDS: Final = (
    *(FILED, COUNTED, HELD, NOBODY, NOT_IN_FORCE, OUTSIDE_SHARE, NOT_CARRIED_OUT),
    *(KEPT_BACK, REVIEWED, BEYOND, TOO_LATE, OBSERVED, NOT_ASKED, UNSURE),
)
"""What can come of a verdict. These words never change."""
REPORTS: Final = Bound("")
_HELD_IN = "held-in"


@dataclass(frozen=True, slots=True)
class Consequences:
    """Does what follows from the verdicts of one platform.

    `account` and `content` are the paths that name them, `personal` all paths that name somebody.
    """

    platform: str
    account: str | None
    content: str | None
    personal: frozenset[str] = frozenset()

    def __call__(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        verdict: Verdict,
        names: Mapping[str, str],
        came: dict[str, int],
    ) -> Verdict:
        """File the report that a verdict stands for, within the bounds, and return the verdict with what came of it."""
        return self._follow(tx, now, ids, verdict, names, came, None)

    def answer(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        verdict: Verdict,
        names: Mapping[str, str],
        came: dict[str, int],
        asked: Asked,
    ) -> Verdict:
        """Do the same where the platform asks before it publishes: what may be kept back is."""
        used = max(0, _micros(now) - verdict.at)
        verdict = verdict._replace(budget=max(0, asked.until - verdict.at), used=used)
        return self._follow(tx, now, ids, verdict, names, came, asked)

    def _follow(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        verdict: Verdict,
        names: Mapping[str, str],
        came: dict[str, int],
        asked: Asked | None,
    ) -> Verdict:
        version = _acting(tx, now, self.platform, verdict)
        if version is None:
            return _noted(verdict, came, NOT_IN_FORCE)
        if not _in_share(version, names):
            return _noted(verdict, came, OUTSIDE_SHARE)
        if undone := not_carried_out(version):
            verdict = _noted(verdict, came, NOT_CARRIED_OUT, *undone)
        reviews = any(_reviews(each) for each in version.effects)
        if _has(version, EffectKind.HOLD):
            word, report = self._kept_back(tx, now, ids, verdict, version, names, came, asked)
            verdict = _noted(verdict, came, word)._replace(report=report)
            if word in (KEPT_BACK, REVIEWED):
                return verdict
            reviews = (
                reviews or word == TOO_LATE
            )  # it was published meanwhile: somebody looks at it all the same
        if not reviews:
            return verdict
        subject, evidence = self._about(names)
        if subject is None:
            return _noted(verdict, came, NOBODY)
        record = register(tx, subject)
        case = tx.first(Case, subject=record.id, state=intake.OPEN)
        known = _of_case(tx, self.platform, verdict.rule, case) if case is not None else None
        if known is not None and known.rule is not None:
            hit = replace(known.rule, hits=known.rule.hits + 1)
            tx.update(known, verb="count-hit", actor=SYSTEM, rule=hit)
            return _noted(verdict, came, COUNTED)._replace(report=known.id)
        if REPORTS.is_full(came, now, within(version, per_hour(tx))):
            came[_HELD_IN] = REPORTS.hour(came)
            return _noted(verdict, came, HELD)
        urgent = _has(version, EffectKind.ORDER_REVIEW)
        if case is None:
            case = intake.open_case(tx, now, ids, record.id, self.platform, urgent=urgent)
        sealed = tx.seal(record.owner, "evidence", evidence) if evidence else None
        made = Report(
            id=report_id(verdict),
            state=REPORT.start,
            subject=record.id,
            platform=self.platform,
            intake=IntakeKind.RULE,
            external_key=_key(tx, self.platform, verdict.rule, case.id),
            number=reference(ids),
            received_at=now,
            evidence=sealed,
            rule=RuleHit(verdict.rule, verdict.version, version.clause, verdict.id, verdict.rules),
        )
        tx.insert(made, verb="report-by-rule", actor=SYSTEM)
        intake.file(tx, now, ids, made, urgent=urgent)
        REPORTS.count(came)
        return _noted(verdict, came, FILED)._replace(report=made.id)

    def doubt(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        doubt: Doubt,
        names: Mapping[str, str],
        came: dict[str, int],
        asked: Asked,
    ) -> None:
        """Keep back what a rule could not tell of, where the platform wants it so; else it passes. It is counted."""
        version = _acting(tx, now, self.platform, doubt)
        if version is None or not _has(version, EffectKind.HOLD) or not _in_share(version, names):
            return
        came[UNSURE] = came.get(UNSURE, 0) + 1
        closed, report = holding.is_closed(tx, self.platform) and not _is_late(now, asked), None
        if closed:
            content = holding.content_of(
                self.platform, self.account, self.content, self.personal, asked, names
            )
            report = holding.keep_back_unsure(tx, now, ids, content, doubt, version, came)
        said = "is kept back" if report is not None else "passes"
        log.warning(
            "rule %s could not tell of event %d (%s): it %s", doubt.rule, doubt.event, doubt.why, said
        )

    def _kept_back(
        self,
        tx: Tx,
        now: datetime,
        ids: Ids,
        verdict: Verdict,
        version: RuleVersion,
        names: Mapping[str, str],
        came: dict[str, int],
        asked: Asked | None,
    ) -> tuple[str, str]:
        """Have content kept back that a platform asked about; return a word for what came of it, and the report."""
        if asked is None:
            return NOT_ASKED, ""
        if _is_late(now, asked):
            return TOO_LATE, ""
        content = holding.content_of(self.platform, self.account, self.content, self.personal, asked, names)
        hit = RuleHit(verdict.rule, verdict.version, version.clause, verdict.id, verdict.rules)
        most = within(version, holding.holds_per_hour(tx))
        word, report = holding.keep_back(tx, now, ids, content, hit, KeptBack(verdict.event), came, most)
        return word, report.id if report is not None else ""

    def _about(self, names: Mapping[str, str]) -> tuple[Subject | None, dict[str, str]]:
        """Return whom a report is about, and what else the event named: the account, else the content."""
        account, content = (names.get(path or "") or None for path in (self.account, self.content))
        if account is not None:
            return self._subject(SubjectKind.ACCOUNT, account), {"content": content} if content else {}
        return self._subject(SubjectKind.CONTENT, content) if content else None, {}

    def _subject(self, kind: SubjectKind, name: str) -> Subject | None:
        try:
            return Subject(self.platform, kind, name)
        except BadInput:  # no name that a platform could be asked about
            return None


def report_id(verdict: Verdict) -> str:
    """Return the id of the report that a verdict becomes: it follows from event, rule and version."""
    said = f"showcause/rule-report/v1\n{verdict.event} {verdict.rule} {verdict.version}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def not_carried_out(version: RuleVersion) -> tuple[str, ...]:
    """Return the effects of a version that nothing acts on, as they are written: all that would restrict somebody."""
    done = (EffectKind.OPEN_CASE, EffectKind.ORDER_REVIEW, EffectKind.HOLD)
    return tuple(f"not carried out: {each}" for each in version.effects if _kind(each) not in done)


def came_in_words(verdict: Verdict) -> list[str]:
    """Return in sentences what came of a verdict."""
    said = {
        FILED: f"A report was filed: {verdict.report}.",
        COUNTED: f"It counts onto the report of an open case: {verdict.report}.",
        HELD: f"Held: the rule had filed as many reports as {PER_HOUR} and its own caps allow.",
        NOBODY: "The event names neither account nor content, so nothing was reported.",
        OUTSIDE_SHARE: "The rule is a canary, and whom the event names is not in its share, so nothing was reported.",
        NOT_IN_FORCE: "The rule was no longer in force when this was judged, so nothing was reported.",
        KEPT_BACK: f"The content was kept back before publication, until a person looks: report {verdict.report}.",
        REVIEWED: "A person had found no breach in this content, so it passed.",
        BEYOND: f"It passed: the rule had kept back as much as {holding.HOLDS_PER_HOUR} and its own caps allow.",
        TOO_LATE: "The answer came too late to keep the content back, so it passed.",
        OBSERVED: "The platform is only observed, so nothing was kept back.",
        NOT_ASKED: "The platform did not ask before it published, so nothing was kept back.",
    }
    asked = []
    if verdict.budget is not None and verdict.used is not None:
        budget, used = verdict.budget // 1000, verdict.used // 1000
        asked = [f"The platform asked before it acted, and waited {budget} ms; {used} ms of them had passed."]
    return [*asked, *(said.get(each, f"{each[:1].upper()}{each[1:]}.") for each in verdict.came)]


def tally_in_words(came: Mapping[str, int]) -> str:
    """Return in one line what came of a rule's verdicts so far; empty while nothing did."""
    said = {
        FILED: "reported",
        COUNTED: "counted onto reports of open cases",
        HELD: f"held, beyond {PER_HOUR} or its caps",
        NOBODY: "about nobody whom the event names",
        OUTSIDE_SHARE: "outside its share",
        NOT_IN_FORCE: "no longer in force",
        NOT_CARRIED_OUT: "with effects that are not carried out",
        KEPT_BACK: "kept back",
        REVIEWED: "passed, since a person had found no breach",
        BEYOND: f"passed, beyond {holding.HOLDS_PER_HOUR} or its caps",
        TOO_LATE: "passed, since the answer came too late",
        OBSERVED: "only observed",
        NOT_ASKED: "not asked about before publication",
        UNSURE: "asked about and unsure",
    }
    return ", ".join(f"{came[each]} {words}" for each, words in said.items() if came.get(each))


def held_lately(came: Mapping[str, int], now: datetime) -> bool:
    """Tell whether hits of a rule were held within the last day."""
    return came.get(_HELD_IN, 0) > int(now.timestamp()) // 3_600 - 24


def per_hour(view: View) -> int:
    """Return how many reports one rule may file in an hour."""
    return int(setting(view, PER_HOUR) or DEFAULT_PER_HOUR)


def _noted(verdict: Verdict, came: dict[str, int], word: str, *said: str) -> Verdict:
    came[word] = came.get(word, 0) + 1
    return verdict._replace(came=(*verdict.came, *(said or (word,))))


def _acting(tx: Tx, now: datetime, platform: str, verdict: Verdict | Doubt) -> RuleVersion | None:
    """Return the version that a verdict was made by, if it still acts."""
    for each in tx.find(RuleVersion, platform=platform, kind=Piece.RULE, name=verdict.rule, state=ACTING):
        if each.digest == verdict.version and not is_over(each, now):
            return each
    return None


def _in_share(version: RuleVersion, names: Mapping[str, str]) -> bool:
    """Tell whether a version acts on whom an event names; a canary does where its share is drawn from that name."""
    entity = names.get(version.by)
    if version.state is RuleState.CANARY and entity is None:
        return False
    return acts_on(version, unicodedata.normalize("NFC", entity or ""))


def _is_late(now: datetime, asked: Asked) -> bool:
    return _micros(now) + holding.MARGIN > asked.until


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _of_case(tx: Tx, platform: str, rule: str, case: Case) -> Report | None:
    return tx.first(Report, platform=platform, external_key=_key(tx, platform, rule, case.id))


def _key(tx: Tx, platform: str, rule: str, case: str) -> str:
    """Return what keeps a rule from reporting twice into one case."""
    return tx.keys.keyed_hash(f"{platform}\nrule {rule}\n{case}")


def _has(version: RuleVersion, kind: EffectKind) -> bool:
    return any(_kind(each) is kind for each in version.effects)


def _reviews(effect: str) -> bool:
    return EFFECTS[_kind(effect)].after_reports


def _kind(effect: str) -> EffectKind:
    """Return the kind of an effect as a version writes it, `propose: limit for 3600 s`."""
    return EffectKind(effect.partition(":")[0].partition(" ")[0])
