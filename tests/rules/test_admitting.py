"""The gate before the store: what is admitted, in which form, and what is told about the rest."""

import math
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.errors import BadInput
from showcause.rules.admitting import TEXT_AT_MOST, admit
from showcause.rules.schema import Field, Schema, Type
from tests.rules import trees
from tests.rules.trees import SCHEMA

ODD = [float("nan"), float("inf"), -0.0, 2**53 + 1, -(2**60), 10**400, "e\u0301", "\ud800", "x" * 5, [], {}]
anything = st.one_of(
    st.none(), st.booleans(), trees.ints, trees.floats, trees.texts, st.integers(0, 10).map(ODD.__getitem__)
)


@st.composite
def raws(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what a platform might send: most values right, some missing, some of another type, some not asked for."""
    raw: dict[str, Any] = {}
    for each in SCHEMA:
        choice = draw(trees.TEN)
        if choice < 8:
            value = draw(anything) if choice == 0 else draw(trees.OR_MISSING[each.type])
            (raw.setdefault(each.group, {}) if each.group else raw)[each.key] = value
    match draw(trees.TEN):
        case 0:
            raw["actor"] = draw(st.sampled_from(["actor", 5, []]))
        case 1:
            raw["actor"] = None
        case 2:
            raw["other"] = {"kind": "a"}
        case _:
            pass
    return raw


def slowly(value: Any, type_: Type) -> Any:
    """Return what a value becomes by the words of the page of semantics; ValueError if it is refused."""
    right: Any = {Type.BOOL: bool, Type.INT: int, Type.FLOAT: (int, float), Type.TEXT: str}[type_]
    if not isinstance(value, right) or (isinstance(value, bool) and type_ is not Type.BOOL):
        raise ValueError
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.encode().decode())
    if (isinstance(value, float) and not math.isfinite(value)) or (type(value) is int and abs(value) > 2**53):
        raise ValueError
    return float(value) + 0.0 if type_ is Type.FLOAT else value


@given(raws())
def test_every_value_is_kept_as_the_page_says_or_the_event_is_refused(raw: dict[str, Any]) -> None:
    expected: dict[str, Any] = {}
    refused = {group for group in SCHEMA.groups if not isinstance(raw.get(group), dict | None)}
    for each in SCHEMA:
        holder = raw if each.group is None else raw.get(each.group) or {}
        value = holder.get(each.key) if isinstance(holder, dict) else None
        try:
            expected[each.path] = None if value is None else slowly(value, each.type)
        except ValueError:
            refused.add(each.path)
    if refused:
        with pytest.raises(BadInput) as told:
            admit(SCHEMA, raw)
        assert told.value.message.split()[0] in refused
        return
    event, missing, _ = admit(SCHEMA, raw)
    found = {each.path: (event[each.group] if each.group else event)[each.key] for each in SCHEMA}
    assert {path: repr(value) for path, value in found.items()} == {
        path: repr(value) for path, value in expected.items()
    }
    assert missing == {path for path, value in expected.items() if value is None}


def test_what_the_schema_does_not_name_is_left_out_and_told() -> None:
    raw = {"kind": "a", "when": 5, "actor": {"age": 1, "password": "x"}, "device": {"id": "y"}}
    event, _, dropped = admit(SCHEMA, raw)
    assert dropped == ("actor.password", "device", "when")
    assert "password" not in str(event)
    assert "device" not in str(event)
    grouped = Schema((Field("a.b", Type.INT),))
    assert admit(grouped, {"a": {"b": 1}, "c": 2}) == ({"a": {"b": 1}}, frozenset(), ("c",))


def test_a_field_that_must_be_there_is_named_when_it_is_not() -> None:
    schema = Schema((Field("kind", Type.TEXT, nullable=False), Field("a.b", Type.INT, nullable=False)))
    assert admit(schema, {"kind": "x", "a": {"b": 0}}).missing == frozenset()
    with pytest.raises(BadInput, match=r"the event lacks a\.b$"):
        admit(schema, {"kind": "x", "a": {"b": None}})
    with pytest.raises(BadInput, match=r"the event lacks a\.b, kind$"):
        admit(schema, {})


def test_a_text_has_so_many_code_points_at_most_after_it_was_normalised() -> None:
    assert len(admit(SCHEMA, {"kind": "a" * TEXT_AT_MOST}).event["kind"]) == TEXT_AT_MOST
    assert len(admit(SCHEMA, {"kind": "e\u0301" * TEXT_AT_MOST}).event["kind"]) == TEXT_AT_MOST
    for long in ("a" * (TEXT_AT_MOST + 1), "\u0344" * TEXT_AT_MOST, "a" * (4 * TEXT_AT_MOST + 1)):
        with pytest.raises(BadInput, match="kind has more than"):
            admit(SCHEMA, {"kind": long})


def test_keys_come_in_the_order_of_the_schema_whatever_order_they_were_sent_in() -> None:
    schema = Schema(tuple(Field(path, Type.INT) for path in ("b", "z.y", "a", "z.x")))
    event = admit(schema, {"z": {"x": 1, "y": 2}, "a": 3, "b": 4}).event
    assert str(event) == "{'z': {'y': 2, 'x': 1}, 'b': 4, 'a': 3}"
