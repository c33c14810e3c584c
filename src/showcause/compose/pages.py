"""The pages over HTTP: a child process with the site open and without the signer; no visitor slows the worker."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from showcause.compose.site import Site
    from showcause.web.house import House

HOME = "SHOWCAUSE_PAGES_HOME"
PLACE = "SHOWCAUSE_PAGES_PLACE"
DEMO = "SHOWCAUSE_PAGES_DEMO"
SECONDS_TO_END = 10
THREADS = 8
"""They wait for the database, not for a processor."""


@contextmanager
def pages_served(home: Path, host: str, port: int, *, demo: bool = False) -> Iterator[None]:
    """Serve a site's pages while the block runs. The child also ends when this process dies without a word."""
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
        yield
    finally:
        _end(child)


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
    from granian.server import Server

    host, port = os.environ[PLACE].split()
    threading.Thread(target=_watch_parent, daemon=True).start()
    Server(
        "showcause.compose.pages:application", address=host, port=int(port), interface=Interfaces.WSGI,
        factory=True, log_access=False, workers=1, blocking_threads=THREADS,
    ).serve()  # fmt: skip


def application() -> "WSGIApplication":
    """Return the application over the site that the environment names."""
    from showcause.web.configuration import configure

    configure()  # before anything imports the store
    from showcause.compose.site import open_site
    from showcause.web.application import build

    site = open_site(Path(os.environ[HOME]))
    host, port = os.environ[PLACE].split()
    story = json.loads(site.home.story.read_text(encoding="utf-8")) if os.environ.get(DEMO) else None
    return build(house_of(site, f"http://{host}:{port}", story))


def house_of(site: "Site", address: str, story: Mapping[str, Any] | None = None) -> "House":
    """Return what pages are given of a site. `address` holds until the record names the public one.

    Raises: Misconfigured when a secret is missing or loose.
    """
    from showcause.casework.reading import setting
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
        revoke=partial(revoke, site.home),
    )


def _watch_parent() -> None:
    os.read(0, 1)  # not sys.stdin: a forked worker would wait for its lock for ever
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os.killpg(0, signal.SIGKILL)
