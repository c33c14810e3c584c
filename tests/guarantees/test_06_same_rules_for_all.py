"""Guarantee 6: the same rules for everybody. Swapping in the owner or the staff as subject changes no outcome."""

import ast
from pathlib import Path

import pytest

import showcause
from showcause.casework import hearing, lodging
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Decision
from showcause.domain.enforcement import Enforcement
from showcause.domain.statement import Statement
from tests.house import House

WHO = ["nobody-in-particular", "ada", "bea", "cleo", "owner", "showcause", "system", "automation"]
"""An ordinary account, and accounts that bear the names of the operator, of both officers and of the house itself."""


def outcome(house: House, ref: str) -> list[object]:
    """Play the same story about an account and return everything that became of it, without ids and times."""
    decided = house.suspended(ref)
    standing = house.standing(ref)
    appeal = house.run(lodging.lodge, decided.reference, "wrong")
    house.run(hearing.claim, appeal.id, "dan")
    house.run(hearing.affirm, appeal.id, "dan", "no")
    house.work()
    (enforcement,) = house.all(Enforcement, decision=decided.id)
    (statement,) = house.all(Statement, decision=decided.id)
    (heard,) = house.all(Appeal, decision=decided.id)
    (again,) = house.all(Decision, id=decided.id)
    letters = [text.replace(ref, "X").split("\n")[0] for text in house.world.inbox(ref)]
    return [
        decided.second_needed,
        decided.acts[0].measure,
        again.state,
        standing,
        enforcement.state,
        statement.state,
        heard.state,
        heard.promised_at - heard.lodged_at,
        letters,
    ]


def test_owner_and_staff_as_subject_change_no_outcome(house: House) -> None:
    expected = outcome(house, WHO[0])
    for who in WHO[1:]:
        assert outcome(house, who) == expected, who


FORBIDDEN = ("exempt_account", "allow_list", "allowlist", "whitelist", "immune", "vip", "protected_account")


def test_there_is_no_list_of_exemptions_in_the_code() -> None:
    names: set[str] = set()
    for path in Path(showcause.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name | ast.FunctionDef | ast.ClassDef):
                names.add((node.id if isinstance(node, ast.Name) else node.name).lower())
    assert not [name for name in names for word in FORBIDDEN if word in name]


@pytest.mark.parametrize("name", ["exemptions", "allow-list", "immune-accounts", "skip-subjects"])
def test_no_setting_exempts_anybody(house: House, name: str) -> None:
    from showcause.casework import founding
    from showcause.domain.errors import Refused

    with pytest.raises(Refused):
        house.run(founding.change_setting, name, "ada", "ada")
