"""A house whose public record has something of everything, for tests of the outsider's window."""

from dataclasses import replace
from datetime import timedelta

from showcause.casework import hearing, lodging, orphans, policies
from showcause.casework.log import watching
from showcause.casework.tallies import tally
from showcause.domain.decision import Decision
from showcause.domain.policy import Clause, said
from showcause.domain.witness import Role as WitnessRole
from showcause.domain.witness import Witness
from showcause.transparency import note
from showcause.web.configuration import serve_house
from tests.house import PLATFORM
from tests.transparency.logs import WITNESS_KEY
from tests.web.stand import Stand

NAME = "very-named-person"
ADDRESSES = (
    "/", "/rules/", "/rules/integrity.spam", "/rules.json", "/feed.atom", "/numbers/", "/numbers.json",
    "/numbers.csv", "/log/", "/log/checkpoint", "/log/health", "/find", "/limits/", "/robots.txt",
)  # fmt: skip


def lived_in(stand: Stand) -> Decision:
    """Let some days pass with decisions, appeals, a changed rule and a search; all is public at the end.

    Returns: a decision that was reversed.
    """
    house = stand.house
    reversed_one = house.suspended(NAME)
    appeal = house.run(lodging.lodge, reversed_one.reference, "it was my sister")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.reverse, appeal.id, "dan", "the account had been taken over")
    count_the_day(stand)
    for number in range(3):
        house.suspended(f"flooder-{number}")
    change_the_rule(stand)
    count_the_day(stand)
    house.run(orphans.scan, PLATFORM, [])
    house.now += timedelta(days=1)
    house.report(house.account("quiet-one"), reason="look")
    count_the_day(stand)
    stand.publish()
    return reversed_one


def reversed_in(lived: Stand) -> Decision:
    """Return the decision that was reversed."""
    return next(each for each in lived.house.all(Decision) if each.state == "superseded")


def count_the_day(stand: Stand) -> None:
    """Let the day end and count it."""
    stand.house.wait(hours=1)
    stand.house.now = stand.house.now.replace(hour=0, minute=1) + timedelta(days=1)
    stand.house.run(tally)


def change_the_rule(stand: Stand) -> None:
    """Put a second version of the rule about spam in force, with other words."""
    proposed = stand.house.run(policies.propose, other_words(stand), "bea")
    stand.house.run(policies.approve, proposed.id, "cleo")


def name_the_paper(stand: Stand) -> None:
    """Let the operator name a witness that a newspaper runs, and let the public see it."""
    paper = Witness(
        "paper", str(WITNESS_KEY.verifier), "https://witness.example", WitnessRole.WITNESS, "The Garden Paper"
    )
    stand.house.run(watching.name_witness, paper, "ada")
    stand.publish()


def witnessed(stand: Stand) -> None:
    """Let that witness cosign the public head, three hours ago, and let the pages believe its key."""
    name_the_paper(stand)
    path, pages = stand.pages.public / "checkpoint", stand.pages
    seen = int((stand.house.now - timedelta(hours=3)).timestamp())
    path.write_text(note.cosign(path.read_text(encoding="utf-8"), WITNESS_KEY, seen), encoding="utf-8")
    serve_house(replace(pages, policy=f"witness paper {WITNESS_KEY.verifier}\n{pages.policy}"))


def announce(stand: Stand) -> None:
    """Let one person alone announce a second version of the rule about spam."""
    proposed = stand.house.run(policies.propose, other_words(stand), "ada")
    stand.house.run(policies.approve, proposed.id, "ada")


def other_words(stand: Stand) -> Clause:
    """Return the rule about spam in other words."""
    english, french = (
        "Do not send the same message again and again.",
        "N’envoyez pas sans cesse le même message.",
    )
    return replace(stand.house.clause("integrity.spam@1"), version=2, rules=said(en=english, fr=french))
