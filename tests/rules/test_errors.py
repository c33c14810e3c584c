"""What the author of a rule reads when it is refused, word for word: one file of `errors/` for each thing.

A file says what its author got wrong, what the rule set has then, and what is said about it.
"""

import re
from pathlib import Path

import pytest

from showcause.casework.rule_files import read_texts
from showcause.rules.codes import Code
from tests.rules.folders import BASE, changed

FOLDER = Path(__file__).parent / "errors"
GOLDEN = sorted(FOLDER.glob("*.txt"))


def sections(path: Path) -> dict[str, str]:
    """Return the parts of a golden file by the name after `===`."""
    parts = re.split(r"^=== (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_author_reads(path: Path) -> None:
    given = sections(path)
    expected = given.pop("says")
    loaded, faults = read_texts(changed(given))
    assert loaded is None
    assert "\n".join(map(str, faults)) + "\n" == expected


def test_the_rule_set_in_which_these_slips_were_made_is_without_fault() -> None:
    loaded, faults = read_texts(BASE)
    assert (faults, loaded is not None) == ((), True)


def test_every_code_has_a_file() -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in GOLDEN)
    assert [code for code in Code if f"[{code}]" not in said and code not in ELSEWHERE] == []


ELSEWHERE = {Code.UNREADABLE, Code.COMMENT_LOST}
"""What the first look at a text leaves to Python's parser, and what only the layout says; other tests meet them."""


def test_no_message_is_longer_than_a_reader_has_patience_for() -> None:
    for path in GOLDEN:
        for line in sections(path)["says"].splitlines():
            assert len(line) < 260, (path.name, line)
