"""What the person concerned gets and does in these tests: letters with links, the page, an appeal."""

import re
from typing import Any

from showcause.casework import founding, hearing
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Act, Decision, Finding, Outcome
from tests.web.stand import Stand

LINK = re.compile(r"/s/([A-Za-z0-9_-]{44})")


def open_address(stand: Stand) -> None:
    """Let letters carry links: the site gets its public address."""
    address = "http://localhost:8420" if stand.address.endswith(":8420") else stand.address
    stand.house.run(founding.change_setting, "address", address, "ada")


def letters(stand: Stand, account: str = "spam-sam") -> list[str]:
    """Return what an account was written on its platform, oldest first."""
    return stand.house.world.inbox(account)


def newest_link(stand: Stand, account: str = "spam-sam") -> str:
    """Return the path of the newest link in what an account was written."""
    return f"/s/{LINK.findall(chr(10).join(letters(stand, account)))[-1]}"


def suspended(stand: Stand, **how: Any) -> tuple[Decision, str]:
    """Suspend somebody; return the decision, and the path that their letter leads to."""
    open_address(stand)
    decision = stand.house.suspended(**how)
    return decision, newest_link(stand)


def read(answer: Any) -> str:
    """Return a page's text."""
    return str(answer.content.decode())


def only_appeal(stand: Stand) -> Appeal:
    """Return the one appeal."""
    found: list[Appeal] = stand.house.all(Appeal)
    [only] = found
    return only


def reverse(stand: Stand, by: str = "dan", reason: str = "She had been invited to post it.") -> None:
    """Hear the one appeal, reverse the decision, and give back what was taken."""
    appeal = only_appeal(stand)
    stand.house.run(hearing.claim, appeal.id, by)
    stand.house.run(hearing.reverse, appeal.id, by, reason)
    stand.house.work()
    stand.house.wait(seconds=1)


def amend(stand: Stand, decision: Decision, reason: str, by: str = "dan") -> None:
    """Hear the one appeal, and replace the decision by a week's suspension."""
    appeal, clause = only_appeal(stand), stand.house.clause("integrity.spam@1")
    preset, step = clause.presets[0], clause.rung("suspend-7d")
    assert step is not None
    finding = Finding(clause.ref, preset.elements, preset.id)
    act = Act(decision.subject, step.measure, step.duration, step.name)
    milder = Proposal(Outcome.RESTRICT, (finding,), (act,), stand.house.facts_for(clause.ref), ("one", "two"))
    stand.house.run(hearing.claim, appeal.id, by)
    stand.house.run(hearing.amend, appeal.id, by, reason, milder)
    stand.house.work()
    stand.house.wait(seconds=1)
