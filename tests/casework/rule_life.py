"""Rules on their way, for tests: a folder of files on the tests' platform, and forecasts of what they would do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from showcause.casework import policies
from showcause.casework.rulework import approving, granting, in_force, parts, proposing, trying
from showcause.casework.rulework.trying import Forecast
from showcause.domain.policy import Power
from showcause.domain.rule import RuleVersion, Seen
from tests.house import PLATFORM, House
from tests.rules.folders import changed

ENOUGH = Seen(500, 1)


def folder(sections: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the files of a small rule set, of which a test changes one thing."""
    texts = changed(sections or {})
    return texts | {"schema.yaml": texts["schema.yaml"].replace("platform: commons", f"platform: {PLATFORM}")}


@dataclass
class Life:
    """The steps of one house, said briefly. Bea proposes, Cleo approves."""

    house: House

    def propose(
        self, sections: Mapping[str, str] | None = None, name: str = "night_links", by: str = "bea"
    ) -> RuleVersion:
        return self.house.run(proposing.propose, parts.read(folder(sections)), name, by)

    def forecast(self, version: str, **numbers: Any) -> Forecast:
        """Return what an evaluation of a version over the last week found: 2 hits in 1000 events."""
        with self.house.store.read() as view:
            whole = in_force.compared(view, view.get(RuleVersion, version)).after.whole
        now = self.house.now
        made = Forecast(
            whole, now - timedelta(days=7), now, 1, 1_000, events=1_000, hits=2, degraded=3, accounts=2, new=2,
            lost=0, unchanged=0, accounts_new=2, accounts_lost=0, sample=("event-1", "event-2"), hit_accounts=("~ab",),
        )  # fmt: skip
        return replace(made, **numbers)

    def backtest(self, version: str, by: str = "bea", **numbers: Any) -> RuleVersion:
        self.house.run(trying.record_backtest, version, self.forecast(version, **numbers), by)
        return self.get(version)

    def shadow(self, version: str, by: str = "bea") -> RuleVersion:
        return self.house.run(trying.shadow, version, by, after=1_000)

    def approve(self, version: str, by: str = "cleo") -> RuleVersion:
        return self.house.run(approving.approve, version, by)

    def canary(self, version: str, by: str = "bea", share: str = "10 %", seen: Seen = ENOUGH) -> RuleVersion:
        return self.house.run(trying.canary, version, by, share=share, seen=seen, after=2_000)

    def live(self, version: str, by: str = "bea", seen: Seen = ENOUGH) -> RuleVersion:
        return self.house.run(approving.go_live, version, by, seen=seen)

    def through(self, version: str, second: str | None = None) -> RuleVersion:
        """Take a draft through every step."""
        self.backtest(version)
        self.shadow(version)
        if second:
            self.approve(version, second)
        self.canary(version)
        return self.live(version)

    def get(self, version: str) -> RuleVersion:
        with self.house.store.read() as view:
            return view.get(RuleVersion, version)

    def let_propose(self, clause: str = "integrity.spam") -> None:
        """Have a version of a clause approved under which automation may propose; it gets the number 2."""
        changed_clause = replace(self.house.clause(f"{clause}@1"), version=2, automation=Power.PROPOSE)
        proposed = self.house.run(policies.propose, changed_clause, "bea")
        self.house.run(policies.approve, proposed.id, "cleo")

    def grant(self, what: str, clause: str = "integrity.spam") -> None:
        """Have two people grant a power."""
        self.house.run(granting.grant, clause, what, "bea")
        self.house.run(granting.grant, clause, what, "cleo")
