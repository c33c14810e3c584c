"""A part of a transaction that can be undone alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from showcause.store.failures import told_as_ours
from showcause.store.tx import Tx


@contextmanager
def savepoint(tx: Tx) -> Iterator[None]:
    """Run a block whose writes, drafts and moves are undone if it raises, while the transaction goes on.

    Raises: what the block raises. After StoreBusy or StoreFull the whole transaction is lost: do not go on.
    """
    before, moved = len(tx.drafts), len(tx.moves)
    try:
        with told_as_ours(), transaction.atomic(using=tx.alias):
            yield
    except BaseException:
        del tx.drafts[before:]
        del tx.moves[moved:]
        raise
