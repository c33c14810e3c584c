"""The whole path on a real Matrix server, by command line: from a person's report to a proof that a stranger checks.

The undo delay passes in real time, once: the decision is approved early, and the tests that do not depend on it run
meanwhile.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from showcause.compose.pages import pages_served
from tests.e2e.matrix_site import PLATFORM, MatrixSite, founded, may_send, verify_offline
from tests.e2e.visitor import appeal_on_page, link_in
from tests.services.matrix import CLIENT, Json, MatrixUser
from tests.services.processes import free_port
from tests.services.synapse import Synapse, running_synapse

pytestmark = pytest.mark.synapse

SPAM = (
    "--clause", "integrity.spam", "--preset", "deceptive-links", "--evidence", "one link in every room within a minute",
)  # fmt: skip


@dataclass
class Garden:
    """The server, a room on it, and who was suspended by hand before anybody connected anything."""

    server: Synapse
    host: MatrixUser
    room: str
    past: MatrixUser
    template: Path

    def person(self, name: str) -> MatrixUser:
        """Let somebody join the room."""
        made = self.server.unique(name)
        made.rename(name.title())
        made.join(self.room)
        return made


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garden]:
    folder = tmp_path_factory.mktemp("garden")
    (folder / "server").mkdir()
    with running_synapse(folder / "server") as server:
        past, host = server.unique("past"), server.unique("host")
        server.admin.suspend(past.id)
        founded(folder / "site", server, folder / "token")
        yield Garden(server, host, host.create_room("the garden"), past, folder / "site")


@pytest.fixture
def site(garden: Garden, tmp_path: Path) -> MatrixSite:
    """A copy of the connected site for this test alone."""
    return MatrixSite(Path(shutil.copytree(garden.template, tmp_path / "site")))


@dataclass
class Story:
    """What happened to Mallory up to the approval, on a site of her own."""

    site: MatrixSite
    mallory: MatrixUser
    message: str
    first_round: Json
    cases: list[Json]
    proposed: Json
    own_approval: str
    approved: Json

    def case_about(self, ref: str) -> Json:
        """Return the one case about an account or a message."""
        [found] = [each for each in self.cases if each["about"].endswith(f" {ref}")]
        return found


@pytest.fixture(scope="module")
def story(garden: Garden, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Two people report Mallory, one of them a message of hers, too; Ada proposes, Ben approves."""
    site = MatrixSite(Path(shutil.copytree(garden.template, tmp_path_factory.mktemp("story") / "site")))
    mallory, rita, otto = garden.person("mallory"), garden.person("rita"), garden.person("otto")
    rita.report_user(mallory.id, "sends a link to everybody")
    otto.report_user(mallory.id, "the same link again")
    message = mallory.send(garden.room, "you have won, click here")
    otto.report_event(garden.room, message, "a fraud")
    first_round, cases = site.work(), site.cases()
    [case] = [each["id"] for each in cases if each["about"] == f"account {mallory.id}"]
    site.run("case", "claim", case, "--as", "ada")
    proposed = site.one("case", "propose", case, *SPAM, "--as", "ada")
    own = site.refusal("case", "approve", case, "--as", "ada")
    approved = site.one("case", "approve", case, "--as", "ben")
    site.work()
    return Story(site, mallory, message, first_round, cases, proposed, own, approved)


def test_reports_of_a_person_fold_into_one_case_and_nobody_approves_what_they_proposed(
    garden: Garden, story: Story
) -> None:
    case = story.case_about(story.mallory.id)
    assert [each["text"] for each in case["filed"]] == ["sends a link to everybody", "the same link again"]
    [about_message] = story.case_about(f"{garden.room}/{story.message}")["filed"]
    assert about_message["evidence"]["content"]["body"] == "you have won, click here"
    assert (len(story.cases), story.first_round["reports"]) == (2, 3)

    assert story.proposed["second_needed"]
    assert "same-person" in story.own_approval
    assert may_send(story.mallory, garden.room), "the undo delay still runs"


def test_the_doctor_finds_a_site_well_that_was_set_up_as_the_guide_says(site: MatrixSite) -> None:
    checks = site.one("doctor")["checks"]
    assert [(each["name"], each["says"]) for each in checks if not each["ok"]] == []
    assert {each["area"] for each in checks} == {"site", f"platform {PLATFORM}"}


