"""Keys of programs on the command line: shown once, listed without their text, worthless when revoked."""

from showcause.casework.api_keys import FORM
from tests.cli.house import PLATFORM, House


def test_a_key_is_shown_once_listed_without_its_text_and_revoked(house: House) -> None:
    made = house.one(
        "apikey",
        "add",
        "bot",
        "--platform",
        PLATFORM,
        "--scope",
        "reports",
        "--scope",
        "cases",
        "--as",
        "ada",
    )
    assert FORM.fullmatch(made["key"])
    listed = house.run("apikey", "list", "--json")
    assert made["key"] not in listed
    assert "digest" not in listed
    [one] = house.json("apikey", "list")
    assert (one["name"], one["scopes"], one["expires_at"]) == (
        "bot",
        ["cases", "reports"],
        "2027-03-02T10:00:00Z",
    )
    house.run("apikey", "revoke", "bot", "--as", "ada")
    [gone] = house.json("apikey", "list")
    assert gone["revoked_at"] == "2026-03-02T10:00:00Z"


def test_who_is_no_operator_makes_no_key(house: House) -> None:
    refused = house.try_("apikey", "add", "bot", "--platform", PLATFORM, "--scope", "reports", "--as", "cleo")
    assert refused.exit_code == 1
    assert "not-permitted" in refused.stderr


def test_a_key_of_an_unknown_platform_is_refused(house: House) -> None:
    refused = house.try_("apikey", "add", "bot", "--platform", "nowhere", "--scope", "reports", "--as", "ada")
    assert "not-found" in refused.stderr
