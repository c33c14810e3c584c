"""A small rule set over a fictional platform, and events that make its rules fire now and then."""

import random
from collections.abc import Iterator

from showcause.rules.checking import check
from showcause.rules.counters import SECOND, Counter, Kind, Registry
from showcause.rules.declared import Declaration
from showcause.rules.names import Marked, Scope
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.tree import Condition, Rule
from showcause.stream.judging import Judges, judges
from tests.stream.lines import line

SCHEMA = Schema(
    (
        Field("kind", Type.TEXT, nullable=False),
        Field("actor.id", Type.TEXT, sensitive=True),
        Field("actor.age_s", Type.INT),
        Field("content.domain", Type.TEXT),
        Field("content.score", Type.FLOAT),
    )
)
DECLARED = Declaration(SCHEMA, account="actor.id")
MINUTE = 60 * SECOND
POSTS = Counter("posts", Kind.COUNT, "actor.id", MINUTE, where="posts alone")
DOMAINS = Counter("domains", Kind.DISTINCT, "actor.id", MINUTE, "content.domain")
SCORES = Counter("scores", Kind.SUM_OF_FRACTIONS, "actor.id", MINUTE, "content.score")
RULES = {
    "flood": "posts > 4 and actor.age_s < 1000",
    "wide": "domains >= 4 or scores > 3.5",
    "both": "flood and wide",
}


def condition(text: str, *known: str) -> Condition:
    """Return what a text means, with the counters and with rules of these names."""
    types = {"posts": Type.INT, "domains": Type.INT, "scores": Type.FLOAT}
    counters = {name: Marked(type_) for name, type_ in types.items()}
    found, faults = check(text, Scope(SCHEMA, counters=counters, rules=dict.fromkeys(known, False)))
    assert found is not None, faults
    return found


def judged_by(*counters: Counter, **changed: str) -> Judges:
    """Return the rule set, compiled, with other texts for some rules."""
    texts, made = RULES | changed, list[Rule]()
    for name, text in texts.items():
        made.append(Rule(name, condition(text, *(each.id for each in made))))
    rule_set = RuleSet(tuple(made), counters=Registry(*(counters or (POSTS, DOMAINS, SCORES))))
    return judges(SCHEMA, rule_set, {"posts": condition("kind == 'post'")})


def lines(count: int, seed: int = 7, accounts: int = 20) -> Iterator[bytes]:
    """Yield events: few accounts, so that windows fill; some without the fields that rules read."""
    chance = random.Random(seed)
    for number in range(count):
        actor = {"id": f"user {chance.randrange(accounts)}", "age_s": chance.choice([None, 10, 10, 5000])}
        domain = chance.choice([None, *(f"d{n}.example" for n in range(6))])
        content = {"domain": domain, "score": chance.choice([None, chance.random()])}
        yield line(f"{seed} {number}", kind=chance.choice(["post", "dm"]), actor=actor, content=content)
