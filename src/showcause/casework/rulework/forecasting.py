"""A forecast over what a house's own log and history have: by one query where that can be, else event by event."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from showcause.casework.rulework import history, querying
from showcause.casework.rulework.backtesting import MICROSECOND, Happened, Prepared, backtest, microseconds
from showcause.casework.rulework.trying import Forecast
from showcause.store.events import EventLog


def forecast(
    prepared: Prepared,
    log: EventLog,
    platform: str,
    since: datetime,
    until: datetime,
    shown: Callable[[Iterator[Happened]], Iterator[Happened]] = lambda events: events,
) -> Forecast:
    """Return what a version would have done in a period, with what is missing of it; `shown` passes events on."""
    schema = prepared.after.platform.schema
    first = since - prepared.longest * MICROSECOND if prepared.needs_counters else since
    found = None if prepared.needs_counters else history.in_files(log, platform, since, until)
    if found is None:
        events = history.from_log(log, platform, schema, since=microseconds(first))
        made = backtest(prepared, shown(events), since, until)
    else:
        files, last = found
        end = microseconds(until)
        later = history.from_log(log, platform, schema, since=microseconds(since), after=last)
        tail = takewhile(lambda each: each.at < end, shown(later))
        made = querying.backtest_parquet(prepared, files, since, until, tail)
    return replace(made, lacks=tuple(history.lacking(log, platform, first, until)))
