"""The pages over HTTP: a child process with the site open and without the signer; no visitor slows the worker."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from showcause.domain.errors import Misconfigured, PagesEnded, ShowcauseError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from showcause.compose.site import Site
    from showcause.web.house import House

log = logging.getLogger("showcause.pages")

HOME = "SHOWCAUSE_PAGES_HOME"
PLACE = "SHOWCAUSE_PAGES_PLACE"
DEMO = "SHOWCAUSE_PAGES_DEMO"
SECONDS_TO_END = 10
THREADS = 16
"""They wait for the database, not for a processor."""
BACKLOG = 256
"""So many visitors may wait; further ones are turned away by the machine."""
SECONDS_FOR_HEADERS = 10
"""Who has not said by then what they want is cut off, so that nobody holds a place by saying it slowly."""


@contextmanager
def pages_served(home: Path, host: str, port: int, *, demo: bool = False) -> Iterator[Callable[[], None]]:
    """Serve a site's pages while the block runs. The child also ends when this process dies without a word.

    The block is given a function that raises PagesEnded when the child has ended by itself.
    """
    sources = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (sources, os.environ.get("PYTHONPATH", ""))))
    told = {
        HOME: str(home.absolute()),
        PLACE: f"{host} {port}",
        DEMO: "1" if demo else "",
        "PYTHONPATH": path,
    }
    child = subprocess.Popen(
        [sys.executable, "-c", "from showcause.compose.pages import run; run()"],
        env=os.environ | told, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield partial(_look, child)
    finally:
        _end(child)


def _look(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is not None:
        raise PagesEnded(f"the process of the pages ended with {child.returncode}")


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child and its workers, which are one group; after some seconds without being asked."""
    child.terminate()
    try:
        child.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def run() -> None:
    """Serve until told to end, or until the parent's end of the pipe closes."""
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    host, port = os.environ[PLACE].split()
    threading.Thread(target=_watch_parent, daemon=True).start()
    Server(
        "showcause.compose.pages:application", address=host, port=int(port), interface=Interfaces.WSGI,
        factory=True, log_access=False, log_level=LogLevels.warning, workers=1, blocking_threads=THREADS,
        backlog=BACKLOG, websockets=False, workers_kill_timeout=SECONDS_TO_END,
        http1_settings=HTTP1Settings(header_read_timeout=SECONDS_FOR_HEADERS * 1000),
    ).serve()  # fmt: skip


def application() -> "WSGIApplication":
    """Return the application over the site that the environment names; a site that cannot be served ends the child."""
    try:
        return _application()
    except ShowcauseError as error:
        log.error("the pages do not start: %s (%s) %s", error.message, error.code, error.hint)
        raise SystemExit(1) from None


def _application() -> "WSGIApplication":
    from showcause.web.configuration import configure

    configure()  # before anything imports the store
    from showcause.cli.serve import log_to_stderr
    from showcause.compose.site import open_site
    from showcause.web.application import build

    site = open_site(Path(os.environ[HOME]))
    log_to_stderr(site.settings.log_level)
    _check_account_tables(site)
    host, port = os.environ[PLACE].split()
    story = json.loads(site.home.story.read_text(encoding="utf-8")) if os.environ.get(DEMO) else None
    return build(house_of(site, f"http://{host}:{port}", story))


def _check_account_tables(site: "Site") -> None:
    """Check that the tables of logins and sessions are there and as new as this program.

    Raises: Misconfigured.
    """
    from showcause.web.configuration import missing_account_tables

    if missing := missing_account_tables(site.store.database.alias):
        raise Misconfigured(
            f"the tables of logins lack {missing} migrations", "Stop the service and run `showcause migrate`."
        )


def house_of(site: "Site", address: str, story: Mapping[str, Any] | None = None) -> "House":
    """Return what pages are given of a site. `address` holds until the record names the public one.

    Raises: Misconfigured when a secret is missing or loose.
    """
    from showcause.casework.reading import setting
    from showcause.compose.comments import section_of
    from showcause.home import make_key, read_secret, revoke
    from showcause.web.house import House

    settings = site.settings
    login = {}
    if settings.oidc_server:
        login = {
            "name": settings.oidc_name,
            "server": settings.oidc_server,
            "client": settings.oidc_client,
            "secret": read_secret(site.home.path / settings.oidc_secret_file),
        }
    with site.store.read() as view:
        address = setting(view, "address") or address
    return House(
        site,
        public=site.home.public,
        policy=site.home.policy.read_text(encoding="utf-8"),
        secret=make_key(site.home.secrets / "pages.key"),
        address=address,
        proxies=settings.proxies,
        story=story,
        login=login,
        mails=bool(settings.mail_server),
        identity_days=section.identity_days if (section := section_of(settings)) is not None else 0,
        revoke=partial(revoke, site.home),
    )


def _watch_parent() -> None:
    os.read(0, 1)  # not sys.stdin: a forked worker would wait for its lock for ever
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os.killpg(0, signal.SIGKILL)
