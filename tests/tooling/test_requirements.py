"""The requirement files: pinned, hashed, in step with each other and with pyproject.toml, bound to no index."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from showcause.cli.locking import HEADER, SETS, without_addresses

ROOT = Path(__file__).resolve().parents[2]
HASHES = r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)(?: ; [^\\]*)? \\\n" + HASHES, re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Return the pinned version of every package of a set."""
    return {canonicalize_name(found[1]): found[2] for found in PIN.finditer(text(name))}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def wanted(name: str) -> list[str]:
    """Return what pyproject.toml asks for in a set."""
    described = project()
    groups, extras = described["dependency-groups"], described["project"]["optional-dependencies"]
    run = list(described["project"]["dependencies"])
    asked: dict[str, list[str]] = {
        "run": run,
        "dev": [*run, *extras["postgres"], *groups["dev"]],
        "synapse": groups["synapse"],
    }
    return asked[name]


@pytest.mark.parametrize("name", SETS)
def test_no_file_names_an_index_or_an_address(name: str) -> None:
    assert text(name) == without_addresses(text(name))
    assert not re.search(r"https?:|file:|index|/tmp|/home|/root", text(name))


@pytest.mark.parametrize("name", SETS)
def test_every_line_is_a_comment_or_a_hashed_pin(name: str) -> None:
    rest = PIN.sub("", text(name)).splitlines()
    assert [line for line in rest if line.strip() and not line.lstrip().startswith("#")] == []
    assert len(pins(name)) > 10


@pytest.mark.parametrize("name", SETS)
def test_every_dependency_of_the_project_is_pinned_within_its_range(name: str) -> None:
    for each in map(Requirement, wanted(name)):
        assert each.specifier.contains(pins(name)[canonicalize_name(each.name)]), each


def test_the_developers_set_contains_the_run_set_exactly() -> None:
    dev = pins("dev")
    assert {each: dev.get(each) for each in pins("run")} == pins("run")


def test_the_matrix_server_shares_the_versions_of_what_it_has_in_common_with_us() -> None:
    run, synapse = pins("run"), pins("synapse")
    common = run.keys() & synapse.keys()
    assert "cryptography" in common
    assert {each: synapse[each] for each in common} == {each: run[each] for each in common}


def test_lines_that_name_an_address_are_removed() -> None:
    before = "--index-url x\nattrs==1 \\\n    --hash=sha256:00\n# from https://example.org\n"
    assert without_addresses(before) == HEADER + "attrs==1 \\\n    --hash=sha256:00\n"
