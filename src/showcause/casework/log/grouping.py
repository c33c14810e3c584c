"""Group commit: what waits is committed together, flushed once and signed once, without a timer.

A flush costs the same for one leaf and for a thousand. So one thread takes everything that waits, runs it in one
transaction and commits; a second signs what was committed while the first is at the next group. Whoever is alone waits
for one flush and one signature; under load the groups grow by themselves.

    submitter   puts a use case (or leaves that are encoded already) into the queue and waits
    writer      one transaction: each use case in a savepoint, all leaves appended last; commit
    signer      `signing.sign_head`: the committed head, once for all groups that have come meanwhile
    submitter   gets its result, the index of its first leaf, and a signed head that covers it

A use case that is refused is undone alone. If the group as a whole is refused (a leaf id comes twice), its members run
one by one. If the database fails, all are told; nothing is tried again behind their backs.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

from showcause.casework import webhook_events
from showcause.casework.log import ledger
from showcause.casework.log.ledger import Encoded
from showcause.casework.log.signing import SignedHead, sign_head
from showcause.casework.ports import Clock, Ids, Signer
from showcause.casework.runner import Verb
from showcause.domain.errors import Refused, ShowcauseError, StoreBusy, StoreFull, Unavailable
from showcause.store.savepoint import savepoint
from showcause.store.store import Store
from showcause.store.tx import Tx

P = ParamSpec("P")
R = TypeVar("R")

MOST = 4096
"""So many submissions at most share a transaction."""


@dataclass(frozen=True, slots=True)
class Written(Generic[R]):
    """What became of a submission: its result, the place of its first leaf, and a signed head that covers it.

    `index` is None without leaves, and while the log is fenced; `head` is None when signing pauses, and `unsigned` then
    says why. What was submitted is committed all the same.
    """

    result: R
    index: int | None
    head: SignedHead | None
    unsigned: ShowcauseError | None = None


class Closed(Unavailable):
    """The writer is shutting down and takes nothing more."""

    code = "writer-closed"
    default_hint = "Nothing was stored; try again when the service is back."


@dataclass(slots=True, eq=False)
class Ticket(Generic[R]):
    """A place in the queue; `wait` blocks until the answer is there."""

    act: Callable[[Tx, datetime], R] | None
    leaves: Sequence[Encoded] = ()
    offset: int = 0
    count: int = 0
    start: int | None = None
    result: Any = None
    error: BaseException | None = None
    head: SignedHead | None = None
    unsigned: ShowcauseError | None = None
    future: "asyncio.Future[None] | None" = None
    done: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.done.acquire()

    def wait(self) -> Written[R]:
        """Return what was written.

        Raises: what the use case or the database raised; then nothing of it was stored.
        """
        self.done.acquire()
        self.done.release()
        return self.answer()

    def answer(self) -> Written[R]:
        """Return what was written, once the ticket was answered; see `wait`."""
        if self.error is not None:
            raise self.error
        index = None if self.start is None or not self.count else self.start + self.offset
        return Written(self.result, index, self.head, self.unsigned)


class GroupWriter:
    """Writes for many submitters at once. Use it as a context manager; leaving it finishes what waits."""

    def __init__(self, store: Store, signer: Signer, ids: Ids, clock: Clock) -> None:
        self.store, self.signer, self.ids, self.clock = store, signer, ids, clock
        self._waiting: queue.SimpleQueue[Ticket[Any] | None] = queue.SimpleQueue()
        self._committed: queue.SimpleQueue[list[Ticket[Any]] | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._write, name="log-writer", daemon=True),
            threading.Thread(target=self._sign, name="log-signer", daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._closing:
            self._closed = True
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def submit(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> "Ticket[R]":
        """Put a use case into the queue.

        Raises: Closed.
        """
        return self._put(Ticket(lambda tx, now: verb(tx, now, self.ids, *args, **kwargs)))

    def submit_leaves(self, leaves: Sequence[Encoded]) -> "Ticket[None]":
        """Put leaves that are encoded already into the queue; they get places next to each other.

        Raises: Closed.
        """
        return self._put(Ticket(None, leaves))

    async def write(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Written[R]:
        """Write a use case, from a coroutine; see `Ticket.wait`."""
        return await self._await(Ticket(lambda tx, now: verb(tx, now, self.ids, *args, **kwargs)))

    async def write_leaves(self, leaves: Sequence[Encoded]) -> Written[None]:
        """Write leaves that are encoded already, from a coroutine; see `Ticket.wait`."""
        return await self._await(Ticket(None, leaves))

    # --- inside ---

    async def _await(self, ticket: "Ticket[R]") -> Written[R]:
        ticket.future = answered = asyncio.get_running_loop().create_future()
        self._put(ticket)
        await answered
        return ticket.answer()

    def _put(self, ticket: "Ticket[R]") -> "Ticket[R]":
        with self._closing:
            if self._closed:
                raise Closed("the log's writer is shutting down")
            self._waiting.put(ticket)
        return ticket

    def _take(self) -> tuple[list[Ticket[Any]], bool]:
        """Wait for one submission and take along all others that wait; False when none will come any more."""
        group: list[Ticket[Any]] = []
        ticket = self._waiting.get()
        while ticket is not None:
            group.append(ticket)
            if len(group) >= MOST:
                return group, True
            try:
                ticket = self._waiting.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _write(self) -> None:
        more = True
        try:
            while more:
                group, more = self._take()
                if group:
                    self._together(group)
        finally:
            self._disconnect()
            self._committed.put(None)

    def _together(self, group: list[Ticket[Any]]) -> None:
        try:
            self._commit(group)
        except Refused as error:
            if len(group) == 1:
                return _answer_error(group, error)
            for ticket in group:
                ticket.error = None
                self._together([ticket])
            return None
        except BaseException as error:  # noqa: BLE001 - whoever waits must be answered, whatever happened
            return _answer_error(group, error)
        _release([ticket for ticket in group if ticket.error is not None])
        self._committed.put([ticket for ticket in group if ticket.error is None])
        return None

    def _commit(self, group: list[Ticket[Any]]) -> None:
        now = self.clock()
        with self.store.transaction(now) as tx:
            for ticket in group:
                ticket.offset = len(tx.drafts)
                if ticket.act is None:
                    tx.drafts.extend(ticket.leaves)
                elif len(group) == 1:
                    ticket.result = ticket.act(tx, now)
                else:
                    _in_savepoint(tx, now, ticket)
                ticket.count = len(tx.drafts) - ticket.offset
            webhook_events.announce(tx, now, self.ids)
            start = ledger.append(tx)
        for ticket in group:
            ticket.start = start

    def _sign(self) -> None:
        more = True
        while more:
            groups, more = self._take_committed()
            answered = [ticket for group in groups for ticket in group]
            if answered:
                self._answer(answered)
        self._disconnect()

    def _disconnect(self) -> None:
        """Close this thread's connection; a database in memory has only one, and would end with it."""
        if not self.store.database.in_memory:
            self.store.close()

    def _take_committed(self) -> tuple[list[list[Ticket[Any]]], bool]:
        groups: list[list[Ticket[Any]]] = []
        group = self._committed.get()
        while group is not None:
            groups.append(group)
            try:
                group = self._committed.get_nowait()
            except queue.Empty:
                return groups, True
        return groups, False

    def _answer(self, tickets: list[Ticket[Any]]) -> None:
        head: SignedHead | None = None
        why: ShowcauseError | None = None
        try:
            head = sign_head(self.store, self.signer)
        except ShowcauseError as error:
            why = error
        except BaseException as error:  # noqa: BLE001 - whoever waits must be answered, whatever happened
            return _answer_error(tickets, error)
        for ticket in tickets:
            ticket.head, ticket.unsigned = head, why
        return _release(tickets)


def _in_savepoint(tx: Tx, now: datetime, ticket: Ticket[Any]) -> None:
    ticket.error = ticket.result = None
    try:
        with savepoint(tx):
            ticket.result = ticket.act(tx, now) if ticket.act else None
    except (StoreBusy, StoreFull):
        raise  # the database gave up on the whole transaction
    except Exception as error:  # noqa: BLE001 - it is its submitter's, not the others'
        ticket.error = error


def _answer_error(tickets: Sequence[Ticket[Any]], error: BaseException) -> None:
    for ticket in tickets:
        ticket.error = error
    _release(tickets)


def _release(tickets: Sequence[Ticket[Any]]) -> None:
    """Wake whoever waits: each thread by its lock, the coroutines of a loop all at once."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for ticket in tickets:
        ticket.done.release()
        if ticket.future is not None:
            loops.setdefault(ticket.future.get_loop(), []).append(ticket.future)
    for loop, futures in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake, futures)


def _wake(futures: Sequence["asyncio.Future[None]"]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
