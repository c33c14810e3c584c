"""The page of guarantees names code and tests that exist."""

import ast
import re
from functools import cache

import pytest

from tests.docs.pages import ROOT, read

CODE = re.compile(r"`([\w/]+\.py):([\w.]+)`")
TEST = re.compile(r"`(tests/[\w/]+(?:\.py|/))`")


def sections() -> dict[int, str]:
    """Return the text of each guarantee by its number."""
    parts = re.split(r"^## (\d+)\. ", read("docs/guarantees.md"), flags=re.MULTILINE)
    return {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def defined_in(path: str) -> frozenset[str]:
    """Return the names that a file of ours defines, methods with their class."""
    body = ast.parse((ROOT / "src" / "showcause" / path).read_text(encoding="utf-8")).body
    names: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name, body=inner):
                names |= {
                    name,
                    *(f"{name}.{each.name}" for each in inner if isinstance(each, ast.FunctionDef)),
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def test_all_fourteen_are_there_in_order() -> None:
    assert list(sections()) == list(range(1, 15))


@pytest.mark.parametrize("number", range(1, 15))
def test_each_says_what_enforces_it_what_tests_it_and_what_does_not_hold_yet(number: int) -> None:
    text = sections()[number]
    assert re.findall(r"^- \*\*(.*?):\*\*", text, re.MULTILINE) == ["Enforced", "Tests", "Not yet"]
    gone = [f"{path}:{name}" for path, name in CODE.findall(text) if name not in defined_in(path)]
    assert CODE.findall(text)
    assert gone == []
    missing = [path for path in TEST.findall(text) if not (ROOT / path).exists()]
    assert TEST.findall(text)
    assert missing == []


def test_every_test_of_a_guarantee_is_named_on_the_page() -> None:
    written = {path.name for path in (ROOT / "tests" / "guarantees").glob("test_*.py")}
    named = {path.rpartition("/")[2] for path in TEST.findall(read("docs/guarantees.md"))}
    assert written - named == set()
