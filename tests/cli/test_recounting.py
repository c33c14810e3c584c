"""The service opens facets by itself once a day, and the command counts them again from the public folder."""

from datetime import timedelta
from pathlib import Path

from tests.cli.house import House


def test_the_service_counts_what_is_unopened_and_a_stranger_counts_it_again(
    house: House, tmp_path: Path
) -> None:
    house.decided()
    house.run("serve", "--once")
    house.wait(timedelta(days=1))
    house.run("serve", "--once")
    house.wait(timedelta(hours=2))
    house.run("serve", "--once")
    told = house.one("log", "recount")
    assert (told["sound"], told["entries"], told["opened"], told["unopened"]) == (True, 1, 0, 1)
    assert told["documents"] == 1

    copy, policy = tmp_path / "copy", house.home / "trust" / "log-policy"
    house.run("log", "export", str(copy))
    stranger = House(tmp_path / "nowhere")
    assert stranger.one("log", "recount", str(copy), "--policy", str(policy)) == told
    next((copy / "doc").iterdir()).write_bytes(b"{}")
    refused = stranger.try_("log", "recount", str(copy), "--policy", str(policy))
    assert refused.exit_code == 1
    assert "It does not hold." in refused.stdout
