"""What is tested on a real Matrix server, on the simulated platform: quick, without waiting, wherever tests run."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from tests.cli.house import ORIGIN, PLATFORM, SPAM, UNDO, House

ACCOUNT = SubjectKind.ACCOUNT


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A site that was connected in observe mode after somebody was suspended by hand, and enforces since."""
    made = House(tmp_path_factory.mktemp("template") / "home")
    made.run(
        "init", "--origin", ORIGIN, "--contact", "desk@example.org", "--operator", "ada", "--operator", "ben"
    )
    made.run("moderator", "add", "cleo", "--as", "ada")
    made.run("connect", "simulator", PLATFORM, "--as", "ada")
    made.world.register("past")
    made.world.impose(ACCOUNT, "past", Measure.SUSPEND)
    made.run("import", "baseline", PLATFORM, "--as", "ada")
    made.run("platform", "mode", PLATFORM, "enforce", "--as", "ada")
    return made


@pytest.fixture
def house(template: House, tmp_path: Path) -> House:
    """A copy of the site for this test alone."""
    return House(Path(shutil.copytree(template.home, tmp_path / "home")))


def test_what_was_taken_is_given_back_and_the_letter_says_what_did_not_come_back(house: House) -> None:
    for name in ("mallory", "rita", "otto"):
        house.world.register(name)
    for room in ("square", "kitchen"):
        house.world.join("mallory", room)
    post = house.world.post("mallory", "square", "you have won, click here")
    for reporter in ("rita", "otto"):
        house.world.report(reporter, ACCOUNT, "mallory", f"{reporter} saw it")
    house.world.report("otto", SubjectKind.CONTENT, post, "a fraud")
    assert house.one("serve", "--once")["reports"] == 3
    cases = {each["about"]: each for each in _cases(house)}
    assert set(cases) == {"account mallory", f"content {post}"}
    assert cases[f"content {post}"]["filed"][0]["evidence"]["text"] == "you have won, click here"

    case = cases["account mallory"]["id"]
    house.run("case", "claim", case, "--as", "ada")
    decision = house.one("case", "propose", case, *SPAM, "--as", "ada")["id"]
    house.run("case", "approve", case, "--as", "ben")
    house.wait(UNDO)
    house.run("serve", "--once")
    assert house.world.standing(ACCOUNT, "mallory") == {Measure.SUSPEND}

    house.world.leave("mallory", "kitchen")
    reference = house.one("decision", "show", decision)["statements"][0]["reference"]
    appeal = house.one("appeal", "lodge", reference, "--text", "I was invited to post it.")["id"]
    for had_part in ("ada", "ben"):
        refused = house.try_("appeal", "claim", appeal, "--as", had_part)
        assert (refused.exit_code, "same-person" in refused.stderr) == (1, True)
    house.run("appeal", "claim", appeal, "--as", "cleo")
    house.run("appeal", "reverse", appeal, "--as", "cleo", "--reason", "The host had asked for it.")
    house.run("serve", "--once")
    assert house.world.standing(ACCOUNT, "mallory") == set()
    [letter] = [each for each in house.world.inbox("mallory") if "kitchen" in each]
    back, _, lost = letter.partition("not back")
    assert "square" in back
    assert "kitchen" in lost


def test_who_is_suspended_by_hand_is_an_orphan_once_and_who_was_before_the_import_is_not(
    house: House,
) -> None:
    house.wait(UNDO)
    found = house.one("scan", PLATFORM)
    assert (found["standing"], found["explained"]) == (0, 1)
    tallies = house.one("log", "fsck")["kinds"]["tally"]
    house.world.register("victim")
    house.world.impose(ACCOUNT, "victim", Measure.SUSPEND)
    house.wait(UNDO)
    first, again = house.one("scan", PLATFORM), house.one("scan", PLATFORM)
    assert [each["measure"] for each in first["new"]] == ["suspend"]
    assert (again["new"], again["standing"], again["explained"]) == ([], 1, 1)
    assert house.one("log", "fsck")["kinds"]["tally"] == tallies + 1


def test_no_report_is_lost_or_doubled_between_two_rounds(house: House) -> None:
    subjects = ("ann", "ben", "cato")
    filed: list[str] = []
    for name in (*subjects, "rita"):
        house.world.register(name)
    for round_ in ((0, 1, 0), (2, 0, 1, 1), ()):
        for number in round_:
            filed.append(f"report {len(filed)}")
            house.world.report("rita", ACCOUNT, subjects[number], filed[-1])
        house.wait(UNDO)
        assert house.one("serve", "--once")["reports"] == len(round_)
    cases = _cases(house)
    assert len(cases) == len(subjects)
    assert sorted(each["text"] for case in cases for each in case["filed"]) == sorted(filed)


def _cases(house: House) -> list[dict[str, Any]]:
    return [house.one("case", "show", each["id"], "--as", "ada") for each in house.json("queue")]