def test_who_is_suspended_by_hand_is_an_orphan_and_who_was_before_the_import_is_not(
    garden: Garden, site: MatrixSite
) -> None:
    found = site.one("scan", PLATFORM)
    assert (found["standing"], found["explained"]) == (0, 1), "the past is imported"
    tallies = site.look("log", "fsck")[0]["kinds"]["tally"]
    victim = garden.person("victim")
    garden.server.admin.suspend(victim.id)

    found = site.one("scan", PLATFORM)
    [orphan] = found["new"]
    assert (orphan["measure"], found["standing"], found["explained"]) == ("suspend", 1, 1)
    again = site.one("scan", PLATFORM)
    assert (again["new"], again["standing"]) == ([], 1), "it counts once"
    assert site.look("log", "fsck")[0]["kinds"]["tally"] == tallies + 1, "its number is public, once"

    garden.server.admin.suspend(victim.id, False)
    assert [each["id"] for each in site.one("scan", PLATFORM)["gone"]] == [orphan["id"]]


def test_no_report_is_lost_or_doubled_between_two_rounds(garden: Garden, site: MatrixSite) -> None:
    rita, subjects = garden.person("rita"), [garden.person("somebody") for _ in range(3)]
    filed: list[str] = []

    def report(number: int) -> None:
        filed.append(f"round and report {len(filed)}")
        rita.report_user(subjects[number].id, filed[-1])

    for number in (0, 1, 0):
        report(number)
    site.work()
    for number in (2, 0, 1, 1):
        report(number)
    site.work()
    assert site.work()["reports"] == 0
    cases = [case for case in site.cases() if any(case["about"].endswith(each.id) for each in subjects)]
    assert [len(case["filed"]) for case in cases] == [case["reports"] for case in cases]
    assert len(cases) == len(subjects)
    assert sorted(each["text"] for case in cases for each in case["filed"]) == sorted(filed)


def test_a_decision_of_two_is_carried_out_told_appealed_heard_by_a_third_and_given_back(
    garden: Garden, story: Story, tmp_path: Path
) -> None:
    site, mallory, decision = story.site, story.mallory, story.proposed["id"]
    port = free_port()
    site.run("setting", "set", "address", f"http://127.0.0.1:{port}", "--as", "ada")
    kitchen = garden.host.create_room("the kitchen")
    mallory.join(kitchen)
    site.wait_until(story.approved["commit_at"])
    site.work()
    assert garden.server.admin.account(mallory.id)["suspended"]
    assert not may_send(mallory, garden.room)

    # She can read what was decided, why, and until when she can appeal, though she can write nothing.
    shown = site.look("decision", "show", decision)[0]
    assert (shown["state"], shown["log_index"] is not None) == ("in-force", True)
    [statement] = shown["statements"]
    [notice] = [each for each in mallory.notices() if statement["reference"] in each]
    window_until = datetime.fromisoformat(statement["window_until"])
    assert statement["state"] == "served"
    assert f"{window_until.day} {window_until:%B %Y}" in notice
    assert "integrity.spam" in notice

    # Meanwhile the host removes her from a room. She appeals on the page that her notice leads to, without logging in;
    # who took part in the decision does not hear her.
    garden.host.call("POST", f"{CLIENT}/rooms/{quote(kitchen)}/kick", {"user_id": mallory.id})
    with pages_served(site.home, "127.0.0.1", port):
        page = appeal_on_page(link_in(notice), "I was invited to post it.")
    assert "We promise an answer by" in page
    [appeal] = [each["id"] for each in site.look("appeal", "list") if each["decision"] == decision]
    for had_part in ("ada", "ben"):
        assert "same-person" in site.refusal("appeal", "claim", appeal, "--as", had_part)
    site.run("appeal", "claim", appeal, "--as", "cleo")
    site.run("appeal", "reverse", appeal, "--as", "cleo", "--reason", "The host had asked for the link.")
    site.work()
    assert not garden.server.admin.account(mallory.id)["suspended"]
    assert may_send(mallory, garden.room)
    assert site.look("decision", "show", decision)[0]["state"] == "superseded"

    # She is told why, what came back, and what did not.
    notices = mallory.notices()
    assert any("The host had asked for the link." in each for each in notices)
    [restored] = [each for each in notices if kitchen in each]
    back, lost = restored.split("not back", 1)
    assert "Mallory" in back
    assert garden.room in back
    assert kitchen in lost
    _check_proof(site, decision, mallory, tmp_path)


def _check_proof(site: MatrixSite, decision: str, mallory: MatrixUser, folder: Path) -> None:
    """A stranger believes her proof offline, and no longer once a byte of it was flipped."""
    proof, key = folder / "hers.tlog-proof", (site.home / "public" / "key").read_text().strip()
    site.run("receipt", decision, "--out", str(proof), "--as", "ada")
    believed = verify_offline(proof, key, folder)
    assert believed.returncode == 0, believed.stderr
    assert mallory.id in believed.stdout
    data, middle = bytearray(proof.read_bytes()), proof.stat().st_size // 2
    data[middle] ^= 1
    proof.write_bytes(data)
    refused = verify_offline(proof, key, folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert site.look("log", "fsck")[0]["sound"]
