"""The home folder of an installation: what lies where, and who may read it.

config.toml                     settings of the machine (0600)
secrets/                        0700; every file in it 0600, refused when looser
    master.key                  wraps the keys of people
    log.key                     signs the log's head; whoever has it can write another history
    log-coming.key, log-second.key   sign beside it: the one that a rotation brings, and one of another kind
    urgent.key                  issues tokens of the urgent lane
    pages.key                   signs the sessions of who is logged in
    mail.key                    makes the tokens by which bounces name their letter
    <platform>/gate.key         keys the connector's memory
    <platform>/spool.key        encrypts the urgent lane's spool
    <platform>/token            the platform's access token
    <platform>/section.key      a comment section's: makes cookies, forms, and hashes of addresses
main.db                         the records, unless they are on PostgreSQL
events.db                       what happened on the platforms, in order, unless it is on PostgreSQL
history/                        what happened longer ago, in Parquet files, with manifest.json that names them
comments.db                     the newspaper's comment section, if there is one, unless it is on PostgreSQL
keys/keys.db                    the keys of people, with the list of who was forgotten
keys/events.erased              which events were emptied because of that
keys/comments.erased            which authors and comments were; neither list is in any backup
signer/state.json, head         what was signed last; in no backup, so that a restored database is noticed
signer/witnesses.json           what each witness said last, and the evidence of who saw another history
signer/heartbeat                when the worker finished its last round
signer/judging.json             whose events are not judged any more, and why
signer/asked                    a pipe: somebody waits for what the rules say of an event
signer/verdicts.json            what the last night's sample of verdicts showed
connectors/<platform>/          the connector's own memory and spool
    signing.key                 signs what the connector did (0600); its public half is in the log
public/                         the public log: checkpoint, tiles, documents, key and keys
trust/log-policy                which log's key the connectors believe
trust/log-policy-r1, -r2        the same with the witnesses that a receipt level asks for
trust/receipt-levels            which measure asks for which level; what does not stand there asks for R0
trust/revoked                   whose tokens of the urgent lane do not count any more: one id a line
"""

import contextlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from showcause.domain.errors import AlreadyExists, Misconfigured, NotFound

