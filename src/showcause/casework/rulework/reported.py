"""What a rule's report says, for who looks at its case: in the words of the rule as it was, and where to see why."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from showcause.casework import rule_files
from showcause.casework.rulework.in_force import Setup, key_of, texts_of
from showcause.domain.errors import Forgotten, NotFound
from showcause.domain.report import IntakeKind, Report
from showcause.domain.rule import RuleVersion
from showcause.rules.folder import Loaded
from showcause.rules.sentences import sentence
from showcause.store.verdicts import kept_set
from showcause.store.view import View

MOST: Final = 20
"""How many rules' reports a case shows."""


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One report of a rule. `title` and `says` are in the reader's language, empty where the files cannot be read.

    `kept_back` says that what it is about is not published yet, and waits for whoever looks at the case.
    """

    report: str
    rule: str
    version: str
    clause: str
    verdict: str
    hits: int
    received_at: datetime
    title: str
    says: str
    kept_back: bool = False

    @property
    def why(self) -> str:
        """Return the command that shows why the rule fired; empty where it did not, and could not tell."""
        return f"showcause explain {self.verdict}" if self.verdict else ""


def of_case(view: View, case_id: str, language: str) -> list[RuleSaid]:
    """Return what rules reported in a case, oldest first; it names nobody."""
    found = view.find(Report, case=case_id, intake=IntakeKind.RULE, limit=MOST)
    return [made for each in found if (made := said(view, each, language)) is not None]


def said(view: View, report: Report, language: str) -> RuleSaid | None:
    """Return what a rule's report says, None for anybody else's."""
    hit = report.rule
    if hit is None:
        return None
    loaded = _loaded(view, hit.rules, report.platform)
    rule = loaded.by_id.get(hit.rule) if loaded is not None else None
    return RuleSaid(
        report.id,
        hit.rule,
        hit.version,
        hit.clause,
        hit.verdict,
        hit.hits,
        report.received_at,
        rule.metadata.title.get(language, "") if rule is not None else "",
        sentence(loaded, hit.rule, language) if loaded is not None and rule is not None else "",
        report.kept is not None,
    )


def _loaded(view: View, digest: str, platform: str) -> Loaded | None:
    kept = kept_set(view, digest, platform)
    if kept is None:
        return None
    try:
        versions = {each.id: each for each in (view.get(RuleVersion, id_) for id_ in kept.versions)}
        texts = texts_of(view, Setup({key_of(each): each for each in versions.values()}, ()))
    except (NotFound, Forgotten):
        return None
    return _read(tuple(sorted(texts.items())))


@lru_cache(maxsize=8)
def _read(texts: tuple[tuple[str, str], ...]) -> Loaded | None:
    """Read files once: reading a large rule set takes longer than drawing a page."""
    return rule_files.read_texts(dict(texts), cases=False)[0]
