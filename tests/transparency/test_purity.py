"""The room can be installed alone and does the same everywhere: it only computes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import showcause.transparency as room

FOLDER = Path(room.__path__[0])
MODULES = sorted(path.stem for path in FOLDER.glob("*.py"))
OWN = "showcause.transparency"
COMPUTES = {
    *(
        "base64",
        "bisect",
        "binascii",
        "collections",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "hashlib",
        "hmac",
    ),
    *("json", "re", "types", "typing", "cryptography", "rfc8785"),
}
WRITES = {"export", "audit", "words"}


def tree_of(module: str) -> ast.Module:
    return ast.parse((FOLDER / f"{module}.py").read_text())


def imports(module: str) -> Iterator[str]:
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def reached(module: str, seen: set[str] | None = None) -> set[str]:
    seen = set() if seen is None else seen
    for name in imports(module):
        own = name.removeprefix(f"{OWN}.")
        if name.startswith(OWN) and own not in seen:
            seen.add(own)
            reached(own, seen)
    return seen


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_computes_and_its_own_room(module: str) -> None:
    foreign = {name for name in imports(module) if not name.startswith(f"{OWN}.")}
    assert {name.split(".")[0] for name in foreign} <= COMPUTES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_reads_no_clock_and_no_chance_and_opens_no_file(module: str) -> None:
    words = {"now", "utcnow", "today", "generate", "urandom", "token_bytes", "open", "input", "print"}
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert name not in words, f"{module} calls {name}"


def test_the_gate_uses_nothing_that_writes_a_log() -> None:
    assert not reached("verify") & WRITES
    assert {"policy", "merkle", "leaf", "commitments"} <= reached("verify")
