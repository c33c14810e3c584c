"""The rules of `rules.py` spelled as the triggers of SQLite and of PostgreSQL: the only part that is written twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from showcause.store.rules import DIFFERS, Rule, rules


def sqlite() -> dict[str, str]:
    """Return SQLite's triggers: name to the exact text that `sqlite_master` keeps.

    One trigger for a table and event, because SQLite promises no order between several.
    """
    return {f"{table}_{event.lower()}": _sqlite(table, event, found) for table, event, found in _groups()}


def _sqlite(table: str, event: str, found: list[Rule]) -> str:
    part = "json_extract({row}.\"body\", '$.{name}')"
    refusals = [
        f"WHEN {_spelled(rule.refused_if, 'IS NOT', part)} THEN RAISE(ABORT, {rule.said})" for rule in found
    ]
    body = "\n  ".join(["SELECT CASE", *refusals, "END;"])
    return f'CREATE TRIGGER "{table}_{event.lower()}" BEFORE {event} ON "{table}" FOR EACH ROW BEGIN\n{body}\nEND'


@dataclass(frozen=True, slots=True)
class Guard:
    """One PostgreSQL trigger and the function of the same name that it runs."""

    name: str
    table: str
    event: str
    body: str

    @property
    def statements(self) -> tuple[str, str]:
        """Return the SQL that makes function and trigger."""
        each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return (
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $guard${self.body}$guard$",
            f'CREATE TRIGGER {self.name} BEFORE {self.event} ON "{self.table}" '
            f"FOR EACH {each} EXECUTE FUNCTION {self.name}()",
        )


PREFIX = "showcause_"


def postgresql() -> dict[str, Guard]:
    """Return PostgreSQL's triggers by name; TRUNCATE fires no row trigger and gets one of its own."""
    guards = [
        Guard(f"{PREFIX}{table}_{event.lower()}", table, event, _plpgsql(event, found))
        for table, event, found in _groups()
    ]
    for table in sorted({rule.table for rule in rules()}):
        refuse = Rule(table, "TRUNCATE", "TRUE", "protected", f"{table} is never emptied")
        guards.append(Guard(f"{PREFIX}{table}_truncate", table, "TRUNCATE", _plpgsql("TRUNCATE", [refuse])))
    return {guard.name: guard for guard in guards}


def _plpgsql(event: str, found: Iterable[Rule]) -> str:
    lines = [" BEGIN"]
    for rule in found:
        condition = _spelled(rule.refused_if, "IS DISTINCT FROM", "({row}.\"body\" -> '{name}')")
        lines.append(f"  IF {condition} THEN RAISE EXCEPTION USING MESSAGE = {rule.said}; END IF;")
    last = {"DELETE": "RETURN OLD;", "TRUNCATE": "RETURN NULL;"}.get(event, "RETURN NEW;")
    return "\n".join([*lines, f"  {last}", " END "])


def _groups() -> list[tuple[str, str, list[Rule]]]:
    by_table_and_event = groupby(rules(), key=lambda rule: (rule.table, rule.event))
    return [(table, event, list(found)) for (table, event), found in by_table_and_event]


def _spelled(condition: str, differs: str, part: str) -> str:
    while "<part " in condition:
        before, _, rest = condition.partition("<part ")
        name, _, after = rest.partition(">")
        pair = f"{part.format(row='NEW', name=name)} {differs} {part.format(row='OLD', name=name)}"
        condition = before + pair + after
    return condition.replace(DIFFERS, differs)
