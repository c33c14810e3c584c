"""Nothing grows without a bound: what is one too large is refused, and what is just as large is evaluated."""

import pytest

from showcause.domain.errors import BadInput
from showcause.rules import bounds, python_code, sql
from showcause.rules.rule_set import ListVersion, RuleSet, ThresholdVersion
from showcause.rules.schema import FIELDS_AT_MOST, Field, Schema, Type
from showcause.rules.tracing import Truth
from showcause.rules.tree import (
    And,
    Condition,
    Constant,
    CounterValue,
    FieldValue,
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Negative,
    Not,
    Or,
    Pattern,
    Rule,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    Value,
    constant,
)
from tests.rules import trees
from tests.rules.evaluators import by_python, by_sql, by_trace
from tests.rules.meaning import KIND, NOTHING, VERIFIED, refusal
from tests.rules.trees import SCHEMA, calculate, compare, event, field


def deep(levels: int) -> Condition:
    """Return a condition of so many levels: nots over a flag over a field."""
    condition: Condition = VERIFIED
    for _ in range(levels - 2):
        condition = Not(condition)
    return condition


def test_a_tree_has_so_many_levels_at_most_and_the_deepest_is_evaluated() -> None:
    assert bounds.depth(deep(64)) == bounds.DEPTH_AT_MOST == 64
    assert "65 levels" in refusal(deep(65))
    evaluate = python_code.compile_set(trees.one(deep(64)), SCHEMA)
    assert evaluate(event(actor__verified=True), {}, []) == ["R"]


def test_the_longest_sum_and_the_deepest_nest_become_code_and_a_query_of_bounded_size() -> None:
    total = field("actor.age"), field("weight")
    whole, broken = total
    for _ in range(60):
        whole, broken = calculate(1, "+", whole), calculate(1.5, "/", broken)  # type: ignore[assignment]
    nested: Condition = VERIFIED
    for number in range(30):
        nested = And((nested, Not(And((VERIFIED, compare(KIND, "<", str(number)))))))
    for condition in (compare(whole, ">", 1), compare(broken, ">", 1), nested):
        python_code.compile_set(trees.one(condition), SCHEMA)
        assert len(sql.query(trees.one(condition), SCHEMA, "events").text) < 20_000


def largest() -> dict[str, Condition]:
    """Return the longest and deepest conditions of each kind that may be."""
    many = tuple(compare(KIND, "==", str(number)) for number in range(490))
    whole: Value = field("actor.age")
    product: Value = field("actor.age")
    broken: Value = field("weight")
    sign: Value = field("weight")
    nested: Condition = VERIFIED
    for number in range(60):
        whole, product = calculate(whole, "+", 1), calculate(product, "*", 1)
        broken, sign = calculate(1.5, "/", broken), Negative(sign)
        nested = Not(And((VERIFIED, nested))) if number % 2 else nested
    numbers = {"sum": whole, "product": product, "quotient": broken, "sign": sign}
    return {
        "or": Or(many),
        "and": And(tuple(Not(each) for each in many)),
        "nest": nested,
        **{name: compare(each, ">", 1) for name, each in numbers.items()},
    }


@pytest.mark.parametrize("kind", largest())
def test_the_longest_and_deepest_rules_agree_wherever_they_run(kind: str) -> None:
    rules, whole = (
        trees.one(largest()[kind]),
        event(kind="489", actor__age=2, actor__verified=True, weight=2.0),
    )
    given = [(whole, NOTHING), (event(), NOTHING)]
    values = by_python(rules, SCHEMA, given)
    assert values[0]["R"] is not values[1]["R"] is Truth.UNKNOWN
    assert by_trace(rules, given) == by_sql(rules, SCHEMA, given, trees.COUNTER_TYPES) == values


def test_a_rule_has_so_many_parts_at_most() -> None:
    assert "parts in a rule" in refusal(And((VERIFIED,) * 1000))


def test_a_tree_that_shares_its_parts_is_counted_before_it_is_walked() -> None:
    condition: Condition = VERIFIED
    for _ in range(60):
        condition = And((condition, condition))
    assert "parts in a rule" in refusal(condition)


