"""What a rule said of an event, explained, and made once more."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.frame import BROKEN, REFUSED
from showcause.domain.errors import BadInput

if TYPE_CHECKING:
    from showcause.casework.rulework.replaying import Replayed
    from showcause.store.verdicts import Verdict

AT_ONCE = 5_000
RESULTS = ("identical", "incomplete", "differs")


@click.command()
@click.argument("id_", metavar="VERDICT|DECISION")
@click.option(
    "--texts", is_flag=True, help="Show what was written, too. Leaves a trace: say who reads it (--as)."
)
@on_desk(acts=True)
def explain(desk: Desk, id_: str, texts: bool) -> None:
    """Say why a rule fired: what decided, in words, what it read, and which events stand behind each number.

    A verdict is named EVENT.RULE, as in 812.flood. Of a decision it says who made it.
    """
    from showcause.casework.rulework import explaining
    from showcause.casework.unsealing import note_reading
    from showcause.cli.events import intake_of
    from showcause.store.verdicts import named

    if not _is_verdict(id_):
        return _tell_decision(desk, id_)
    log = intake_of(desk).log
    with desk.site.store.read() as view:
        verdict = named(view, id_)
    if texts:
        desk.run(note_reading, "verdict", verdict.id, desk.who)
    with desk.site.store.read() as view:
        found = explaining.explain(view, log, verdict, texts=texts)
    desk.answer(found, *explaining.lines(found))


@click.command()
@click.argument("id_", metavar="[VERDICT|DECISION]", default="")
@click.option("--from", "since", type=click.DateTime(), help="Begin of a period (UTC).")
@click.option("--to", "until", type=click.DateTime(), help="End of the period (UTC); else all since.")
@click.option("--rule", help="Only what this rule said.")
@on_desk()
def replay(desk: Desk, id_: str, since: datetime | None, until: datetime | None, rule: str | None) -> None:
    """Make a recorded verdict once more, or all of a period, and say whether they come out the same.

    By the rules, lists, thresholds and counters that were recorded with each, on the events as the log has them, with
    the windows counted again. Exit code 0: all identical. 1: something is missing, and is named. 70: something differs.
    """
    if bool(id_) == bool(since):
        raise BadInput(
            "name one verdict, or the beginning of a period", "As in `showcause replay --from 2026-03-01`."
        )
    if id_ and not _is_verdict(id_):
        return _tell_decision(desk, id_)
    results: Counter[str] = Counter()
    told = desk.progress("verdicts")
    for found in _replayed(desk, id_, since, until, rule):
        results[found.result] += 1
        told(results.total(), None)
        if id_ or desk.as_json or found.findings:
            row = _row(found)
            said = f"{found.verdict.id}: {found.result}"
            desk.answer(row, said, *(f"  {each.code}: {each.said}" for each in found.findings))
    if not id_ and not desk.as_json:
        each = ", ".join(f"{results[key]} {key}" for key in RESULTS if results[key])
        many = f"{results.total():,} verdict{'' if results.total() == 1 else 's'}"
        click.echo(f"{many} replayed: {each}." if results else "Nothing was recorded then.")
    if worst := (BROKEN if results["differs"] else REFUSED if results["incomplete"] else 0):
        raise click.exceptions.Exit(worst)


def _replayed(
    desk: Desk, id_: str, since: datetime | None, until: datetime | None, rule: str | None
) -> "Iterator[Replayed]":
    from showcause.casework.rulework import replaying
    from showcause.cli.events import intake_of
    from showcause.store.verdicts import named, verdicts

    log = intake_of(desk).log
    with desk.site.store.read() as view:
        if id_:
            yield from replaying.replay(view, log, [named(view, id_)])
            return
        after, upto = _place(desk, since) or 0, _place(desk, until)
        while some := verdicts(view, after, rule, AT_ONCE, upto):
            last = some[-1].event
            whole = len(some) < AT_ONCE or last == some[0].event
            some = some if whole else [each for each in some if each.event < last]
            yield from replaying.replay(view, log, some)
            after = some[-1].event


def _place(desk: Desk, moment: datetime | None) -> int | None:
    """Return the sequence number of the last event before a time, None for no time."""
    from datetime import UTC

    from showcause.casework.rulework.backtesting import microseconds
    from showcause.cli.events import intake_of

    if moment is None:
        return None
    return intake_of(desk).log.last_until(microseconds(moment.replace(tzinfo=UTC)) - 1)[0]


def _row(found: "Replayed") -> dict[str, Any]:
    verdict: Verdict = found.verdict
    names = ("id", "event", "rule", "version", "rules")
    return {
        **{each: getattr(verdict, each) for each in names},
        "result": found.result,
        "findings": [{"code": each.code, "about": each.about, "said": each.said} for each in found.findings],
    }


def _is_verdict(text: str) -> bool:
    return "." in text


def _tell_decision(desk: Desk, text: str) -> None:
    """Say who made a decision."""
    from showcause.casework.rulework.origin import origin
    from showcause.cli.shown import decision_id
    from showcause.domain.decision import Decision

    id_ = decision_id(desk, text)
    with desk.site.store.read() as view:
        found = origin(view, view.get(Decision, id_))
    desk.answer(found, *found.lines())
