"""`schema.yaml`: what events of a platform hold, which field names whom, and which events are reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from showcause.domain.errors import BadInput
from showcause.rules.codes import Code
from showcause.rules.entries import read_called, read_path, read_words
from showcause.rules.messages import quoted
from showcause.rules.powers import ReportEvents, sounds_like_reports
from showcause.rules.schema import FIELDS_AT_MOST, PATH, Field, Schema, Type
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.words import Called


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
