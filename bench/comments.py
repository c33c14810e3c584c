"""The comment section at a size that no local newspaper reaches: pages of a busy thread, and posts per second.

    python -m bench.comments [--count N] [--postgres] [--peer isso]

A site as `showcause init` founds it, whose section has a million comments, a hundredth of them under one article. What
readers see is measured twice: as the room reads it from the database, and as a whole answer of the pages, rendered,
with all that stands before and after it. Aim: 95 in 100 within 30 ms on the server, on both databases. A post counts
once it is on the disk; sixteen readers post at the same time. Machines are shared: beside the time stands the time of
this process's own CPU, in which a server's is not counted.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import rows


@contextmanager
def durable_postgres() -> Iterator[str]:
    """Start a PostgreSQL of its own that flushes as one in service does; give the address of an empty database."""
    from tests.services.postgres import running_postgres

    with running_postgres(("-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB")) as server:
        yield server.dsn(server.create())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row a case."""
    parser = argparse.ArgumentParser(prog="bench comments", description="Measure the comment section.")
    parser.add_argument("--count", type=int, default=1_000_000, help="how many comments [%(default)s]")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too, which is started for it")
    parser.add_argument("--only-postgres", action="store_true", help="on PostgreSQL alone")
    parser.add_argument(
        "--peer", choices=["isso"], help="measure another comment server beside ours, on SQLite"
    )
    told = parser.parse_args(arguments)
    # After the pages are configured, since the store would configure itself otherwise.
    from bench.comments_measures import measured, weights

    rows.show(weights())
    if not told.only_postgres:
        with tempfile.TemporaryDirectory() as folder:
            for row in measured(Path(folder), "", told.count):
                rows.show(row)
            if told.peer:
                beside(Path(folder))
    if told.postgres or told.only_postgres:
        with tempfile.TemporaryDirectory() as folder, durable_postgres() as url:
            for row in measured(Path(folder), url, told.count):
                rows.show(row)


def beside(folder: Path) -> None:
    """Print what Isso reaches beside ours, on the same comments."""
    from bench import comments_peer

    for row in comments_peer.isso(folder, comments_peer.install(folder / "isso")):
        rows.show(row)


if __name__ == "__main__":
    from showcause.web.configuration import configure

    configure()
    main()
