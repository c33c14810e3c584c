"""Every command that a page names can be typed."""

import re

import click
import pytest

from showcause.cli.root import root
from tests.docs.pages import ROOT, blocks, pages

NAMED = re.compile(r"(?:\./|^)showcause((?: [a-z][a-z-]*)+)")
OWN = {"test", "lock"}
"""Commands that work before the others do; the script answers them itself."""


def named_in(text: str) -> set[tuple[str, ...]]:
    """Return the commands that a page names in code, as words, without what follows them."""
    in_blocks = [line for block in blocks(text, "sh") for line in block.text.splitlines()]
    spans = re.findall(r"`([^`]*)`", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))
    joined = (" ".join(span.split()) for span in (*in_blocks, *spans))
    return {tuple(each.split()) for line in joined for each in NAMED.findall(line)}


def _is_known(words: tuple[str, ...]) -> bool:
    if words[0] in OWN:
        return True
    command: click.Command | None = root
    context = click.Context(root)
    for word in words:
        if not isinstance(command, click.Group):
            return True  # an argument that looks like a word
        command = command.get_command(context, word)
        if command is None:
            return False
    return True


def test_every_command_that_our_pages_name_exists() -> None:
    unknown = {
        f"{page.relative_to(ROOT)}: showcause {' '.join(words)}"
        for page in pages()
        for words in named_in(page.read_text(encoding="utf-8"))
        if not _is_known(words)
    }
    assert unknown == set()


@pytest.mark.parametrize(
    "text, known", [("`showcause case claim ID`", True), ("`showcause ban somebody`", False)]
)
def test_a_command_that_does_not_exist_is_noticed(text: str, known: bool) -> None:
    assert [_is_known(words) for words in named_in(text)] == [known]
