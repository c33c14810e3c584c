"""Guides are played as they stand: their commands in one shell, and what they print beside what the guide says."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.docs.pages import FENCE, ROOT, read
from tests.services.processes import PATIENCE

END = "@@the end of the block@@"


def commands_of(transcript: str) -> list[str]:
    """Return the lines of a script that are commands."""
    return [line for line in read(transcript).splitlines() if line and not line.startswith("#")]


def steps(guide: str, by_hand: "re.Pattern[str] | None" = None) -> Iterator[tuple[str | None, str]]:
    """Yield (commands, what they print) in the guide's order; (None, words) is what is done by hand."""
    text = read(guide)
    patterns = (FENCE,) if by_hand is None else (FENCE, by_hand)
    found = [(each.start(), each) for pattern in patterns for each in pattern.finditer(text)]
    parts = [each for _, each in sorted(found, key=lambda pair: pair[0])]
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if part.re is by_hand:
            yield None, part[1]
        elif part[1] == "sh":
            is_said = following is not None and following.re is FENCE and following[1] == "text"
            yield part[2], following[2] if following is not None and is_said else ""


def compare(printed: str, expected: str, commands: str) -> None:
    """Check that each expected line is printed, in this order; an ellipsis stands for anything."""
    at = 0
    lines = printed.splitlines()
    for line in (each for each in expected.splitlines() if each.strip() not in ("", "…")):
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        while at < len(lines) and not pattern.fullmatch(lines[at]):
            at += 1
        assert at < len(lines), f"{commands}\nshould print\n    {line}\nbut printed\n{printed}"
        at += 1


@contextmanager
def shell(folder: Path, given: Mapping[str, str]) -> Iterator[Callable[[str], str]]:
    """Run blocks in one shell, in an empty folder with `./showcause`; a command that fails ends it.

    Whatever a block left running in the background ends with the shell.
    """
    (folder / "showcause").write_text(f'#!/bin/sh\nexec "{ROOT}/showcause" "$@"\n')
    (folder / "showcause").chmod(0o755)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SHOWCAUSE_", "PYTHON"))}
    env |= {"HOME": str(folder), **given}
    with subprocess.Popen(
        ["sh", "-eu"], cwd=folder, env=env, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        entry, answer = process.stdin, process.stdout

        def run(commands: str) -> str:
            entry.write(f"{commands}\nprintf '\\n%s\\n' '{END}'\n")
            entry.flush()
            printed = ""
            for line in answer:
                if line.strip() == END:
                    return printed
                printed += line
            raise AssertionError(f"{commands}\nended with an error:\n{printed}")

        try:
            yield run
        finally:
            with suppress(BrokenPipeError):
                entry.close()
            process.wait(PATIENCE)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
