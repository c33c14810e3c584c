"""The names of the language: its functions, and what a platform, its lists, counters and earlier rules add to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from showcause.rules.codes import Code
from showcause.rules.messages import listed
from showcause.rules.schema import Schema, Type

KINDS: Mapping[Type, str] = {
    Type.BOOL: "yes or no",
    Type.INT: "a whole number",
    Type.FLOAT: "a number",
    Type.TEXT: "a text",
}
"""How a message calls a type."""

TEXT_TESTS: Mapping[str, str] = {
    "starts_with": "whether a text begins with another",
    "ends_with": "whether a text ends with another",
    "contains": "whether a text contains another",
    "matches": "whether a pattern, written out between quotes, is found anywhere in a text",
}
"""The functions that answer yes or no, and what they ask."""

FUNCTIONS: Mapping[str, str] = {**TEXT_TESTS, "length": "how many characters (code points) a text has"}
"""Every function of the language."""

OTHER_FUNCTIONS: Mapping[str, str] = {
    **dict.fromkeys(
        ("lower", "upper", "casefold"), "To ignore case, use a pattern: matches(content.text, '(?i)word')."
    ),
    **dict.fromkeys(("len", "size", "count"), "Write length(content.text) for the length of a text."),
    **dict.fromkeys(("startswith", "startsWith"), "Write starts_with(content.text, 'http')."),
    **dict.fromkeys(("endswith", "endsWith"), "Write ends_with(content.text, '.example')."),
    **dict.fromkeys(("regex", "search", "match"), "Write matches(content.text, 'pattern')."),
    **dict.fromkeys(
        ("now", "today", "time", "date"), "A rule knows no clock; send the age or the time with the event."
    ),
    **dict.fromkeys(
        ("random", "rand", "sample"), "A rule knows no chance; its roll-out has a seed and a share."
    ),
    **dict.fromkeys(
        ("open", "get", "fetch", "lookup", "dns"), "A rule asks nobody; send what it needs with the event."
    ),
    **dict.fromkeys(
        ("abs", "min", "max", "sum", "round", "int", "float", "str", "any", "all", "sorted"),
        f"The functions are {', '.join(FUNCTIONS)}.",
    ),
}
"""Functions of other languages, and what to do here instead."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What a name stands for besides a field: its type, and whether it is derived from reports."""

    type: Type
    from_reports: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Every name that a condition may use. No name stands for two things; `rule_file` sees to that.

    `rules` holds the rules that this one may refer to, with whether each reads anything derived from reports;
    `broken` holds rules that exist but cannot be referred to, with the reason.
    """

    schema: Schema
    lists: Mapping[str, Marked] = field(default_factory=dict)
    thresholds: Mapping[str, Type] = field(default_factory=dict)
    counters: Mapping[str, Marked] = field(default_factory=dict)
    rules: Mapping[str, bool] = field(default_factory=dict)
    broken: Mapping[str, tuple[Code, str, str]] = field(default_factory=dict)

    @property
    def values(self) -> set[str]:
        """Return everything that can be compared or calculated with."""
        return {*self.schema.by_path, *self.thresholds, *self.counters}

    @property
    def texts(self) -> list[str]:
        """Return the fields that text tests may read."""
        return [each.path for each in self.schema if each.type is Type.TEXT and not each.sensitive]

    @property
    def known(self) -> str:
        """Return a sentence that names what there is."""
        top = [each.path for each in self.schema if each.group is None]
        groups = [f"{each}.…" for each in self.schema.groups]
        names = [*top, *groups, *self.thresholds, *self.counters, *self.rules]
        return f"Known are: {listed(names, 20)}."
