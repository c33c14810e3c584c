"""A house whose events are judged by rules that act, and rule sets and events that chance makes."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from showcause.casework import event_schemas
from showcause.casework.rulework import parts
from showcause.casework.rulework.replaying import Replayed, replay
from showcause.compose.judging import Judging
from showcause.rules.declared import Declaration
from showcause.store.verdicts import Verdict, verdicts
from tests.casework.rule_life import Life, folder
from tests.house import PLATFORM, House
from tests.rules.folders import RULE

COUNTERS = {
    "counters/domains_1h.yaml": "name: domains_1h\nkind: distinct\nkey: actor.id\nwindow: 1 h\nvalue: content.domain\n"
    "where: kind != 'report'\n",
    "counters/links_1min.yaml": "name: links_1min\nkind: sum\nkey: actor.id\nwindow: 1 min\nvalue: content.links\n"
    "where: kind != 'report'\n",
    "counters/scores_10m.yaml": "name: scores_10m\nkind: sum-of-fractions\nkey: content.domain\nwindow: 10 min\n"
    "value: actor.score\nwhere: kind == 'post'\nmost: 5\n",
}


@dataclass
class JudgedSite:
    """A house at which rules judge: they go live, events come, verdicts are recorded."""

    house: House
    judging: Judging = field(init=False)
    taken: int = 0

    def __post_init__(self) -> None:
        self.life, self.judging = Life(self.house), Judging(self.house.runner)
        platform = parts.read(folder()).loaded.platform
        self.declared = Declaration(platform.schema, platform.account, platform.content)
        self.house.run(event_schemas.declare, PLATFORM, self.declared, "ada")
        assert self.judging.intake.log.head().sequence == 0  # there is a log of events from now on

    def act(self, sections: Mapping[str, str], *names: str) -> None:
        """Let rules of a folder act from now on."""
        for name in names:
            self.life.through(self.life.propose(sections, name).id)
        self.judging.round()

    def happen(self, events: Sequence[Mapping[str, Any]], pause: float = 1.0) -> None:
        """Let events happen, with a pause in seconds after every ten, and judge them."""
        for start in range(0, len(events), 10):
            some = events[start : start + 10]
            lines = [json.dumps({"id": f"e{self.taken + n}", "data": each}) for n, each in enumerate(some)]
            sent = [each.encode() for each in lines]
            assert all(
                each.taken for each in self.judging.intake.take(PLATFORM, self.declared, sent, self.house.now)
            )
            self.taken += len(some)
            self.house.wait(seconds=pause)
        self.judging.round(turns=1_000)

    def verdicts(self) -> list[Verdict]:
        with self.house.store.read() as view:
            return verdicts(view, most=1_000_000)

    def replayed(self, *some: Verdict, **how: int) -> list[Replayed]:
        with self.house.store.read() as view:
            return list(replay(view, self.judging.intake.log, some or self.verdicts(), **how))


def post(who: str = "mallory", **content: Any) -> dict[str, Any]:
    """Return one post."""
    return {"kind": "post", "actor": {"id": who}, "content": {"links": 1, **content}}


def random_events(chance: random.Random, count: int) -> list[dict[str, Any]]:
    """Return events of few accounts, much of which is missing."""
    pick = chance.choice
    return [
        {
            "kind": pick(["post", "post", "like", "report"]),
            "actor": {
                "id": f"u{chance.randrange(12)}", "age_s": pick([None, 5, 90_000]),
                "verified": pick([True, False, None]),
                "score": pick([None, 0.1, 0.25, 1e300, -3.5, chance.random()]),
            },
            "content": {
                "links": pick([None, 0, 1, 2, 9_007_199_254_740_991]), "text": pick([None, "", "buy now", "pré ẞ 🙂"]),
                "domain": pick([None, "bad.example", "worse.example", "good.example"]),
            },
        }
        for _ in range(count)
    ]  # fmt: skip


ATOMS: Sequence[tuple[str, dict[str, Any], dict[str, Any]]] = (
    ("posts_10m >= 3", {"counters.posts_10m": 3}, {"counters.posts_10m": 0}),
    ("domains_1h > 1", {"counters.domains_1h": 2}, {"counters.domains_1h": 0}),
    ("links_1min / 2 >= 1.5", {"counters.links_1min": 3}, {"counters.links_1min": 0}),
    ("scores_10m + 1 > 1.25", {"counters.scores_10m": 0.5}, {"counters.scores_10m": -1.0}),
    ("actor.age_s < new_account", {"actor.age_s": 1}, {"actor.age_s": 90_000}),
    ("actor.verified", {"actor.verified": True}, {"actor.verified": False}),
    ("content.domain in blocked", {"content.domain": "bad.example"}, {"content.domain": "x.example"}),
    ("matches(content.text, '(?i)BUY|ẞ')", {"content.text": "buy"}, {"content.text": "no"}),
    ("content.links * 2 > 1", {"content.links": 1}, {"content.links": 0}),
)  # fmt: skip


def random_rule(chance: random.Random, name: str) -> str:
    """Return a rule file with a condition that chance made, and cases that hold."""
    atoms = chance.sample(ATOMS, chance.randint(1, 5))
    text, hit, miss = _joined(chance, list(atoms))
    cases = "".join(_case(kind, values) for kind, values in (("hit", hit), ("miss", miss)))
    head = RULE[: RULE.index("expect:")].replace("night_links", name).replace("Links at night", name)
    return (
        head.replace("kind == 'post' and content.links > 0", f"kind != 'report' and {text}")
        + f"expect:\n{cases}"
    )


def _joined(
    chance: random.Random, atoms: list[tuple[str, dict[str, Any], dict[str, Any]]]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return some atoms joined at random, in brackets, with what makes the whole true and what makes it false."""
    if len(atoms) == 1:
        text, yes, no = atoms[0]
    else:
        at = chance.randrange(1, len(atoms))
        (one, yes1, no1), (other, yes2, no2) = _joined(chance, atoms[:at]), _joined(chance, atoms[at:])
        text, yes, no = f"({one} {chance.choice(['and', 'or'])} {other})", yes1 | yes2, no1 | no2
    return (f"(not {text})", no, yes) if chance.random() < 0.3 else (text, yes, no)


def _case(kind: str, values: Mapping[str, Any]) -> str:
    event: dict[str, Any] = {"kind": "post"}
    for path, value in values.items():
        group, _, key = path.partition(".")
        event.setdefault(group, {})[key] = value
    counters = event.pop("counters", {})
    said = f"  - {kind}: {kind} by chance\n    event: {json.dumps(event, ensure_ascii=False)}\n"
    return said + (f"    counters: {json.dumps(counters)}\n" if counters else "")
