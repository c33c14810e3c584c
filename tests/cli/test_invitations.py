"""Invitations on the command line: whose address they carry, who may make them, and what a second one needs."""

from tests.cli.house import House


def test_an_invitation_begins_with_the_public_address_or_names_what_is_missing(house: House) -> None:
    refused = house.try_("moderator", "invite", "ben", "--as", "ada")
    assert refused.exit_code == 1
    assert "setting set address" in refused.stderr
    house.run("setting", "set", "address", "https://safety.example.org", "--as", "ada")
    made = house.one("moderator", "invite", "ben", "--as", "ada")
    assert made["link"].startswith("https://safety.example.org/welcome/")
    assert made["expires"] == "2026-03-03T10:00:00Z"
    again = house.one("moderator", "invite", "ben", "--as", "ada")
    assert again["link"] != made["link"]


def test_who_is_no_operator_invites_nobody(house: House) -> None:
    house.run("setting", "set", "address", "https://safety.example.org", "--as", "ada")
    house.run("moderator", "add", "dora", "--as", "ada")
    refused = house.try_("moderator", "invite", "ben", "--as", "dora")
    assert (refused.exit_code, "not-permitted" in refused.stderr) == (1, True)


def test_every_invitation_is_an_entry_of_the_log(house: House) -> None:
    house.run("setting", "set", "address", "https://safety.example.org", "--as", "ada")
    before = house.one("log", "head")["size"]
    house.run("moderator", "invite", "ben", "--as", "ada")
    assert house.one("log", "head")["size"] == before + 1
    assert house.one("log", "fsck")["sound"]
