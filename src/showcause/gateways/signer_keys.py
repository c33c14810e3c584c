"""The signer's key files: the key that signs, and beside it those that sign as well, all under the log's one name.

    log.key            the principal key, Ed25519: the one that the log is known by
    log-coming.key     during a rotation the Ed25519 key that will take its place
    log-second.key     a key of another kind, ML-DSA-44, which no quantum computer breaks
    log-prepared.key   a key that was made and signs nothing yet: the log does not name it so far
    log-past.key       a key on its way out, there for an instant only

Every step is one rename, or can be done again: whoever dies between two of them goes on where they stopped. A key is
prepared, then the log names it, then it is adopted; a key is dropped after the log named its end.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from showcause.domain.errors import Misconfigured
from showcause.gateways.signer_files import flush_folder, read_private, write_new
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, SigningKey, parse_signing_key

KINDS: Final = frozenset({KeyKind.ED25519, KeyKind.ML_DSA_44})


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of one log's keys, named after the principal one."""

    principal: Path

    @property
    def coming(self) -> Path:
        """Return where the key lies that will be the principal one."""
        return self._beside("coming")

    @property
    def second(self) -> Path:
        """Return where the key of another kind lies."""
        return self._beside("second")

    @property
    def prepared(self) -> Path:
        """Return where a key lies that signs nothing yet."""
        return self._beside("prepared")

    @property
    def past(self) -> Path:
        """Return where a key lies that is being destroyed."""
        return self._beside("past")

    def _beside(self, what: str) -> Path:
        return self.principal.with_name(f"{self.principal.stem}-{what}{self.principal.suffix}")

    def signing(self) -> tuple[SigningKey, ...]:
        """Read all keys that sign, the principal one first, then the coming one, then the one of another kind.

        Raises: Misconfigured for a file that is missing, readable by others, damaged, or of another kind or log.
        """
        return tuple(self._read())

    def _read(self) -> Iterator[SigningKey]:
        first = read_key(self.principal)
        yield first
        for path, kind in ((self.coming, KeyKind.ED25519), (self.second, KeyKind.ML_DSA_44)):
            if not path.exists():
                continue
            key = read_key(path, kind)
            if key.name != first.name:
                raise Misconfigured(
                    f"the key in {path.name} belongs to the log {key.name}, not to {first.name}",
                    "All keys of a log have its name; put back the file that was made for this one.",
                )
            if (
                key.seed != first.seed
            ):  # between naming the end of the old key and taking its file away both are one
                yield key

    # --- changing them, all while the principal file is locked -------------------------------------------------

    def prepare(self, name: str, kind: KeyKind, seed: bytes) -> SigningKey:
        """Return the key that is prepared, made from these 32 random bytes where there is none of this kind."""
        if self.prepared.exists():
            with suppress(Misconfigured):
                key = read_key(self.prepared, kind)
                if key.name == name:
                    return key
            destroy(self.prepared)
        key = SigningKey(name, kind, seed)
        write_new(self.prepared, key.private_text().encode() + b"\n")
        return key

    def adopt(self) -> None:
        """Let the prepared key sign from now on.

        Raises: Misconfigured when there is none, or when one of its kind signs already.
        """
        key = parse(self.prepared)
        target = self.coming if key.kind is KeyKind.ED25519 else self.second
        if target.exists():
            raise Misconfigured(f"{target.name} is there already", "Run `showcause log fsck`.")
        self.prepared.rename(target)
        flush_folder(target.parent)

    def promote(self) -> None:
        """Put the coming key in the principal one's place, and destroy that."""
        self.clean()
        self.past.hardlink_to(self.principal)
        flush_folder(self.past.parent)
        self.coming.rename(self.principal)
        flush_folder(self.principal.parent)
        self.clean()

    def drop(self, verifier: str) -> None:
        """Destroy the coming key, the second or the prepared one, whichever has this public text."""
        for path in (self.coming, self.second, self.prepared):
            if path.exists() and str(parse(path).verifier) == verifier:
                destroy(path)

    def clean(self) -> None:
        """Destroy what an interrupted change left behind; a second name of the key that still signs only goes."""
        if self.past.exists() and self.past.samefile(self.principal):
            self.past.unlink()
        destroy(self.past)


def read_key(path: Path, kind: KeyKind = KeyKind.ED25519) -> SigningKey:
    """Read a signing key from a file that nobody else may read.

    Raises: Misconfigured.
    """
    key = parse(path)
    if key.kind is not kind:
        wanted = "Ed25519" if kind is KeyKind.ED25519 else "ML-DSA-44"
        raise Misconfigured(f"the key in {path.name} signs no checkpoints there: an {wanted} key does")
    return key


def parse(path: Path) -> SigningKey:
    """Read a key of any kind that logs sign with.

    Raises: Misconfigured.
    """
    text = read_private(path, "key")
    try:
        key = parse_signing_key(text.strip("\n"))
    except LogError as error:
        raise Misconfigured(f"the key file {path.name} is damaged: {error.message}") from None
    if key.kind not in KINDS:
        raise Misconfigured(f"the key in {path.name} is a witness' key and signs no checkpoints")
    return key


def destroy(path: Path) -> None:
    """Overwrite a key where it lies, flush that, and remove it; one that is not there is gone already.

    What a file system, a disk or a backup keeps of older blocks is beyond the reach of any program.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.pwrite(handle, b"\0" * os.fstat(handle).st_size, 0)
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink()
    flush_folder(path.parent)
