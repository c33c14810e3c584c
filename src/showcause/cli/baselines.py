"""What was there before: restrictions without a recorded cause, and giving them one."""

from dataclasses import asdict

import click

from showcause.cli.desk import Desk, on_desk

COLUMNS = ("id", "platform", "measure", "subject", "cause", "gone_at")


@click.group()
def baseline() -> None:
    """Look at imported restrictions, review them, and record their cause."""


@baseline.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those whose cause is recorded.")
@on_desk()
def list_(desk: Desk, everything: bool) -> None:
    """List the imported restrictions."""
    from showcause.domain.baseline import BaselineEntry

    with desk.site.store.read() as view:
        found = [each for each in view.find(BaselineEntry) if everything or each.cause is None]
    desk.rows([asdict(each) for each in found], COLUMNS, "No imported restriction waits for its cause.")


@baseline.command()
@click.argument("id_", metavar="ENTRY")
@on_desk(acts=True)
def review(desk: Desk, id_: str) -> None:
    """Open a case about an imported restriction."""
    from showcause.casework import baselines
    from showcause.domain.baseline import BaselineEntry

    case = desk.run(baselines.review_entry, desk.id(BaselineEntry, id_), desk.who)
    desk.answer(case, f"Case {case.id[:12]} is open: claim it, and propose the same measure if it holds.")


@baseline.command()
@click.argument("id_", metavar="ENTRY")
@click.argument("decision")
@on_desk(acts=True)
def cause(desk: Desk, id_: str, decision: str) -> None:
    """Record a decision in force as the cause of an imported restriction."""
    from showcause.casework import baselines
    from showcause.domain.baseline import BaselineEntry
    from showcause.domain.decision import Decision

    done = desk.run(
        baselines.record_cause, desk.id(BaselineEntry, id_), desk.id(Decision, decision), desk.who
    )
    desk.answer(done, f"The cause of {done.id[:12]} is decision {str(done.cause)[:12]}.")
