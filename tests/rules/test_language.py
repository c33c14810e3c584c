"""The language: what a condition means once it is read, and that no text whatever does anything but be refused."""

import ast
import gc
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from showcause.rules import tree
from showcause.rules.checking import _Conditions, check
from showcause.rules.messages import BadRule, Fault, place_in
from showcause.rules.parsing import Parsed, parse
from showcause.rules.schema import Type
from showcause.rules.tree import (
    And,
    Arithmetic,
    Calculation,
    Comparison,
    Constant,
    CounterValue,
    FieldValue,
    Flag,
    Length,
    ListLiteral,
    Membership,
    NamedList,
    Negative,
    Not,
    Or,
    Pattern,
    Relation,
    RuleReference,
    TextRelation,
    TextTest,
    Threshold,
    constant,
)
from tests.rules.gardens import SCOPE

KIND = FieldValue("kind", Type.TEXT)
AGE = FieldValue("actor.age_s", Type.INT)
SCORE = FieldValue("actor.score", Type.FLOAT)
TEXT = FieldValue("content.text", Type.TEXT)
VERIFIED = Flag(FieldValue("actor.verified", Type.BOOL))
POST = Comparison(Relation.EQUAL, KIND, constant("post"))

MEANINGS: dict[str, Any] = {
    "kind == 'post'": POST,
    "actor.verified": VERIFIED,
    "not actor.verified": Not(VERIFIED),
    "kind == 'post' and (actor.verified and links_early)": And(
        (POST, VERIFIED, RuleReference("links_early"))
    ),
    "kind == 'post' or actor.verified and links_early": Or(
        (POST, And((VERIFIED, RuleReference("links_early"))))
    ),
    "actor.age_s < new_account": Comparison(Relation.LESS, AGE, Threshold("new_account", Type.INT)),
    "posts_10m >= 5": Comparison(Relation.AT_LEAST, CounterValue("posts_10m"), constant(5)),
    "actor.score * 2 + actor.age_s / 3 > -0.5": Comparison(
        Relation.MORE,
        Arithmetic(
            Calculation.ADD,
            Arithmetic(Calculation.MULTIPLY, SCORE, constant(2)),
            Arithmetic(Calculation.DIVIDE, AGE, constant(3)),
        ),
        constant(-0.5),
    ),
    "-actor.age_s < -3": Comparison(Relation.LESS, Negative(AGE), constant(-3)),
    "kind in ['post', 'dm']": Membership(KIND, ListLiteral(("post", "dm"), Type.TEXT)),
    "kind not in ('post', 'dm')": Not(Membership(KIND, ListLiteral(("post", "dm"), Type.TEXT))),
    "actor.age_s in [1, 2.5]": Membership(AGE, ListLiteral((1.0, 2.5), Type.FLOAT)),
    "content.domain in blocked": Membership(
        FieldValue("content.domain", Type.TEXT), NamedList("blocked", Type.TEXT)
    ),
    "starts_with(content.text, 'http')": TextTest(TextRelation.STARTS_WITH, TEXT, constant("http")),
    "ends_with(content.text, content.domain)": TextTest(
        TextRelation.ENDS_WITH, TEXT, FieldValue("content.domain", Type.TEXT)
    ),
    r"matches(content.text, r'\d+(?i:euro)')": Pattern(TEXT, r"\d+(?i:euro)"),
    "length(content.text) > 3": Comparison(Relation.MORE, Length(TEXT), constant(3)),
    "actor.id == target.id": Comparison(
        Relation.EQUAL, FieldValue("actor.id", Type.TEXT), FieldValue("target.id", Type.TEXT)
    ),
    "actor.reports > 3": Comparison(
        Relation.MORE, FieldValue("actor.reports", Type.INT, from_reports=True), constant(3)
    ),
    "reported_often": RuleReference("reported_often", from_reports=True),
    "kind == 'caf\u0065\u0301'": Comparison(Relation.EQUAL, KIND, constant("caf\u00e9")),
    "kind == 'it\\'s \\u00e9'": Comparison(Relation.EQUAL, KIND, constant("it's é")),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_condition_means_one_tree(text: str) -> None:
    assert check(text, SCOPE) == (MEANINGS[text], ())


def test_lines_spaces_and_comments_mean_nothing() -> None:
    text = "kind=='post'  # what\n\n   and (  # é\n  actor.verified\n)\n"
    assert check(text, SCOPE) == (And((POST, VERIFIED)), ())


def test_every_part_knows_where_it_stands_even_after_letters_of_several_bytes() -> None:
    condition, _ = check("kind == 'é€'\n and actor.verified", SCOPE)
    assert isinstance(condition, And)
    first, second = condition.operands
    assert first.span == tree.Span(1, 0, 1, 12)
    assert second.span == tree.Span(2, 5, 2, 19)


def test_one_look_names_the_faults_of_all_parts() -> None:
    _, wrong = check(
        "kin == 'post' and actor.agee < 5 and actor.verified and content.domain in blokked", SCOPE
    )
    assert [each.what for each in wrong] == [
        "nothing is called `kin`", "actor has no field `agee`", "there is no list `blokked`",
    ]  # fmt: skip


HOSTILE = {
    "brackets": "(" * 5_000 + "kind" + ")" * 5_000,
    "lists": "[" * 900,
    "signs": "not " * 990 + "actor.verified",
    "minus": "-" * 3_990 + "1 > 2",
    "a sum": "1" + "+1" * 450 + " > actor.age_s",
    "powers": "9" + "**9" * 30 + " > actor.age_s",
    "a huge number": "actor.age_s > " + "9" * 3_900,
    "a huge exponent": "actor.score > 1e999",
    "a long line": "a" * 1_000_000,
    "a null": "kind == 'a\0b'",
    "half a character": "kind == '\ud800'",
    "half a character, escaped": "kind == '\\ud800'",
    "a carriage return": "kind == 'a' #\rand actor.verified",
    "a bidirectional override": "kind == '\u202etsop'",
    "brackets the wrong way": "actor.verified) or (actor.verified",
    "a walrus": "(x := 1) > 0",
    "a starred": "kind in [*blocked]",
    "a slice": "kind[1:2] == 'a'",
    "an ellipsis": "... == ...",
    "a set": "kind in {'a'}",
    "a call of a call": "length(kind)(kind)",
    "an attribute of a text": "'a'.format(kind) == 'a'",
    "dunder": "actor.__class__ == 'a'",
    "comparisons": " < ".join(["actor.age_s"] * 100),
    "and for ever": " and ".join(["actor.verified"] * 600),
    "a pattern that explodes": "matches(content.text, '" + "(" * 20 + "a{1000}" + "){1000}" * 20 + "')",
    "letters that look the same": "асtor.verified",
    "a full-width name": "ｋｉｎｄ == 'a'",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_at_once(name: str) -> None:
    gc.disable()  # what others left behind is not collected on this account
    before = time.process_time()
    try:
        condition, wrong = check(HOSTILE[name], SCOPE)
    finally:
        took = time.process_time() - before
        gc.enable()
    assert took < 0.5
    assert condition is None
    assert wrong
    for each in wrong:
        place = place_in(HOSTILE[name], "rule", each.start, each.end)
        assert len(str(Fault(place, each.code, each.what, each.hint))) < 1_500


PIECES = [
    "kind", "actor", ".", "age_s", "actor.age_s", "actor.verified", "blocked", "posts_10m", "links_early", "length",
    "matches", "contains", "(", ")", "[", "]", "{", "}", ",", "==", "=", "<", "<=", "!=", ">", "+", "-", "*", "/",
    "%", "//", "**", "and", "or", "not", "in", "is", "if", "else", "for", "lambda", "None", "True", ":", ":=", ";",
    "\\", "@", "'a'", "r'\\d'", "'\\d'", "f'a'", "'''", "'", '"', "0", "1", "2.5",
    "1e9", "0x1", "1_0", "1j", " ", "\n", "#", "\t",
    "é", "\0", "\u202e", "$", "?", "!", "&&",
]  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))


