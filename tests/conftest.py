"""What all tests share: the real servers, and the rule that nothing is left out silently.

A test says which service it needs by a marker (`postgres`, `synapse`, `peers`). Where the service is missing the
test is skipped with a reason that the end of the run repeats; with SHOWCAUSE_STRICT=1 it is red instead.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from showcause.cli.testing import SERVICES, why_missing
from showcause.web.configuration import configure

if TYPE_CHECKING:
    from tests.services.browser import Browser
    from tests.services.golang import Go
    from tests.services.postgres import PostgresServer
    from tests.services.synapse import Synapse

configure()  # one process, one set of Django's settings: those of the pages contain those of the store

STRICT = os.environ.get("SHOWCAUSE_STRICT") == "1"
NOT_RUN = "not run: "
OF_THE_MATRIX_SERVER = re.compile(
    r"test_matrix_server|test_matrix_story|test_synapse_harness|test_connect_matrix|contracts/connector/.*\[matrix"
)
OF_THE_CLONE = "tooling/test_bootstrap.py"
"""These tests share a clone that takes seconds to make: each worker would make one."""

# Machines are shared and slow by turns, so no example has a deadline; a red run in CI must be red again at home.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check that the workers' plan knows all tests of the Matrix server."""
    for item in items:
        if item.get_closest_marker("synapse") and not OF_THE_MATRIX_SERVER.search(item.nodeid):
            raise pytest.UsageError(f"{item.nodeid} needs the Matrix server: name it in OF_THE_MATRIX_SERVER")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep all tests of the Matrix server on one worker: one server is enough, and it is not small.

    So with those of a clone. The plan sees names of tests alone; a mark does not reach it with the pytest that we use.
    """
    from xdist.scheduler import LoadGroupScheduling

    class OneServer(LoadGroupScheduling):  # type: ignore[misc]  # its base has no types
        def _split_scope(self, nodeid: str) -> str:
            if OF_THE_CLONE in nodeid:
                return OF_THE_CLONE
            return "synapse" if OF_THE_MATRIX_SERVER.search(nodeid) else nodeid

    return OneServer(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("slow") and not item.config.getoption("--slow"):
        pytest.skip(f"{NOT_RUN}slow tests, without `./showcause test --all`")
    for service in SERVICES:
        if item.get_closest_marker(service) and (why := why_missing(service)):
            reason = f"{NOT_RUN}{service}: {why}"
            pytest.fail(reason, pytrace=False) if STRICT else pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in words, before the closing line, what was left out and why."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_RUN in text:
            reason = text.split(NOT_RUN, 1)[1]
            reasons[reason] = reasons.get(reason, 0) + 1
    if kills := _kills(terminalreporter):
        where = ", ".join(f"{name}: {count}" for name, count in sorted(kills.items()))
        terminalreporter.write_line(f"kill -9: {kills.total()} processes ({where})")
    if reasons:
        terminalreporter.section("not run here")
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"{number} tests: {reason}")


def _kills(terminalreporter: pytest.TerminalReporter) -> Counter[str]:
    """Return how many processes the crash tests killed, and where."""
    killed: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, where in report.user_properties:
            if name == "kill -9":
                killed.update(where)
    return killed


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["PostgresServer"]:
    """A real PostgreSQL for this worker, started on first use."""
    from tests.services.postgres import running_postgres

    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_dsn(postgres_server: "PostgresServer") -> str:
    """The address of the server's own database `postgres`, shared by all tests of this worker."""
    return postgres_server.dsn()


@pytest.fixture
def postgres_database(postgres_server: "PostgresServer") -> Iterator[str]:
    """The address of an empty database for this test alone."""
    name = postgres_server.create()
    yield postgres_server.dsn(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Synapse"]:
    """A real Matrix server, started on first use, with nobody but an administrator on it."""
    from tests.services.synapse import running_synapse

    with running_synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> "Go":
    """Debian's Go, to build a program that checks ours with another implementation."""
    from tests.services.golang import Go

    return Go(Path(tmp_path_factory.mktemp("go")))


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A real Chromium for this worker, started on first use."""
    from tests.services.browser import running_browser

    with running_browser() as started:
        yield started
