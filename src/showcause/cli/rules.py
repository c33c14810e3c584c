"""Rules as files: check them, try their cases, read them in words, lay them out, without a site; then their life."""

from pathlib import Path

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.rule_life import COMMANDS

_folder = click.argument("folder", type=click.Path(path_type=Path), default=Path())


@click.group()
def rules() -> None:
    """Check, test, explain and lay out a folder of rules; take them live in steps."""


@rules.command()
@_folder
@click.option(
    "--policies", type=click.Path(path_type=Path), help="Policy files; rules must cite clauses of them."
)
@on_desk()
def check(desk: Desk, folder: Path, policies: Path | None) -> None:
    """Check the rule set of a folder: names, types, effects, what may follow reports, and the expected cases."""
    from showcause.casework import catalogue, rule_files
    from showcause.rules.notes import notes
    from showcause.rules.owners import main_key, owners

    loaded, faults = rule_files.read(folder)
    if loaded is not None and policies is not None:
        clauses = [each.ref for each in catalogue.load(policies).clauses]
        faults = rule_files.unknown_clauses(loaded, clauses)
    if desk.as_json:
        for each in faults:
            place = {"file": each.place.file, "line": each.place.line, "column": each.place.column}
            desk.answer({**place, "code": each.code, "what": each.what, "hint": each.hint})
        if faults:
            raise click.exceptions.Exit(1)
    if loaded is None or faults:
        raise rule_files.refusal(faults, folder)
    counts = {
        "rules": len(loaded.rules),
        "lists": len(loaded.lists),
        "thresholds": len(loaded.thresholds),
        "counters": len(loaded.counters),
    }
    cases = sum(len(each.metadata.cases) for each in loaded.rules)
    said = ", ".join(rule_files.counted(number, name[:-1]) for name, number in counts.items())
    noted = list(notes(loaded))
    keys = owners(loaded.rule_set, main_key(loaded.platform))
    by_key = {
        key: [rule for rule, owner in keys.items() if owner == key] for key in sorted(set(keys.values()))
    }
    desk.answer(
        {**counts, "cases": cases, "digest": loaded.digest, "notes": noted, "keys": keys},
        f"{said}: no fault, and {rule_files.counted(cases, 'case')} as expected.",
        f"The digest of the rule set is {loaded.digest}.",
        *(f"Judged by the key {key or '(the place)'}: {', '.join(some)}." for key, some in by_key.items()),
        *(f"note: {each}" for each in noted),
    )


@rules.command()
@_folder
@click.option("--rule", help="Only the cases of this rule.")
@click.option("--trace", is_flag=True, help="Show how each case was evaluated, not only those that differ.")
@on_desk()
def test(desk: Desk, folder: Path, rule: str | None, trace: bool) -> None:
    """Try the cases that the rules expect, and show how each that differs was evaluated."""
    from showcause.casework import rule_files
    from showcause.domain.errors import BadRules
    from showcause.rules import expectations

    loaded = rule_files.load(folder, cases=False)
    if rule is not None:
        rule_files.rule_of(loaded, rule)
    failed = 0
    for number, result in enumerate(expectations.run(loaded, rule), 1):
        failed += not result.holds
        mark = "ok  " if result.holds else "FAIL"
        came = {"TRUE": "hit", "FALSE": "miss", "UNKNOWN": "unknown"}[result.trace.truth.name]
        differs = "" if result.holds else f" (it is {came if came == 'unknown' else f'a {came}'})"
        steps = list(expectations.lines(loaded, result)) if trace or not result.holds else []
        desk.answer(
            {
                "number": number, "rule": result.rule.id, "case": result.case.name, "expected": result.case.outcome,
                "came": came, "trace": steps,
            },
            f"{mark} {result.rule.id}: {result.case.outcome}: {result.case.name}{differs}",
            *(f"       {line}" for line in steps),
        )  # fmt: skip
    if failed:
        raise BadRules(
            f"{rule_files.counted(failed, 'case')} not as expected",
            "Correct the condition, or the case if it expects the wrong thing.",
        )


@rules.command()
@click.argument("rule")
@_folder
@on_desk()
def explain(desk: Desk, rule: str, folder: Path) -> None:
    """Read a rule in words, with who answers for it, what it reads, what it may do, and its digest."""
    from showcause.casework import rule_files
    from showcause.rules.explaining import explained, lines

    loaded = rule_files.load(folder)
    found = explained(loaded, rule_files.rule_of(loaded, rule))
    desk.answer(found, *(_for_terminals(each) for each in lines(found)))


@rules.command()
@_folder
@click.option("--check", "only_look", is_flag=True, help="Change nothing; end with 1 if a file would change.")
@on_desk()
def fmt(desk: Desk, folder: Path, only_look: bool) -> None:
    """Lay out the rule files in one way; a file whose comments would be lost is refused."""
    from showcause.casework import rule_files
    from showcause.domain.errors import BadRules

    changed = rule_files.laid_out(folder)
    if changed and only_look:
        names = ", ".join(str(path) for path in changed)
        raise BadRules(f"not in the one layout: {names}", "`showcause rules fmt` lays them out.")
    for path, text in changed.items():
        rule_files.write(path, text)
        desk.answer({"changed": path}, f"{path} is laid out.")
    if not changed:
        desk.answer({"changed": None}, "Every rule file is in the one layout.")


for _command in COMMANDS:
    rules.add_command(_command)


def _for_terminals(line: str) -> str:
    """Return a line with plain spaces for the fixed ones that French is typeset with."""
    return line.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
