"""A real Matrix server (Synapse) on the loopback interface, and people on it.

Source: Synapse's configuration manual and admin API; the Matrix client-server API.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from showcause.cli.testing import SYNAPSE
from showcause.connectors import synapse_module
from tests.services import processes
from tests.services.matrix import Matrix, MatrixRefused, MatrixUser

SERVER_NAME = "localhost.test"
NOTICES = "notices"
BOOT_SECONDS = 300.0
MODULE = Path(synapse_module.__file__)
UNLIMITED = {"per_second": 1000, "burst_count": 1000}


@dataclass
class Synapse:
    """A running homeserver. `admin` is a server administrator; `secret` registers further users."""

    folder: Path
    port: int
    secret: str
    showcause: int = field(default_factory=processes.free_port)
    process: subprocess.Popen[bytes] | None = None
    admin: MatrixUser = field(init=False)

    @property
    def url(self) -> str:
        """The base address, as a client is configured with it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> Path:
        """The file from which our module in the server reads its key; nobody is at its port until a test is."""
        return self.folder / "showcause.key"

    @property
    def log(self) -> Path:
        """The file that the server writes its log to."""
        return self.folder / "synapse.log"

    def start(self) -> None:
        """Start the server on the data of its folder and wait until it answers."""
        command: list[str | Path] = [
            SYNAPSE / "bin" / "python",
            "-m",
            "synapse.app.homeserver",
            "-c",
            self.folder / "homeserver.yaml",
        ]
        self.process = processes.start(command, self.log, env={"PYTHONPATH": str(self.folder)})
        processes.wait_until(self.answers, self.process, self.log, seconds=BOOT_SECONDS)

    def stop(self) -> None:
        """Stop the server; its data stay for the next `start`."""
        if self.process:
            processes.stop(self.process, politely=signal.SIGTERM)
            self.process = None

    def answers(self) -> bool:
        """Tell whether the server is healthy."""
        try:
            return Matrix(self.port).request("GET", "/health") == "OK"
        except (OSError, MatrixRefused):
            return False

    def register(self, name: str, *, admin: bool = False) -> MatrixUser:
        """Create a user with a random password and return them, logged in.

        Source: Synapse manual, "Register accounts with Shared-Secret Registration" (nonce and HMAC-SHA1).
        """
        path, anyone = "/_synapse/admin/v1/register", Matrix(self.port)
        nonce, password = anyone.call("GET", path)["nonce"], secrets.token_urlsafe(12)
        parts = (nonce, name, password, "admin" if admin else "notadmin")
        mac = hmac.new(self.secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        made = anyone.call("POST", path, body)
        return MatrixUser(self.port, made["access_token"], made["user_id"], password)

    def unique(self, name: str = "user", *, admin: bool = False) -> MatrixUser:
        """Create a user whose name no other test uses."""
        return self.register(f"{name}-{secrets.token_hex(4)}", admin=admin)


@contextmanager
def running_synapse(folder: Path, **changes: Any) -> Iterator[Synapse]:
    """Start a homeserver in an empty folder, with an administrator, and stop it at the end.

    `changes` replace top-level settings of its configuration.
    """
    server = Synapse(folder, processes.free_port(), secrets.token_hex(16))
    configuration = settings(folder, server.port, server.secret) | {"modules": [module(server)]} | changes
    shutil.copy(MODULE, folder / "showcause_synapse.py")
    (folder / "homeserver.yaml").write_text(json.dumps(configuration, indent=1))  # JSON is YAML
    (folder / "log.yaml").write_text(json.dumps(LOGGING))
    try:
        server.start()
        server.admin = server.register("admin", admin=True)
        yield server
    finally:
        server.stop()


def settings(folder: Path, port: int, secret: str) -> dict[str, Any]:
    """Return a configuration that talks to nobody else, has no rate limits and delivers server notices."""
    seed = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    return {
        "server_name": SERVER_NAME,
        "pid_file": str(folder / "synapse.pid"),
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key": f"ed25519 a_test {seed}",
        "registration_shared_secret": secret,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "report_stats": False,
        "bcrypt_rounds": 4,
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "listeners": [_listener(port)],
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        "server_notices": {
            "system_mxid_localpart": NOTICES,
            "system_mxid_display_name": "Trust & Safety",
            "room_name": "Statement of reasons",
            "auto_join": True,  # a suspended user cannot accept an invitation
        },
        "caches": {"sync_response_cache_duration": "0s"},  # else a repeated first sync shows an old state
        "rc_reports": UNLIMITED,
        "rc_message": UNLIMITED,
        "rc_admin_redaction": UNLIMITED,
        "rc_registration": UNLIMITED,
        "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), UNLIMITED),
        "rc_joins": {"local": UNLIMITED, "remote": UNLIMITED},
        "rc_joins_per_room": UNLIMITED,
        "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), UNLIMITED),
        "rc_room_creation": UNLIMITED,
    }


def module(server: Synapse) -> dict[str, Any]:
    """Return the settings of our module, which lets everything pass while nobody answers."""
    address = f"http://127.0.0.1:{server.showcause}"
    config = {"address": address, "key_file": str(server.key), "notices": f"@{NOTICES}:{SERVER_NAME}"}
    return {"module": "showcause_synapse.Showcause", "config": config | {"within_ms": 10_000}}


def _listener(port: int) -> dict[str, Any]:
    resources = [{"names": ["client"], "compress": False}]
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "tls": False,
        "resources": resources,
    }


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
