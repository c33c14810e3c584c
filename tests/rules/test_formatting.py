"""The one layout: it says the same, changes nothing when it is applied again, and loses no comment in silence."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from showcause.casework.rule_files import load, read_texts
from showcause.rules import bounds
from showcause.rules.checking import check
from showcause.rules.folder import Loaded
from showcause.rules.formatting import condition_lines, condition_text, layout, lost_comments
from showcause.rules.names import Marked, Scope
from showcause.rules.tracing import trace
from showcause.rules.tree import Condition
from tests.rules import trees
from tests.rules.folders import BASE, RULE, with_when
from tests.rules.gardens import SCOPE
from tests.rules.test_rule_files import EXAMPLE, loaded

NAMES = Scope(
    trees.SCHEMA,
    {each.name: Marked(each.type) for each in trees.LISTS},
    {each.name: each.type for each in trees.THRESHOLDS},
    {name: Marked(type_) for name, type_ in trees.COUNTER_TYPES.items()},
)

LAID_OUT = {
    "kind=='post'and(actor.verified)": "kind == 'post' and actor.verified",
    'kind == "it\'s"': r"kind == 'it\'s'",
    "matches(content.text, '\\\\d+')": r"matches(content.text, r'\d+')",
    "not (kind in ('a','b'))": "kind not in ['a', 'b']",
    "not ((not actor.verified))": "not not actor.verified",
    "(1+2)*(actor.age_s-3) >= 4": "(1 + 2) * (actor.age_s - 3) >= 4",
    "1+(2*actor.age_s)-(3-4) < 1": "1 + 2 * actor.age_s - (3 - 4) < 1",
    "-(-(actor.age_s)) > 1": "-(-actor.age_s) > 1",
    "actor.score > 1e3": "actor.score > 1000.0",
    "actor.verified and (kind == 'a' or kind == 'b')": "actor.verified and (kind == 'a' or kind == 'b')",
    "(actor.verified and kind == 'a') and kind == 'b'": "actor.verified and kind == 'a' and kind == 'b'",
}


@pytest.mark.parametrize("written", LAID_OUT)
def test_a_condition_is_laid_out(written: str) -> None:
    condition, wrong = check(written, SCOPE)
    assert condition is not None, wrong
    assert condition_text(condition) == LAID_OUT[written]


def test_a_long_condition_stands_in_several_lines() -> None:
    condition, _ = check(
        "kind in ['post', 'reply'] and actor.verified and (contains(content.text, 'the first of them') or "
        "contains(content.text, 'the second of them') or matches(content.text, 'another one'))",
        SCOPE,
    )
    assert condition is not None
    assert condition_lines(condition) == [
        "kind in ['post', 'reply']",
        "and actor.verified",
        "and (",
        "  contains(content.text, 'the first of them')",
        "  or contains(content.text, 'the second of them')",
        "  or matches(content.text, 'another one')",
        ")",
    ]


def read(text: str) -> Condition:
    """Return the condition of a text, for a text that somebody could have written."""
    condition, _ = check(text, NAMES)
    assume(condition is not None)
    assert condition is not None
    return condition


@given(trees.conditions(), trees.events())
@settings(max_examples=80, deadline=None)
def test_what_is_laid_out_is_read_back_as_the_same(
    tree: Condition, event: tuple[dict[str, object], dict[str, object]]
) -> None:
    condition = read(condition_text(tree))
    assert read(condition_text(condition)) == condition
    assert read("\n".join(condition_lines(condition))) == condition
    bounds.check(trees.one(condition), trees.SCHEMA)
    same = [trace(trees.one(each), "R", *event).truth for each in (tree, condition)]
    assert same[0] is same[1], "the text means what the tree means"


def again(before: Loaded) -> Loaded:
    """Return the rule set with every rule file laid out."""
    texts = {
        path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(EXAMPLE.rglob("*.yaml"))
    }
    return loaded({**texts, **{each.sheet.file: layout(each) for each in before.rules}})


def test_the_example_is_laid_out_already() -> None:
    example = load(EXAMPLE)
    for each in example.rules:
        assert layout(each) == each.sheet.text, each.id
        assert list(lost_comments(each)) == []
    assert again(example).digest == example.digest


UGLY = (
    "# Why this rule exists.\n\n"
    "when: kind=='post' and content.links>0\n"
    "effects: [open-case, {propose: limit, for: 1440 min}]\n"
    "id:   night_links\n"
    "title: {fr: Des liens la nuit, en: Links at night}\n"
    "clause: 'integrity.spam@1'\n"
    "owner: policy\n"
    "expected: 0.2 %\n"
    "severity: low\n"
    "rollout: {by: actor.id, seed: 'no', share: 0.5}\n"
    "expect: [{event: {content: {links: 1}, kind: post}, hit: 'yes: a link'}, {miss: b, event: {kind: null}},\n"
    "  {unknown: c, event: {kind: post, content: {links: null}, actor: {verified: true, score: 2}}}]\n"
)
NEAT = """\
# Why this rule exists.

