"""The runner: opens a use case's transaction, reads the clock once, appends its leaves last, and commits.

A use case is `verb(tx, now, ids, ...)` and never opens its own transaction. What changed under it is told to the
caller; a lost race is tried once more, because the verb reads everything again and then says what is the case now.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from showcause.casework import webhook_events
from showcause.casework.log import ledger
from showcause.casework.ports import Clock, Ids
from showcause.domain.errors import Stale, StoreBusy, StoreUnusable
from showcause.store.store import Store
from showcause.store.tx import Tx

P = ParamSpec("P")
R = TypeVar("R")
Verb = Callable[Concatenate[Tx, datetime, Ids, P], R]

ATTEMPTS = 3


class Runner:
    """Runs use cases against one store."""

    def __init__(
        self, store: Store, ids: Ids, clock: Clock, after_commit: Callable[[], None] = lambda: None
    ) -> None:
        self.store, self.ids, self.clock, self.after_commit = store, ids, clock, after_commit

    def run(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one use case in one transaction and return its result.

        Raises: what the verb raises, then nothing was stored; StoreBusy and StoreFull from the database.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                result = self._once(verb, *args, **kwargs)
            except (Stale, StoreBusy) as error:
                if attempt == ATTEMPTS or isinstance(error, StoreUnusable):
                    raise
                time.sleep(0.02 * attempt)
            else:
                self.after_commit()
                return result
        raise AssertionError("the loop returns or raises")

    def _once(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        now = self.clock()
        with self.store.transaction(now) as tx:
            result = verb(tx, now, self.ids, *args, **kwargs)
            webhook_events.announce(tx, now, self.ids)
            ledger.append(tx)
        return result
