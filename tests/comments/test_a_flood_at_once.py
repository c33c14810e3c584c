"""Thousands of comments on one article at once: nothing that was acknowledged is lost."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from showcause.comments import threads
from showcause.comments.opening import open_section
from showcause.comments.section import Section
from tests.comments.conftest import KEY, SETTINGS, Newsroom, fresh_id
from tests.comments.flooding import flood
from tests.databases import POSTGRES

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", POSTGRES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_database"))
    return f"sqlite:///{tmp_path}/comments.db"


def check(section: Section, acknowledged: dict[str, str]) -> int:
    """Check that all is there that was acknowledged, once, without gap, and counted; return how many there are."""
    with section.changing() as run:
        run.lock_head()  # what a killed process had begun to commit is committed or gone by now
        rows = run("SELECT seq, shown, form, id FROM {p}comment ORDER BY seq")
        head, published = run("SELECT seq, shown FROM {p}head"), run("SELECT published FROM {p}article")
    there = {form: id_ for _, _, form, id_ in rows}
    assert acknowledged.items() <= there.items()
    assert [seq for seq, *_ in rows] == [shown for _, shown, *_ in rows] == list(range(1, len(rows) + 1))
    assert (head, published) == ([(len(rows), len(rows))], [(len(rows),)])
    return len(rows)


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_flood_on_one_article_is_taken_whole_and_shares_its_flushes(url: str, count: int) -> None:
    section = open_section(url, "courrier", KEY, SETTINGS)
    made = flood(section, count)
    assert len(made) == check(section, made) == count
    assert section.commits < count
    section.close()


@pytest.mark.crash
def test_a_process_that_is_killed_in_a_flood_has_kept_every_comment_it_acknowledged(
    url: str, record_property: Any
) -> None:
    open_section(url, "courrier", KEY, SETTINGS).close()
    command = [sys.executable, "-m", "tests.comments.flooding", url, "100000"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_environment()) as victim:
        assert victim.stdout is not None
        told = [next(victim.stdout) for _ in range(200)]
        victim.kill()
        told += victim.stdout.readlines()
    record_property("kill -9", {"flood of comments": 1})
    whole = [(line.split()[0], line.split()[1]) for line in told if line.endswith("\n")]
    newsroom = Newsroom(open_section(url, "courrier", KEY, SETTINGS))
    acknowledged = dict(whole)
    there = check(newsroom.section, acknowledged)
    form, id_ = next(iter(acknowledged.items()))
    assert newsroom.post("Sent again.", form=form, under="flooded").id == id_
    assert newsroom.post("After it all.", form=fresh_id(), under="flooded").seq == there + 1
    assert threads.page(newsroom.section, newsroom.article("flooded")).total == there + 1
    newsroom.section.close()


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
