"""The reference verifier for platforms: short, alone, and of one verdict with the house's own gate."""

import ast
import importlib.util
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from showcause.casework.ports import Order
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from showcause.transparency import leaf
from showcause.transparency import receipt as receipts
from showcause.transparency import verify as ours
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.policy import parse_policy
from tests.contracts.connector.receipts import Issuer
from tests.docs.pages import ROOT
from tests.transparency import logs

FILE = ROOT / "docs" / "reference" / "verify_receipt.py"
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
MALLORY = Subject("garden", SubjectKind.ACCOUNT, "mallory")
CONNECTOR = "garden"


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("verify_receipt", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verify = _load().verify


def as_fetched(order: Order, connector: str = CONNECTOR) -> dict[str, Any]:
    """Return an order as the API tells it, without its receipt."""
    subject = order.subject
    until = None if order.until is None else order.until.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "subject": {"platform": subject.platform, "kind": str(subject.kind), "ref": subject.ref},
        "measure": str(order.measure), "until": until, "number": order.number, "connector": connector,
    }  # fmt: skip


def verdicts(issuer: Issuer, order: Order, data: bytes, last: int = 0) -> tuple[bool, bool]:
    """Return whether the gate's own verifier lets an order through, and whether the reference does."""
    subject = order.subject
    wanted = ours.Order(
        subject.platform, subject.kind, subject.ref, order.measure, order.until, order.number, CONNECTOR
    )
    try:
        ours.open_order(receipts.from_json(data), wanted, parse_policy(issuer.policy.encode()), last)
        first = True
    except LogError:
        first = False
    try:
        verify(json.loads(data), as_fetched(order), str(issuer.key.verifier), last)
        second = True
    except ValueError:
        second = False
    return first, second


@pytest.fixture
def issuer() -> Issuer:
    """A log with a few orders of others before ours."""
    made = Issuer(CONNECTOR)
    for name in ("anna", "ben", "carl"):
        made.order(replace(MALLORY, ref=name), Measure.HIDE)
    return made


def test_the_verifier_has_less_than_a_hundred_lines_and_needs_nothing_of_ours() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 100
    modules = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [each.name for each in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert modules <= sys.stdlib_module_names | {"cryptography"}


def test_the_true_receipt_opens_its_order(issuer: Issuer) -> None:
    for until in (UNTIL, None):
        order, data = issuer.order(MALLORY, Measure.SUSPEND, until)
        assert verdicts(issuer, order, data, order.number - 1) == (True, True)


def test_a_receipt_of_something_else_opens_nothing(issuer: Issuer) -> None:
    order, data = issuer.order(MALLORY, Measure.SUSPEND, UNTIL)
    others = {
        "another account": replace(order, subject=replace(MALLORY, ref="anna")),
        "another kind": replace(order, subject=replace(MALLORY, kind=SubjectKind.CONTENT)),
        "another platform": replace(order, subject=replace(MALLORY, platform="plaza")),
        "another measure": replace(order, measure=Measure.LOCK),
        "another end": replace(order, until=UNTIL + timedelta(days=1)),
        "no end": replace(order, until=None),
        "another number": replace(order, number=order.number + 1),
        "a number of another entry": replace(order, number=1),
    }
    for what, other in others.items():
        assert verdicts(issuer, other, data) == (False, False), what
    assert verdicts(issuer, order, issuer.issue(order, connector="somebody-else")) == (False, False)
    assert verdicts(
        Issuer(CONNECTOR, key=SigningKey("log.example/another", KeyKind.ED25519, logs.secret("another"))),
        order,
        data,
    ) == (False, False)


def test_a_number_that_is_used_up_opens_nothing(issuer: Issuer) -> None:
    order, data = issuer.order(MALLORY, Measure.SUSPEND, UNTIL)
    for last in (order.number, order.number + 5):
        assert verdicts(issuer, order, data, last) == (False, False)


def test_no_byte_of_a_receipt_can_be_flipped(issuer: Issuer) -> None:
    order, data = issuer.order(MALLORY, Measure.SUSPEND, UNTIL)
    believed = []
    for at in range(len(data)):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            value = json.loads(flipped)
        except ValueError:
            continue
        try:
            verify(value, as_fetched(order), str(issuer.key.verifier), 0)
            believed.append(at)
        except ValueError:
            continue
    assert believed == []


@pytest.mark.parametrize("nonsense", [None, [], {}, 7, "receipt", {"f": "showcause/v1 receipt"}])
def test_nonsense_is_refused_by_a_value_error_alone(issuer: Issuer, nonsense: object) -> None:
    order, _ = issuer.order(MALLORY, Measure.SUSPEND)
    with pytest.raises(ValueError, match="receipt"):
        verify(nonsense, as_fetched(order), str(issuer.key.verifier), 0)


def test_an_item_of_a_campaign_opens_its_own_order_and_no_other_item_s() -> None:
    campaign, key = logs.Campaign(), str(logs.LOG_KEY.verifier)
    log = logs.Log([leaf.encode(logs.plain_leaf("before")), leaf.encode(campaign.leaf())])
    content = (campaign.content().opening(["count", "root"]),)
    for index in (0, 5, 8):
        made = log.receipt(1, content, campaign.item_receipt(index))
        for wanted in (0, 5, 8):
            order = campaign.order(wanted)
            told = {
                "subject": {"platform": "matrix", "kind": "account", "ref": order.ref}, "measure": "hide",
                "until": None, "number": order.number, "connector": "matrix",
            }  # fmt: skip
            try:
                ours.open_order(made, order, logs.R0, 0)
                first = True
            except LogError:
                first = False
            try:
                verify(json.loads(receipts.to_json(made)), told, key, 0)
                second = True
            except ValueError:
                second = False
            assert first == second == (wanted == index)
