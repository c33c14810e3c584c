"""Public files that were lost or changed are written again from the database, to the byte."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.house import House


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture
def public(house: House) -> Path:
    """The public folder of a site that has published a decision."""
    house.decided()
    house.run("serve", "--once")
    house.wait(timedelta(hours=2))
    house.run("serve", "--once")
    return house.home / "public"


def test_whatever_is_lost_but_the_checkpoint_comes_back_as_it_was(house: House, public: Path) -> None:
    before = files(public)
    for each in list(public.iterdir()):
        if each.is_dir():
            shutil.rmtree(each)
        elif each.name != "checkpoint":
            each.unlink()
    assert house.try_("log", "verify").exit_code == 1
    told = house.one("log", "rebuild-tiles")
    assert told["changed"] == len(before) - 1
    assert files(public) == before
    assert house.one("log", "rebuild-tiles")["changed"] == 0
    assert house.one("log", "verify")["sound"]


def test_one_damaged_tile_is_the_only_file_that_is_written(house: House, public: Path) -> None:
    before = files(public)
    tile = next(each for each in (public / "tile" / "0").rglob("*") if each.is_file())
    tile.write_bytes(b"\0" * 32)
    assert house.one("log", "rebuild-tiles")["changed"] == 1
    assert files(public) == before


def test_before_the_first_public_head_there_is_nothing_to_write(house: House) -> None:
    refused = house.try_("log", "rebuild-tiles")
    assert refused.exit_code != 0
    assert "nothing was published yet" in refused.output
