"""The samples that backtests keep, when somebody in one is forgotten: the sample goes, the numbers stay.

A sample names events by the platform's ids and accounts by their keyed hashes. It is sealed and expires, and nobody
needs it once the backtest was looked at: so all of it goes, and not one line. What was approved stands on the numbers.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from showcause.casework.ports import Ids
from showcause.casework.rulework.trying import SAMPLE_KEPT
from showcause.casework.runner import Runner
from showcause.domain.errors import Forgotten, NotFound
from showcause.domain.rule import Backtest
from showcause.store.tx import Tx
from showcause.store.view import View


def dropping(runner: Runner) -> Callable[[Collection[str], Collection[str]], int]:
    """Return what drops the samples in which stands one of some hashes or ids of events; it returns how many."""

    def drop(hashes: Collection[str], events: Collection[str]) -> int:
        return runner.run(drop_samples, frozenset(hashes), frozenset(events))

    return drop


def drop_samples(tx: Tx, now: datetime, ids: Ids, hashes: frozenset[str], events: frozenset[str]) -> int:
    """Drop the samples in which stands one of some hashes or ids of events; return how many."""
    dropped = 0
    for each in tx.find(Backtest):
        if now < each.recorded_at + SAMPLE_KEPT and _names(tx, each, hashes, events):
            tx.drop_sealed(each.sealed)
            dropped += 1
    return dropped


def drop_all(tx: Tx, now: datetime, ids: Ids) -> int:
    """Drop every sample, after an older database was put back: who was forgotten since stands in some of them."""
    kept = [each for each in tx.find(Backtest) if has_sample(tx, each)]
    for each in kept:
        tx.drop_sealed(each.sealed)
    return len(kept)


def has_sample(view: View, backtest: Backtest) -> bool:
    """Tell whether the sample of a backtest is still kept."""
    try:
        view.unseal(backtest.sealed)
    except (NotFound, Forgotten):
        return False
    return True


def _names(view: View, backtest: Backtest, hashes: frozenset[str], events: frozenset[str]) -> bool:
    try:
        kept = view.unseal(backtest.sealed)
    except (NotFound, Forgotten):
        return False
    return not hashes.isdisjoint(kept["accounts"]) or not events.isdisjoint(kept["sample"])
