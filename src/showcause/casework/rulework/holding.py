"""Keeping content back before it is published: what it is in law, and how it ends.

A platform that asks before it publishes is told to keep a piece of content back until a person has looked at it. That
is validation before publication and nothing else: it concerns one piece of content, never an account; it opens a case
at once, so that it is never silent; its author has a link that says which rule it was and what happens next. What
comes again with the same words from the same account joins the case that is open.

So that a wrong rule cannot close a platform, each rule keeps back so many pieces of content an hour; what is beyond
that passes and is counted. A person who finds no breach lets that one content pass for a while: a logged override of
one result, which names nobody and is no exemption.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from showcause.casework import intake, telling
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.casework.reading import platform as connected
from showcause.casework.reading import reference, register, setting
from showcause.casework.rulework.bounds import Bound, within
from showcause.domain.case import Case
from showcause.domain.decision import Decision, Outcome
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import REPORT, ReportState
from showcause.domain.people import SYSTEM
from showcause.domain.report import IntakeKind, KeptBack, Report, RuleHit
from showcause.domain.rule import Caps, RuleVersion
from showcause.domain.sentences import stamp
from showcause.domain.site import LetterKind, Mode
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from showcause.store.tx import Tx
from showcause.store.verdicts import Asked, Doubt
from showcause.store.view import View
from showcause.transparency.leaf import Kind, Slot

log = logging.getLogger("showcause.rules")

HOLDS_PER_HOUR: Final = "rule-holds-hour"
"""The setting that bounds how many pieces of content one rule keeps back in an hour."""
DEFAULT_HOLDS: Final = 60
CLOSED: Final = "hold-when-unsure"
"""The setting that names the platforms which publish nothing of which no rule could tell."""
PASSES: Final = timedelta(days=7)
"""So long a content passes in which a person found no breach."""
MARGIN: Final = 10_000
"""Microseconds before the end of the wait in which nothing is kept back any more: the answer has a way to go."""
MOST_AGAIN: Final = 50
"""How often the same content is kept back anew, after the case before was decided, and how many asked meanwhile."""
MOST_TEXT: Final = 20_000

KEPT_BACK: Final = "kept-back"
REVIEWED: Final = "passed-reviewed"
BEYOND: Final = "passed-beyond"
TOO_LATE: Final = "too-late"
OBSERVED: Final = "observed"
NOT_ASKED: Final = "not-asked"
UNSURE: Final = "unsure"
HOLDS: Final = Bound("holds-")
_BEYOND_IN = "passed-beyond-in"


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of content that may be kept back: whose, which, what it says, and what it is told apart by."""

    author: Subject | None
    subject: Subject
    texts: Mapping[str, str]
    digest: str


def content_of(
    platform: str, account: str | None, content: str | None, personal: frozenset[str], asked: Asked,
    names: Mapping[str, str],
) -> Content:  # fmt: skip
    """Return the content that an event is about; `account` and `content` are the paths that name them.

    Two events have the same content where the account, all texts, and all that is said of the content itself (the
    fields of its group) are the same. Its own id, other numbers and whatever else is personal may differ, since they do
    when the author sends it again. Where nothing is said of a content but its id, the id tells it apart: else all that
    somebody sends would be one content.
    """
    event = json.loads(asked.body)
    values = dict(_values(event["data"]))
    open_ = {path: value for path, value in values.items() if path not in personal}
    group = f"{(content or '').rpartition('.')[0]}."
    of_it = {path: value for path, value in open_.items() if group != "." and path.startswith(group)}
    texts = {path: value for path, value in open_.items() if isinstance(value, str)}
    told_by = (account,) if of_it else (account, content)
    same = texts | of_it | {path: values[path] for path in values if path in told_by}
    if not of_it and content not in values:
        same["id"] = event["id"]
    digest = hashlib.sha256(json.dumps(sorted(same.items())).encode())
    named = names.get(content or "") or event["id"]
    shown = {path: text[:MOST_TEXT] for path, text in texts.items()}
    author = names.get(account or "")
    return Content(
        _subject(platform, SubjectKind.ACCOUNT, author) if author else None,
        _subject(platform, SubjectKind.CONTENT, named)
        or Subject(platform, SubjectKind.CONTENT, f"event {digest.hexdigest()[:32]}"),
        shown,
        digest.hexdigest(),
    )


