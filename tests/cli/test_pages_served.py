"""`showcause serve --listen` as real processes: what answers, what is refused, and how everything ends together."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.cli.house import House
from tests.cli.served import service
from tests.cli.test_processes import ENVIRONMENT
from tests.services.processes import PATIENCE, until

TOKEN = "A" * 44


def test_one_process_serves_pages_log_and_health_and_ends_politely(house: House, tmp_path: Path) -> None:
    with service(house, tmp_path) as running:
        assert running.get("/accounts/login/")[0] == 200
        assert running.get("/checkpoint")[0] in (200, 404)
        assert running.get("/static/showcause/look.css")[0] == 200
        until(lambda: running.get("/healthz")[0] == 200)
        assert json.loads(running.get("/healthz")[1])["ok"] is True
        assert running.get("/metrics")[0] == 401
        assert running.get(f"/s/{TOKEN}?x={TOKEN}")[0] == 404
        assert running.get("/", Host="evil.example")[0] == 400
        assert _post_of(running.port, 10_000_000) == 413
        below = running.children()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0
        assert not running.answers()
        assert [pid for pid in below if Path(f"/proc/{pid}").exists()] == []
    said = running.written.read_text()
    assert "serving" in said
    assert TOKEN not in said
    assert "evil.example" not in said
    assert "127.0.0.1" not in said


def _post_of(port: int, length: int) -> int:
    """Announce a body of this length and return the answer that comes before it is sent."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as held:
        held.sendall(
            f"POST /report/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        return int(held.recv(4096).split()[1])


@pytest.mark.parametrize("which", [0, -1])
def test_when_the_pages_die_the_service_ends_with_an_error(house: House, tmp_path: Path, which: int) -> None:
    with service(house, tmp_path) as running:
        until(lambda: len(running.pages()) >= 2)
        os.kill(running.pages()[which], signal.SIGKILL)
        assert running.process.wait(PATIENCE) == 70
        assert "error (pages-ended)" in running.written.read_text()
        until(lambda: not running.answers())


def test_when_the_signer_dies_the_service_ends_with_an_error_and_its_pages_too(
    house: House, tmp_path: Path
) -> None:
    with service(house, tmp_path) as running:
        until(lambda: len(running.pages()) >= 2)
        os.kill(running.signer(), signal.SIGKILL)
        assert running.process.wait(PATIENCE) == 70
        assert "error (signer-ended)" in running.written.read_text()
        until(lambda: not running.answers())


def test_when_the_service_is_killed_its_pages_and_its_signer_end(house: House, tmp_path: Path) -> None:
    with service(house, tmp_path) as running:
        until(lambda: len(running.children()) >= 3)
        below = running.children()
        running.process.kill()
        running.process.wait()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_a_place_that_is_taken_is_said_and_ends_the_service(house: House, tmp_path: Path) -> None:
    with service(house, tmp_path) as running:
        command = [sys.executable, "-m", "showcause", "--home", str(house.home), "serve"]
        taken = subprocess.run(
            [*command, "--listen", f"127.0.0.1:{running.port}"],
            env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert taken.returncode != 0
        assert "error (" in taken.stderr


def test_without_the_tables_of_logins_no_page_is_served_and_the_remedy_is_named(
    house: House, tmp_path: Path
) -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect(house.home / "main.db")) as opened, opened:
        opened.execute("DELETE FROM django_migrations WHERE app = 'mfa'")
    with service(house, tmp_path) as running:
        assert running.process.wait(PATIENCE) == 70
        assert "Run `showcause migrate`" in running.written.read_text().replace("run", "Run")


@pytest.mark.slow
def test_who_says_slowly_what_they_want_is_cut_off_and_keeps_nobody_waiting(
    house: House, tmp_path: Path
) -> None:
    with service(house, tmp_path) as running:
        slow = [socket.create_connection(("127.0.0.1", running.port), 20) for _ in range(100)]
        for each in slow:
            each.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        began = time.monotonic()
        assert running.get("/accounts/login/")[0] == 200
        assert time.monotonic() - began < 5
        readers = [threading.Thread(target=each.recv, args=(4096,)) for each in slow]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(20)
        assert not any(reader.is_alive() for reader in readers)
        for each in slow:
            each.close()
