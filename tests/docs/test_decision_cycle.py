"""The numbered steps on the page are the numbered steps in the code."""

import inspect
import re

from showcause.casework import committing
from tests.docs.pages import read

STEP = re.compile(r"\((\d+)\) ([^(\n]+)")


def _plain(words: str) -> str:
    return words.strip(" .,").removesuffix(" and").strip(" .,").lower()


def test_the_steps_of_the_committing_transaction_are_those_in_the_code() -> None:
    comments = "\n".join(re.findall(r"# (.*)", inspect.getsource(committing.force)))
    in_code = [(int(n), _plain(words)) for n, words in STEP.findall(comments)]
    on_page = [
        (int(n), _plain(words))
        for n, words in re.findall(r"\*\*\((\d+)\) (.*?)\*\*", read("docs/decision-cycle.md"))
    ]
    assert len(in_code) >= 6
    assert on_page == in_code


def test_every_function_that_the_page_names_exists() -> None:
    from importlib import import_module
    from importlib.util import find_spec

    classes = {"worker": "Worker", "calling": "Calls"}
    missing = []
    named = re.findall(r"`(\w+)\.(\w+)`", read("docs/decision-cycle.md"))
    for module, name in {pair for pair in named if pair[1] not in ("py", "toml", "yaml")}:
        room = "" if find_spec(f"showcause.casework.{module}") else "log."
        found = import_module(f"showcause.casework.{room}{module}")
        holder = getattr(found, classes[module]) if module in classes else found
        if not hasattr(holder, name):
            missing.append(f"{module}.{name}")
    assert named
    assert missing == []
