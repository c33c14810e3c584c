"""Reports accepted per second by the API of a real `showcause serve`: one by one and in batches, every one durable.

    python -m bench.api [--seconds N]

A fresh site with SQLite flushing every commit; the server with its worker at work is a process of its own, as in life,
and the load comes from this process over loopback, with one key and one connection for each client. Every client
waits for its answer before it sends the next, so that throughput and latency belong together. A report counts when
its answer is there; at the end the record is opened and must hold exactly what was acknowledged. Server, worker and
clients share the machine's cores. Beside it stand the same use case without HTTP, and where the time of a request goes.
"""

import argparse
import contextlib
import cProfile
import http.client
import io
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import rows
from bench.rows import Row

if TYPE_CHECKING:
    from showcause.compose import Site

PLATFORM = "plaza"
SOURCES = Path(__file__).resolve().parents[1] / "src"
ACCOUNTS = 500
"""So many accounts are reported again and again, unless a case says that each is new."""
WARM_UP = 0.5
DURABLE = "SQLite WAL synchronous=FULL; keys of new people flushed apart"
AT_LEAST = 3
"""So many requests a client sends however long they take; the first one warms up."""
MOST_FOR_A_KEY = 5_000
"""Requests of one client in one case, below the limit of a key."""


@dataclass(frozen=True, slots=True)
class Case:
    """How many clients send how many reports at a time, about accounts that are known or new."""

    clients: int
    reports: int = 1
    new: bool = False

    def __str__(self) -> str:
        how = "one by one" if self.reports == 1 else f"{self.reports} at a time"
        many = "1 client" if self.clients == 1 else f"{self.clients} clients"
        return f"{how}, {many}, {'new' if self.new else 'known'} accounts"


CASES = (
    Case(1), Case(8), Case(8, new=True), Case(1, 100), Case(2, 100), Case(1, 1_000), Case(1, 1_000, new=True),
)  # fmt: skip


@dataclass
class Load:
    """What the clients of one case sent and were answered."""

    case: Case
    since: float
    until: float
    taken: list[float] = field(default_factory=list)
    accepted: int = 0
    began: float = float("inf")
    ended: float = 0.0
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


_numbers = itertools.count()


def report(case: Case) -> dict[str, Any]:
    """Return a report that was never sent before."""
    number = next(_numbers)
    about = number if case.new else number % ACCOUNTS
    kind = "fresh" if case.new else "known"
    return {
        "external_key": f"bench-{number}",
        "subject": {"kind": "account", "ref": f"@{kind}-{about}:plaza.example"},
        "reporter": f"@reader-{number % 50}:plaza.example",
        "reason": "the same advertisement in every room, for the third time today",
        "evidence": {"text": "buy now " * 12},
    }


def acquaint(port: int, key: str) -> int:
    """Report every known account once, so that they are; return how many reports that took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = json.dumps({"reports": [report(Case(1)) for _ in range(ACCOUNTS)]}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/reports/batch", body, headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()[:200]
    taken = len(json.loads(answer.read())["reports"])
    connection.close()
    return taken


def client(port: int, key: str, load: Load) -> None:
    """Send until the time is over."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    one = load.case.reports == 1
    path = "/api/v1/reports" if one else "/api/v1/reports/batch"
    for number in range(MOST_FOR_A_KEY):
        several = [report(load.case) for _ in range(load.case.reports)]
        body = json.dumps(several[0] if one else {"reports": several}).encode()
        headers["Idempotency-Key"] = f"{threading.get_ident()}-{number}-{load.since}"
        began = time.perf_counter()
        if began >= load.until and number >= AT_LEAST:
            break
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        _note(load, number, answer.status, said, began)
    connection.close()


def _note(load: Load, number: int, status: int, said: bytes, began: float) -> None:
    ended = time.perf_counter()
    with load.lock:
        if status not in (200, 201):
            load.faults.append(f"{status} {said[:200]!r}")
            return
        load.accepted += load.case.reports
        if number and began >= load.since:
            load.taken.append(ended - began)
            load.began = min(load.began, began)
            load.ended = max(load.ended, ended)


