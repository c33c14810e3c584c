"""What is still to be done after somebody was forgotten: on PostgreSQL, writing the table of events anew.

A server keeps the old version of a row that was emptied until the table is written anew, and what events said stands in
it as it is. Each forgetting leaves a mark in its own transaction; the marks go when the table was written anew, while
nothing older than they are could still see the old rows. What lies in the server's write-ahead log and in archives of
it ends when these do: no program reaches that.
"""

from typing import Final

from showcause.domain.errors import StoreBusy
from showcause.store.event_tables import PREFIX, Run

SMALL: Final = 1024**3
"""Bytes up to which the table is written anew at once: some seconds, in which no event is taken."""
EVENTS, SEALED = "events", "sealed"
"""What is written anew: the tables of events, or that of sealed values, out of which samples of events were dropped."""
_TABLES: Final = {EVENTS: ("{p}event", "{p}snapshot"), SEALED: ("public.sealed",)}
_NOTED: Final = (
    "INSERT INTO {p}due (what, since) "
    "SELECT %s || ' ' || erased, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint "
    "FROM {p}head ON CONFLICT (what) DO NOTHING"
)
_OLDER: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() "
    "AND backend_xmin IS NOT NULL AND xact_start < to_timestamp(%s / 1e6)"
)
_SIZE: Final = (
    "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) FROM unnest(%s::text[]) AS name"
)


def note(run: Run, what: str = EVENTS) -> None:
    """Leave the mark of one forgetting; where a database overwrites what is erased, none is needed."""
    if run.vendor == "postgresql":
        run(_NOTED, what)


def hours_due(run: Run) -> float | None:
    """Return for how many hours the table waits to be written anew; None when it does not."""
    if run.vendor != "postgresql":
        return None
    [(hours,)] = run("SELECT (extract(epoch FROM clock_timestamp()) - min(since) / 1e6) / 3600 FROM {p}due")
    return None if hours is None else float(hours)


def is_small(run: Run) -> bool:
    """Tell whether writing the table anew takes a moment only."""
    [(size,)] = run(_SIZE, [each.replace("{p}", PREFIX[run.vendor]) for each in _tables(run)])
    return int(size) <= SMALL


def scrub(run: Run) -> bool:
    """Write the table anew, outside of any transaction; return whether anything was due.

    Raises: StoreBusy while something older can still see what was emptied.
    """
    marks = run("SELECT what, since FROM {p}due")
    if not marks:
        return False
    [(older,)] = run(_OLDER, max(since for _, since in marks))
    if older:
        raise StoreBusy(
            "something that began before the forgetting still reads the database",
            "Wait until it ends, or end it, and run `showcause events scrub` again.",
        )
    for table in _tables(run):
        run(f"VACUUM (FULL) {table}")
    for what, _ in marks:
        run("DELETE FROM {p}due WHERE what = %s", what)
    return True


def _tables(run: Run) -> list[str]:
    """Return the tables that wait to be written anew."""
    due = {what.partition(" ")[0] for (what,) in run("SELECT what FROM {p}due")}
    return [table for what, tables in _TABLES.items() if what in due for table in tables]
