"""The files beside the rules: the schema of events, and lists, thresholds and counters, each with its version.

Each is read from its nodes; every value that cannot be taken is a fault with its place. Nothing is guessed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from showcause.domain.errors import BadInput
from showcause.rules.admitting import plain
from showcause.rules.canonical import said
from showcause.rules.checking import check
from showcause.rules.codes import Code
from showcause.rules.counters import MOST_ENTRIES, SECOND, Counter, Kind
from showcause.rules.messages import did_you_mean, listed, quoted
from showcause.rules.names import KINDS, Scope
from showcause.rules.powers import ReportEvents, excludes, name_of, sounding, sounds_like_reports, tainted
from showcause.rules.rule_set import ListVersion, ThresholdVersion
from showcause.rules.schema import FIELDS_AT_MOST, PATH, Field, Schema, Type
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.tree import Condition, Plain
from showcause.rules.words import LANGUAGES, Called, Unit

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_INLINE = 1_000
"""Most entries of a list in its YAML file; more stand in a text file beside it, one a line."""

MAX_VERSION = 1_000_000
_LENGTH = re.compile(r"([1-9][0-9]{0,5}) (s|min|h|d)")
_UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Platform:
    """What a platform's events are: their fields, which of them names account and content, and which are reports.

    `no_reports` is set where the file says in so many words that no event is a report.
    """

    name: str
    schema: Schema
    account: str | None = None
    content: str | None = None
    reports: ReportEvents | None = None
    called: Mapping[str, Called] = field(default_factory=dict)
    no_reports: bool = False


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


# --- Parts that several files have ---------------------------------------------------------------------------------


def read_words(sheet: Sheet, node: Node | None) -> dict[str, str]:
    """Return a text in every language; a missing language is a fault."""
    if node is None:
        return {}
    parts = sheet.mapping(node, LANGUAGES)
    return {language: sheet.text_of(parts.get(language), 300) or "" for language in LANGUAGES}


def read_called(sheet: Sheet, parts: Mapping[str, Node]) -> Called:
    """Return what a name is called, from the keys `words`, `words_not` and `unit`."""
    unit = sheet.choice(parts["unit"], Unit, "unit") if "unit" in parts else None
    return Called(read_words(sheet, parts.get("words")), read_words(sheet, parts.get("words_not")), unit)


def read_name(sheet: Sheet, node: Node | None) -> str:
    """Return a name that conditions can use, and that the file is called by."""
    name = sheet.text_of(node)
    if node is None or name is None:
        return ""
    if not NAME.fullmatch(name):
        hint = "Write small letters, digits and _, beginning with a letter: new_accounts."
        sheet.fault(node, Code.BAD_NAME, f"{quoted(name)} is not a name", hint)
        return ""
    stem = sheet.file.rpartition("/")[2].partition(".")[0]
    if stem != name:
        sheet.fault(
            node, Code.BAD_NAME, f"the file is called {stem} and says {name}", "Give both the same name."
        )
    return name


def read_length(sheet: Sheet, node: Node | None) -> int | None:
    """Return a length of time in seconds."""
    text = sheet.text_of(node)
    if node is None or text is None:
        return None
    if found := _LENGTH.fullmatch(text):
        return int(found[1]) * _UNITS[found[2]]
    hint = "Write a number and s, min, h or d: 30 min, 24 h, 7 d."
    sheet.fault(node, Code.BAD_LENGTH, f"{quoted(text)} is not a length of time", hint)
    return None


def read_path(sheet: Sheet, node: Node | None, schema: Schema) -> Field | None:
    """Return the field that a text names."""
    path = sheet.text_of(node)
    if node is None or path is None:
        return None
    if (known := schema.get(path)) is None:
        hint = did_you_mean(path, schema.by_path, f"The fields are: {listed(schema.by_path, 30)}.")
        sheet.fault(node, Code.UNKNOWN_FIELD, f"events have no field {quoted(path)}", hint)
    return known


def read_value(sheet: Sheet, node: Node, wanted: Type) -> Plain | None:
    """Return a value of a type, in the form in which an event would hold it; nothing for null."""
    given: object
    match node.shape, wanted:
        case Shape.FLAG, Type.BOOL:
            given = sheet.flag(node)
        case Shape.WHOLE, Type.INT:
            given = sheet.whole(node, -(2**53), 2**53)
        case ((Shape.WHOLE | Shape.NUMBER), Type.FLOAT):
            given = sheet.number(node)
        case Shape.TEXT, Type.TEXT:
            given = node.value
        case _:
            sheet.fault(
                node, Code.WRONG_KIND, f"{node.shape} where {_WANTED[wanted]} is needed", _HINTS[wanted]
            )
            return None
    try:
        return None if given is None else plain(wanted, given)
    except BadInput as error:
        sheet.fault(
            node, Code.WRONG_KIND, f"the value {error.message}", "No event could hold it; correct it."
        )
        return None


_WANTED = {
    Type.BOOL: "true or false",
    Type.INT: "a whole number",
    Type.FLOAT: "a number",
    Type.TEXT: "a text",
}
_HINTS = {
    Type.BOOL: "Write `true` or `false`.",
    Type.INT: "Write digits, without quotes.",
    Type.FLOAT: "Write digits, with a point for a fraction, without quotes.",
    Type.TEXT: "Put the text between quotes.",
}


# --- The schema -----------------------------------------------------------------------------------------------------


def read_platform(sheet: Sheet, root: Node) -> Platform | None:
    """Return what `schema.yaml` says of a platform's events, or None after any fault."""
    before = len(sheet.faults)
    parts = sheet.mapping(root, ("platform", "fields"), ("account", "content", "reports"))
    name = sheet.text_of(parts.get("platform"), 100) or ""
    fields, called = _read_fields(sheet, parts.get("fields"))
    if len(sheet.faults) > before:
        return None
    try:
        schema = Schema(tuple(fields))
    except BadInput as error:
        sheet.fault(parts["fields"], Code.BAD_NAME, error.message, "Give each field a name of its own.")
        return None
    account, content = (_read_subject(sheet, parts.get(each), schema) for each in ("account", "content"))
    reports = _read_reports(sheet, parts.get("reports"), schema)
    none = reports is None and "reports" in parts
    made = Platform(name, schema, account, content, reports, called, none)
    return None if len(sheet.faults) > before else made


