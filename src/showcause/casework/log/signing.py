"""Signing the log's head: after the commit, only what was committed, and never against what was signed before.

The order that matters:

1. A transaction commits leaves, index, head and peaks (`ledger.append`). Nothing is signed in it.
2. `sign_head` reads that head back, proves from the rows that it continues the last signed one, and asks the signer.
3. The signer checks the proof, writes the head to its own file, flushed, and only then gives the signature away.

So the signer is never ahead of the database. If the database is behind the signer, or different, it was rolled back
or exchanged: the log is fenced, in the database, and nothing is signed until somebody resolved it:

- Put back a database that is at least as new as the signer's file, and run `unfence`. It checks that against the
  signer, lets the log go on, and appends what waited, in order, in one transaction.
- If there is none, this log ends. Keep all its files; open a new log with a new origin, whose first leaf is of the
  kind `key` and names the last checkpoint of the old one. Never give the old key a second history.

While fenced, leaves queue without an index and receipts cannot be had: restrictions wait, everything else goes on.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from showcause.casework.log import ledger
from showcause.casework.log.tree import Nodes, rows_since
from showcause.casework.ports import Head, Ids, Signer
from showcause.domain.errors import Fenced, LogInconsistent
from showcause.store.config import Store
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.errors import LogError
from showcause.transparency.merkle import consistency_proof, verify_consistency


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head of the log and the note that signs it."""

    size: int
    root: bytes
    note: str


_TURN = threading.Lock()
"""Reading a head and signing it is one step: else a slower thread would ask for an older head than was just signed."""

_NODES: "WeakKeyDictionary[Signer, Nodes]" = WeakKeyDictionary()


def sign_head(store: Store, signer: Signer) -> SignedHead | None:
    """Sign the committed head and return it; None while the log is empty. The same head again gives the same note.

    Raises: Fenced, and fences the log, when the database is behind or different from what was signed;
    LogInconsistent when head and right edge differ; ClockBehind; StoreBusy.
    """
    with _TURN:
        try:
            with store.read() as view:
                head, proof = _continuation(view, signer)
            return SignedHead(head.size, head.root, signer.sign(head, proof)) if head.size else None
        except Fenced:
            fence(store)
            raise


def _continuation(view: View, signer: Signer) -> tuple[Head, tuple[bytes, ...]]:
    state, last = view.log.state(), signer.last()
    if state.fenced:
        raise Fenced("the log is fenced: nothing is signed")
    if ledger.peaks_of(state).root() != state.root:
        raise LogInconsistent("the log's head and its right edge differ: nothing is signed")
    head = Head(state.size, state.root)
    return head, _proof(view, last, head, signer)


def _proof(view: View, last: Head, head: Head, signer: Signer) -> tuple[bytes, ...]:
    if head.size <= last.size:
        return ()  # the signer says what is wrong, if anything is
    nodes = _NODES.setdefault(signer, Nodes())
    try:
        read = nodes.over(rows_since(view.log, last.size, head.size))
        return consistency_proof(last.size, head.size, read)
    except LogError as error:
        raise LogInconsistent(f"rows of the log are missing: {error.message}") from None


def fence(store: Store) -> None:
    """Stop the log in the database: leaves queue from now on, nothing is signed. Harmless to repeat."""
    with store.transaction() as tx:
        if not tx.log.lock().fenced:
            tx.log.fence()
            tx.note("fence", "system", "log", "log")


def unfence(tx: Tx, now: datetime, ids: Ids, signer: Signer) -> int:
    """Let a fenced log go on if it continues what was signed; append what waited; return how many leaves that were.

    Raises: Fenced when the database is still behind or different.
    """
    state, last = tx.log.lock(), signer.last()
    try:
        proof = consistency_proof(last.size, state.size, Nodes().reader(tx.log))
        verify_consistency(last.size, last.root, state.size, state.root, proof)
    except LogError as error:
        raise Fenced(f"the database still does not continue what was signed: {error.message}") from None
    if state.fenced:
        tx.log.unfence()
        tx.note("unfence", "system", "log", "log")
    return drain(tx, now, ids)


def drain(tx: Tx, now: datetime, ids: Ids) -> int:
    """Give the leaves that waited their places, in the order in which they came; return how many.

    All at once: a leaf may refer to one that waits before it.

    Raises: Fenced while the log is.
    """
    if tx.log.lock().fenced:
        raise Fenced("the log is fenced: what waits cannot be appended")
    waiting = tx.log.drain()
    for leaf_id, data in waiting:
        tx.draft(ledger.Encoded(leaf_id, data))
    return len(waiting)
