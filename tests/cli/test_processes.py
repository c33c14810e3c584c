"""The command line as real processes: speed, exit codes, the service and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

import showcause
from showcause.cli.root import COMMANDS, root
from tests.cli.house import House
from tests.services.processes import PATIENCE, free_port, until

SOURCES = str(Path(showcause.__file__).resolve().parents[1])
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith("SHOWCAUSE_")},
    "PYTHONPATH": SOURCES,
}


def run(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    place = {"SHOWCAUSE_HOME": str(home)} if home else {}
    command = [sys.executable, "-m", "showcause", *arguments]
    return subprocess.run(
        command, env=ENVIRONMENT | place, capture_output=True, text=True, check=False, timeout=600
    )


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "showcause", "--home", str(home), "serve", *arguments]
    child = subprocess.Popen(
        command, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stderr is not None
        for line in child.stderr:
            if "serving" in line:
                break
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def test_the_list_of_commands_is_true() -> None:
    context = click.Context(root)
    for name, (_, said) in COMMANDS.items():
        command = root.get_command(context, name)
        assert command is not None, name
        own = command.get_short_help_str(200).rstrip(".")
        assert said.rstrip(".").split(",")[0].split(":")[0] in own or own in said or command.help, name
        assert command.help, f"{name} says nothing about itself"


def test_help_and_verify_load_neither_django_nor_a_database() -> None:
    program = (
        "import sys; from showcause.compose import main; main(sys.argv[1:]);"
        "print([m for m in ('django', 'sqlite3', 'psycopg', 'urllib3', 'showcause.store') if m in sys.modules])"
    )
    for arguments in (["--help"], ["verify", "/dev/null", "--key", "a+00000000+AQ=="]):
        command = [sys.executable, "-c", program, *arguments]
        found = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert found.stdout.splitlines()[-1] == "[]", found.stdout + found.stderr


def test_a_process_ends_with_the_code_of_the_family(tmp_path: Path) -> None:
    assert run("queue", home=tmp_path).returncode == 1
    assert run("queue", "--limit", "x", home=tmp_path).returncode == 2
    assert run("verify", "/dev/null", "--key", "none").returncode == 1


def test_json_goes_to_stdout_and_everything_else_to_stderr(house: House) -> None:
    done = run("serve", "--once", "--json", home=house.home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["published"]


def test_the_service_ends_cleanly_and_lets_other_commands_work_meanwhile(
    house: House, tmp_path: Path
) -> None:
    port = free_port()
    with serving(house.home, "--listen", f"127.0.0.1:{port}") as child:
        added = run("moderator", "add", "dora", "--as", "ada", home=house.home)
        assert added.returncode == 0, added.stderr
        head = run("log", "head", "--json", home=house.home)
        assert head.returncode == 0, head.stderr
        second = run("serve", "--once", home=house.home)
        assert second.returncode == 1
        assert "another process signs" in second.stderr
        note = (house.home / "public" / "checkpoint").read_text()
        assert _fetch(f"http://127.0.0.1:{port}/checkpoint") == note
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0
    assert not _answers(port), "the child that serves tiles ends with the service"


def test_the_service_ends_with_an_error_when_the_disk_refuses(house: House) -> None:
    with serving(house.home) as child:
        head = house.home / "signer" / "head"
        until(head.exists)
        head.unlink()
        head.mkdir()  # a file cannot replace a folder, not even root's
        run("moderator", "add", "dora", "--as", "ada", home=house.home)
        assert child.wait(PATIENCE) == 70


def _fetch(url: str) -> str:
    found: list[str] = []

    def asked() -> bool:
        with suppress(OSError), urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            found.append(answer.read().decode())
        return bool(found)

    until(asked)
    return found[0]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
