"""Semantics version 1, S-10 to S-13: text, patterns and lists.

The numbers are those of docs/reference/rule-semantics.md.
"""

import ast
import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.domain.errors import BadInput
from showcause.rules import bounds, python_code, searching
from showcause.rules.admitting import admit
from showcause.rules.rule_set import ListVersion, RuleSet
from showcause.rules.schema import Type
from showcause.rules.tree import (
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Not,
    Pattern,
    Rule,
    TextRelation,
    TextTest,
    constant,
)
from tests.rules import trees
from tests.rules.evaluators import by_python, by_sql
from tests.rules.meaning import FALSE, KIND, NOTHING, TRUE, UNKNOWN, refusal, value
from tests.rules.trees import COUNTER_TYPES, COUNTERS, SCHEMA, compare, event


def test_s10_text_is_kept_in_the_form_nfc_and_broken_text_is_refused() -> None:
    assert admit(SCHEMA, {"kind": "e\u0301"}).event["kind"] == "é"
    with pytest.raises(BadInput, match="not valid Unicode"):
        admit(SCHEMA, {"kind": "\ud800"})
    assert "NFC" in refusal(compare(KIND, "==", "e\u0301"))


LENGTHS = [("", 0), ("é", 1), ("\U0001f600", 1), ("x\u0301", 2), ("\u200d\U0010ffff", 2)]


@pytest.mark.parametrize("text,length", LENGTHS)
def test_s11_the_length_of_a_text_is_its_code_points(text: str, length: int) -> None:
    assert value(compare(Length(KIND), "==", length), kind=text) is TRUE


def test_s11_text_is_ordered_by_code_point_in_no_language() -> None:
    ordered = [
        "",
        "\t",
        " ",
        "A",
        "Z",
        "a",
        "z",
        "é",
        "\ud7ff",
        "\ue000",
        "\uffff",
        "\U0001d518",
        "\U0010ffff",
    ]
    for lesser, greater in itertools.pairwise(ordered):
        assert value(compare(KIND, "<", greater), kind=lesser) is TRUE
        assert value(compare(KIND, ">=", greater), kind=lesser) is FALSE


def test_s11_case_is_left_alone_but_for_patterns_that_ask() -> None:
    assert value(compare(KIND, "==", "A"), kind="a") is FALSE
    assert value(TextTest(TextRelation.CONTAINS, KIND, constant("A")), kind="a") is FALSE
    assert value(Pattern(KIND, "(?i)É"), kind="é") is TRUE


FOUND = [
    (r"^\d$", "٣", False),
    (r"\w", "é", False),
    (r"\bab\b", "éab", True),
    (r"\s", "\u00a0", False),
    ("a$", "a\n", False),
    ("b", "abc", True),
    ("a.c", "a\nc", False),
    ("^$", "", True),
    ("(?i)k", "\u212a", True),
]


@pytest.mark.parametrize("pattern,text,found", FOUND)
def test_s12_a_pattern_means_what_re2_means(pattern: str, text: str, found: bool) -> None:
    assert value(Pattern(KIND, pattern), kind=text) is (TRUE if found else FALSE)


REFUSED = ["(?=a)", "(?<!a)b", r"(a)\1", "(", "(a{1000}){1000}", "a" * 1001, r"[\p{L}]{99}"]


@pytest.mark.parametrize("pattern", REFUSED)
def test_s12_what_re2_cannot_do_or_what_grows_too_large_is_refused(pattern: str) -> None:
    assert "pattern" in refusal(Pattern(KIND, pattern)) or len(pattern) > 1000


PIECES = [
    "a",
    "b",
    ".",
    "é",
    "[ab]",
    "[^a]",
    r"\d",
    r"\w",
    r"\b",
    r"\s",
    "^",
    "$",
    "(?i:K)",
    "\U0001f600",
    r"\p{L}",
    "(?s:.)",
]
ENDS = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "*?"]
pieces = st.tuples(st.sampled_from(PIECES), st.sampled_from(ENDS)).map(lambda each: f"(?:{each[0]}){each[1]}")
patterns = st.lists(st.lists(pieces, min_size=1, max_size=4).map("".join), min_size=1, max_size=3).map(
    "|".join
)


@given(patterns, st.lists(trees.texts, min_size=8, max_size=8))
@settings(max_examples=60)
def test_s12_any_pattern_is_found_in_the_same_texts_by_function_and_query(
    pattern: str, texts: list[str]
) -> None:
    rules, given_ = trees.one(Pattern(KIND, pattern)), [(event(kind=text), NOTHING) for text in texts]
    assert by_python(rules, SCHEMA, given_) == by_sql(rules, SCHEMA, given_, COUNTER_TYPES)


def test_s12_a_pattern_made_to_explode_takes_no_time() -> None:
    assert not searching.compiled("(a+)+$")("a" * 100_000 + "b")
    many_states = searching.compiled("(?s)(a|b)*a(a|b){12}c")
    text = "".join(random.Random(1).choices("ab", k=20_000))
    assert not many_states(text)
    assert many_states(text + "a" * 13 + "c")


def test_s12_no_evaluator_imports_another_engine_of_patterns() -> None:
    for name in ("python_code", "python_leaves", "tracing", "searching", "sql"):
        source = Path(python_code.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        imported = {
            each.name if isinstance(node, ast.Import) else node.module
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for each in node.names
        }
        assert not imported & {"re", "regex"}


def test_s13_nothing_is_in_an_empty_list_and_a_missing_value_is_not_known_to_be() -> None:
    empty = Membership(KIND, NamedList("nothing", Type.TEXT))
    assert (value(empty, kind="a"), value(empty), value(Not(empty))) == (FALSE, UNKNOWN, UNKNOWN)


def test_s13_a_list_has_one_type_and_no_null() -> None:
    assert refusal(Membership(KIND, ListLiteral(("a", 1), Type.TEXT)))
    assert refusal(Membership(KIND, NamedList("ages", Type.INT)))
    holed = RuleSet((), (ListVersion("holed", 1, Type.TEXT, frozenset({"a", None})),))  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        bounds.check(holed, SCHEMA)


def test_s13_a_long_list_is_looked_up_like_a_short_one_and_read_from_a_table_by_sql() -> None:
    entries = frozenset(f"bad{number}" for number in range(20_000))
    listed = Membership(KIND, NamedList("long", Type.TEXT))
    rules = RuleSet(
        (Rule("R", listed), Rule("S", Not(listed))),
        (ListVersion("long", 1, Type.TEXT, entries),),
        (),
        COUNTERS,
    )
    given = [(event(kind=kind), NOTHING) for kind in ("bad19999", "good", None)]
    values = by_python(rules, SCHEMA, given)
    assert [each["R"] for each in values] == [TRUE, FALSE, UNKNOWN]
    assert by_sql(rules, SCHEMA, given, COUNTER_TYPES) == values
