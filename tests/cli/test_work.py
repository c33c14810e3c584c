"""Several processes share a platform's events: each judges its part, and what is said stays the same."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.cli.house import PLATFORM, House
from tests.cli.test_events_judged import happen, judged, said
from tests.cli.test_processes import ENVIRONMENT
from tests.cli.test_rule_life import NAME, written
from tests.rules.folders import RULE
from tests.services.processes import until

FLOOD = (
    RULE.replace("content.links > 0", "content.links > 0 and posts_10m >= 1")
    .replace("links: 1}}", "links: 1}}\n    counters: {posts_10m: 2}")
    .replace("links: 0}}", "links: 0}}\n    counters: {posts_10m: 1}")
)


def ready(house: House, folder: Path) -> None:
    """Let a rule act on the platform's events, of which ten were judged by one process."""
    place = str(written(folder / "rules", FLOOD))
    house.run("events", "schema", PLATFORM, f"{place}/schema.yaml", "--as", "ada")
    house.run("rules", "propose", NAME, place, "--as", "ada")
    house.run("rules", "push", NAME, "--reason", "a wave of it", "--as", "ada")
    happen(house, folder, "first", 5)
    assert judged(house)[PLATFORM]["parts"] == [10]


def status(house: House) -> Any:
    return house.one("events", "status")["judged"][PLATFORM]


def test_two_processes_judge_their_parts_and_one_goes_on_alone(house: House, tmp_path: Path) -> None:
    ready(house, tmp_path)
    told = house.run("events", "parts", PLATFORM, "2", "--as", "ada")
    assert "From event 11 on those of plaza are judged in 2 parts." in told
    assert "showcause work --partition 1/2` to `2/2" in told
    happen(house, tmp_path, "second", 8)
    assert judged(house)[PLATFORM]["parts"] == [10, 10], "the service leaves them to others"

    assert house.one("work", "--partition", "1/2", "--once") == {"partition": "1/2", "judged": 10}
    assert status(house)["parts"] == [20, 10]
    assert "2 processes share those of plaza, up to events 20, 10." in house.run("events", "status")
    house.run("work", "--partition", "2/2", "--once")
    place = status(house)
    assert (place["parts"], place["counts"][NAME]) == ([20, 20], [13, 0, 0])
    assert [each.event for each in sorted(said(house))] == [*range(1, 6), *range(11, 19)]

    house.run("events", "parts", PLATFORM, "1", "--as", "ada")
    happen(house, tmp_path, "third", 2)
    place = judged(house)[PLATFORM]
    assert (place["parts"], place["counts"][NAME]) == ([30], [15, 0, 0])
    for id_ in ("11.night_links", "21.night_links"):
        assert house.one("replay", id_)["result"] == "identical"
    assert house.run("setting", "list").count(f"event-parts-{PLATFORM}") == 1


def test_a_number_of_processes_that_nobody_said_is_refused(house: House, tmp_path: Path) -> None:
    ready(house, tmp_path)
    refused = house.try_("work", "--partition", "1/3", "--once")
    assert refused.exit_code != 0
    assert "no platform's events are shared out over 3 processes" in refused.stderr
    assert house.try_("work", "--partition", "4/3", "--once").exit_code == 2
    assert house.try_("events", "parts", "nowhere", "2", "--as", "ada").exit_code == 1
    assert house.try_("events", "parts", PLATFORM, "65", "--as", "ada").exit_code == 2
    assert status(house)["parts"] == [10]


@contextmanager
def working(house: House, part: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "showcause", "--home", str(house.home), "work", "--partition", part]
    child = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_killing_one_process_leaves_the_others_running(house: House, tmp_path: Path) -> None:
    """What was its part waits, and is judged once, when it is back."""
    house.now = datetime.now(UTC)
    ready(house, tmp_path)
    house.run("events", "parts", PLATFORM, "2", "--as", "ada")
    with working(house, "1/2") as one:
        with working(house, "2/2") as other:
            happen(house, tmp_path, "second", 8)
            until(lambda: status(house)["parts"] == [20, 20])
            other.send_signal(signal.SIGKILL)
            other.wait()
            happen(house, tmp_path, "third", 8)
            until(lambda: status(house)["parts"][0] == 30)
            assert one.poll() is None
            assert status(house)["parts"] == [30, 20]
        with working(house, "2/2"):
            until(lambda: status(house)["parts"] == [30, 30])
    found = [each.event for each in said(house)]
    assert sorted(found) == [*range(1, 6), *range(11, 19), *range(21, 29)]
    assert status(house)["counts"][NAME] == [21, 0, 0]
    assert json.loads(house.try_("doctor", "--json").stdout)
