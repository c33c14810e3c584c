"""What the rules are called that a mark names: every version of a clause is read from the store once.

A citation names one version, and a version never changes its words.
"""

from collections.abc import Iterable
from typing import Final

from showcause.domain.policy import Texts, say
from showcause.domain.site import PolicyVersion
from showcause.web.house import house

MOST: Final = 2_000
_known: dict[str, Texts] = {}


def titles(citations: Iterable[str], language: str) -> dict[str, str]:
    """Return the titles of clauses by their citation, `comments.insult@1`; the citation itself where none is known."""
    wanted = {each for each in citations if each}
    if wanted - _known.keys():
        _learn(wanted - _known.keys())
    return {each: say(_known[each], language) if each in _known else each for each in wanted}


def _learn(citations: set[str]) -> None:
    if len(_known) > MOST:
        _known.clear()
    names = tuple({each.partition("@")[0] for each in citations})
    here = house()
    with here.store.read(here.now()) as view:
        for held in view.find(PolicyVersion, clause_id=names):
            _known[held.clause.ref] = held.clause.titles
