"""System calls of a victim, counted in a clean run and made to fail in the next ones by strace.

The victim is forked from a warm process and waits until strace holds it; strace answers one call on one file with an
error, or kills the process as it enters the call. Nothing of the product knows.
"""

import ctypes
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.crash.children import in_victim

WRITING = (
    "write,pwrite64,?writev,?pwritev,fsync,fdatasync,ftruncate,?rename,?renameat,?renameat2,?unlink,?unlinkat,"
    "?fallocate"
)
LINE = re.compile(r"^\d+ +(\w+)\((.*)")
NAMED = re.compile(r'<(/[^<>]*)>|"(/[^"]*)"')
SET_PTRACER = 0x59616D61


@dataclass(frozen=True)
class Call:
    """The n-th call of this name on this file (relative to the site's folder) in the life of a process."""

    name: str
    file: str
    nth: int


@dataclass(frozen=True)
class Ended:
    """How a victim ended: killed or not, what it told, what strace wrote."""

    killed: bool
    told: list[bytes]
    trace: str

    @property
    def struck(self) -> bool:
        """Return whether the fault came to the victim."""
        return self.killed or "(INJECTED)" in self.trace


def counted(act: Callable[[int], object], folder: Path) -> list[Call]:
    """Let a victim act unharmed and return its writing calls on the files of a folder, in their order."""
    ended = _traced(act, folder, ["-y", "-e", f"trace={WRITING}"])
    assert not ended.killed
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for name, file in _calls(ended.trace, folder):
        seen[name, file] += 1
        found.append(Call(name, file, seen[name, file]))
    return found


def struck(act: Callable[[int], object], folder: Path, call: Call, fault: str) -> Ended:
    """Let a victim act until one of its calls fails (`error=EIO`), or kills it as it enters (`signal=SIGKILL`)."""
    inject = f"inject={call.name}:{fault}:when={call.nth}"
    path = str(folder / call.file)
    return _traced(act, folder, ["-P", path, "-e", f"trace={call.name}", "-e", inject])


def _calls(trace: str, folder: Path) -> Iterator[tuple[str, str]]:
    for line in trace.splitlines():
        if (call := LINE.match(line)) is None:
            continue
        for path in filter(None, (name for names in NAMED.findall(call[2]) for name in names)):
            if Path(path).is_relative_to(folder):
                yield call[1], str(Path(path).relative_to(folder))
                break


def _traced(act: Callable[[int], object], folder: Path, options: list[str]) -> Ended:
    waiting, go = os.pipe()
    out = folder.with_name(folder.name + ".strace")
    tracers = []

    def when_held(pipe: int) -> None:
        os.close(go)
        ctypes.CDLL(None).prctl(
            SET_PTRACER, ctypes.c_ulong(-1 % 2**64), 0, 0, 0
        )  # some kernels ask for a leave
        os.write(pipe, b'["alive", null]\n')
        assert os.read(waiting, 1) == b"!"
        act(pipe)

    def hold(victim: int, reading: int) -> None:
        os.read(reading, len(b'["alive", null]\n'))
        tracer = subprocess.Popen(
            ["strace", "-f", "-s", "0", *options, "-o", str(out), "-p", str(victim)], stderr=subprocess.PIPE
        )
        tracers.append(tracer)
        assert tracer.stderr is not None
        said = b""
        while b"attached" not in said:
            line = tracer.stderr.readline()
            assert line, said.decode(errors="replace")
            said += line
        os.write(go, b"!")

    try:
        killed, told = in_victim(when_held, hold)
    finally:
        os.close(waiting)
        os.close(go)
        for tracer in tracers:
            tracer.communicate(timeout=300)
    return Ended(killed, told, out.read_text(errors="replace"))
