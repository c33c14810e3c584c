"""What the database itself refuses, whoever writes: moves of a comment that the lifecycle does not have, changed
places, changed marks. Every start compares the guards that are there with these.
"""

from collections.abc import Iterator
from typing import Final

from showcause.comments.states import BESIDE, COMMENT
from showcause.comments.tables import PREFIX, SCHEMA

_ARROWS: Final = ", ".join(f"'{old}>{new}'" for old, new in sorted(COMMENT.pairs()))
_BESIDE: Final = ", ".join(f"'{old}>{new}'" for old, new in sorted(BESIDE.pairs()))
_FIXED: Final = ("seq", "id", "article", "parent", "root", "author", "created", "again")
_MOVED: Final = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FIXED)

_REFUSED: Final = (
    ("head", "DELETE", "TRUE", "protected", "the head of the comments is never deleted"),
    ("head", "UPDATE", "NEW.seq < OLD.seq OR NEW.shown < OLD.shown", "protected", "the head never goes back"),
    ("article", "DELETE", "TRUE", "protected", "an article is never deleted"),
    ("author", "DELETE", "TRUE", "protected", "an author is emptied and never deleted"),
    ("mark", "DELETE", "TRUE", "protected", "a mark is never deleted"),
    ("mark", "UPDATE", "TRUE", "protected", "a mark is never changed"),
    ("edit", "UPDATE", "TRUE", "protected", "what a comment said is never changed"),
    ("comment", "DELETE", "TRUE", "protected", "a comment is emptied and never deleted"),
    ("comment", "INSERT", "NEW.state NOT IN ('waiting', 'published')", "illegal-step",
     "a comment begins as waiting or published"),
    ("comment", "UPDATE", _MOVED, "protected", "the place of a comment never changes"),
    ("comment", "UPDATE", "OLD.shown IS NOT NULL AND NEW.shown IS DISTINCT FROM OLD.shown", "protected",
     "when a comment was published never changes"),
    ("comment", "UPDATE",
     f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({_ARROWS})", "illegal-step",
     "a comment does not move like that"),
    ("comment", "UPDATE",
     "NEW.text <> OLD.text AND NEW.state NOT IN ('deleted', 'erased')"
     " AND (NEW.state <> OLD.state OR OLD.state NOT IN ('waiting', 'published'))", "protected",
     "the text of a comment that was refused or hidden never changes"),
    ("beside", "DELETE", "TRUE", "protected", "an answer is emptied and never deleted"),
    ("beside", "INSERT", f"NEW.state <> '{BESIDE.start}'", "illegal-step", "an answer begins by waiting"),
    ("beside", "UPDATE", "NEW.id <> OLD.id OR NEW.comment <> OLD.comment OR NEW.author <> OLD.author", "protected",
     "the place of an answer never changes"),
    ("beside", "UPDATE", f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({_BESIDE})",
     "illegal-step", "an answer does not move like that"),
    ("beside", "UPDATE", "NEW.text <> OLD.text AND NEW.state <> 'erased'", "protected",
     "the text of an answer never changes"),
)  # fmt: skip
_NEVER_EMPTIED: Final = ("article", "author", "beside", "comment", "mark", "head")


def guards(vendor: str) -> dict[str, list[str]]:
    """Return the triggers by name: how the database shows each, and the statements that make it."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    made = {f"{table}_{event.lower()}": make(table, event) for table, event in sorted(_events())}
    if vendor == "postgresql":
        made |= {f"{table}_truncate": _truncate(table) for table in _NEVER_EMPTIED}
    return made


def _events() -> set[tuple[str, str]]:
    return {(table, event) for table, event, *_ in _REFUSED}


def _of(table: str, event: str) -> Iterator[tuple[str, str]]:
    for its_table, its_event, refused, code, said in _REFUSED:
        if (its_table, its_event) == (table, event):
            yield refused, f"'showcause {code}: {said}'"


def _sqlite(table: str, event: str) -> list[str]:
    cases = " ".join(f"WHEN {refused} THEN RAISE(ABORT, {said})" for refused, said in _of(table, event))
    made = (
        f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW BEGIN"
        f" SELECT CASE {cases} END; END"
    )
    return [made, made]


def _postgresql(table: str, event: str) -> list[str]:
    checks = " ".join(f"IF {refused} THEN {_raise(said)} END IF;" for refused, said in _of(table, event))
    last = "OLD" if event == "DELETE" else "NEW"
    return _function(table, event, f"{checks} RETURN {last};", "ROW")


def _truncate(table: str) -> list[str]:
    said = f"'showcause protected: {table} is never emptied'"
    return _function(table, "TRUNCATE", f"{_raise(said)} RETURN NULL;", "STATEMENT")


def _function(table: str, event: str, body: str, each: str) -> list[str]:
    name, source = f"{SCHEMA}.{table}_{event.lower()}", f" BEGIN {body} END "
    return [
        source,
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${source}$guard$",
        f"CREATE OR REPLACE TRIGGER {table}_{event.lower()} BEFORE {event} ON {PREFIX['postgresql']}{table} "
        f"FOR EACH {each} EXECUTE FUNCTION {name}()",
    ]


def _raise(said: str) -> str:
    return f"RAISE EXCEPTION USING MESSAGE = {said};"
