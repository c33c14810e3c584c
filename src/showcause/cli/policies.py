"""The policy catalogue: files propose, an approval puts in force, and every change is public."""

from pathlib import Path
from typing import Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput

COLUMNS = ("clause", "state", "title", "proposed_at", "in_force_from", "retired_at", "id")
_folder = click.argument("folder", type=click.Path(path_type=Path), required=False)


@click.group()
def policies() -> None:
    """Check, propose and approve the clauses."""


@policies.command()
@_folder
@on_desk()
def check(desk: Desk, folder: Path | None) -> None:
    """Check policy files without a site; the catalogue that comes with the program if no folder is named."""
    from showcause.casework import catalogue

    found = catalogue.load(folder or catalogue.default_folder())
    clauses = [clause.ref for clause in found.clauses]
    desk.answer(
        {"clauses": clauses, "digest": found.digest},
        f"{len(clauses)} clauses, no fault: {', '.join(clauses)}.",
        f"Their digest is {found.digest}.",
    )


@policies.command()
@_folder
@on_desk(acts=True)
def load(desk: Desk, folder: Path | None) -> None:
    """Propose what policy files say and is neither in force nor proposed. It changes nothing until it is approved."""
    from showcause.casework import catalogue
    from showcause.casework import policies as verbs

    found = desk.run(verbs.load, catalogue.load(folder or catalogue.default_folder()), desk.who)
    proposed = [{"id": each.id, "clause": each.clause.ref} for each in found.proposed]
    desk.answer(
        {"proposed": proposed, "unchanged": found.unchanged, "not_in_files": found.not_in_files},
        f"{len(found.proposed)} proposed, {len(found.unchanged)} unchanged.",
        *(f"proposed: {each['clause']} ({each['id'][:12]})" for each in proposed),
        *(f"no file has {ref}; it stays in force" for ref in found.not_in_files),
    )


@policies.command()
@click.argument("versions", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that is proposed.")
@on_desk(acts=True)
def approve(desk: Desk, versions: tuple[str, ...], everything: bool) -> None:
    """Put proposed versions in force: by id, or by citation such as integrity.spam@2."""
    from showcause.casework import policies as verbs
    from showcause.domain.lifecycle import PolicyState

    if not versions and not everything:
        raise BadInput("no version is named", "Name some, or say --all; `showcause policies list` has them.")
    chosen = _proposed(desk) if everything else [_version(desk, each) for each in versions]
    for version in chosen:
        held = desk.run(verbs.approve, version, desk.who)
        announced = held.state is PolicyState.PROPOSED
        said = (
            f"is announced and holds from {held.in_force_from:%d %B %Y %H:%M} UTC on"
            if announced
            else "is in force"
        )
        desk.answer(_row(held), f"{held.clause.ref} {said}.")


@policies.command("return")
@click.argument("version")
@on_desk(acts=True)
def return_(desk: Desk, version: str) -> None:
    """Return a proposed version."""
    from showcause.casework import policies as verbs

    held = desk.run(verbs.return_, _version(desk, version), desk.who)
    desk.answer(_row(held), f"{held.clause.ref} was returned.")


@policies.command()
@click.argument("version")
@on_desk(acts=True)
def retire(desk: Desk, version: str) -> None:
    """Announce that a clause in force ends without a successor."""
    from showcause.casework import policies as verbs

    held = desk.run(verbs.retire, _version(desk, version), desk.who)
    desk.answer(_row(held), f"{held.clause.ref} ends {held.retired_at:%d %B %Y %H:%M} UTC.")


@policies.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List all versions of all clauses."""
    from showcause.domain.site import PolicyVersion

    with desk.site.store.read() as view:
        held = view.find(PolicyVersion)
    rows = [_row(each) for each in held]
    desk.rows(rows, COLUMNS, "No clause was ever proposed.")


@policies.command()
@click.argument("version")
@click.option("--language", default="en", show_default=True)
@on_desk()
def show(desk: Desk, version: str, language: str) -> None:
    """Show one version of a clause: rule, what must be proved, ladder, presets."""
    from showcause.domain.policy import LANGUAGES, say
    from showcause.domain.site import PolicyVersion

    if language not in LANGUAGES:
        raise BadInput(f"clauses are written in {', '.join(LANGUAGES)}")
    with desk.site.store.read() as view:
        held = view.get(PolicyVersion, _version(desk, version))
    clause = held.clause
    desk.answer(
        held,
        f"{clause.ref}  {say(clause.titles, language)}  ({held.state})",
        say(clause.rules, language),
        *(f"  must be proved, {each.id}: {say(each.texts, language)}" for each in clause.elements),
        *(
            f"  rung {rung.name}: {rung.measure}, {rung.duration or 'open end'}, second person {rung.second}"
            for rung in clause.ladder
        ),
        *(
            f"  preset {each.id}: {say(each.titles, language)} (elements {', '.join(each.elements)}; rung {each.rung})"
            for each in clause.presets
        ),
        *(f"  fact {s.id} ({s.kind}{', required' if s.required else ''})" for s in clause.slots),
    )


def _proposed(desk: Desk) -> list[str]:
    from showcause.domain.lifecycle import PolicyState
    from showcause.domain.site import PolicyVersion

    with desk.site.store.read() as view:
        return [v.id for v in view.find(PolicyVersion, state=PolicyState.PROPOSED) if v.approver is None]


def _version(desk: Desk, text: str) -> str:
    """Return the id of a version named by id, by citation, or by clause (its newest version)."""
    from showcause.domain.errors import NotFound
    from showcause.domain.site import PolicyVersion

    if "." not in text:
        return desk.id(PolicyVersion, text)
    clause, _, number = text.partition("@")
    with desk.site.store.read() as view:
        found = [v for v in view.find(PolicyVersion, clause_id=clause) if number in ("", str(v.version))]
    if not found:
        raise NotFound(
            f"there is no version {text[:64]!r} of a clause", "`showcause policies list` has them all."
        )
    return found[-1].id


def _row(held: Any) -> dict[str, Any]:
    names = ("id", "state", "digest", "proposer", "proposed_at", "approver", "in_force_from", "retired_at")
    return {name: getattr(held, name) for name in names} | {
        "clause": held.clause.ref,
        "title": held.clause.title,
    }
