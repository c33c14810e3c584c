"""Why a rule that does more than open or order reviews may not rest on reports, said at the place where it does.

Guarantee 2. The mark of what is derived from reports was set where values enter (`side_files`) and goes with them
(`powers`); here a rule with stronger effects is looked at.
"""

from collections.abc import Iterator, Mapping

from showcause.rules.codes import Code
from showcause.rules.messages import BadRule, Fault, quoted
from showcause.rules.powers import (
    EffectKind,
    ReportEvents,
    beyond_reviews,
    chain,
    excludes,
    name_of,
    sounding,
    tainted,
)
from showcause.rules.rule_file import WrittenRule
from showcause.rules.schema_file import Platform
from showcause.rules.sheet import Node, Shape
from showcause.rules.tree import Condition, Span

_ONLY_REVIEWS = (
    "What people report may open a case or order a review, nothing more: decide on the content itself."
)
_RULE_THAT: Mapping[EffectKind, str] = {
    EffectKind.HOLD: "a rule that holds content back",
    EffectKind.PROPOSE: "a rule that proposes a measure",
    EffectKind.RESTRICT: "a rule that restricts",
}


def on_reports(
    rule: WrittenRule, platform: Platform, reasons: Mapping[str, str], conditions: Mapping[str, Condition]
) -> Iterator[Fault]:
    """Yield what is wrong; nothing for a rule that only opens or orders reviews.

    `reasons` says of each marked name why it is, `conditions` has those of the rules before this one.
    """
    if (effect := beyond_reviews(rule.metadata.effects)) is None:
        return
    who, reads = _RULE_THAT[effect.kind], list(tainted(rule.condition))
    for each in reads:
        yield rule.fault_in_condition(_read(rule, each.span, name_of(each) or "", who, reasons))
    if platform.reports is None and not platform.no_reports:
        hint = "Write `reports: {field: kind, values: [report]}` in schema.yaml, or `reports: none`."
        yield _at(rule, "effects", f"{who} needs to know which events are reports", hint)
    for name in sounding(rule.condition, platform.reports):
        hint = "Add it to `values:` of `reports:` there, or give it another name."
        yield _at(
            rule,
            "when",
            f"events called {quoted(name)} sound like reports; schema.yaml does not list them",
            hint,
        )
    if not reads and platform.reports and not excludes(rule.condition, platform.reports, conditions):
        hint = f"Add `{_without(platform.reports)}`, or name the events that are meant: reports may only order reviews."
        yield _at(rule, "when", f"{who} could fire on a report itself", hint)


def _without(reports: ReportEvents) -> str:
    values = sorted(reports.values)
    if len(values) == 1:
        return f"{reports.path} != '{values[0]}'"
    return f"{reports.path} not in [{', '.join(map(repr, values))}]"


def _at(rule: WrittenRule, key: str, what: str, hint: str) -> Fault:
    node = rule.root.at(key)
    if node.shape is Shape.TEXT:
        node = Node(Shape.OTHER, *rule.sheet.stretch(node, 0, len(node.value.rstrip())))
    return rule.fault(node, Code.REPORTS_RESTRICT, what, hint)


def _read(rule: WrittenRule, span: Span, name: str, who: str, reasons: Mapping[str, str]) -> BadRule:
    lines = rule.root.at("when").value.split("\n")
    start, end = (
        sum(len(each) + 1 for each in lines[: line - 1]) + column
        for line, column in ((span.line, span.column), (span.end_line, span.end_column))
    )
    what = f"{who} reads `{name}`, which {chain(name, reasons)}"
    return BadRule(Code.REPORTS_RESTRICT, start, end, what, _ONLY_REVIEWS)
