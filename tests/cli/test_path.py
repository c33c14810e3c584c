"""The whole path by command line, from a report to a proof that somebody else refuses after one byte was flipped."""

from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from showcause.cli.root import root
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from tests.cli.house import SPAM, UNDO, House


def test_a_report_becomes_a_decision_that_is_carried_out_told_appealed_and_taken_back(house: House) -> None:
    world, case = house.world, house.case()
    house.run("case", "claim", case[:8], "--as", "ada")
    proposed = house.one("case", "propose", case[:8], *SPAM, "--as", "ada")
    assert proposed["second_needed"]

    refused = house.try_("case", "approve", case, "--as", "ada")
    assert refused.exit_code == 1
    assert "same-person" in refused.stderr

    house.run("case", "approve", case, "--as", "ben")
    house.run("serve", "--once")
    assert world.standing(SubjectKind.ACCOUNT, "mallory") == set(), "the undo delay still runs"
    house.wait(UNDO)
    house.run("serve", "--once")
    assert world.standing(SubjectKind.ACCOUNT, "mallory") == {Measure.SUSPEND}

    decision = house.one("decision", "show", proposed["id"])
    reference = decision["statements"][0]["reference"]
    assert decision["state"] == "in-force"
    assert decision["log_index"] is not None
    assert "Statement of reasons" in house.run("statement", "show", reference, "--as", "ada")
    assert "Exposé des motifs" in house.run("statement", "show", reference, "--language", "fr", "--as", "ada")
    assert any(reference in notice for notice in world.inbox("mallory"))

    appeal = house.one(
        "appeal", "lodge", reference, "--text", "These were invitations that people asked for."
    )
    taking_part = house.try_("appeal", "claim", appeal["id"], "--as", "ben")
    assert taking_part.exit_code == 1
    house.run("appeal", "claim", appeal["id"], "--as", "cleo")
    house.run("appeal", "reverse", appeal["id"], "--as", "cleo", "--reason", "People had asked for them.")
    house.run("serve", "--once")
    assert world.standing(SubjectKind.ACCOUNT, "mallory") == set()
    assert house.one("decision", "show", proposed["id"])["state"] == "superseded"
    assert house.one("log", "fsck")["sound"]


def test_a_proof_is_believed_offline_and_refused_once_any_byte_of_it_was_flipped(
    house: House, tmp_path: Path
) -> None:
    decision = house.decided()
    proof = tmp_path / "mine.tlog-proof"
    house.run("receipt", decision, "--out", str(proof), "--as", "ada")
    key = (house.home / "public" / "key").read_text().strip()
    good = _verify(proof, key)
    assert good.exit_code == 0
    assert "This file is a valid proof" in good.stdout
    assert '"mallory"' in good.stdout

    data = bytearray(proof.read_bytes())
    for at in range(0, len(data), max(1, len(data) // 40)):
        flipped = bytes([*data[:at], data[at] ^ 1, *data[at + 1 :]])
        proof.write_bytes(flipped)
        bad = _verify(proof, key)
        assert bad.exit_code == 1, f"byte {at} was flipped and nobody noticed"
        assert "hint:" in bad.stderr
        assert bad.stdout == ""


def _verify(proof: Path, key: str):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(root, ["verify", str(proof), "--key", key])


def test_no_breach_is_a_decision_too_and_the_reporter_hears_of_it(house: House) -> None:
    case = house.case()
    house.run("case", "claim", case, "--as", "ada")
    made = house.one(
        "case", "propose", case, "--no-breach", "--reason", "It was an invitation.", "--as", "ada"
    )
    house.wait(UNDO)
    house.run("serve", "--once")
    assert house.one("decision", "show", made["id"])["state"] == "in-force"
    assert len(house.world.inbox("rita")) == 2, "an acknowledgement and an answer"


def test_a_returned_proposal_leaves_nothing_on_the_platform(house: House) -> None:
    case = house.case()
    house.run("case", "claim", case, "--as", "ada")
    house.run("case", "propose", case, *SPAM, "--as", "ada")
    house.run("case", "approve", case, "--as", "ben")
    house.run("case", "return", case, "--as", "ben")
    house.wait(UNDO)
    house.run("serve", "--once")
    assert house.world.acts() == []
    assert house.one("case", "show", case)["state"] == "waiting"


def test_an_evasion_without_an_earlier_decision_is_refused(house: House) -> None:
    case = house.case()
    house.run("case", "claim", case, "--as", "ada")
    refused = house.try_(
        "case", "propose", case, "--clause", "integrity.evasion", "--preset", "linked-account", "--as", "ada",
        "--evidence", "one", "--evidence", "two",
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "hint:" in refused.stderr
    assert house.one("case", "show", case)["decisions"] == []


def test_the_urgent_lane_acts_at_once_and_a_second_person_confirms(house: House, tmp_path: Path) -> None:
    house.world.register("mallory")
    token = tmp_path / "ada.token"
    house.run("moderator", "token", "ada", "--urgent", "threat-to-life", "--out", str(token), "--as", "ben")
    act = ("urgent", "act", "plaza", "account", "mallory", "--token", str(token), "--category")
    assert house.try_(*act, "private-address").exit_code == 1, "the token is not for this danger"
    (house.home / "main.db").rename(tmp_path / "away.db")  # the lane needs no database
    house.run(*act, "threat-to-life")
    (tmp_path / "away.db").rename(house.home / "main.db")
    assert house.world.standing(SubjectKind.ACCOUNT, "mallory") == {Measure.SUSPEND}
    house.run("serve", "--once")
    [entry] = house.json("urgent", "list")
    assert entry["state"] == "entered"
    assert house.try_("urgent", "confirm", entry["id"], "--as", "ada").exit_code == 1
    house.run("urgent", "confirm", entry["id"], "--as", "ben")
    assert house.json("urgent", "list") == []


def test_an_urgent_act_that_fails_again_holds_up_no_other(house: House, tmp_path: Path) -> None:
    token = tmp_path / "ada.token"
    house.run("moderator", "token", "ada", "--urgent", "threat-to-life", "--out", str(token), "--as", "ben")
    options = ("--token", str(token), "--category", "threat-to-life")
    for ref in ("ghost", "late"):
        assert house.try_("urgent", "act", "plaza", "account", ref, *options).exit_code == 1
    house.world.register("late")
    again = house.try_("urgent", "resume", "plaza")
    assert again.exit_code == 1
    assert "1 urgent acts were carried out; 1 still wait" in again.stdout
    assert house.world.standing(SubjectKind.ACCOUNT, "late") == {Measure.SUSPEND}


def test_a_restriction_made_by_hand_is_found_by_the_search_and_the_imported_one_is_not(house: House) -> None:
    house.world.register("pat")
    house.world.impose(SubjectKind.ACCOUNT, "pat", Measure.SUSPEND)
    house.wait(timedelta(hours=1))
    assert house.one("scan", "plaza")["standing"] == 1


def test_a_platform_is_connected_in_observe_mode_and_gets_no_order(house: House) -> None:
    house.run("platform", "mode", "plaza", "observe", "--as", "ada")
    decision = house.decided()
    assert house.one("decision", "show", decision)["state"] == "in-force"
    assert house.world.acts() == []