def test_a_set_has_so_many_rules_at_most() -> None:
    with pytest.raises(BadInput, match="5001 rules"):
        bounds.check(RuleSet(tuple(Rule(f"R{number}", VERIFIED) for number in range(5001))), SCHEMA)


def test_a_chain_of_references_has_so_many_steps_at_most() -> None:
    chain: list[Condition] = [VERIFIED, *(Not(RuleReference(f"R{number}")) for number in range(15))]
    evaluate = python_code.compile_set(trees.some(chain), SCHEMA)
    assert evaluate(event(actor__verified=True), {}, []) == [f"R{number}" for number in range(0, 16, 2)]
    with pytest.raises(BadInput, match="R16"):
        bounds.check(trees.some([*chain, RuleReference("R15")]), SCHEMA)


def test_lists_and_texts_that_are_written_out_are_short() -> None:
    assert refusal(Membership(KIND, ListLiteral(tuple(map(str, range(1001))), Type.TEXT)))
    assert refusal(compare(KIND, "==", "a" * 1001))
    assert refusal(compare(KIND, "==", "a\0"))
    assert refusal(compare(KIND, "==", "\ud800"))
    assert refusal(compare(field("actor.age"), "==", 2**53 + 1))
    assert refusal(compare(field("weight"), "==", float("inf")))
    assert refusal(compare(field("weight"), "==", float("nan")))
    assert refusal(compare(field("weight"), "==", Constant(1, Type.FLOAT)))


def test_a_schema_has_so_many_fields_at_most_each_once() -> None:
    with pytest.raises(BadInput, match="at most"):
        Schema(tuple(Field(f"f{number}", Type.INT) for number in range(FIELDS_AT_MOST + 1)))
    with pytest.raises(BadInput, match="twice: a"):
        Schema((Field("a", Type.INT), Field("a", Type.TEXT)))
    with pytest.raises(BadInput, match="field and a group: a"):
        Schema((Field("a", Type.INT), Field("a.b", Type.INT)))


def test_what_a_rule_names_must_be_there_and_be_of_its_type() -> None:
    assert "no field `actor.height`" in refusal(compare(FieldValue("actor.height", Type.INT), "==", 1))
    assert refusal(compare(FieldValue("actor.age", Type.FLOAT), "==", 1))
    assert "no counter" in refusal(compare(CounterValue("likes"), "==", 1))
    assert "no list" in refusal(Membership(KIND, NamedList("good", Type.TEXT)))
    assert "no threshold" in refusal(compare(Threshold("many", Type.INT), "==", 1))
    assert refusal(compare(Threshold("few", Type.FLOAT), "==", 1))
    for twice in ((trees.LISTS[0],) * 2, ()):
        with pytest.raises(BadInput):
            bounds.check(RuleSet((Rule("R", VERIFIED),) * (2 - len(twice) // 2), twice), SCHEMA)


def test_of_a_sensitive_field_only_equality_and_named_lists_are_left() -> None:
    schema = Schema(
        (*SCHEMA.fields, *(Field(f"{each}.mail", Type.TEXT, sensitive=True) for each in ("from", "to")))
    )
    mine, other = (FieldValue(f"{each}.mail", Type.TEXT) for each in ("from", "to"))
    names = NamedList("names", Type.TEXT)
    for good in (compare(mine, "==", other), compare(mine, "!=", other), Membership(mine, names)):
        bounds.check(trees.one(good), schema)
    for bad in (
        compare(mine, "==", "a"),
        compare(mine, "<", other),
        compare(mine, "==", KIND),
        Membership(mine, ListLiteral(("a",), Type.TEXT)),
        Pattern(mine, "a"),
        TextTest(TextRelation.CONTAINS, mine, constant("a")),
        TextTest(TextRelation.CONTAINS, KIND, mine),
        compare(Length(mine), "==", 1),
    ):
        assert "sensitive" in refusal(bad, schema)


def test_versions_of_lists_and_thresholds_are_checked_like_constants() -> None:
    for bad in (
        RuleSet((), (ListVersion("l", 1, Type.INT, frozenset({2**60})),)),
        RuleSet((), (ListVersion("l", 1, Type.INT, frozenset({True})),)),
        RuleSet((), (), (ThresholdVersion("t", 1, float("inf")),)),
    ):
        with pytest.raises(BadInput):
            bounds.check(bad, SCHEMA)
