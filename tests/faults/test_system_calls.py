"""The operating system refuses a write, a flush or a rename, or the machine stops there: what was acknowledged stays.

A victim lives a little of a house's life on SQLite: decisions, signed heads, public files. One of its writing calls
on the database, the keys, the signer's state or the public folder fails with an error, after which it goes on as a
service would, or is its last. Then the site is opened afresh and looked at as after every kill: `checks.py`.
"""

import json
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pytest

from showcause.domain.errors import ShowcauseError
from tests.crash import checks
from tests.crash.checks import Told
from tests.crash.children import in_child
from tests.crash.durable import Place, Sites, opened
from tests.crash.life import SLICE, Life
from tests.faults.kernel import Call, Ended, counted, struck
from tests.house import NOON

pytestmark = [pytest.mark.crash, pytest.mark.strace]

FAULTS = ("signal=SIGKILL", "error=EIO", "error=ENOSPC")
OURS = ("showcause.db", "keys.db", "signer.json", "public/")
WEIGHTY = ("showcause.db-wal", "signer.json")
"""Files on which each fault is tried at every kind of call, not one after the other."""
BY_DIGEST = "public/doc/"
"""Files whose names follow from what is drawn anew for each site; their folder stands for them."""
ACTS = (Life.decide, Life.publish, Life.undo, Life.publish)
Recorder = Callable[[str, object], None]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """What makes sites on SQLite, founded once."""
    return Sites(tmp_path_factory.mktemp("sites"))


@pytest.fixture(scope="module")
def calls(sites: Sites) -> list[Call]:
    """The writing calls of an unharmed victim."""
    with sites.fresh() as place:
        found = counted(lambda pipe: live(place, pipe), place.folder)
    return [call for call in found if call.file.startswith(OURS) and not call.file.startswith(BY_DIGEST)]


def live(place: Place, pipe: int) -> None:
    """Live a little; what fails is not acknowledged, and life goes on."""

    def tell(what: str, about: object) -> None:
        os.write(pipe, json.dumps([what, about]).encode() + b"\n")

    house = opened(place, NOON, tell=tell)
    life = Life(house, random.Random(7))
    for act in ACTS:
        try:
            act(life)
        except (ShowcauseError, OSError):
            house.now += timedelta(seconds=1)


def spread(calls: Iterable[Call], most: int) -> list[Call]:
    """Return of each kind of call on each file so many, from the first to nearly the last; if one, from the middle."""
    kinds: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        kinds[call.name, call.file].append(call)
    return [each for same in kinds.values() for each in _some(same, most)]


def _some(same: list[Call], most: int) -> Iterator[Call]:
    # The last ones are left out of long rows: two lives of two sites do not write the same number of pages.
    last = len(same) - 1 if len(same) < 10 else int(len(same) * 0.9)
    places = {round(last * n / (most - 1)) for n in range(most)} if most > 1 else {last // 2}
    yield from (same[at] for at in sorted(places))


def strike(sites: Sites, call: Call, fault: str) -> Ended:
    """Strike one victim on a site of its own, and look at what is left before and after the service came back."""
    with sites.fresh() as place:
        ended = struck(lambda pipe: live(place, pipe), place.folder, call, fault)
        told = Told()
        told.hear(ended.told)
        in_child(lambda: _look(place, told))
    return ended


def _look(place: Place, told: Told) -> None:
    house = opened(place, NOON + SLICE)
    checks.at_once(house, told)
    checks.recover(house)
    checks.after_recovery(house, told)


@pytest.mark.parametrize("fault", FAULTS)
def test_one_call_fails_or_is_the_last(
    fault: str, calls: list[Call], sites: Sites, record_property: Recorder
) -> None:
    turn = FAULTS.index(fault)
    heavy = [call for call in spread(calls, 2) if call.file in WEIGHTY]
    chosen = spread(calls, 1)[turn :: len(FAULTS)] + heavy
    killed = [_struck_by(sites, call, fault).killed for call in dict.fromkeys(chosen)]
    assert all(killed) if fault == "signal=SIGKILL" else not any(killed)
    record_property("kill -9", {"at a system call": sum(killed)})


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_any_of_many_calls_fails_or_is_the_last(fault: str, calls: list[Call], sites: Sites) -> None:
    for call in spread(calls, 8):
        _struck_by(sites, call, fault)


def test_every_file_of_the_log_is_among_those_that_fail(calls: list[Call]) -> None:
    struck_files = {(call.name, call.file) for call in spread(calls, 2)}
    assert struck_files >= {
        ("pwrite64", "showcause.db-wal"),
        ("fdatasync", "showcause.db-wal"),
        ("pwrite64", "showcause.db"),
        ("pwrite64", "keys.db-wal"),
        ("pwrite64", "signer.json"),
        ("fdatasync", "signer.json"),
        ("write", "public/checkpoint.new"),
        ("fsync", "public/checkpoint.new"),
        ("rename", "public/checkpoint.new"),
    }


def _struck_by(sites: Sites, call: Call, fault: str) -> Ended:
    ended = strike(sites, call, fault)
    assert ended.struck, f"{call} was not reached"
    return ended
