"""Windows against another engine: DuckDB counts the same events over the same windows."""

import random
from typing import Any

import duckdb

from showcause.rules.counters import SECOND, Counter, Kind, Registry
from showcause.rules.fold import Fold

HOUR = 3600 * SECOND
COUNTERS = (
    Counter("posts", Kind.COUNT, "actor", HOUR // 6, where="kind == 'post'"),
    Counter("domains", Kind.DISTINCT, "actor", HOUR, "domain"),
    Counter("actors", Kind.DISTINCT, "ip", HOUR, "actor"),
    Counter("bytes", Kind.SUM, "actor", HOUR, "size"),
)
SQL = """
SELECT
  count(*) FILTER (kind = 'post')
    OVER (PARTITION BY actor ORDER BY t RANGE BETWEEN 599999999 PRECEDING AND CURRENT ROW),
  count(DISTINCT domain) OVER (PARTITION BY actor ORDER BY t RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW),
  count(DISTINCT actor) OVER (PARTITION BY ip ORDER BY t RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW),
  coalesce(sum(size) OVER (PARTITION BY actor ORDER BY t RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW), 0)
FROM event ORDER BY t
"""


def events(count: int, seed: int = 7) -> list[dict[str, Any]]:
    chance, at, made = random.Random(seed), 1_750_000_000 * SECOND, []
    for _ in range(count):
        at += chance.choice([1, SECOND, 40 * SECOND, chance.randrange(1, 90 * SECOND)])
        made.append(
            {
                "at": at,
                "kind": chance.choice(["post", "dm", None]),
                "actor": f"user {int(chance.paretovariate(0.5)) % 40}",
                "ip": chance.randrange(20),
                "domain": chance.choice([None, *(f"d{n}.example" for n in range(9))]),
                "size": chance.choice([None, *range(-20, 20)]),
            }
        )
    return made


def test_duckdb_counts_the_same() -> None:
    happened = events(3000)
    folded = Fold(Registry(*COUNTERS), {"posts": lambda event: event["kind"] == "post"})
    seen = [folded.advance(n + 1, each["at"], each) for n, each in enumerate(happened)]
    ours = [tuple(each[counter.name] for counter in COUNTERS) for each in seen]
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE event (t BIGINT, kind VARCHAR, actor VARCHAR, ip INT, domain VARCHAR, size BIGINT)"
        )
        columns = [
            [each[name] for each in happened] for name in ("at", "kind", "actor", "ip", "domain", "size")
        ]
        db.execute(f"INSERT INTO event SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
        theirs = db.execute(SQL).fetchall()
    assert ours == theirs