def keep_back(
    tx: Tx,
    now: datetime,
    ids: Ids,
    content: Content,
    hit: RuleHit,
    kept: KeptBack,
    came: dict[str, int],
    most: Caps,
) -> tuple[str, Report | None]:
    """Keep a content back, within the bounds; return a word for what came of it, and the report that stands for it."""
    where = content.subject.platform
    if connected(tx, where).mode is Mode.OBSERVE:
        return OBSERVED, None
    again, known = _known(tx, content)
    if known is not None and known.kept is not None:
        if known.kept.passes_until is not None and now < known.kept.passes_until:
            return REVIEWED, known
        if known.state is ReportState.FILED and known.rule is not None:
            more = replace(known.rule, hits=known.rule.hits + 1)
            both = replace(known.kept, again=(*known.kept.again, kept.event)[-MOST_AGAIN:])
            return KEPT_BACK, tx.update(known, verb="count-hit", actor=SYSTEM, rule=more, kept=both)
    if HOLDS.is_full(came, now, most):
        came[_BEYOND_IN] = HOLDS.hour(came)
        log.warning("rule %s keeps back no more in this hour: event %d passes", hit.rule, kept.event)
        return BEYOND, None
    record = register(tx, content.subject, content.author)
    case = tx.first(Case, subject=record.id, state=intake.OPEN) or intake.open_case(
        tx, now, ids, record.id, where
    )
    sealed = tx.seal(record.owner, "evidence", dict(content.texts)) if content.texts else None
    made = Report(
        id=ids(),
        state=REPORT.start,
        subject=record.id,
        platform=where,
        intake=IntakeKind.RULE,
        external_key=_key(tx, content, again),
        number=reference(ids),
        received_at=now,
        evidence=sealed,
        rule=hit,
        kept=kept,
    )
    tx.insert(made, verb="keep-back", actor=SYSTEM)
    HOLDS.count(came)
    return KEPT_BACK, intake.file(tx, now, ids, made, urgent=case.urgent)


def keep_back_unsure(
    tx: Tx,
    now: datetime,
    ids: Ids,
    content: Content,
    doubt: Doubt,
    version: RuleVersion,
    came: dict[str, int],
) -> Report | None:
    """Keep back what a rule could not tell of, on a platform that wants it so; return its report, None if it passes."""
    hit = RuleHit(doubt.rule, doubt.version, version.clause, "", doubt.rules)
    most = within(version, holds_per_hour(tx))
    word, report = keep_back(tx, now, ids, content, hit, KeptBack(doubt.event, doubt.why), came, most)
    came[word] = came.get(word, 0) + 1
    return report if word == KEPT_BACK else None


def kept_of(view: View, content: Content) -> Report | None:
    """Return the newest report for which a content was kept back."""
    return _known(view, content)[1]


def is_closed(view: View, platform: str) -> bool:
    """Tell whether a platform publishes nothing of which no rule could tell."""
    return platform in [each.strip() for each in (setting(view, CLOSED) or "").split(",")]


def holds_per_hour(view: View) -> int:
    """Return how many pieces of content one rule may keep back in an hour."""
    return int(setting(view, HOLDS_PER_HOUR) or DEFAULT_HOLDS)


def beyond_lately(came: Mapping[str, int], now: datetime) -> bool:
    """Tell whether content passed within the last day that a rule would have kept back, but for the hour's bound."""
    return came.get(_BEYOND_IN, 0) > int(now.timestamp()) // 3_600 - 24


def settle(tx: Tx, now: datetime, ids: Ids, decided: Decision, replaced: Sequence[Decision]) -> None:
    """Let pass what a person found no breach in, from the moment on at which their decision takes force; or no more."""
    if decided.outcome is Outcome.LIFT:
        cases = {each.case for each in replaced if each.case is not None}
    else:
        cases = {decided.case} if decided.case is not None else set()
    for case in sorted(cases):
        for report in tx.find(Report, case=case, intake=IntakeKind.RULE):
            if report.kept is None:
                continue
            if decided.outcome is not Outcome.RESTRICT:
                _let_pass(tx, now, ids, decided, report, report.kept)
            elif report.kept.passes_until is not None:
                tx.update(
                    report, verb="pass-no-more", actor=SYSTEM, kept=replace(report.kept, passes_until=None)
                )


def _let_pass(tx: Tx, now: datetime, ids: Ids, decided: Decision, report: Report, kept: KeptBack) -> None:
    until = now + PASSES
    tx.update(report, verb="let-pass", actor=SYSTEM, kept=replace(kept, passes_until=until))
    record = tx.get(SubjectRecord, report.subject)
    facts: dict[str, Any] = {
        "minute": ledger.minute(now), "event": "content-kept-back-passes", "reference": report.number,
    }  # fmt: skip
    ledger.draft(
        tx,
        ledger.Draft(
            Kind.OVERRIDE,
            ids(),
            decided.id,
            person=record.owner,
            actor=ledger.house(tx),
            values={Slot.FACTS: facts},
        ),
    )
    if record.author is not None and connected(tx, report.platform).mode is Mode.ENFORCE:
        telling.letter(
            tx,
            now,
            ids,
            LetterKind.KEPT_BACK,
            account=record.author,
            about=report.id,
            language=decided.language,
            sentences=[
                ("kept.no-breach", {"when": stamp(report.received_at), "reference": report.number}),
                ("kept.send-again", {"until": stamp(until)}),
            ],
            reference=report.number,
        )


def _known(view: View, content: Content) -> tuple[int, Report | None]:
    """Return how often a content was kept back before, and the newest report of it."""
    newest = None
    for again in range(MOST_AGAIN):
        found = view.first(Report, external_key=_key(view, content, again))
        if found is None:
            return again, newest
        newest = found
    return MOST_AGAIN, newest


def _key(view: View, content: Content, again: int) -> str:
    return view.keyed_hash(f"{content.subject.platform}\nkept back {again}\n{content.digest}")


def _values(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _values(value, f"{key}.")
        else:
            yield f"{above}{key}", value


def _subject(platform: str, kind: SubjectKind, name: str) -> Subject | None:
    try:
        return Subject(platform, kind, name)
    except BadInput:  # no name that a platform could be asked about
        return None
