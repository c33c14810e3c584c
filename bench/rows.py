"""What every row of a benchmark says besides its figure: how far from the target, and on which machine."""

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@cache
def machine() -> Row:
    """Return processor, cores, and versions."""
    cpu = platform.processor() or "unknown"
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def row(bench: str, case: str, per_second: float, target: float | None, **more: Any) -> Row:
    """Return a row: our figure, the target and by which factor it is met (1 or more) or missed (below 1)."""
    made: Row = {"bench": bench, "case": case, "per_second": round(per_second), "target": target}
    if target:
        made |= {"met": per_second >= target, "of_target": round(per_second / target, 2)}
    return made | more | {"machine": machine() | {"load": round(os.getloadavg()[0], 1)}}


def latencies(seconds: Sequence[float]) -> Row:
    """Return median and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
        "p99_ms": round(ordered[len(ordered) * 99 // 100] * 1000, 2),
    }


def show(made: Mapping[str, Any]) -> None:
    """Print a row at once."""
    print(json.dumps(made), file=sys.stdout, flush=True)