KEY_BYTES: Final = 32
MAX_FILE: Final = 64 * 1024 * 1024
_FOLDERS: Final = ("secrets", "keys", "signer", "connectors", "public", "trust")


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one installation. Nothing is created by looking."""

    path: Path

    @property
    def config(self) -> Path:
        """Return the settings file."""
        return self.path / "config.toml"

    @property
    def secrets(self) -> Path:
        """Return the folder of secrets."""
        return self.path / "secrets"

    @property
    def log_key(self) -> Path:
        """Return the key that signs the log."""
        return self.secrets / "log.key"

    @property
    def keys(self) -> Path:
        """Return the database of people's keys."""
        return self.path / "keys" / "keys.db"

    @property
    def erased_comments(self) -> Path:
        """Return the list of the authors and comments that were forgotten."""
        return self.path / "keys" / "comments.erased"

    @property
    def state(self) -> Path:
        """Return the signer's own file."""
        return self.path / "signer" / "state.json"

    @property
    def head(self) -> Path:
        """Return the file with the note that was signed last."""
        return self.path / "signer" / "head"

    @property
    def heartbeat(self) -> Path:
        """Return the file whose time tells when the worker finished its last round."""
        return self.path / "signer" / "heartbeat"

    @property
    def judging(self) -> Path:
        """Return the file that says whose events are not judged any more."""
        return self.path / "signer" / "judging.json"

    @property
    def asked(self) -> Path:
        """Return the pipe by which pages say that somebody waits for what the rules say of an event."""
        return self.path / "signer" / "asked"

    @property
    def verdicts(self) -> Path:
        """Return the file with what the last night's sample of verdicts showed."""
        return self.path / "signer" / "verdicts.json"

    @property
    def public(self) -> Path:
        """Return the folder that the public may read."""
        return self.path / "public"

    @property
    def policy(self) -> Path:
        """Return the pinned policy: which log's key to believe."""
        return self.path / "trust" / "log-policy"

    @property
    def witnesses(self) -> Path:
        """Return the file with what each witness said last."""
        return self.path / "signer" / "witnesses.json"

    @property
    def trust(self) -> Path:
        """Return the folder of what connectors believe."""
        return self.path / "trust"

    @property
    def revoked(self) -> Path:
        """Return the list of people and tokens whose urgent authorisation was taken back."""
        return self.path / "trust" / "revoked"

    @property
    def story(self) -> Path:
        """Return what the guided story left behind; only a demo has it."""
        return self.path / "story.json"

    @property
    def database(self) -> str:
        """Return the address of the embedded database."""
        return f"sqlite:///{self.path / 'main.db'}"

    def connector(self, name: str) -> Path:
        """Return the folder of a connector's memory and spool."""
        return self.path / "connectors" / name

    def secret_of(self, platform: str, name: str) -> Path:
        """Return the file of one of a connector's secrets."""
        return self.secrets / platform / name

    def make_folders(self) -> None:
        """Make the folders, each for its owner alone except the public one. Harmless to repeat."""
        make_folder(self.path)
        for name in _FOLDERS:
            make_folder(self.path / name, 0o755 if name == "public" else 0o700)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder with this mode, whatever the process' umask says."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read, flushed; an existing one is refused."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AlreadyExists(
            f"{path} is there already", "Nothing was overwritten; move it away first."
        ) from None
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def replace_private(path: Path, data: bytes) -> None:
    """Replace a file of its owner's in one step, so that a reader sees the old or the new one."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    write_private(draft, data)
    draft.replace(path)


def make_key(path: Path) -> bytes:
    """Return the 32 bytes of a key file, made from the machine's randomness if there is none.

    Of two processes that make it at the same moment both return the same, and neither sees half of it.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        write_private(draft, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return read_key(path)


def read_key(path: Path) -> bytes:
    """Return the 32 bytes of a key file.

    Raises: Misconfigured when it is missing, readable by others, or no key.
    """
    refuse_loose(path)
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Misconfigured(f"{path} is no key: 64 hex digits are", "Put back the file that `init` made.")
    return bytes.fromhex(text)


def read_secret(path: Path) -> str:
    """Return the text of a secret that somebody else gave out: a password or a token.

    Raises: Misconfigured when it is missing, readable by others, or empty.
    """
    refuse_loose(path)
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise Misconfigured(
            f"the secret {path} is empty", "Write what you were given into it, and nothing else."
        )
    return text


def revoke(home: Home, id: str) -> None:
    """Add the id of a person or of a token to the list that the connectors read without any database."""
    known = home.revoked.read_text(encoding="ascii").split() if home.revoked.exists() else []
    if id not in known:
        replace_private(home.revoked, "".join(f"{each}\n" for each in [*known, id]).encode())


def refuse_loose(path: Path) -> None:
    """Check that a secret is there and that nobody but its owner may read or change it.

    Raises: Misconfigured.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        raise Misconfigured(
            f"the secret {path} is missing", "Put it back from where you keep copies of secrets."
        ) from None
    if mode & 0o077:
        right = "700" if path.is_dir() else "600"
        raise Misconfigured(f"others may read or change {path}", f"Run `chmod {right} {path}`.")


def check_secrets(home: Home) -> int:
    """Check the modes of every secret and return how many files there are.

    Raises: Misconfigured for the first that is too open.
    """
    if not home.secrets.is_dir():
        raise NotFound(f"there are no secrets at {home.path}", "Run `showcause init` first.")
    found = [home.secrets, *sorted(home.secrets.rglob("*"))]
    for path in (*found, home.config):
        refuse_loose(path)
    return sum(path.is_file() for path in found)
