"""The files beside the rules: lists, thresholds and counters, each with its version.

Each is read from its nodes; every value that cannot be taken is a fault with its place. Nothing is guessed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from showcause.domain.errors import BadInput
from showcause.rules.admitting import plain
from showcause.rules.canonical import said
from showcause.rules.codes import Code
from showcause.rules.counters import MOST_ENTRIES, SECOND, Counter, Kind
from showcause.rules.entries import read_called, read_condition, read_length, read_name, read_path, read_value
from showcause.rules.messages import quoted
from showcause.rules.names import KINDS, Scope
from showcause.rules.powers import excludes, name_of, sounding, tainted
from showcause.rules.rule_set import ListVersion, ThresholdVersion
from showcause.rules.schema import Field, Type
from showcause.rules.schema_file import Platform, read_platform
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.tree import Condition, Plain
from showcause.rules.words import Called

MAX_INLINE = 1_000
"""Most entries of a list in its YAML file; more stand in a text file beside it, one a line."""

MAX_VERSION = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list as its file has it."""

    version: ListVersion
    from_reports: bool
    called: Called
    node: Node


@dataclass(frozen=True, slots=True)
class ReadThreshold:
    """A threshold as its file has it."""

    version: ThresholdVersion
    called: Called
    node: Node


@dataclass(frozen=True, slots=True)
class ReadCounter:
    """A counter as its file has it; `reason` says why it is derived from reports, None if it is not."""

    counter: Counter
    type: Type
    where: Condition | None
    reason: str | None
    called: Called
    node: Node


def read_list(sheet: Sheet, root: Node, entries_of: Mapping[str, str]) -> ReadList | None:
    """Return a list, or None after any fault; `entries_of` has the text files that lie beside it, by name."""
    before = len(sheet.faults)
    parts = sheet.mapping(
        root, ("name", "version", "type"), ("entries", "entries_file", "from_reports", "words")
    )
    name, version = read_name(sheet, parts.get("name")), sheet.whole(parts.get("version"), 1, MAX_VERSION)
    kind = sheet.choice(parts.get("type"), Type, "type")
    if kind is Type.BOOL:
        sheet.fault(
            parts["type"], Code.UNKNOWN_WORD, "a list of yes and no says nothing", "Write text, int or float."
        )
    if ("entries" in parts) == ("entries_file" in parts):
        hint = f"Write `entries:` with up to {MAX_INLINE}, or `entries_file:` with the name of a text file."
        sheet.fault(root.at("name"), Code.MISSING_KEY, "the list has no entries, or has them twice", hint)
    entries: set[Plain] = set()
    for each in sheet.items(parts.get("entries"), MAX_INLINE) if kind else ():
        if each.shape is Shape.NOTHING:
            sheet.fault(each, Code.NULL, "an entry is nothing", "Remove it; what is missing is in no list.")
        elif (value := read_value(sheet, each, kind or Type.TEXT)) is not None:
            entries.add(value)
    if "entries_file" in parts and kind:
        entries |= _from_lines(sheet, parts["entries_file"], kind, entries_of)
    called, reports = read_called(sheet, parts), sheet.flag(parts.get("from_reports"))
    if len(sheet.faults) > before or kind is None:
        return None
    made = ListVersion(name, version or 1, kind, frozenset(entries))
    return ReadList(made, bool(reports), called, root.at("name"))


def _from_lines(sheet: Sheet, node: Node, kind: Type, entries_of: Mapping[str, str]) -> set[Plain]:
    file = sheet.text_of(node, 100) or ""
    text = entries_of.get(file)
    if text is None:
        sheet.fault(node, Code.BAD_FILE, f"there is no file {quoted(file)} beside this one", _BESIDE)
        return set()
    found: set[Plain] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not (entry := line.strip()) or entry.startswith("#"):
            continue
        try:
            found.add(plain(kind, entry if kind is Type.TEXT else json.loads(entry)))
        except (BadInput, ValueError) as error:
            why = error.message if isinstance(error, BadInput) else "is not a number"
            sheet.fault(node, Code.WRONG_KIND, f"{file}, line {number} {why}", "Correct that line.")
            break
    return found


