"""The rooms of the house: each has its place in the import contracts, and the pure ones touch no world."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "showcause"
PURE = ("domain", "dsa", "rules", "transparency")
WORLD = {
    "asyncio", "glob", "http", "multiprocessing", "os", "random", "secrets", "select", "shutil", "signal", "socket",
    "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}


def modules(room: str) -> list[Path]:
    return sorted((HOUSE / room).rglob("*.py"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Name every module that a source file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def acts(tree: ast.Module) -> Iterator[str]:
    """Name every call that reads a clock or opens a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield node.func.attr
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("open", "print")
        ):
            yield node.func.id


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_reads_no_clock_and_opens_nothing(room: str) -> None:
    assert modules(room)
    for path in modules(room):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        touched = {each.split(".")[0] for each in imported(tree)} & WORLD
        assert (path.name, touched, list(acts(tree))) == (path.name, set(), [])


def test_the_law_is_written_with_the_standard_library_alone() -> None:
    for path in modules("domain"):
        names = {each.split(".")[0] for each in imported(ast.parse(path.read_text(encoding="utf-8")))}
        assert names <= sys.stdlib_module_names | {"showcause"}, path


def test_every_room_has_its_place_in_the_contracts() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    named = {each.split(".")[1] for one in contracts for each in one["source_modules"]}
    rooms = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert rooms - named == {"compose"}, "only the room that wires the parts may import everything"
