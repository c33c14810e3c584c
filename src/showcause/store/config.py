"""Opening a store from its address."""

from pathlib import Path

from showcause.store.database import Database
from showcause.store.keys import KeyStore
from showcause.store.store import Store

__all__ = ["Store", "open_store"]


def open_store(url: str, keys: Path, master: bytes) -> Store:
    """Open the database at `url` and the key file `keys`; nothing is migrated or checked.

    `url` is `sqlite:///<absolute path>`, `sqlite:///:memory:` or `postgresql://user@host/name?host=<socket folder>`.
    `keys` may be `Path(":memory:")` in tests. `master` is 32 bytes and lives in neither file.

    Raises: Misconfigured for an url, key or path that cannot work; StoreBusy when the key file is locked.
    """
    return Store(Database.at(url), KeyStore(keys, master))
