"""Memory: what the windows of so many accounts hold, measured in a process of its own.

python -m bench.memory KEYS [--fill]
"""

import json
import resource
import subprocess
import sys
import time

from bench import rows
from bench.events import FOUR, has_link, is_post
from bench.rows import Row
from showcause.rules.counters import SECOND
from showcause.rules.fold import Fold


def memory(keys: int) -> Row:
    """Measure four counters with one event of each of so many accounts, from 50,000 addresses."""
    command = [sys.executable, "-m", "bench.memory", str(keys), "--fill"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    held = told["peak_kib"] - told["before_kib"]
    return rows.row(
        "events", f"memory of windows over {keys:,} accounts", keys / told["seconds"], None,
        peak_mib=round(told["peak_kib"] / 1024, 1), windows_mib=round(held / 1024, 1),
        bytes_per_account=round(held * 1024 / keys),
    )  # fmt: skip


def fill(keys: int) -> dict[str, float]:
    """Fill the counters, and return the peak of this process' memory before and after, and the seconds of CPU."""
    fold, at = Fold(FOUR, {"posts": is_post, "links": has_link}), 1_750_000_000 * SECOND
    before, began = _peak(), time.process_time()
    for key in range(keys):
        content = {"links": 1, "domain": f"d{key % 28}.example"}
        actor, net = {"id": f"~{key:032x}"}, {"ip": f"~{key % 50_000:032x}"}
        fold.advance(key + 1, at + key, {"kind": "post", "actor": actor, "content": content, "net": net})
    return {"before_kib": before, "peak_kib": _peak(), "seconds": time.process_time() - began}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    if "--fill" in sys.argv:
        sys.stdout.write(json.dumps(fill(int(sys.argv[1]))))
    else:
        rows.show(memory(int(sys.argv[1])))
