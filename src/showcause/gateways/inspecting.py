"""Looking at what strangers send: each file is drawn anew by a child process that has nothing to lose.

See `redraw` for what it does to a file. Here is only how it is run: without an environment, for a bounded time, with a
bounded answer.
"""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, cast

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
        fed, answer = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)
        late = threading.Timer(self._seconds, child.kill)
        late.start()
        feeding = threading.Thread(target=_feed, args=(fed, data), daemon=True)
        feeding.start()
        try:
            return answer.read(MOST_BYTES + 4096)
        finally:
            late.cancel()
            child.kill()
            child.wait()
            feeding.join(1)
            answer.close()


def _feed(child: IO[bytes], data: bytes) -> None:
    with suppress(OSError):  # it ended before it had read everything
        child.write(data)
    with suppress(OSError):
        child.close()