_BESIDE = "Put a text file there, one entry a line; its name ends in .txt."


def read_threshold(sheet: Sheet, root: Node) -> ReadThreshold | None:
    """Return a threshold, or None after any fault."""
    before = len(sheet.faults)
    parts = sheet.mapping(root, ("name", "version", "value"), ("words", "unit"))
    name, version = read_name(sheet, parts.get("name")), sheet.whole(parts.get("version"), 1, MAX_VERSION)
    node = parts.get("value")
    kind = Type.INT if node is not None and node.shape is Shape.WHOLE else Type.FLOAT
    value = read_value(sheet, node, kind) if node is not None else None
    called = read_called(sheet, parts)
    if len(sheet.faults) > before or not isinstance(value, int | float):
        return None
    return ReadThreshold(ThresholdVersion(name, version or 1, value), called, root.at("name"))


def read_counter(sheet: Sheet, root: Node, platform: Platform) -> ReadCounter | None:
    """Return a counter, or None after any fault."""
    before = len(sheet.faults)
    parts = sheet.mapping(root, ("name", "kind", "key", "window"), ("value", "where", "most", "words"))
    name, kind = read_name(sheet, parts.get("name")), sheet.choice(parts.get("kind"), Kind, "kind of counter")
    key, window = read_path(sheet, parts.get("key"), platform.schema), read_length(sheet, parts.get("window"))
    value = read_path(sheet, parts.get("value"), platform.schema)
    where = read_condition(sheet, parts.get("where"), Scope(platform.schema))
    most = sheet.whole(parts["most"], 1, 1_000_000) if "most" in parts else MOST_ENTRIES
    if value is not None and kind in (Kind.SUM, Kind.SUM_OF_FRACTIONS):
        _check_sum(sheet, parts["value"], value, kind)
    if len(sheet.faults) > before or not (kind and key and window and most):
        return None
    canonical = json.dumps(said(where), separators=(",", ":")) if where else ""
    try:
        counter = Counter(
            name, kind, key.path, window * SECOND, value.path if value else None, canonical, most
        )
    except BadInput as error:
        sheet.fault(root.at("kind"), Code.WRONG_KIND, error.message, error.hint)
        return None
    made = Type.FLOAT if kind is Kind.SUM_OF_FRACTIONS else Type.INT
    reason = _reason(where, [each for each in (key, value) if each], platform)
    return ReadCounter(counter, made, where, reason, read_called(sheet, parts), root.at("name"))


def _check_sum(sheet: Sheet, node: Node, value: Field, kind: Kind) -> None:
    wanted = Type.INT if kind is Kind.SUM else Type.FLOAT
    if value.type is not wanted:
        other = Kind.SUM_OF_FRACTIONS if kind is Kind.SUM else Kind.SUM
        hint = f"Write `kind: {other}`." if value.type.is_number else "Name a field that holds numbers."
        sheet.fault(
            node, Code.NEEDS_NUMBER, f"{kind} cannot add {value.path}, which is {KINDS[value.type]}", hint
        )


def _reason(where: Condition | None, read: list[Field], platform: Platform) -> str | None:
    for each in read:
        if each.from_reports:
            return each.path
    if where is not None:
        for leaf in tainted(where):
            return name_of(leaf)
    if platform.reports and not (where and excludes(where, platform.reports, {})):
        return "counts reports"
    for name in sounding(where, platform.reports):
        return f"counts events called {quoted(name)}, which sound like reports"
    return None


__all__ = [
    "Platform", "ReadCounter", "ReadList", "ReadThreshold", "read_counter", "read_list", "read_platform",
    "read_threshold",
]  # fmt: skip
