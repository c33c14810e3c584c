"""Looking at what was decided and told."""

from dataclasses import asdict
from typing import Any

import click

from showcause.cli.desk import Desk, cell, on_desk, whole_id
from showcause.cli.links import link


@click.group()
def decision() -> None:
    """Look at a decision."""


@decision.command()
@click.argument("id_", metavar="DECISION")
@on_desk()
def show(desk: Desk, id_: str) -> None:
    """Show a decision with its orders, statements, appeals, and its place in the log."""
    shown = desk.site.store.queries.decision_view(decision_id(desk, id_))
    desk.answer(
        shown,
        f"Decision {shown['id']} ({shown['state']}): {shown['outcome']}, cause {shown['cause']}",
        f"Reference {shown['reference']}; entry {cell(shown['log_index'])} of the log; leaf {shown['leaf']}",
        f"Proposed {cell(shown['proposed_at'])}, approved {cell(shown['approved_at'])}, "
        f"in force since {cell(shown['decided_at'])}",
        *(
            f"Order {e['number']}: {e['measure']}, {e['state']} ({cell(e['id'])})"
            for e in shown["enforcements"]
        ),
        *(
            f"Statement {s['reference']}: {s['state']}, window until {cell(s['window_until'])}"
            for s in shown["statements"]
        ),
        *(
            f"Appeal {cell(a['id'])} ({a['state']}), promised {cell(a['promised_at'])}"
            for a in shown["appeals"]
        ),
    )


def decision_id(desk: Desk, text: str) -> str:
    """Return the id of a decision named by id, or by the reference that stands in its letter."""
    from showcause.domain.decision import Decision
    from showcause.domain.statement import Statement

    with desk.site.store.read() as view:
        if "-" in text:
            named = text.strip().upper()
            if (found := view.first(Decision, reference=named)) is not None:
                return found.id
            if (told := view.first(Statement, reference=named)) is not None:
                return told.decision
        return whole_id(view, Decision, text)


@click.group()
def statement() -> None:
    """Read a statement of reasons."""


@statement.command("show")
@click.argument("reference")
@click.option("--language", help="Another language than the one in which it was served.")
@on_desk(acts=True)
def show_statement(desk: Desk, reference: str, language: str | None) -> None:
    """Print a statement by the reference in its letter, or by its decision's id."""
    from showcause.casework import rendering
    from showcause.casework.unsealing import note_reading
    from showcause.domain.campaign import CampaignItem
    from showcause.domain.errors import BadInput, NotFound
    from showcause.domain.policy import LANGUAGES
    from showcause.domain.statement import Statement

    if language is not None and language not in LANGUAGES:
        raise BadInput(f"statements are written in {', '.join(LANGUAGES)}")
    with desk.site.store.read() as view:
        named = reference.strip().upper()
        if (item := view.first(CampaignItem, reference=named)) is not None:
            page = rendering.item_statement(view, item, language or "en")
            desk.answer({"id": item.id, "reference": item.reference, "text": page.text}, page.text)
            return
        found = view.first(Statement, reference=named)
        found = found or view.first(Statement, decision=decision_id(desk, reference))
        if found is None:
            raise NotFound(f"no statement has the reference {reference[:64]!r}", "Copy it from the letter.")
        page = rendering.statement(view, found, language)
    desk.run(note_reading, "statement", found.id, desk.who)
    record = {k: v for k, v in asdict(found).items() if k not in ("sentences", "person")}
    desk.answer(record | {"text": page.text}, page.text)


statement.add_command(link)


@statement.command()
@click.argument("reference")
@on_desk(acts=True)
def again(desk: Desk, reference: str) -> None:
    """Serve a statement that could not be delivered once more, after the channel was repaired."""
    from showcause.casework import telling
    from showcause.domain.errors import NotFound
    from showcause.domain.statement import Statement

    with desk.site.store.read() as view:
        found = view.first(Statement, reference=reference.strip().upper())
    if found is None:
        raise NotFound(f"no statement has the reference {reference[:64]!r}", "Copy it from the letter.")
    served = desk.run(telling.serve_again, found.id, desk.who)
    desk.answer({"id": served.id, "state": served.state}, f"Statement {served.reference} goes out again.")


@click.command()
@click.argument("record")
@on_desk()
def journal(desk: Desk, record: str) -> None:
    """Show every change of a record, by its whole id. The journal holds ids and codes only."""
    with desk.site.store.read() as view:
        lines: list[dict[str, Any]] = [asdict(line) for line in view.journal(record.strip())]
    for line in lines:
        line["codes"] = (
            ", ".join(f"{k}={v}" for k, v in line["codes"].items()) if not desk.as_json else line["codes"]
        )
    desk.rows(lines, ("at", "verb", "actor", "kind", "revision", "codes"), "No record has this id.")
