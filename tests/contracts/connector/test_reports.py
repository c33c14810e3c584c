"""Every connector whose platform lists reports reads them without losing or doubling any."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from showcause.casework.ports import IncomingReport
from showcause.connectors.gated import GatedPlatform
from showcause.domain.restriction import Measure
from tests.contracts.connector.conftest import LISTING, opened
from tests.contracts.connector.peers import Peer, now


@pytest.fixture(params=LISTING)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    """One platform that lists reports after the other."""
    yield from opened(request, tmp_path)


UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
SUSPEND = Measure.SUSPEND
SECOND = timedelta(seconds=1)
"""As exactly as a platform tells a time."""


def drain(connector: GatedPlatform, cursor: str | None) -> tuple[list[IncomingReport], str | None]:
    """Read all reports from a cursor on."""
    found: list[IncomingReport] = []
    while True:
        batch = connector.reports(cursor)
        found += batch.reports
        cursor = batch.cursor
        if not batch.more:
            return found, cursor


def test_no_report_is_lost_or_doubled(peer: Peer, connector: GatedPlatform) -> None:
    _, cursor = drain(connector, None)
    person = peer.person()
    keys: list[str] = []
    for round_ in range(3):
        for each in range(4):
            peer.file_report(person, f"round {round_} report {each}")
        found, cursor = drain(peer.connect(), cursor)
        assert [r.reason for r in found] == [f"round {round_} report {each}" for each in range(4)]
        keys += [report.external_key for report in found]
    assert len(set(keys)) == 12
    assert drain(connector, cursor)[0] == []


def test_asking_again_with_the_old_cursor_gives_the_same_keys(peer: Peer, connector: GatedPlatform) -> None:
    _, cursor = drain(connector, None)
    peer.file_report(peer.person(), "once")
    first, _ = drain(connector, cursor)
    again, _ = drain(peer.connect(), cursor)
    assert [r.external_key for r in first] == [r.external_key for r in again]


def test_deleted_reports_hide_no_later_ones(peer: Peer, connector: GatedPlatform) -> None:
    _, cursor = drain(connector, None)
    person = peer.person()
    for each in range(6):
        peer.file_report(person, f"deletion {each}")
    _, cursor = drain(connector, cursor)
    for each in range(4):
        peer.delete_report(f"deletion {each}")
    peer.file_report(person, "after the deletion")
    found, cursor = drain(connector, cursor)
    assert [report.reason for report in found] == ["after the deletion"]
    peer.delete_report("after the deletion")
    peer.file_report(person, "under the same place")
    assert [report.reason for report in drain(connector, cursor)[0]] == ["under the same place"]


def test_a_report_names_the_account_the_reporter_and_the_time(peer: Peer, connector: GatedPlatform) -> None:
    _, cursor = drain(connector, None)
    person, before = peer.person(), now()
    peer.file_report(person, "they wrote to me")
    after = now()
    (report,), _ = drain(connector, cursor)
    assert report.subject == person
    assert report.reporter is not None
    assert before - SECOND <= report.received_at <= after + SECOND
