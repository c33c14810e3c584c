"""What several files of a rule set have in common: names, words, lengths of time, paths of fields, plain values."""

import re
from collections.abc import Mapping

from showcause.domain.errors import BadInput
from showcause.rules.admitting import plain
from showcause.rules.checking import check
from showcause.rules.codes import Code
from showcause.rules.messages import did_you_mean, listed, quoted
from showcause.rules.names import Scope
from showcause.rules.schema import Field, Schema, Type
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.tree import Condition, Plain
from showcause.rules.words import LANGUAGES, Called, Unit

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LENGTH = re.compile(r"([1-9][0-9]{0,5}) (s|min|h|d)")
_UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


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


def read_condition(sheet: Sheet, node: Node | None, scope: Scope) -> Condition | None:
    """Return the condition that a text means; every fault of it has its place in the file."""
    if node is None or sheet.text_of(node, 10_000_000) is None:
        return None
    condition, wrong = check(node.value.rstrip(), scope)
    for each in wrong:
        sheet.fault_in(node, each)
    return condition
