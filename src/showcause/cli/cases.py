"""The desk: the queue, cases, and what follows from them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk, whole_id
from showcause.cli.proposing import propose

if TYPE_CHECKING:
    from showcause.casework.rulework.reported import RuleSaid
    from showcause.domain.case import Case
    from showcause.domain.decision import Decision
    from showcause.store.view import View

QUEUE = ("id", "platform", "state", "urgent", "tier", "reports", "opened_at", "free")


@click.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@on_desk()
def queue(desk: Desk, limit: int) -> None:
    """List the open cases in the order in which to take them."""
    rows = desk.site.store.queries.queue(desk.site.clock(), limit)
    desk.rows(rows, QUEUE, "Nothing waits.")


@click.group()
def case() -> None:
    """Look at a case, work on it, and decide."""


case.add_command(propose)


@case.command()
@click.argument("id_", metavar="CASE")
@on_desk(acts=True)
def show(desk: Desk, id_: str) -> None:
    """Show a case and what was decided; with --as also whom it is about, what was reported, and what you may do.

    Reading what is sealed without having claimed the case leaves an entry in the log.
    """
    from showcause.casework.rulework import reported
    from showcause.domain.case import Case

    with desk.site.store.read() as view:
        held = view.get(Case, whole_id(view, Case, id_))
    shown: dict[str, Any] = asdict(held) | (_opened(desk, held.id) if desk.acting else {})
    shown["decisions"] = desk.site.store.queries.case_view(held.id)["decisions"]
    with desk.site.store.read() as view:
        rules = reported.of_case(view, held.id, "en")
    shown["rules"] = [asdict(each) | {"why": each.why} for each in rules]
    desk.answer(
        shown,
        f"Case {held.id} ({held.state}) on {held.platform}, opened {held.opened_at:%Y-%m-%d %H:%M} UTC",
        f"Reports folded in: {held.reports} (their number decides nothing)",
        *(line for each in rules for line in _rule(each)),
        *_words(shown),
        *(f"Decision {each['id'][:12]} ({each['state']}): {each['outcome']}" for each in shown["decisions"]),
        *([f"You may: {', '.join(shown['actions']) or 'nothing now'}"] if "actions" in shown else []),
    )


def _rule(each: "RuleSaid") -> list[str]:
    hits = "1 hit" if each.hits == 1 else f"{each.hits} hits"
    return [
        f"A rule reported this: {each.rule}  ({each.version[:12]}, {hits}, under {each.clause})",
        *([f"  {each.says}"] if each.says else []),
        f"  Why: {each.why or 'it could not tell, and this platform then publishes nothing unseen'}",
        *(["  Not published: the platform keeps it back until this is decided."] if each.kept_back else []),
    ]


def _words(shown: dict[str, Any]) -> list[str]:
    if "about" not in shown:
        return ["Whom it is about and what was reported is sealed: --as HANDLE opens it."]
    filed = shown["filed"]
    return [
        f"About: {shown['about']}",
        *(f"  - {each['text'] or '(no words)'}  [{each['intake']}, {each['number']}]" for each in filed),
        *(f"  evidence: {each['evidence']}" for each in filed[:1] if each["evidence"] is not None),
        *(
            ["You have not claimed this case, so this reading is in the log."]
            if shown["reading_logged"]
            else []
        ),
    ]


def _opened(desk: Desk, case_id: str) -> dict[str, Any]:
    """Return what a moderator sees of a case: its sealed words, and what they may do."""
    from showcause.casework.reading import person
    from showcause.casework.unsealing import read_case
    from showcause.domain.permissions import actions_for

    file = desk.run(read_case, case_id, desk.who)
    about = f"{file.subject.kind} {file.subject.ref}" if file.subject else "a forgotten person"
    filed = [
        {
            name: getattr(each.report, name)
            for name in ("id", "number", "intake", "state", "hint", "received_at")
        }
        | {"text": each.text, "evidence": each.evidence}
        for each in file.filed
    ]
    with desk.site.store.read() as view:
        who, now = person(view, desk.who), desk.site.clock()
        records: list[Any] = [file.case, *_held(view, file.case)]
        actions = sorted({str(action) for each in records for action in actions_for(who, each, now)})
    return {"about": about, "filed": filed, "actions": actions, "reading_logged": file.logged}


def _held(view: "View", held: "Case") -> "list[Decision]":
    from showcause.domain.decision import Decision
    from showcause.domain.lifecycle import DecisionState

    return view.find(Decision, case=held.id, state=DecisionState.PROPOSED)


@case.command()
@click.argument("id_", metavar="CASE")
@on_desk(acts=True)
def claim(desk: Desk, id_: str) -> None:
    """Take a case for twenty minutes."""
    from showcause.casework import desk as verbs
    from showcause.domain.case import Case

    taken = desk.run(verbs.claim, desk.id(Case, id_), desk.who)
    desk.answer(taken, f"Case {taken.id[:12]} is yours until {taken.claimed_until:%H:%M} UTC.")


@case.command()
@click.argument("id_", metavar="CASE")
@on_desk(acts=True)
def release(desk: Desk, id_: str) -> None:
    """Give a case back to the queue."""
    from showcause.casework import desk as verbs
    from showcause.domain.case import Case

    freed = desk.run(verbs.release, desk.id(Case, id_), desk.who)
    desk.answer(freed, f"Case {freed.id[:12]} waits again.")


@case.command()
@click.argument("id_", metavar="CASE")
@on_desk(acts=True)
def escalate(desk: Desk, id_: str) -> None:
    """Give a case back to the queue one tier higher."""
    from showcause.casework import desk as verbs
    from showcause.domain.case import Case

    raised = desk.run(verbs.escalate, desk.id(Case, id_), desk.who)
    desk.answer(raised, f"Case {raised.id[:12]} waits in tier {raised.tier}.")


@case.command()
@click.argument("id_", metavar="CASE")
@click.argument("into")
@on_desk(acts=True)
def merge(desk: Desk, id_: str, into: str) -> None:
    """Merge a case into another one of the same platform; its reports go along."""
    from showcause.casework import desk as verbs
    from showcause.domain.case import Case

    merged = desk.run(verbs.merge, desk.id(Case, id_), desk.id(Case, into), desk.who)
    desk.answer(merged, f"Case {merged.id[:12]} went into {str(merged.merged_into)[:12]}.")


@case.command()
@click.argument("id_", metavar="CASE")
@on_desk(acts=True)
def reopen(desk: Desk, id_: str) -> None:
    """Reopen a decided case, on new evidence; never because of an appeal."""
    from showcause.casework import desk as verbs
    from showcause.domain.case import Case

    opened = desk.run(verbs.reopen, desk.id(Case, id_), desk.who)
    desk.answer(opened, f"Case {opened.id[:12]} waits again.")


@case.command()
@click.argument("id_", metavar="CASE")
@on_desk(acts=True)
def approve(desk: Desk, id_: str) -> None:
    """Approve what is proposed on a case (a decision's id does, too). It can be returned until it takes force."""
    from showcause.casework import deciding

    done = desk.run(deciding.approve, _proposal(desk, id_), desk.who)
    desk.answer(
        done, f"Approved {done.id[:12]}; it takes force at {done.commit_at:%H:%M:%S} UTC unless returned."
    )


@case.command("return")
@click.argument("id_", metavar="CASE")
@click.option("--because", default="", help="A word for the journal; nothing personal.")
@on_desk(acts=True)
def return_(desk: Desk, id_: str, because: str) -> None:
    """Return what is proposed on a case; the case waits again."""
    from showcause.casework import returning

    done = desk.run(returning.return_, _proposal(desk, id_), desk.who, because)
    desk.answer(done, f"Returned {done.id[:12]}; its case waits again.")


def _proposal(desk: Desk, text: str) -> str:
    """Return the id of the decision proposed on a case, or of the decision that is named itself."""
    from showcause.domain.case import Case
    from showcause.domain.decision import Decision
    from showcause.domain.errors import NotFound

    try:
        case_id = desk.id(Case, text)
    except NotFound:
        return desk.id(Decision, text)
    with desk.site.store.read() as view:
        proposed = _held(view, view.get(Case, case_id))
    if not proposed:
        raise NotFound(
            f"nothing is proposed on case {case_id[:12]}", "`showcause case show` tells its state."
        )
    return proposed[-1].id
