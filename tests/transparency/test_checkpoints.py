"""Checkpoints: one text for one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import Malformed
from showcause.transparency.merkle import EMPTY_ROOT

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_its_text(size: int, root: bytes) -> None:
    tree = Checkpoint("example.com/log", size, root)
    assert parse_checkpoint(tree.text) == tree
    assert tree.text.count("\n") == 3


def test_the_empty_tree_has_one_root() -> None:
    assert parse_checkpoint(Checkpoint("o", 0, EMPTY_ROOT).text).size == 0
    with pytest.raises(Malformed):
        Checkpoint("o", 0, bytes(32))


def test_extension_lines_of_other_logs_are_kept_so_that_their_signature_still_fits() -> None:
    text = f"o\n7\n{ROOT}\nmore\nand more\n"
    tree = parse_checkpoint(text)
    assert tree.extensions == ("more", "and more")
    assert tree.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n7\n",
        f"\n7\n{ROOT}\n",
        f"o\n07\n{ROOT}\n",
        f"o\n+7\n{ROOT}\n",
        f"o\n-7\n{ROOT}\n",
        f"o\n 7\n{ROOT}\n",
        f"o\n７\n{ROOT}\n",
        f"o\n7_0\n{ROOT}\n",
        f"o\n9223372036854775808\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n7\n{ROOT}",
        f"o\n7\n{ROOT}\n\n",
        f"o\n7\n{ROOT}\n\nmore\n",
        f"o\n7\n{ROOT[:-1]}\n",
        f"o\n7\n{ROOT[:-2]}J=\n",
        f"o\n7\n{ROOT} \n",
        f"o\n7\n{ROOT[4:]}\n",
        f"o\n7\n{ROOT.replace('+', '-')}x\n",
        f"o\n0\n{ROOT}\n",
    ],
)
def test_a_checkpoint_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(text)
