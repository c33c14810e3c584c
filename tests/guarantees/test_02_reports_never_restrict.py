"""Guarantee 2: the number of reports never restricts, nor does anything derived from it."""

import ast
from pathlib import Path

import showcause
from showcause.casework import notices
from showcause.casework.notices import Notice
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.report import Report
from tests.house import PLATFORM, House, fresh_id

SOURCE = Path(showcause.__file__).parent
COUNTERS = {"reports", "count_reports", "report_count"}
MAY_READ = {
    "casework/intake.py",  # counts
    "casework/desk.py",  # carries the count along when cases are merged
    "store/queries.py",  # shows it in the queue
}
"""Where the number of reports may be read; no file of these decides anything."""


def test_a_thousand_reports_make_one_case_and_restrict_nobody(house: House) -> None:
    about = house.account("lantern-walk")
    with house.world.together():
        for number in range(1_000):
            house.world.register(f"caller-{number}")
            house.world.report(f"caller-{number}", about.kind, about.ref, "ban them")
    assert house.worker.poll(PLATFORM) == 1_000
    house.wait(hours=5)
    (case,) = house.all(Case)
    assert case.reports == 1_000
    assert house.all(Decision) == []
    assert house.all(Enforcement) == []
    assert house.world.acts() == []
    assert {report.state for report in house.all(Report)} == {"filed"}


def test_many_forms_from_as_many_addresses_restrict_nobody_however_urgent_they_say_they_are(
    house: House,
) -> None:
    about = house.account("lantern-walk")
    for number in range(60):
        life = number % 2 == 0
        sender = f"caller-{number}@mail.example" if number % 3 else ""
        house.run(
            notices.send,
            Notice(fresh_id(), (about,), "safety.threats@1", "en", "ban them", life=life, email=sender),
        )
    house.wait(hours=5)
    (case,) = house.all(Case)
    assert (case.reports, case.urgent) == (60, True), "urgency orders the review and does nothing else"
    assert house.all(Decision) == []
    assert house.all(Enforcement) == []
    assert house.world.acts() == []


def readers() -> set[str]:
    """Return the files of the law and of the use cases that read the counter of a case."""
    found = set()
    for path in [*SOURCE.glob("domain/*.py"), *SOURCE.glob("casework/**/*.py"), *SOURCE.glob("store/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            counted = isinstance(node, ast.Attribute) and node.attr in COUNTERS
            if counted and not _is_batch(node):
                found.add(path.relative_to(SOURCE).as_posix())
    return found


def _is_batch(node: ast.AST) -> bool:
    """Tell whether it is the list of reports that a platform hands over, or the port's own method."""
    assert isinstance(node, ast.Attribute)
    return isinstance(node.value, ast.Name) and node.value.id in ("batch", "platform")


def test_nothing_that_decides_reads_the_number_of_reports() -> None:
    assert readers() <= MAY_READ, readers() - MAY_READ
    assert "casework/intake.py" in readers(), "the search finds what is there"


def test_a_proposal_has_no_place_for_a_number_of_reports() -> None:
    from dataclasses import fields

    from showcause.casework.weighing import Proposal

    names = {f.name for f in fields(Proposal)} | {f.name for f in fields(Decision)}
    assert not {name for name in names if "report" in name}
