"""Waking whoever judges events: a pipe in the home folder, which takes one byte for each event that is asked about.

Nothing depends on it: events are looked for several times a second anyway. It saves a waiting platform that fraction.
"""

import os
import select
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ONCE: Final = 65_536


@dataclass
class Bell:
    """A pipe that one process listens to and others ring.

    Where several processes judge, each listens to a pipe of its own whose name begins like this one's; ringing this one
    rings them all.
    """

    path: Path
    _listening: int | None = None

    def wait(self, seconds: float) -> None:
        """Wait until somebody rings, or so many seconds."""
        if self._listening is None:
            self._listening = self._listen()
        select.select([self._listening], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._listening, _ONCE)

    def ring(self) -> None:
        """Wake whoever waits; without anybody who does, nothing happens."""
        for each in self.path.parent.glob(f"{self.path.name}*"):
            with suppress(OSError):  # nobody listens, or enough is waiting to be heard
                pipe = os.open(each, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                try:
                    if stat.S_ISFIFO(os.fstat(pipe).st_mode):
                        os.write(pipe, b"!")
                finally:
                    os.close(pipe)

    def close(self) -> None:
        """Listen no more, and leave no pipe behind for whoever copies the folder."""
        if self._listening is not None:
            os.close(self._listening)
            self._listening = None
            self.path.unlink(missing_ok=True)

    def _listen(self) -> int:
        if self.path.exists() and not stat.S_ISFIFO(self.path.stat().st_mode):
            self.path.unlink()
        with suppress(FileExistsError):
            os.mkfifo(self.path, 0o600)
        # Open for both, so that it is never at its end while nobody rings.
        return os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
