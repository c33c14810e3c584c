"""A signer under a user of its own: the site works without being able to read the key."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.house import House
from tests.cli.test_processes import ENVIRONMENT, run, serving


@contextmanager
def signer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run `showcause signer` on a folder, with its socket in it."""
    where = ["--keys", str(folder), "--socket", str(folder / "socket")]
    command = [sys.executable, "-m", "showcause", "signer", *where]
    child = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stderr is not None
        assert "signing at" in child.stderr.readline()
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def move_out(house: House, folder: Path) -> None:
    """Give key and memory to a folder that the site does not know, and name the socket in its settings."""
    (house.home / "secrets" / "log.key").rename(folder / "log.key")
    (house.home / "signer" / "state.json").rename(folder / "state.json")
    config = house.home / "config.toml"
    config.write_text(f'signer-socket = "{folder / "socket"}"\n' + config.read_text())


def test_a_site_without_its_key_signs_through_the_socket_and_one_at_a_time(house: House) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        move_out(house, folder)
        with signer(folder) as child:
            done = run("serve", "--once", "--json", home=house.home)
            assert done.returncode == 0, done.stderr
            with serving(house.home) as service:
                added = run("moderator", "add", "dora", "--as", "ada", home=house.home)
                assert added.returncode == 0, added.stderr
                assert run("log", "head", home=house.home).returncode == 0, "the service signs for a command"
                second = run("serve", "--once", home=house.home)
                assert (second.returncode, "another process signs" in second.stderr) == (1, True)
                doctor = run("doctor", home=house.home)
                assert "state.json" not in doctor.stdout + doctor.stderr
                child.kill()
                run("moderator", "add", "emil", "--as", "ada", home=house.home)
                assert service.wait(60) == 70, "a service whose signer died ends"
        without = run("log", "head", home=house.home)
        assert (without.returncode, "no signer answers" in without.stderr) == (1, True)
        with signer(folder) as child:
            assert run("serve", "--once", home=house.home).returncode == 0
            assert run("log", "fsck", home=house.home).returncode == 0
            child.send_signal(signal.SIGTERM)
            assert child.wait(20) == 0


def test_a_lost_memory_is_set_again_by_the_signers_own_user(house: House) -> None:
    house.run("serve", "--once")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        move_out(house, folder)
        (folder / "state.json").unlink()
        keys = ("signer", "--keys", name)
        refused = run(*keys, "--socket", f"{name}/socket")
        assert (refused.returncode, "state.json is missing" in refused.stderr) == (1, True)
        done = run(*keys, "--recover", str(house.home / "public" / "checkpoint"))
        assert done.returncode == 0, done.stderr
        assert "remembers" in done.stdout
        with signer(folder):
            assert run("serve", "--once", home=house.home).returncode == 0
        assert run(*keys).returncode == 2


def test_the_signers_child_ends_when_the_service_is_killed(house: House) -> None:
    with serving(house.home) as service:
        time.sleep(0.5)
        service.kill()
        service.wait()
        for _ in range(100):
            if run("serve", "--once", home=house.home).returncode == 0:
                break
        else:
            raise AssertionError("the key stays locked by a signer that nobody has")