def _read_fields(sheet: Sheet, node: Node | None) -> tuple[list[Field], dict[str, Called]]:
    fields: list[Field] = []
    called: dict[str, Called] = {}
    pairs = sheet.pairs(node) or {}
    if node is not None and not 1 <= len(pairs) <= FIELDS_AT_MOST:
        sheet.fault(
            node, Code.TOO_MANY, f"{len(pairs)} fields; 1 to {FIELDS_AT_MOST}", "Name what rules read."
        )
    for path, (key, value) in pairs.items():
        parts = sheet.mapping(
            value, ("type",), ("needed", "personal", "from_reports", "words", "words_not", "unit")
        )
        if not PATH.fullmatch(path):
            hint = "Write small letters, digits and _, with one dot at most: actor.age_s."
            sheet.fault(key, Code.BAD_NAME, f"{quoted(path)} is not the name of a field", hint)
            continue
        if sounds_like_reports(path) and "from_reports" not in parts:
            hint = "Write `from_reports: true` if it is; rules that read it may then order reviews and nothing more."
            sheet.fault(key, Code.MISSING_KEY, f"{path} sounds as if it were derived from reports", hint)
        made = _read_field(sheet, path, parts)
        called[path] = read_called(sheet, parts)
        fields += [made] if made is not None else []
    return fields, called


def _read_field(sheet: Sheet, path: str, parts: Mapping[str, Node]) -> Field | None:
    kind = sheet.choice(parts.get("type"), Type, "type")
    needed, personal, reports = (
        sheet.flag(parts.get(each)) for each in ("needed", "personal", "from_reports")
    )
    words = sorted(read_words(Sheet(sheet.file, sheet.text), parts.get("words")).items())
    if kind is None:
        return None
    if "words_not" in parts and kind is not Type.BOOL:
        hint = "Remove it; only a yes-or-no field has an opposite."
        sheet.fault(parts["words_not"], Code.UNKNOWN_KEY, f"{path} is not yes or no", hint)
    if personal and kind is not Type.TEXT:
        hint = "Write `type: text`: a personal value is kept as a keyed hash."
        sheet.fault(parts["personal"], Code.WRONG_KIND, f"{path} is personal and not a text", hint)
        return None
    return Field(path, kind, not needed, bool(personal), bool(reports), tuple(words))


def _read_subject(sheet: Sheet, node: Node | None, schema: Schema) -> str | None:
    known = read_path(sheet, node, schema)
    if node is not None and known is not None and known.type is not Type.TEXT:
        what = f"{known.path} is not a text and cannot name somebody"
        sheet.fault(node, Code.WRONG_KIND, what, "Name the field with the platform's own id.")
    elif node is not None and known is not None and not known.sensitive:
        hint = f"Write `personal: true` at {known.path}: then it is kept as a keyed hash."
        sheet.fault(node, Code.WRONG_KIND, f"{known.path} names somebody and is not marked as personal", hint)
    return known.path if known else None


def _read_reports(sheet: Sheet, node: Node | None, schema: Schema) -> ReportEvents | None:
    if node is None or (node.shape is Shape.TEXT and node.value == "none"):
        return None
    parts = sheet.mapping(node, ("field", "values"))
    known = read_path(sheet, parts.get("field"), schema)
    values = [sheet.text_of(each, 100) for each in sheet.items(parts.get("values"), 50)]
    if known is not None and known.type is not Type.TEXT:
        sheet.fault(
            parts["field"], Code.WRONG_KIND, f"{known.path} is not a text", "Name the field with the kind."
        )
    if known is None or not values or None in values:
        return None
    return ReportEvents(known.path, frozenset(each for each in values if each))


# --- Lists, thresholds, counters -----------------------------------------------------------------------------------


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


def read_condition(sheet: Sheet, node: Node | None, scope: Scope) -> Condition | None:
    """Return the condition that a text means; every fault of it has its place in the file."""
    if node is None or sheet.text_of(node, 10_000_000) is None:
        return None
    condition, wrong = check(node.value.rstrip(), scope)
    for each in wrong:
        sheet.fault_in(node, each)
    return condition


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
