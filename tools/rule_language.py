"""The reference of the rule language, made from the code and from what the tests say that authors read."""

import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

from showcause.domain.restriction import MEASURES, Measure
from showcause.rules import (
    bounds,
    checking,
    counters,
    formatting,
    parsing,
    patterns,
    scanning,
    side_files,
    values,
)
from showcause.rules.codes import MEANINGS, Code
from showcause.rules.names import FUNCTIONS, KINDS
from showcause.rules.powers import EFFECTS
from showcause.rules.rule_cases import MAX_CASES, Outcome
from showcause.rules.rule_file import KEYS, OPTIONAL, Severity
from showcause.rules.rule_set import SEMANTICS
from showcause.rules.schema import FIELDS_AT_MOST, Type
from showcause.rules.tree import Calculation, Relation
from showcause.rules.words import Unit

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "rules"
GOLDEN = ROOT / "tests" / "rules" / "errors"

SAYS_OF_KEYS: Mapping[str, str] = {
    "id": "its name for ever: small letters, digits and `_`; the file is called so too. Decisions cite it",
    "title": "what it is called, in English and French",
    "clause": "the clause of the policy that it serves, with its version: `integrity.spam@1`",
    "owner": "who answers for it: a role or a handle",
    "severity": f"how much harm a wrong hit does: {', '.join(Severity)}",
    "expected": "the share of events that it is expected to hit: `2 in 1000`, `0.2 %` or `0.002`",
    "effects": "what it does when it fires; see below",
    "rollout": "the share of accounts on which it acts while it is tried: `{share: 10 %, seed: spring, by: actor.id}`",
    "when": "the condition; it may go over several lines and hold comments",
    "expect": f"cases, at most {MAX_CASES}, with at least one `hit` and one `miss`",
}
RELATIONS: Mapping[Relation, str] = {
    Relation.EQUAL: "is the same as",
    Relation.UNEQUAL: "is not the same as",
    Relation.LESS: "is less than; of texts: comes before, by code point",
    Relation.AT_MOST: "is at most",
    Relation.MORE: "is more than",
    Relation.AT_LEAST: "is at least",
}
CALCULATIONS: Mapping[Calculation, str] = {
    Calculation.ADD: "sum",
    Calculation.SUBTRACT: "difference, and the minus sign before a value",
    Calculation.MULTIPLY: "product",
    Calculation.DIVIDE: "quotient, always with a fraction; a division by zero is unknown",
}
SAYS_OF_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.HIT: "the rule fires",
    Outcome.MISS: "the rule does not fire, because it knows better",
    Outcome.UNKNOWN: "the rule does not fire, because something is missing",
}