@contextmanager
def served(home: Path) -> Iterator[int]:
    """Run a real `showcause serve` on a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "showcause",
        "--home",
        str(home),
        "serve",
        "--listen",
        f"127.0.0.1:{port}",
    ]
    with (home / "serve.log").open("wb") as log:
        told = os.environ | {"PYTHONPATH": str(SOURCES)}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=told)
        try:
            _wait(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/v1/")
            answered = connection.getresponse().status == 200
            connection.close()
            if answered:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def measure(port: int, keys: Sequence[str], case: Case, seconds: float) -> tuple[Row, int]:
    """Measure one case; return its row, and how many reports were acknowledged in all."""
    now = time.perf_counter()
    load = Load(case, now + WARM_UP, now + WARM_UP + seconds)
    several = [threading.Thread(target=client, args=(port, key, load)) for key in keys[: case.clients]]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert not load.faults, load.faults[:3]
    reports = len(load.taken) * case.reports
    rate = reports / (load.ended - load.began)
    latencies = rows.latencies(load.taken)
    made = rows.row("api", str(case), rate, None, reports=reports, **latencies, durable=DURABLE)
    return made, load.accepted


# --- without HTTP ---------------------------------------------------------------------------------------------


def ceiling(site: "Site", seconds: float, several: int) -> Row:
    """Measure the same use case in one thread of one process, without HTTP, keys and idempotency."""
    from showcause.casework.programs import take_reports

    case, taken = Case(1, several), []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        site.runner.run(take_reports, [_incoming(report(case)) for _ in range(several)])
        taken.append(time.perf_counter() - began)
    how = "one by one" if several == 1 else f"{several} at a time"
    rate = len(taken) * several / sum(taken)
    name = f"{how}, the use case alone in one process"
    return rows.row("api", name, rate, None, **rows.latencies(taken), durable=DURABLE)


def _incoming(sent: dict[str, Any]) -> Any:
    from showcause.casework.intake import TERMS_REPORT
    from showcause.casework.ports import IncomingReport
    from showcause.compose import utc_now
    from showcause.domain.subject import Subject, SubjectKind

    about = Subject(PLATFORM, SubjectKind.ACCOUNT, sent["subject"]["ref"])
    reporter = Subject(PLATFORM, SubjectKind.ACCOUNT, sent["reporter"])
    whole = IncomingReport(
        sent["external_key"], about, None, reporter, sent["reason"], utc_now(), sent["evidence"], ""
    )
    return whole, TERMS_REPORT


def shares(site: "Site", key: str, number: int) -> Row:
    """Say where the time of a single report goes, by calling the application as a server would."""
    from bench.decisions import shares as shares_of
    from showcause.compose.pages import house_of
    from showcause.web.application import build

    application = build(house_of(site, "http://127.0.0.1"))
    profile, case = cProfile.Profile(), Case(1)
    for at in range(number + 20):
        body = json.dumps(report(case)).encode()
        environ = _environ(key, f"profile-{at}", body)
        began = profile.runcall if at >= 20 else _plain
        began(_call, application, environ)
    return rows.row(
        "api", "where the time of one report goes, in the server", 0, None, time_goes_to=shares_of(profile)
    )


def _plain(call: Any, *arguments: Any) -> None:
    call(*arguments)


def _call(application: Any, environ: dict[str, Any]) -> None:
    said: list[str] = []
    answer = application(environ, lambda status, headers: said.append(status))
    b"".join(answer)
    answer.close()
    assert said == ["201 Created"], said


def _environ(key: str, again: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/reports", "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_IDEMPOTENCY_KEY": again,
        "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip


# --- the whole ------------------------------------------------------------------------------------------------


def found(home: Path, clients: int) -> list[str]:
    """Found a site with one platform and as many keys as there are clients; return their texts."""
    from bench.stand import FOUNDING
    from bench.stand import run as run_command
    from showcause.casework import api_keys
    from showcause.compose import Wiring
    from showcause.domain.api_key import Scope

    wiring = Wiring()
    for command in FOUNDING:
        run_command(wiring, home, command)
    site = wiring.open(home)
    with site.store.read(), site.store.database.connection().cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,), "every commit is flushed"
    made = [
        site.runner.run(api_keys.add, f"bench-{n}", (Scope.REPORTS,), PLATFORM, "ada")[1]
        for n in range(clients)
    ]
    site.close()
    return made


def api(folder: Path, seconds: float, cases: Sequence[Case] = CASES) -> Iterator[Row]:
    """Measure all cases, and check at the end that the record holds what was acknowledged."""
    from showcause.compose import Wiring
    from showcause.domain.report import Report

    home, acknowledged = folder / "site", 0
    keys = found(home, 1 + max(case.clients for case in cases))
    with served(home) as port:
        acknowledged += acquaint(port, keys[-1])
        for case in cases:
            made, accepted = measure(port, keys, case, seconds)
            acknowledged += accepted
            yield made
    site = Wiring().open(home)
    with site.store.read() as view:
        assert view.count(Report) == acknowledged, "what was acknowledged is there, and nothing twice"
    for several in (1, 100):
        yield ceiling(site, min(seconds, 3), several)
    yield shares(site, keys[-1], max(20, int(seconds * 40)))
    site.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object a row."""
    parser = argparse.ArgumentParser(prog="showcause bench api", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each case is measured")
    parser.add_argument("--folder", type=Path, help="where to write, to measure that disk")
    asked = parser.parse_args(arguments)
    from showcause.web.configuration import configure

    configure()  # before anything imports the store
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends with us
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for made in api(Path(folder), asked.seconds):
            rows.show(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