id: night_links
title:
  en: "Links at night"
  fr: "Des liens la nuit"
clause: integrity.spam@1
owner: policy
severity: low
expected: 0.2 %
effects:
  - open-case
  - propose: limit
    for: 24 h
rollout: {share: 0.5, seed: "no", by: actor.id}
when: |
  kind == 'post' and content.links > 0
expect:
  - hit: "yes: a link"
    event: {content: {links: 1}, kind: post}
  - miss: b
  - unknown: c
    event: {kind: post, actor: {verified: true, score: 2.0}}
"""


def test_a_file_has_one_layout() -> None:
    found, faults = read_texts({**BASE, "rules/night_links.yaml": UGLY}, cases=False)
    assert found is not None, faults
    assert layout(found.rules[0]) == NEAT
    then, faults = read_texts({**BASE, "rules/night_links.yaml": NEAT}, cases=False)
    assert then is not None, faults
    assert then.digest == found.digest
    assert layout(then.rules[0]) == NEAT


@pytest.mark.parametrize(
    "text, line",
    [
        (RULE.replace("severity: low", "severity: low  # for now"), 5),
        (RULE.replace("owner: policy", "# who\nowner: policy"), 4),
        (RULE.replace("expect:\n", "# cases\nexpect:\n"), 11),
        (RULE + "# the end\n", 16),
        (with_when("kind == 'post'  # only posts\nand content.links > 0"), 10),
    ],
)
def test_a_comment_that_would_be_lost_is_named(text: str, line: int) -> None:
    found = loaded({**BASE, "rules/night_links.yaml": text})
    [fault] = lost_comments(found.rules[0])
    assert (fault.place.line, fault.code) == (line, "comment-lost")
    assert fault.place.source[fault.place.column - 1] == "#"


def test_a_number_sign_that_is_no_comment_is_none() -> None:
    text = with_when("kind == 'post' and content.links > 0 and content.text != '# a'")
    text = text.replace("hit: a link", 'hit: "no # comment"').replace("miss: no link", "miss: no#link")
    found, _ = read_texts({**BASE, "rules/night_links.yaml": "# top\n" + text}, cases=False)
    assert found is not None
    assert list(lost_comments(found.rules[0])) == []


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=20
    )
)
@settings(max_examples=40, deadline=None)
def test_any_text_survives_the_layout(text: str) -> None:
    assume(text.strip())
    name, value = " ".join(text.split()), text.strip()
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    rule = with_when(f'kind == "{quoted}" and content.links > 0').replace(
        "hit: a link", "hit: " + '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
    found, faults = read_texts({**BASE, "rules/night_links.yaml": rule}, cases=False)
    assert found is not None, faults
    then, faults = read_texts({**BASE, "rules/night_links.yaml": layout(found.rules[0])}, cases=False)
    assert then is not None, faults
    assert (then.digest, then.rules[0].metadata.cases[0].name) == (found.digest, name)
