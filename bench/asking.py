"""How long a platform waits that asks before it publishes, through a real `showcause serve`; alone, and in a flood.

    python -m bench.asking [--count N]

The server with its worker and its judging are processes of their own, as in life; SQLite flushes every commit. One
client asks about one event after another, each a piece of content of its own, every fifth of which a rule keeps back:
the answer is there when event, verdict, case and place are on the disk. In the flood a second client sends events of
the same platform a thousand at a time, as fast as they are taken; every hundredth fires the rule, and all share one
order. All of it shares the machine's cores with the clients.
"""

import argparse
import http.client
import json
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench import rows
from bench.api import PLATFORM, served
from bench.rows import Row

COUNT: Final = 300
LOT: Final = 1_000
HOLD_EVERY: Final = 5
FLOOD_HITS_EVERY: Final = 100
AIM_MS: Final = 100
SCHEMA: Final = f"""\
platform: {PLATFORM}
account: actor.id
content: content.id
reports: {{field: kind, values: [report]}}
fields:
  kind: {{type: text, needed: true}}
  actor.id: {{type: text, personal: true}}
  content.id: {{type: text, personal: true}}
  content.text: {{type: text}}
  content.links: {{type: int}}
"""
COUNTER: Final = "name: posts_10m\nkind: count\nkey: actor.id\nwindow: 10 min\nwhere: kind == 'post'\n"
RULE: Final = """\
id: many_links
title: {en: "Many links", fr: "Beaucoup de liens"}
clause: integrity.spam@1
owner: policy
severity: low
expected: 1 in 2
effects:
  - hold-before-publication
when: |
  kind == 'post' and content.links > 3 and posts_10m > 0
expect:
  - hit: many links
    event: {kind: post, content: {links: 4}}
    counters: {posts_10m: 1}
  - miss: no link
    event: {kind: post, content: {links: 0}}
    counters: {posts_10m: 1}
"""


def prepare(home: Path, folder: Path) -> str:
    """Found a site with a rule that keeps content back; return a key that may send events."""
    from bench.stand import FOUNDING
    from bench.stand import run as run_command
    from showcause.casework import api_keys
    from showcause.compose import Wiring
    from showcause.domain.api_key import Scope

    files = {"schema.yaml": SCHEMA, "rules/many_links.yaml": RULE, "counters/posts_10m.yaml": COUNTER}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    wiring = Wiring()
    for command in (
        *FOUNDING,
        ("moderator", "add", "ben", "--role", "policy", "--role", "operator", "--as", "ada"),
        ("setting", "set", "rule-holds-hour", "10000", "--as", "ada"),
        ("setting", "set", "ask-milliseconds", "2000", "--as", "ada"),
        ("events", "schema", PLATFORM, f"{folder}/schema.yaml", "--as", "ada"),
        ("rules", "grant", "integrity.spam", "hold", "--as", "ada"),
        ("rules", "grant", "integrity.spam", "hold", "--as", "ben"),
        ("rules", "propose", "many_links", str(folder), "--as", "ada"),
        ("rules", "push", "many_links", "--reason", "to measure it", "--as", "ada"),
    ):
        run_command(wiring, home, command)
    site = wiring.open(home)
    _, text = site.runner.run(api_keys.add, "bench", (Scope.EVENTS,), PLATFORM, "ada")
    site.close()
    return str(text)


def event(number: int, name: str, every: int = HOLD_EVERY) -> dict[str, Any]:
    """Return one event of one of a thousand accounts."""
    content = {"id": f"{name}-{number}", "text": f"{name} {number}", "links": 4 * (number % every == 0)}
    return {
        "id": f"{name}-{number}",
        "data": {"kind": "post", "actor": {"id": f"u{number % 1000}"}, "content": content},
    }


def ask(port: int, key: str, name: str, count: int) -> tuple[list[float], Counter[str]]:
    """Ask about some events, one after another; return how long each took, and the answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    taken, answers = list[float](), Counter[str]()
    for number in range(1, count + 1):
        body = json.dumps(event(number, name))
        began = time.perf_counter()
        connection.request("POST", "/api/v1/events/ask", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        taken.append(time.perf_counter() - began)
        assert answer.status == 200, told
        answers[f"{told['answer']} {told['why']}"] += 1
    connection.close()
    return taken, answers


def flood(port: int, key: str, ended: threading.Event, sent: list[int]) -> None:
    """Send events a thousand at a time until told to end."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    while not ended.is_set():
        start = len(sent) * LOT
        lines = "\n".join(json.dumps(event(start + n, "flood", FLOOD_HITS_EVERY)) for n in range(LOT))
        connection.request("POST", "/api/v1/events", lines, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            sent.append(LOT)
        else:  # the limit of a key: as fast as it lets through
            time.sleep(0.05)
    connection.close()


def asking(folder: Path, count: int) -> Iterator[Row]:
    """Measure a quiet house and a flooded one."""
    home = folder / "site"
    key = prepare(home, folder / "rules")
    with served(home) as port:
        ask(port, key, "first", 20)
        yield _row("asked before publishing", *ask(port, key, "quiet", count))
        ended, sent = threading.Event(), list[int]()
        beside = threading.Thread(target=flood, args=(port, key, ended, sent))
        beside.start()
        began = time.perf_counter()
        taken, answers = ask(port, key, "flooded", count)
        seconds = time.perf_counter() - began
        ended.set()
        beside.join()
        made = _row("asked before publishing, in a flood", taken, answers)
        yield made | {"flood_per_second": round(sum(sent) / seconds)}


def _row(case: str, taken: Sequence[float], answers: Counter[str]) -> Row:
    ordered = sorted(taken)
    p95 = round(ordered[len(ordered) * 95 // 100] * 1000, 2)
    found = rows.latencies(taken) | {"p95_ms": p95, "aim_p95_ms": AIM_MS, "in_aim": p95 <= AIM_MS}
    rate = len(taken) / sum(taken)
    return rows.row("events", case, rate, None, **found, answers=dict(sorted(answers.items())))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one row a case."""
    parser = argparse.ArgumentParser(prog="bench asking", description="Measure how long who asks waits.")
    parser.add_argument("--count", type=int, default=COUNT, help="how many questions [%(default)s]")
    count = parser.parse_args(arguments).count
    from showcause.web.configuration import configure

    configure()  # before anything imports the store
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends with us
    with tempfile.TemporaryDirectory() as folder:
        for each in asking(Path(folder), count):
            rows.show(each)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
