"""The urgent lane's spool: acting at once, without database or log, and never without a trace.

The intent is encrypted and on the disk before the act; it leaves the spool only when the log holds it. What
must not be copied is never in it: a reference alone names it.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from showcause.casework.ports import Spooled
from showcause.connectors.tokens import check_token
from showcause.domain.errors import BadInput, NotFound, StoreBusy, StoreFull
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind

_SPOOL: Final = b"showcause/v1 urgent spool\x00"
_NONCE: Final = 12


class UrgentSpool:
    """An encrypted file of intents. Appended and flushed before any act; safe between processes."""

    def __init__(self, path: Path, key: bytes, issuer: bytes, revoked: Container[str] = ()) -> None:
        self._path, self._cipher = path, AESGCM(key)
        self._issuer, self._revoked = issuer, revoked

    def add(
        self,
        token: bytes,
        category: Urgent,
        subject: Subject,
        measure: Measure,
        now: datetime,
        spool_id: str | None,
    ) -> Spooled:
        """Write an intent durably and return it; with an id that is there already, return that one.

        Raises: NotPermitted; BadInput when the id stands for another intent; StoreFull.
        """
        allowed = check_token(token, self._issuer, category, now, self._revoked)
        entry = Spooled(
            spool_id or secrets.token_hex(16),
            category,
            subject,
            measure,
            allowed.moderator,
            allowed.id,
            now,
            False,
        )
        with self._locked():
            known = {each.id: each for each in self.entries()}.get(entry.id)
            if known is None:
                self._append({"is": "intent", **_to_json(entry)})
                return entry
        if (known.category, known.subject, known.measure) != (category, subject, measure):
            raise BadInput(
                "this spool id stands for another urgent act", "Leave the id out to get a new one."
            )
        return known

    def keep_snapshot(self, spool_id: str, snapshot: Mapping[str, Any] | None) -> None:
        """Add what the subject had before the act; None adds nothing."""
        if snapshot is not None:
            with self._locked():
                self._append({"is": "snapshot", "id": spool_id, "snapshot": dict(snapshot)})

    def acted(self, spool_id: str, confirmation: str = "") -> None:
        """Note that the act was seen on the platform, and what the connector signed about it."""
        with self._locked():
            self._append({"is": "acted", "id": spool_id, "confirmation": confirmation})

    def entries(self) -> list[Spooled]:
        """Return what has not entered the log, oldest first."""
        found: dict[str, Spooled] = {}
        for record in self._records():
            match record:
                case {"is": "intent"}:
                    found.setdefault(record["id"], _from_json(record))
                case {"is": "snapshot", "id": spool_id} if spool_id in found:
                    found[spool_id] = replace(found[spool_id], snapshot=record["snapshot"])
                case {"is": "acted", "id": spool_id} if spool_id in found:
                    said = record.get("confirmation", "")
                    found[spool_id] = replace(found[spool_id], acted=True, confirmation=said)
        return list(found.values())

    def get(self, spool_id: str) -> Spooled:
        """Return one entry. Raises: NotFound."""
        for entry in self.entries():
            if entry.id == spool_id:
                return entry
        raise NotFound(f"no urgent act {spool_id} waits in the spool", "It may have entered the log already.")

    def remove(self, spool_id: str) -> None:
        """Take an entry out, after the log holds it; a new file with the rest replaces the old one."""
        with self._locked():
            lines = [line for line in self._lines() if (self._record(line) or {}).get("id") != spool_id]
            draft = self._path.with_suffix(".new")
            self._write(draft, b"".join(lines), os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
            draft.replace(self._path)
            self._flush_folder()

    def damaged(self) -> int:
        """Return how many lines cannot be read; a torn line is the trace of a crash before an act."""
        return sum(self._record(line) is None for line in self._lines())

    def _records(self) -> Iterator[dict[str, Any]]:
        return (record for record in map(self._record, self._lines()) if record is not None)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self._path.read_bytes().splitlines(keepends=True) if line.strip()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreBusy("the urgent spool cannot be read") from error

    def _record(self, line: bytes) -> dict[str, Any] | None:
        try:
            data = base64.b64decode(line, validate=False)
            record = json.loads(self._cipher.decrypt(data[:_NONCE], data[_NONCE:], _SPOOL))
        except (ValueError, InvalidTag):
            return None
        return record if isinstance(record, dict) else None

    def _append(self, record: Mapping[str, Any]) -> None:
        nonce = secrets.token_bytes(_NONCE)
        sealed = base64.b64encode(nonce + self._cipher.encrypt(nonce, json.dumps(record).encode(), _SPOOL))
        is_new = not self._path.exists()
        # The leading line end closes a line that a crash may have torn.
        self._write(self._path, b"\n" + sealed + b"\n", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        if is_new:
            self._flush_folder()

    def _write(self, path: Path, data: bytes, flags: int) -> None:
        try:
            file = os.open(path, flags, 0o600)
            try:
                while data:
                    data = data[os.write(file, data) :]
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise StoreFull("the urgent spool cannot be written; nothing was done") from error

    def _flush_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            file = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StoreFull("the urgent spool cannot be written; nothing was done") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


def _to_json(entry: Spooled) -> dict[str, Any]:
    subject = entry.subject
    return {
        "id": entry.id, "category": entry.category, "measure": entry.measure, "moderator": entry.moderator,
        "token": entry.token, "at": entry.at.isoformat(),
        "subject": [subject.platform, subject.kind, subject.ref],
    }  # fmt: skip


def _from_json(record: Mapping[str, Any]) -> Spooled:
    platform, kind, ref = record["subject"]
    return Spooled(
        record["id"], Urgent(record["category"]), Subject(platform, SubjectKind(kind), ref), Measure(record["measure"]),
        record["moderator"], record["token"], datetime.fromisoformat(record["at"]), False,
    )  # fmt: skip
