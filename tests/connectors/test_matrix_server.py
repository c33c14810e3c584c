"""What is particular to Matrix, against a real Synapse: evidence, redaction, rooms, media, notices, the doctor."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from showcause.connectors.matrix import MatrixPlatform
from showcause.connectors.matrix_events import content_ref
from showcause.domain.errors import BadInput, NotReversible, Unsupported
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.contracts.connector.matrix_peer import MatrixPeer
from tests.services.matrix import ADMIN, MatrixRefused
from tests.services.synapse import Synapse, running_synapse

pytestmark = pytest.mark.synapse
SUSPEND = Measure.SUSPEND


@pytest.fixture
def peer(synapse: Synapse, tmp_path: Path) -> Iterator[MatrixPeer]:
    with MatrixPeer(synapse, tmp_path) as made:
        yield made


@pytest.fixture
def connector(peer: MatrixPeer) -> MatrixPlatform:
    return peer.connect()


def content(peer: MatrixPeer, person: Subject, text: str) -> Subject:
    event = peer.user(person).send(peer.rooms[0], text)
    return Subject("matrix", SubjectKind.CONTENT, content_ref(peer.rooms[0], event))


def test_a_reported_message_comes_with_its_words_as_evidence(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    cursor = None
    while (batch := connector.reports(cursor)).more:
        cursor = batch.cursor
    person = peer.person()
    threat = content(peer, person, "I know where you live")
    peer.reporter.join(peer.rooms[0])
    room, _, event = threat.ref.partition("/")
    peer.reporter.report_event(room, event, "a threat")
    (report,) = connector.reports(batch.cursor).reports
    assert (report.subject, report.author, report.reason) == (threat, person, "a threat")
    assert report.reporter is not None
    assert report.reporter.ref == peer.reporter.id
    assert report.evidence is not None
    assert report.evidence["content"] == {"msgtype": "m.text", "body": "I know where you live"}


def test_one_message_is_redacted_and_its_neighbours_stay(peer: MatrixPeer, connector: MatrixPlatform) -> None:
    person = peer.person()
    before, threat, after = (content(peer, person, text) for text in ("before", "the threat", "after"))
    order, receipt = peer.issuer.order(threat, Measure.REMOVE)
    outcome = connector.apply(order, receipt)
    assert outcome.changed
    assert "final" in outcome.lost[0]
    bodies = [
        peer.user(person).event(*each.ref.split("/"))["content"].get("body")
        for each in (before, threat, after)
    ]
    assert bodies == ["before", None, "after"]
    assert not connector.apply(order, receipt).changed
    with pytest.raises(NotReversible):
        connector.lift(order)


def test_a_redaction_that_is_lifted_before_it_came_is_given_up(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    threat = content(peer, peer.person(), "words")
    order, _ = peer.issuer.order(threat, Measure.REMOVE)
    assert not connector.lift(order).changed


def test_a_room_is_blocked_and_unblocked(peer: MatrixPeer, connector: MatrixPlatform) -> None:
    room, newcomer = Subject("matrix", SubjectKind.SPACE, peer.rooms[0]), peer.synapse.unique("newcomer")
    order, receipt = peer.issuer.order(room, Measure.BLOCK_SPACE)
    assert connector.apply(order, receipt).changed
    with pytest.raises(MatrixRefused):
        newcomer.join(peer.rooms[0])
    assert connector.lift(order).changed
    newcomer.join(peer.rooms[0])
    assert connector.snapshot(room).items["name"] == "general"


def test_media_are_quarantined_and_released_and_never_copied(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    person = peer.person()
    mxc = peer.user(person).call("POST", "/_matrix/media/v3/upload?filename=x.txt", {"a": "picture"})[
        "content_uri"
    ]
    media = Subject("matrix", SubjectKind.MEDIA, mxc)
    order, receipt = peer.issuer.order(media, Measure.HIDE)
    assert connector.apply(order, receipt).changed
    assert connector.state_of(media).measures == {Measure.HIDE}
    assert connector.lift(order).changed
    assert connector.state_of(media).measures == frozenset()
    assert set(connector.snapshot(media).items) == {"media_type", "media_length", "created_ts", "sha256"}


def test_a_locked_person_is_logged_out_and_comes_back(peer: MatrixPeer, connector: MatrixPlatform) -> None:
    person = peer.person()
    order, receipt = peer.issuer.order(person, Measure.LOCK, served=True)
    connector.apply(order, receipt)
    with pytest.raises(MatrixRefused) as caught:
        peer.user(person).rooms()
    assert caught.value.code == "M_USER_LOCKED"
    connector.lift(order)
    assert peer.can_write(person)


def test_a_snapshot_has_profile_rooms_and_flags(peer: MatrixPeer, connector: MatrixPlatform) -> None:
    items = connector.snapshot(peer.person()).items
    assert items["display_name"] == "Person"
    assert items["rooms"] == sorted(peer.rooms)
    assert not any(items["flags"].values())


def test_a_shadow_ban_by_hand_is_found(peer: MatrixPeer, connector: MatrixPlatform) -> None:
    person = peer.person()
    peer.synapse.admin.call("POST", f"{ADMIN}/v1/users/{quote(person.ref)}/shadow_ban")
    assert Measure.LIMIT in connector.state_of(person).measures
    assert (person, Measure.LIMIT) in [(each.subject, each.measure) for each in connector.restricted()]
    peer.synapse.admin.call("DELETE", f"{ADMIN}/v1/users/{quote(person.ref)}/shadow_ban")


def test_users_of_other_servers_cannot_be_restricted_or_told(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    stranger = Subject("matrix", SubjectKind.ACCOUNT, "@somebody:elsewhere.example")
    with pytest.raises(Unsupported):
        connector.apply(*peer.issuer.order(stranger, SUSPEND))
    assert "users of this server" in connector.deliver(stranger, "text", "r1").bounced


def test_reach_counts_the_members_of_rooms_that_somebody_founded(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    peer.person()
    host = Subject("matrix", SubjectKind.ACCOUNT, peer.host.id)
    reach = connector.reach(host)
    assert reach is not None
    assert reach.members == 4
    assert connector.reach(Subject("matrix", SubjectKind.SPACE, peer.rooms[0])) is None


def test_a_notice_too_long_for_matrix_is_refused_before_it_is_sent(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    person = peer.person()
    with pytest.raises(BadInput):
        connector.deliver(person, "ä" * 30_000, "r1")
    assert peer.notices(person) == []


def test_names_cannot_change_the_path_of_a_call(peer: MatrixPeer, connector: MatrixPlatform) -> None:
    person = peer.person()
    tricky = replace(person, ref=f"{person.ref}/../../v1/suspend/{person.ref}?x=#")
    connector.deliver(tricky, "text", "r1")
    assert all("/../" not in path and "#" not in path for _, path in peer.proxy.seen)
    assert connector.state_of(person).measures == frozenset()


def test_the_token_is_in_no_error(
    peer: MatrixPeer, connector: MatrixPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    peer.token.write_text("secret-token-of-nobody\n")
    checks = connector.doctor()
    assert not all(check.ok for check in checks)
    assert "secret-token" not in str(checks) + caplog.text
    assert any("token file" in check.remedy for check in checks if not check.ok)


def test_the_doctor_finds_nothing_wrong_with_a_server_set_up_as_the_guide_says(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    checks = connector.doctor()
    assert [(check.name, check.says) for check in checks if not check.ok] == []
    assert {"server", "clock", "token", "token file", "report lists", "server notices", "administrators"} <= {
        check.name for check in checks
    }
    sent = len(peer.synapse.admin.notices())
    connector.doctor()
    assert len(peer.synapse.admin.notices()) == sent


def test_the_doctor_says_when_the_token_is_no_administrators_or_open_to_others(
    peer: MatrixPeer, connector: MatrixPlatform
) -> None:
    peer.token.chmod(0o644)
    assert [check.name for check in connector.doctor() if not check.ok] == ["token file"]
    peer.token.write_text(peer.host.token)
    failing = [check for check in connector.doctor() if not check.ok]
    assert failing
    assert all("administrator" in check.remedy for check in failing)


@pytest.mark.slow
def test_without_auto_join_a_suspended_person_is_not_served_and_the_doctor_says_why(tmp_path: Path) -> None:
    notices = {"system_mxid_localpart": "notices", "room_name": "Statement of reasons", "auto_join": False}
    (tmp_path / "server").mkdir()
    with (
        running_synapse(tmp_path / "server", server_notices=notices) as server,
        MatrixPeer(server, tmp_path) as peer,
    ):
        connector, person = peer.connect(), peer.person()
        connector.apply(*peer.issuer.order(person, SUSPEND))
        assert "auto_join" in connector.deliver(person, "because", "r1").bounced
        (check,) = [check for check in connector.doctor() if not check.ok]
        assert "auto_join: true" in check.remedy


@pytest.mark.slow
def test_without_server_notices_nobody_is_served_and_the_doctor_says_why(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with (
        running_synapse(tmp_path / "server", server_notices=None) as server,
        MatrixPeer(server, tmp_path) as peer,
    ):
        connector = peer.connect()
        assert "not enabled" in connector.deliver(peer.person(), "because", "r1").bounced
        (check,) = [check for check in connector.doctor() if not check.ok]
        assert "system_mxid_localpart" in check.remedy
