"""Hints, messages and guides name commands that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import showcause
from showcause.cli.root import root

SOURCES = Path(showcause.__file__).resolve().parent
ROOT = SOURCES.parents[1]
TEXTS = [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.yaml"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
QUOTED = re.compile(r"`(?:\./)?showcause ([a-z][a-z -]*[a-z])")
DEVELOPERS = ("test", "lock")


def quoted() -> Iterator[tuple[str, str]]:
    for file in TEXTS:
        for match in QUOTED.finditer(file.read_text(encoding="utf-8")):
            yield match[1], file.name


@pytest.mark.parametrize("said, where", sorted(set(quoted())))
def test_a_command_that_we_name_exists(said: str, where: str) -> None:
    words = said.split()
    if words[0] in DEVELOPERS:
        return
    command: click.Command = root
    context = click.Context(root)
    for word in words:
        if not isinstance(command, click.Group):
            break  # what follows are its arguments
        found = command.get_command(context, word)
        assert found is not None, f"{where} names `showcause {said}`, and there is no {word}"
        command = found


def test_some_commands_are_named() -> None:
    assert len({said for said, _ in quoted()}) > 20
