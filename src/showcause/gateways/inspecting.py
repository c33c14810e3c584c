"""Looking at what strangers send: each file is drawn anew by a child process that has nothing to lose.

See `redraw` for what it does to a file. Here is only how it is run: without an environment, for a bounded time, with a
bounded answer.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from showcause.casework.ports import Redrawn
from showcause.domain.attachment import MOST_BYTES

PROGRAM: Final = Path(__file__).with_name("redraw.py")
SECONDS: Final = 20.0
REASONS: Final = frozenset({"size", "pdf", "pixels", "damaged", "kind", "markup"})
TYPES: Final = frozenset({"image/png", "image/jpeg", "text/plain"})


class ProcessInspector:
    """Draws files anew, one process each."""

    def __init__(self, program: Path = PROGRAM, seconds: float = SECONDS) -> None:
        self._program, self._seconds = program, seconds

    def redraw(self, data: bytes) -> Redrawn:
        """Return a safe copy of a file, or why there is none; `slow` when the child did not answer in order."""
        answered = self._ask(data)
        head, _, made = answered.partition(b"\n")
        try:
            said = json.loads(head)
        except ValueError:
            said = {}
        if said.get("refused") in REASONS:
            return Redrawn(refused=said["refused"])
        if said.get("type") not in TYPES or not 0 < len(made) <= MOST_BYTES:
            return Redrawn(refused="slow")
        return Redrawn(said["type"], made)

    def _ask(self, data: bytes) -> bytes:
        # -I: no PYTHON* variables, no folder of ours on the path; the child knows Pillow and nothing else.
        child = subprocess.Popen(
            [sys.executable, "-I", str(self._program)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/",
        )  # fmt: skip
        late = threading.Timer(self._seconds, child.kill)
        late.start()
        feeding = threading.Thread(target=_feed, args=(child, data), daemon=True)
        feeding.start()
        try:
            assert child.stdout is not None
            return child.stdout.read(MOST_BYTES + 4096)
        finally:
            late.cancel()
            child.kill()
            child.wait()
            feeding.join(1)
            if child.stdout is not None:
                child.stdout.close()


def _feed(child: "subprocess.Popen[bytes]", data: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(data)
        child.stdin.close()
    except OSError:  # it ended before it had read everything
        pass
