"""Full decisions per second: each commits decision, restriction, order, statement, effects and leaf through the mapper.

Every decision was proposed and approved before; what is measured is its transaction, its flush and its signature, with
SQLite flushing every commit. Alone, each waits for the one before; in groups they share a flush and a signature.
"""

import cProfile
import pstats
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import rows
from bench.rows import Row
from bench.stand import PLATFORM, UNDO, Stand, stand
from showcause.casework import deciding
from showcause.casework.log.fsck import fsck
from showcause.casework.log.grouping import GroupWriter
from showcause.casework.log.signing import sign_head
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import DecisionState

GROUPS = (16, 128)
A_SECOND = 16
"""So many decisions are prepared for each second that was asked for; preparing is slower than deciding."""
PLACES = (
    ("SQLite", ("sqlite3",)),
    ("cryptography", ("hazmat", "/cryptography/", "hmac", "hashlib", "token_hex")),
    ("Django", ("/django/",)),
    ("cattrs and JSON", ("/cattrs/", "/cattr/", "/json/", "rfc8785", "_json")),
    ("store", ("showcause/store/",)),
    ("log formats", ("showcause/transparency/",)),
    ("ninja and our pages", ("/ninja/", "pydantic", "showcause/web/", "/whitenoise/", "/allauth/")),
    ("use cases and law", ("showcause/casework/", "showcause/domain/", "showcause/dsa/")),
)


def decisions(folder: Path, seconds: float) -> Iterator[Row]:
    """Measure decisions one by one and in groups, and say where the time goes."""
    number = max(24, int(seconds * A_SECOND))
    with stand(folder) as made:
        yield alone(made, number)
        for submitters in GROUPS:
            yield together(made, max(number, submitters), submitters)
        assert fsck(made.site.store).sound


def prepared(made: Stand, number: int) -> list[str]:
    """Return the ids of so many decisions whose undo delay is over."""
    for _ in range(number):
        made.report()
    worker = made.worker()
    worker.poll(PLATFORM)
    ready = [made.propose(made.waiting_case()).id for _ in range(number)]
    made.clock.now += UNDO
    sign_head(made.site.store, made.site.signer)
    return ready


def alone(made: Stand, number: int) -> Row:
    """Measure one decision after another, each with its own flush and signature."""
    ids, taken = prepared(made, number), []
    began, cpu = time.perf_counter(), time.process_time()
    for each in ids:
        start = time.perf_counter()
        _decide(made, each)
        taken.append(time.perf_counter() - start)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    _check(made, ids)
    profile = cProfile.Profile()
    for each in prepared(made, min(number, 24)):
        profile.runcall(_decide, made, each)
    return _row(
        "decisions, one after another",
        number,
        took,
        cpu,
        **rows.latencies(taken),
        time_goes_to=shares(profile),
    )


def together(made: Stand, number: int, submitters: int) -> Row:
    """Measure decisions that are submitted so many at a time and share flushes and signatures."""
    ids, site = prepared(made, number), made.site
    began, cpu = time.perf_counter(), time.process_time()
    with GroupWriter(site.store, site.signer, site.ids, site.clock) as writer:
        for at in range(0, number, submitters):
            waiting = [writer.submit(deciding.commit, each) for each in ids[at : at + submitters]]
            for ticket in waiting:
                answer = ticket.wait()
                assert answer.head is not None, answer.unsigned
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    _check(made, ids)
    return _row(f"decisions, {submitters} at a time", number, took, cpu)


def _decide(made: Stand, decision: str) -> None:
    made.site.runner.run(deciding.commit, decision)
    assert sign_head(made.site.store, made.site.signer) is not None


def _check(made: Stand, ids: Sequence[str]) -> None:
    with made.site.store.read() as view:
        states = {view.get(Decision, each).state for each in ids}
    assert states == {DecisionState.IN_FORCE}


def _row(case: str, number: int, took: float, cpu: float, **more: object) -> Row:
    each = round(cpu / number * 1000, 2)
    return rows.row("receipts", case, number / took, None, decisions=number, cpu_ms_per_decision=each, **more)


def shares(profile: cProfile.Profile) -> dict[str, float]:
    """Return which share of the time was spent where, by the function that was running."""
    spent = dict.fromkeys([*(name for name, _ in PLACES), "the rest"], 0.0)
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = f"{file} {function}"
        spent[next((name for name, signs in PLACES if any(s in where for s in signs)), "the rest")] += own
    whole = sum(spent.values())
    return {name: round(each / whole, 3) for name, each in spent.items()}
