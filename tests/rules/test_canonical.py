"""Digests: over what a rule says, not over how it is written; and over everything that a rule set means."""

import hashlib
from dataclasses import replace

from hypothesis import assume, given

from showcause.rules.canonical import list_digest, rule_digest, rule_set_digest, said
from showcause.rules.counters import Counter, Kind, Registry
from showcause.rules.rule_set import ListVersion, RuleSet, ThresholdVersion
from showcause.rules.schema import Type
from showcause.rules.tree import (
    And,
    Condition,
    Constant,
    Flag,
    ListLiteral,
    Membership,
    Node,
    Rule,
    Span,
    constant,
    parts,
    walk,
)
from tests.rules import trees
from tests.rules.meaning import FLAGGED, KIND, VERIFIED
from tests.rules.trees import compare, field

RULE = Rule("young", And((compare(field("actor.age"), "<", 86400), Flag(field("actor.verified")))))


def sha256(of: str, text: str) -> str:
    return hashlib.sha256(f"showcause/{of}/v1\n{text}".encode()).hexdigest()


def test_a_digest_is_of_a_text_that_anybody_can_write() -> None:
    text = '["young",[["effect","hold"]],["and",["<",["field","actor.age","int"],["int","86400"]],'
    text += '["flag",["field","actor.verified","bool"]]]]'
    assert rule_digest(replace(RULE, terms=(("effect", "hold"),))) == sha256("rule", text)
    weighed = compare(field("weight"), ">", 0.1)
    text = '["w",[],[">",["field","weight","float"],["float","0x1.999999999999ap-4"]]]'
    assert rule_digest(Rule("w", weighed)) == sha256("rule", text)
    bad = ListVersion("bad", 7, Type.TEXT, frozenset({"é", "b", "a"}))
    assert list_digest(bad) == sha256("list", r'["bad","text",[["text","\u00e9"],["text","a"],["text","b"]]]')
    few = ThresholdVersion("few", 2, 3)
    rules = RuleSet((RULE,), (bad,), (few,))
    said_of_few = sha256("threshold", '["few",["int","3"]]')
    text = f'["1",[["young","{rule_digest(RULE)}"]],[["bad","7","{list_digest(bad)}"]],'
    text += f'[["few","2","{said_of_few}"]],"{rules.counters.digest}"]'
    assert rule_set_digest(rules) == sha256("rule-set", text)


def test_a_place_in_the_text_makes_no_new_version() -> None:
    moved = Rule("young", And(RULE.condition.operands, span=Span(3, 1, 4, 9)))  # type: ignore[union-attr]
    assert rule_digest(moved) == rule_digest(RULE)


def test_the_id_and_every_term_belong_to_the_version() -> None:
    held, other = replace(RULE, terms=(("effect", "hold"),)), replace(RULE, terms=(("effect", "review"),))
    digests = {rule_digest(each) for each in (RULE, replace(RULE, id="old"), held, other)}
    assert len(digests) == 4
    both = (("clause", "1"), ("effect", "hold"))
    assert rule_digest(replace(RULE, terms=both)) == rule_digest(replace(RULE, terms=both[::-1]))


def test_a_list_that_is_written_in_another_order_is_the_same_list() -> None:
    first, second = (
        Membership(KIND, ListLiteral(items, Type.TEXT)) for items in (("a", "b"), ("b", "a", "b"))
    )
    assert said(first) == said(second)
    longer = Membership(KIND, ListLiteral(("a", "b", "c"), Type.TEXT))
    assert said(longer) != said(first)


def test_values_that_python_takes_for_equal_are_told_apart() -> None:
    assert len({str(said(constant(each))) for each in (1, 1.0, True, "1", "true")}) == 5
    assert said(constant(0.0)) == said(Constant(-0.0, Type.FLOAT))


@given(trees.conditions(), trees.conditions())
def test_what_is_said_differs_if_and_only_if_the_trees_differ(one: Condition, other: Condition) -> None:
    assert said(one) == said(one)
    assume(not any(isinstance(each, ListLiteral) for tree in (one, other) for each in walk(tree)))
    assert (said(one) == said(other)) is (one == other)


@given(trees.conditions())
def test_a_part_is_never_said_like_the_whole(condition: Condition) -> None:
    inner: list[Node] = [part for each in walk(condition) for part in parts(each)]
    assert all(said(part) != said(condition) for part in inner)


def test_the_digest_of_a_set_covers_rules_lists_thresholds_and_counters() -> None:
    whole = RuleSet((RULE,), trees.LISTS, trees.THRESHOLDS, trees.COUNTERS)
    first, *rest = trees.LISTS
    few, *thresholds = trees.THRESHOLDS
    changed = [
        replace(whole, rules=(replace(RULE, condition=VERIFIED),)),
        replace(whole, rules=()),
        replace(whole, lists=(replace(first, version=first.version + 1), *rest)),
        replace(whole, lists=(replace(first, entries=first.entries | {"new"}), *rest)),
        replace(whole, thresholds=(ThresholdVersion(few.name, few.version, 3), *thresholds)),
        replace(whole, counters=Registry(Counter("posts", Kind.COUNT, "actor.name", 1))),
    ]
    assert len({rule_set_digest(each) for each in (whole, *changed)}) == len(changed) + 1


def test_the_order_in_which_a_set_is_read_makes_no_new_version() -> None:
    other = Rule("flagged", FLAGGED)
    forth, back = RuleSet((RULE, other), trees.LISTS), RuleSet((other, RULE), trees.LISTS[::-1])
    assert rule_set_digest(forth) == rule_set_digest(back)
