"""A flood by command line: one decision, an item's own statement and proof, and the review of its sample."""

from pathlib import Path

from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from tests.cli.house import UNDO, House

COPIES = 101


def test_a_flood_is_one_decision_whose_items_are_told_proven_and_reviewed_one_by_one(
    house: House, tmp_path: Path
) -> None:
    case = house.case()
    posts = [house.world.post("mallory", "square", f"BUY {n}") for n in range(COPIES)]
    listed = tmp_path / "items"
    listed.write_text("".join(f"{post}\tmallory\n" for post in posts))
    house.run("case", "claim", case, "--as", "ada")
    made = house.one(
        "campaign", "propose", case, "--items", str(listed), "--clause", "integrity.spam", "--as", "ada",
        "--preset", "same-message", "--evidence", "the posts",
    )  # fmt: skip
    [decision] = made["decisions"]
    assert made["items"] == COPIES
    if decision["commit_at"] is None:
        house.run("case", "approve", decision["id"], "--as", "ben")
    house.wait(UNDO)
    house.run("serve", "--once")
    assert house.world.standing(SubjectKind.CONTENT, posts[0]) == {Measure.HIDE}

    [campaign] = house.json("campaign", "list")
    assert campaign["count"] == COPIES
    item = house.json("campaign", "sample", campaign["id"])[0]
    assert house.try_("campaign", "agree", item["id"], "--as", "ada").exit_code == 1, "ada decided it"
    house.run("campaign", "reverse", item["id"], "--reason", "It was a reply.", "--as", "cleo")
    house.run("serve", "--once")
    free = [post for post in posts if not house.world.standing(SubjectKind.CONTENT, post)]
    assert len(free) == 1
    assert house.one("log", "fsck")["sound"]


def test_a_line_that_names_nothing_is_refused_with_its_number(house: House, tmp_path: Path) -> None:
    case = house.case()
    house.run("case", "claim", case, "--as", "ada")
    listed = tmp_path / "items"
    listed.write_text("post-1\npost-2\u202e\n")
    refused = house.try_(
        "campaign", "propose", case, "--items", str(listed), "--clause", "integrity.spam", "--as", "ada",
        "--preset", "same-message", "--evidence", "the posts",
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "line 2" in refused.stderr