def page(note: str) -> str:
    """Return the whole page."""
    return _wrapped(f"""{note}
# The language of rules

A rule set is a folder. Events, lists, thresholds and counters have files beside the rules; one folder is one rule set,
and its digest stands for everything that decides. Nothing in it is ever executed: conditions are parsed, checked
against the schema of the platform's events, and become a tree from which evaluators are made.

- `schema.yaml`: what events hold
- `rules/*.yaml`: one rule a file
- `lists/*.yaml`, `thresholds/*.yaml`, `counters/*.yaml`: what rules may name

`showcause rules check`, `test`, `explain` and `fmt` work on such a folder, without a site. The guide
[Your first rule](../your-first-rule.md) goes through them; [the example](../examples/rules/) is a whole set.

## A rule

```yaml
{(EXAMPLE / "rules" / "links_from_new_accounts.yaml").read_text(encoding="utf-8").strip()}
```

{
        _table(
            ("Key", "What it says"),
            [(f"`{key}`{'' if key not in OPTIONAL else ' (optional)'}", SAYS_OF_KEYS[key]) for key in KEYS],
        )
    }

Titles and owners change without making another version. Everything else does.

### Cases

Each case names an event, as far as it matters, and what the counters say. What is left out is missing.

{_table(("Case", "What it expects"), [(f"`{each}`", SAYS_OF_OUTCOMES[each]) for each in Outcome])}

### Effects

{
        _table(
            ("Effect", "What it does", "May follow reports", "If the rule cannot know, fails or is late"),
            [
                (
                    f"`{kind}`" + (" with a measure" if facts.measure else ""),
                    facts.meaning,
                    "yes" if facts.after_reports else "no",
                    facts.when_unknown,
                )
                for kind, facts in EFFECTS.items()
            ],
        )
    }

Measures: {", ".join(f"`{each}`" for each in Measure)}. A rule alone never takes one that cannot be undone
({", ".join(f"`{each}`" for each in Measure if not MEASURES[each].reversible)}), and one on an account
({", ".join(f"`{each}`" for each in Measure if MEASURES[each].on_account)}) must say when it ends:

```yaml
effects:
  - open-case
  - restrict: limit
    for: 24 h
```

### What people report

What is derived from reports may open a case or order a review and do nothing else. Fields say so in the schema
(`from_reports: true`), lists in their file; counters that count reports, or read such a field, are marked by
themselves. The mark goes with the value through arithmetic, comparisons, counters and earlier rules. A rule that does
more must also be unable to fire on the event of a report: `kind == 'post'` or `kind != 'report'` in its
condition is understood.

## Conditions

A condition is made of comparisons and tests, joined by `and`, `or`, `not` and brackets. `not` binds closest, then
`and`, then `or`. A yes-or-no field stands alone. Nothing else is taken for yes or no.

{
        _table(
            ("Comparison", "Meaning"),
            [(f"`a {each} b`", RELATIONS[each]) for each in Relation]
            + [("`a in b`, `a not in b`", "stands in a list, written out as `['post', 'reply']` or named")],
        )
    }

{_table(("Calculation", "Meaning"), [(f"`{each}`", CALCULATIONS[each]) for each in Calculation])}

{_table(("Function", "Answers"), [(f"`{name}`", what) for name, what in FUNCTIONS.items()])}

{_table(("Type", "In messages"), [(f"`{each}`", KINDS[each]) for each in Type])}

Only values of one kind are compared; whole numbers and others mix. There is one comparison at a time. Texts are written
between `'` and `'`; a pattern with backslashes as `r'\\d+'`. There are no loops, no `if`, no clock, no chance, and no
functions but these.

**Names** are fields (`kind`, `actor.age_s`), thresholds, counters, lists after `in`, and rules of the same set. A rule
may refer to rules that stand without it; the order of files does not matter.

**What is missing** is neither true nor false: a comparison with it is unknown, `not` unknown is unknown, `and` is false
if either side is false, `or` is true if either side is true. A rule that is unknown does not fire. A missing key and
`null` are the same, and nothing has a default. [What a rule means](rule-semantics.md), version
{SEMANTICS}, says it all.

**Patterns** are RE2, searched anywhere in the text. `(?i)` ignores case; `\\d \\w \\s \\b` mean ASCII; `$` is the end
of the text. There is no looking around and there are no back-references, so no pattern is slow.

## The files beside the rules

**`schema.yaml`** has `platform`, `fields`, and optionally `account` and `content` (the fields that name whom or what an
event is about) and `reports` (which events are reports: `{{field: kind, values: [report]}}`, or `none`; as soon as
a rule does more than review, it must be said). A field has a `type`, and:

- `needed: true` if no event comes without it
- `personal: true` if it names somebody: it is kept as a keyed hash, and rules can only compare it with another such
  field or look it up in a named list
- `from_reports: true` if it is derived from what people reported
- `unit` ({", ".join(Unit)}), so that sentences can say *1 day* for 86400 seconds
- `words`, a noun with its article in English and French; for a yes-or-no field a sentence, and its opposite in
  `words_not`. Sentences about rules are made of them

**A list** has `name`, `version`, `type` and either `entries` (at most {
        side_files.MAX_INLINE
    }) or `entries_file`, a text
file beside it with one entry a line.

**A threshold** has `name`, `version`, `value`, and optionally `unit` and `words`.

**A counter** has `name`, `kind` ({
        ", ".join(counters.Kind)
    }), `key` (the field by which it counts), `window`, and
optionally `where` (a condition on fields), `value` (the field that is told apart or added) and `most`. The window ends
with the event itself. A changed counter is another counter: it does not go on from the old one.

## Limits

{
        _table(
            ("What", "At most"),
            [
                ("characters in a condition", f"{scanning.MAX_CHARACTERS:,}"),
                ("parts in a condition", f"{scanning.MAX_TOKENS:,}"),
                ("brackets in one another", f"{scanning.MAX_DEPTH}"),
                ("parts in one another, a sum of many terms included", f"{parsing.MAX_NESTING}"),
                ("items of a list that is written out", f"{checking.MAX_ITEMS}"),
                ("characters of a text that is written out", f"{values.MAX_LITERAL}"),
                ("characters of a pattern", f"{patterns.MAX_PATTERN:,}"),
                ("a whole number", f"{values.BIGGEST:,}, plus or minus"),
                ("rules in a set", f"{bounds.RULES_AT_MOST:,}"),
                ("rules in a chain, each referring to the one before", f"{bounds.STEPS_AT_MOST}"),
                ("entries of a named list", f"{bounds.ENTRIES_AT_MOST:,}"),
                ("fields of a schema", f"{FIELDS_AT_MOST}"),
                ("characters in a line that `fmt` writes", f"{formatting.WIDTH}"),
            ],
        )
    }

## What can be wrong

Every fault names file, line and column, shows the line, says what is wrong and what to do, and has a code that never
changes.

{"".join(_code(code, meaning) for code, meaning in MEANINGS.items())}""")


def _wrapped(text: str) -> str:
    """Return a page with its paragraphs wrapped; tables, lists and blocks stay as they are."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    for at in range(0, len(parts), 2):
        parts[at] = "\n\n".join(_filled(each) for each in parts[at].split("\n\n"))
    return "".join(parts)


def _filled(paragraph: str) -> str:
    prose = paragraph[:1].isalpha() or paragraph.startswith("**")
    return (
        textwrap.fill(paragraph, 120, break_on_hyphens=False, break_long_words=False) if prose else paragraph
    )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(code: Code, meaning: str) -> str:
    example = _example(code)
    return f"### `{code}`\n\n{meaning}\n\n" + (f"```text\n{example}\n```\n\n" if example else "")


def _example(code: Code) -> str:
    """Return what an author reads, from the shortest file of the tests that has this code alone."""
    found = []
    for path in sorted(GOLDEN.glob("*.txt")):
        said = path.read_text(encoding="utf-8").partition("=== says\n")[2].strip()
        if re.findall(r"\[([a-z-]+)\]$", said, re.MULTILINE) == [code]:
            found.append(said)
    return min(
        found,
        key=lambda each: (not each.startswith("rules/"), len(each) > 400, found.index(each)),
        default="",
    )