@given(texts)
@settings(max_examples=150, deadline=None)
@example("'a' (1)")
@example("1 . 5 > 2")
@example("a.b.'c'")
@example("kind . == 'a'")
@example("length(kind, *blocked)")
@example("length(x=kind) > 1")
def test_no_text_does_anything_but_mean_a_tree_or_be_refused(text: str) -> None:
    condition, wrong = check(text, SCOPE)
    assert (condition is None) == bool(wrong)
    for each in wrong:
        assert 0 <= each.start < each.end
        assert str(Fault(place_in(text, "rule", each.start, each.end), each.code, each.what, each.hint))


@given(texts)
@settings(max_examples=100, deadline=None)
def test_the_parser_raises_nothing_else(text: str) -> None:
    with suppress(BadRule):
        parse(text)


def test_a_constant_keeps_its_kind() -> None:
    condition, _ = check("actor.score > -0.0 and actor.score > -0", SCOPE)
    assert isinstance(condition, And)
    constants = [each.right for each in condition.operands if isinstance(each, Comparison)]
    assert constants == [Constant(0.0, Type.FLOAT), Constant(0, Type.INT)]
    assert [str(each.value) for each in constants if isinstance(each, Constant)] == ["0.0", "0"]


EVERY_EXPRESSION = {
    ast.BoolOp: "actor.verified and actor.verified",
    ast.NamedExpr: "(n := 1)",
    ast.BinOp: "1 % 2 == 0",
    ast.UnaryOp: "~1 == 0",
    ast.Lambda: "lambda: 1",
    ast.IfExp: "actor.verified if actor.verified else actor.verified",
    ast.Dict: "{'a': 1}",
    ast.Set: "{1}",
    ast.ListComp: "[x for x in blocked]",
    ast.SetComp: "{x for x in blocked}",
    ast.DictComp: "{x: x for x in blocked}",
    ast.GeneratorExp: "(x for x in blocked)",
    ast.Compare: "kind is kind",
    ast.Call: "contains(content.text, 'a')(1)",
    ast.JoinedStr: "f'{kind}' == 'a'",
    ast.Constant: "b'a' == b'a'",
    ast.Attribute: "'a'.x == 'a'",
    ast.Subscript: "kind[0:1] == 'a'",
    ast.Starred: "contains(*blocked)",
    ast.Name: "__builtins__",
    ast.List: "[1]",
    ast.Tuple: "kind, kind",
    ast.Yield: "(yield)",
    ast.YieldFrom: "(yield from blocked)",
    ast.Await: "await kind",
}
NOT_ALONE = {"FormattedValue", "Slice", "TemplateStr", "Interpolation"}
"""What stands only within another expression, in this Python or a later one."""


def test_the_whitelist_refuses_every_expression_of_python_by_itself_without_the_first_look_at_the_text() -> (
    None
):
    for kind, text in EVERY_EXPRESSION.items():
        tree = ast.parse(f"(\n{text}\n)", mode="eval").body
        parsed = Parsed(text, (), tree, (0,))
        assert any(isinstance(node, kind) for node in ast.walk(tree)), text
        if kind is ast.BoolOp:
            assert isinstance(_Conditions(parsed, SCOPE).condition(tree, "a rule"), And)
            continue
        with pytest.raises(BadRule):
            _Conditions(parsed, SCOPE).condition(tree, "a rule")


def test_no_expression_of_python_was_forgotten() -> None:
    assert {each.__name__ for each in ast.expr.__subclasses__()} - NOT_ALONE == {
        each.__name__ for each in EVERY_EXPRESSION
    }
