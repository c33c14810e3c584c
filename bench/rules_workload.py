"""The workload of `bench rules`: a fictional platform's schema, twenty rules as moderators write them, and its events.

Events are drawn from a seed by Python's own generator, so that every machine measures the same ones: mostly posts and
messages, account ages and followers with long tails, a few links, one text in fifty an advertisement. About one event
in eight meets a rule, as on a platform whose rules are any good. `missing` leaves values out at random.
"""

import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from showcause.rules.checking import check
from showcause.rules.counters import Counter, Kind, Registry
from showcause.rules.names import Marked, Scope
from showcause.rules.rule_set import RuleSet
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.tree import Rule

Given: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""An event as it is admitted, and what its counters say."""

SCHEMA = Schema(
    tuple(
        Field(path, type_)
        for type_, paths in {
            Type.TEXT: "kind actor.country actor.email_domain content.text content.domain net.agent",
            Type.BOOL: "actor.verified net.tor",
            Type.INT: "actor.id actor.age_s actor.followers actor.strikes content.links content.mentions"
            " content.length content.media net.asn",
            Type.FLOAT: "actor.score model.spam model.toxic model.nudity",
        }.items()
        for path in paths.split()
    )
)
HOUR = 3_600_000_000
COUNTERS = Registry(
    Counter("posts_10m", Kind.COUNT, "actor.id", HOUR // 6),
    Counter("links_1h", Kind.COUNT, "actor.id", HOUR),
    Counter("targets_1h", Kind.COUNT, "actor.id", HOUR),
    Counter("actors_ip_1h", Kind.COUNT, "net.asn", HOUR),
    Counter("reports_24h", Kind.COUNT, "actor.id", 24 * HOUR),
)
BLOCKED = [f"bad{number}.example" for number in range(20)]
TEXTS: Mapping[str, str] = {
    "young_with_link": "kind == 'post' and actor.age_s < 86400 and content.links >= 1",
    "many_mentions": "content.mentions > 9",
    "joined_by_tor": "kind == 'join' and net.tor",
    "spam": "model.spam > 0.6",
    "toxic_again": "model.toxic > 0.5 and actor.strikes >= 2",
    "blocked_domain": f"content.domain in {BLOCKED!r}",
    "advertises": "matches(content.text, '(?i)(free|cheap) (crypto|followers)')",
    "buy_now": "contains(content.text, 'buy now') and content.links > 0",
    "floods": "posts_10m > 20 and not actor.verified",
    "links_early": "links_1h >= 6 and actor.age_s < 604800",
    "writes_to_many": "kind == 'message' and targets_1h > 15",
    "crowded_network": "actors_ip_1h > 5 and actor.age_s < 360000",
    "reported_low_score": "reports_24h >= 3 and actor.score < 0.5",
    "known_network": "actor.country in ['AA', 'BB', 'CC'] and net.asn in [13, 77, 404, 1001, 2022]",
    "bare_link": "starts_with(content.text, 'http') and content.length < 60",
    "long_spam": "content.length > 100 and model.spam > 0.4",
    "nudity": "content.media > 0 and model.nudity > 0.4",
    "throwaway_mail": "kind == 'join' and ends_with(actor.email_domain, '.tmp.example')",
    "suspicious": "(young_with_link or links_early) and model.spam > 0.2 and not actor.verified",
    "weighed": "0.4 * model.spam + 0.3 * model.toxic + 0.3 * model.nudity > 0.35 and actor.followers < 50",
}
WORDS = (
    "the", "a", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "hello", "world", "news", "article", "vote",
    "city", "council", "budget", "school",
)  # fmt: skip
DOMAINS = ["example.org", "news.example", "blog.example", "shop.example", "video.example", "wiki.example"]
COUNTRIES = ["FR", "DE", "US", "ES", "IT", "PL", "AA", "BB", "CC", "NL"]
MAILS = ["mail.example", "post.example", "firm.example", "a.tmp.example", "b.tmp.example", "home.example"]
MODELS = (("spam", 8), ("toxic", 6), ("nudity", 10))
COUNTED = (
    ("posts_10m", 0.7),
    ("links_1h", 0.6),
    ("targets_1h", 0.7),
    ("actors_ip_1h", 0.6),
    ("reports_24h", 0.25),
)
KINDS, SHARES = ["post", "message", "join", "report", "login", "edit"], [45, 20, 5, 5, 15, 10]


@cache
def rule_set(copies: int = 1, below: float = 1.0) -> RuleSet:
    """Return the twenty rules, or so many times twenty, each copy with other numbers and texts.

    With `below`, each of them also asks for a score below it, which that share of events has.
    """
    rules: list[Rule] = []
    marked = {each.name: Marked(Type.INT, each.name == "reports_24h") for each in COUNTERS}
    known: dict[str, bool] = {}
    for copy in range(copies):
        for name, text in TEXTS.items():
            rule = name if copy == 0 else f"{name}_{copy}"
            varied = _varied(text, copy) if below == 1.0 else f"({text}) and actor.score < {below:.6f}"
            condition, wrong = check(varied, Scope(SCHEMA, counters=marked, rules=known))
            if condition is None:
                raise AssertionError(f"{name}: {wrong}")
            known[rule] = name == "reported_low_score"
            rules.append(Rule(rule, condition))
    return RuleSet(tuple(rules), counters=COUNTERS)


def _varied(text: str, copy: int) -> str:
    """Return a rule that fires about as often, and shares neither numbers nor texts with the one it is varied from."""
    if copy == 0:
        return text
    for old, new in (
        ("86400", str(86400 + copy)),
        ("604800", str(604800 + copy)),
        ("360000", str(360000 + copy)),
        ("> 5", f"> {5 + copy % 7}"),
        ("bad", f"bad{copy}-"),
        ("crypto", f"crypto{copy}"),
        ("buy now", f"buy {copy} now"),
        ("< 60", f"< {60 + copy % 9}"),
        ("13, 77", f"{13 + copy}, {77 + copy}"),
        ("young_with_link", f"young_with_link_{copy}"),
        ("links_early", f"links_early_{copy}"),
    ):
        text = text.replace(old, new)
    return text


def events(count: int, seed: int = 7, missing: float = 0.0) -> list[Given]:
    """Return so many events, the same for the same seed."""
    return list(_events(random.Random(seed), count, missing))


def _events(draw: random.Random, count: int, missing: float) -> Iterator[Given]:
    texts = [_text(draw, number) for number in range(2000)]
    for _ in range(count):
        text = draw.choice(texts)
        given: Given = (
            {
                "kind": draw.choices(KINDS, SHARES)[0],
                "actor": _actor(draw),
                "content": {
                    "text": text,
                    "length": len(text),
                    "links": _few(draw, 0.26),
                    "mentions": _few(draw, 0.5),
                    "media": _few(draw, 0.17),
                    "domain": draw.choice(BLOCKED if draw.random() < 0.02 else DOMAINS),
                },
                "net": {"asn": draw.randrange(1, 3000), "tor": draw.random() < 0.02, "agent": "browser"},
                "model": {
                    name: draw.betavariate(1, tail)
                    for name, tail in (("spam", 8), ("toxic", 6), ("nudity", 10))
                },
            },
            {name: _few(draw, more) * (5 if draw.random() < 0.01 else 1) for name, more in COUNTED},
        )
        yield _without(draw, given, missing) if missing else given


def _actor(draw: random.Random) -> dict[str, Any]:
    return {
        "id": int(draw.paretovariate(0.5)) % 200_000,
        "age_s": int(draw.expovariate(1 / (60 * 86400))),
        "followers": int(draw.expovariate(1 / 200)),
        "strikes": _few(draw, 0.23),
        "verified": draw.random() < 0.1,
        "country": draw.choice(COUNTRIES),
        "email_domain": draw.choice(MAILS),
        "score": draw.random(),
    }


def _few(draw: random.Random, more: float) -> int:
    """Draw a small number: each further one with this probability."""
    number = 0
    while draw.random() < more:
        number += 1
    return number


def _text(draw: random.Random, number: int) -> str:
    text = " ".join(draw.choices(WORDS, k=draw.randrange(6, 24)))
    if number % 50 == 1:
        text += " get Free crypto here"
    if number % 40 == 0:
        text = "buy now " + text
    return "http://x.example " + text[:30] if number % 25 == 0 else text


def _without(draw: random.Random, given: Given, missing: float) -> Given:
    event, counters = given
    for holder in (event, *(each for each in event.values() if isinstance(each, dict)), counters):
        for key, value in holder.items():
            if not isinstance(value, dict) and draw.random() < missing:
                holder[key] = None
    return given
