"""Whatever ends the process, a hit is reported once; and what a report of a rule holds of a person dies with them."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from showcause.casework import deciding, desk, forgetting
from showcause.casework.ports import Ids
from showcause.casework.rulework import reported, reporting
from showcause.casework.runner import Runner
from showcause.casework.weighing import Proposal
from showcause.compose.judging import Judging
from showcause.domain.case import Case
from showcause.domain.decision import Outcome
from showcause.domain.errors import Forgotten
from showcause.domain.report import Report
from showcause.store.config import open_store
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.store.verdicts import Verdict, reached, verdicts
from showcause.stream.forgetting import forget
from tests.casework.judged_site import JudgedSite, post
from tests.databases import MASTER, sqlite_template
from tests.house import NOON, PLATFORM, House, fresh_id, opened_house

PEOPLE, EVENTS = 30, 120


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Open a house's store as a fresh process would."""
    store = open_store(f"sqlite:///{folder / 'showcause.db'}", folder / "keys.db", MASTER)
    yield store
    store.close()
    store.keys.close()


def made(folder: Path) -> None:
    """Make a house in files whose rule is live, with events that nobody judged yet."""
    folder.mkdir()
    shutil.copyfile(sqlite_template(), folder / "showcause.db")
    with opened(folder) as store, opened_house(store, folder) as house:
        site = JudgedSite(house)
        site.act({}, "night_links")
        sent = [json.dumps({"id": f"e{n}", "data": post(f"u{n % PEOPLE}")}).encode() for n in range(EVENTS)]
        site.judging.intake.take(PLATFORM, site.declared, sent, house.now)
        site.judging.close()


def judge(store: Store, dies_at: int = 0) -> None:
    """Judge what is there, twenty events a transaction; die without a word after acting on so many verdicts."""
    judging = Judging(Runner(store, fresh_id, lambda: NOON))
    judging.round(turns=0)
    [stream] = judging._streams.values()
    acts, acted = stream.act, list[str]()

    def act(
        tx: Tx, now: datetime, ids: Ids, verdict: Verdict, names: Mapping[str, str], came: dict[str, int]
    ) -> Verdict:
        done = acts(tx, now, ids, verdict, names, came)
        acted.append(done.report)
        if len(acted) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    stream.act, stream.batch = act, 20
    judging.round(turns=1_000)
    judging.close()


def in_a_process(work: Callable[[], None]) -> int:
    """Do something in a process of its own; return the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001  # a forked child must never come back into the tests
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def found(folder: Path) -> Any:
    with opened(folder) as store, store.read() as view:
        place = reached(view, PLATFORM)
        reports = {each.id: (each.rule, each.state) for each in view.find(Report)}
        said = [(each.id, each.came, each.report) for each in verdicts(view)]
        return reports, said, place.came if place else None, view.count(Case)


def test_killed_while_it_reports_each_hit_is_reported_once_and_none_is_lost(tmp_path: Path) -> None:
    here, there = tmp_path / "killed", tmp_path / "undisturbed"
    made(here)
    shutil.copytree(here, there)

    def work(folder: Path, dies_at: int = 0) -> Callable[[], None]:
        def judged() -> None:
            with opened(folder) as store:
                judge(store, dies_at)

        return judged

    for dies_at in (15, 31, 50):
        assert in_a_process(work(here, dies_at)) == signal.SIGKILL
    assert in_a_process(work(here)) == 0
    assert in_a_process(work(there)) == 0
    reports, said, came, cases = found(here)
    assert (reports, said, came, cases) == found(there)
    assert (len(reports), cases, len(said)) == (PEOPLE, PEOPLE, EVENTS)
    assert came["night_links"][reporting.FILED] == PEOPLE


@pytest.fixture
def site(house: House) -> JudgedSite:
    made = JudgedSite(house)
    made.act({}, "night_links")
    return made


def test_what_a_report_of_a_rule_holds_of_a_person_dies_with_them(house: House, site: JudgedSite) -> None:
    site.happen([post("zoe", id="what zoe wrote")])
    [report], [case] = house.all(Report), house.all(Case)
    house.run(desk.claim, case.id, "bea")
    house.run(
        deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason="Links are allowed at night.")
    )
    house.wait(seconds=31)
    house.wait(seconds=1)
    answered = house.all(Report)[0]
    assert (answered.state, answered.told, answered.holder) == ("answered", (), None), "a rule gets no letter"
    emptied = forgetting.forget(
        house.runner, {PLATFORM: house.platform}, report.subject, "ada",
        lambda names: forget(site.judging.intake, names),
    )  # fmt: skip
    assert emptied
    with house.store.read() as view:
        with pytest.raises(Forgotten):
            view.unseal(report.evidence or "")
        [told] = reported.of_case(view, case.id, "en")
    assert told.title == "Links at night"
    assert "zoe" not in repr((told, site.verdicts(), house.all(Report), house.journal(report.id)))
    site.happen([post("zoe")])
    assert len(house.all(Report)) == 2, "who comes back is somebody new"
