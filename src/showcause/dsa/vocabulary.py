"""The codes of the EU's Transparency Database, as shipped in `facts/vocabulary.json`.

Source: the database's published schema since 1 July 2025 (aligned with Implementing Regulation (EU)
2024/2835); commit and licence stand in the file. Codes are looked up here, never typed from memory.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from showcause.domain.policy_checks import Fault

OTHER = "KEYWORD_OTHER"
MAX_OTHER = 500
"""Longest text beside `KEYWORD_OTHER`, in code points."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every table as code -> English label, and which keywords each category may carry."""

    source: str
    commit: str
    commit_date: str
    licence: str
    categories: Mapping[str, str]
    keywords: Mapping[str, str]
    decision_visibility: Mapping[str, str]
    decision_monetary: Mapping[str, str]
    decision_provision: Mapping[str, str]
    decision_account: Mapping[str, str]
    decision_ground: Mapping[str, str]
    content_types: Mapping[str, str]
    source_types: Mapping[str, str]
    automated_decision: Mapping[str, str]
    languages: Mapping[str, str]
    territories: tuple[str, ...]
    keywords_of_category: Mapping[str, tuple[str, ...]]
    keywords_of_every_category: tuple[str, ...]
    keywords_withdrawn: tuple[str, ...]

    def keywords_for(self, category: str) -> tuple[str, ...]:
        """Return the keywords that a category may carry; `KEYWORD_OTHER` goes with each."""
        return (*self.keywords_of_category.get(category, ()), *self.keywords_of_every_category)


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of the package."""
    facts = json.loads(files("showcause.dsa.facts").joinpath("vocabulary.json").read_text(encoding="utf-8"))
    of_category = {code: tuple(words) for code, words in facts.pop("keywords_of_category").items()}
    lists = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    return Vocabulary(**(facts | lists), keywords_of_category=of_category)


def faults_of_codes(category: str, keywords: tuple[str, ...], keyword_other: str | None) -> tuple[Fault, ...]:
    """Return what is wrong with a clause's category and keywords; empty when the database would take them.

    A clause needs one category and at least one of its keywords, so that nothing ends in "other" by neglect.
    """
    return (*_category(category), *_keywords(category, keywords), *_other(keywords, keyword_other))


def _category(category: str) -> Iterator[Fault]:
    if category not in vocabulary().categories:
        known = ", ".join(sorted(vocabulary().categories))
        yield Fault(
            ("category",), f"{category!r} is no category of the EU's vocabulary", f"Categories: {known}."
        )


def _keywords(category: str, keywords: tuple[str, ...]) -> Iterator[Fault]:
    if category not in vocabulary().categories:
        return
    fitting = vocabulary().keywords_for(category)
    hint = f"Keywords of {category}: {', '.join(fitting)}."
    if not keywords:
        yield Fault(("keywords",), "the clause has no keyword", hint)
    for index, keyword in enumerate(keywords):
        if keyword not in vocabulary().keywords:
            yield Fault(("keywords", index), f"{keyword!r} is no keyword of the EU's vocabulary", hint)
        elif keyword not in fitting:
            yield Fault(("keywords", index), f"{keyword} is not a keyword of {category}", hint)


def _other(keywords: tuple[str, ...], text: str | None) -> Iterator[Fault]:
    if OTHER in keywords and not text:
        yield Fault(
            ("keywords",), f"{OTHER} says nothing by itself", "Write `keyword_other`, in a few words."
        )
    if text and OTHER not in keywords:
        yield Fault(
            ("keyword_other",), f"the text would be dropped without {OTHER}", f"Add {OTHER} to `keywords`."
        )
    if text and len(text) > MAX_OTHER:
        yield Fault(("keyword_other",), f"{len(text)} characters; at most {MAX_OTHER}", "Shorten it.")
