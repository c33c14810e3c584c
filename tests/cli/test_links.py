"""`showcause statement link`: a moderator prints, replaces and closes the link of a person's page."""

from tests.cli.house import House


def test_the_link_is_printed_replaced_and_closed_under_somebodys_name(house: House) -> None:
    house.run("setting", "set", "address", "https://record.example", "--as", "ada")
    decision = house.decided()
    reference = house.one("decision", "show", decision)["reference"]
    [letter] = house.world.inbox("mallory")
    first = house.run("statement", "link", reference, "--as", "ben").strip()
    assert first in letter
    assert first.startswith("https://record.example/s/")
    assert house.one("statement", "link", reference, "--replace", "--as", "ben")["link"] != first
    assert "closed" in house.run("statement", "link", reference, "--revoke", "--as", "ben")
    statement = house.one("statement", "show", reference, "--as", "ben")["id"]
    verbs = [line["verb"] for line in house.json("journal", statement)]
    assert verbs[-4:] == ["print-link", "replace-link", "revoke-link", "read"]


def test_without_an_address_there_is_no_page_to_lead_to(house: House) -> None:
    decision = house.decided()
    reference = house.one("decision", "show", decision)["reference"]
    refused = house.try_("statement", "link", reference, "--as", "ben")
    assert refused.exit_code == 1
    assert "setting set address" in refused.stderr
