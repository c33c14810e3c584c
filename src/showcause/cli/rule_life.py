"""Rules on their way: from a proposal through backtest, shadow and canary to live. `rules` takes these commands in."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.rule_past import PLATFORM, backtest, diff, prepared_of, who_else

if TYPE_CHECKING:
    from showcause.casework.rulework.backtesting import Prepared
    from showcause.domain.rule import RuleVersion, Seen

COLUMNS = ("name", "number", "kind", "state", "platform", "proposed_at", "live_from", "retired_at", "id")
_version = click.argument("version")


@click.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@on_desk(acts=True)
def propose(desk: Desk, name: str, folder: Path) -> None:
    """Propose a rule, list, threshold or counter as the files of a folder have it. Nothing acts yet."""
    from showcause.casework.rulework import parts, proposing

    held = desk.run(proposing.propose, parts.read_files(folder), name, desk.who)
    _tell(desk, held)


@click.command()
@_version
@PLATFORM
@on_desk(acts=True)
def shadow(desk: Desk, version: str, platform: str) -> None:
    """Evaluate a version on what happens from now on, without any effect."""
    from showcause.casework.rulework import trying

    held, _ = prepared_of(desk, version, platform)
    _tell(desk, desk.run(trying.shadow, held.id, desk.who, after=_head(desk)))


@click.command()
@_version
@PLATFORM
@on_desk(acts=True)
def approve(desk: Desk, version: str, platform: str) -> None:
    """Approve a version with the backtest that it has, as another person than its proposer."""
    _step(desk, "approve", version, platform)


@click.command()
@_version
@click.option(
    "--share", default="", help="The share of entities that it acts on, such as 10%; at most a half."
)
@PLATFORM
@on_desk(acts=True)
def canary(desk: Desk, version: str, share: str, platform: str) -> None:
    """Let a version act on a share of the entities, if its shadow saw what was foretold."""
    from showcause.casework.rulework import trying

    held, prepared = prepared_of(desk, version, platform)
    seen = _seen(desk, held, prepared)
    _tell(desk, desk.run(trying.canary, held.id, desk.who, share=share, seen=seen, after=_head(desk)), seen)


@click.command()
@_version
@PLATFORM
@on_desk(acts=True)
def live(desk: Desk, version: str, platform: str) -> None:
    """Let a version act on all; the one before it ends in the same moment."""
    from showcause.casework.rulework import approving

    held, prepared = prepared_of(desk, version, platform)
    seen = _seen(desk, held, prepared)
    _tell(desk, desk.run(approving.go_live, held.id, desk.who, seen=seen), seen)


@click.command()
@_version
@click.option("--reason", required=True, help="Why it cannot wait. Kept sealed.")
@PLATFORM
@on_desk(acts=True)
def push(desk: Desk, version: str, reason: str, platform: str) -> None:
    """Let a version act at once: publicly flagged, on a tenth of its accounts, and for a day only."""
    from showcause.casework.rulework import ending

    held = _held(desk, version, platform)
    _tell(desk, desk.run(ending.push_urgently, held.id, desk.who, reason=reason, after=_head(desk)))


@click.command()
@_version
@PLATFORM
@on_desk(acts=True)
def ratify(desk: Desk, version: str, platform: str) -> None:
    """Take over what somebody pushed, or what one person alone brought live."""
    _step(desk, "ratify", version, platform)


@click.command()
@_version
@PLATFORM
@on_desk(acts=True)
def retire(desk: Desk, version: str, platform: str) -> None:
    """End a version that acts, without a successor."""
    _step(desk, "retire", version, platform)


@click.command("return")
@_version
@PLATFORM
@on_desk(acts=True)
def return_(desk: Desk, version: str, platform: str) -> None:
    """Return a version that never acted."""
    _step(desk, "return", version, platform)


@click.command()
@click.argument("clause")
@click.argument("power")
@click.option("--take-back", is_flag=True, help="Take it back; one person may.")
@on_desk(acts=True)
def grant(desk: Desk, clause: str, power: str, take_back: bool) -> None:
    """Ask for a power of rules under a clause, or grant what another person asked for: `hold`, or a measure."""
    from showcause.casework.rulework import granting

    if take_back:
        desk.run(granting.take_back, clause, power, desk.who)
        desk.answer(
            {"clause": clause, "power": power, "state": "taken-back"},
            f"Rules no longer {power} under {clause}.",
        )
        return
    came = desk.run(granting.grant, clause, power, desk.who)
    said = (
        f"Rules may {power} under {clause} from now on."
        if came is granting.Granting.GRANTED
        else f"Asked. Another person grants it: showcause rules grant {clause} {power}"
    )
    desk.answer({"clause": clause, "power": power, "state": came}, said)


@click.command()
@click.argument("name", default="")
@on_desk()
def versions(desk: Desk, name: str) -> None:
    """List all versions of everything, or of one name, oldest first."""
    from showcause.domain.rule import RuleVersion

    with desk.site.store.read() as view:
        held = [each for each in view.find(RuleVersion) if name in ("", each.name)]
    desk.rows(
        [{each: getattr(one, each) for each in COLUMNS} for one in held],
        COLUMNS,
        "Nothing was ever proposed.",
    )


@click.command()
@_version
@click.option("--files", is_flag=True, help="Print the files as they were proposed.")
@PLATFORM
@on_desk()
def show(desk: Desk, version: str, files: bool, platform: str) -> None:
    """Show a version: what it may do, its forecast, what comes next and whose turn it is."""
    from showcause.casework.rulework import showing

    held = _held(desk, version, platform)
    with desk.site.store.read() as view:
        kept = view.unseal(held.text)["files"] if files else {}
        lines = list(showing.lines_of(view, held))
    shown = [line for name, text in kept.items() for line in (f"--- {name}", *text.splitlines())]
    desk.answer({**_row(held), **({"files": kept} if files else {})}, *lines, *shown)


COMMANDS: tuple[click.Command, ...] = (
    propose, backtest, shadow, approve, canary, live, push, ratify, retire, return_, grant, versions, show, who_else,
    diff,
)  # fmt: skip


# --- Inside ---------------------------------------------------------------------------------------------------------


def _step(desk: Desk, step: str, version: str, platform: str) -> None:
    from showcause.casework.rulework import approving, ending

    verbs: dict[str, Callable[..., RuleVersion]] = {
        "approve": approving.approve,
        "ratify": approving.ratify,
        "retire": ending.retire,
        "return": ending.return_,
    }
    _tell(desk, desk.run(verbs[step], _held(desk, version, platform).id, desk.who))


def _held(desk: Desk, version: str, platform: str) -> "RuleVersion":
    from showcause.casework.rulework import showing

    with desk.site.store.read() as view:
        return showing.named(view, version, platform)


def _seen(desk: Desk, held: "RuleVersion", prepared: "Prepared") -> "Seen":
    """Return what a version saw since it entered its state, by the same evaluation as live."""
    from showcause.casework.rulework import backtesting, history
    from showcause.cli.events import intake_of

    schema, log = prepared.after.platform.schema, intake_of(desk).log
    first = log.read(held.entered_after, 1)
    since = first[0].at - prepared.longest if first else 0
    events = history.from_log(log, held.platform, schema, since=since) if first else iter(())
    return backtesting.observe(prepared, events, held.entered_after)


def _head(desk: Desk) -> int:
    from showcause.cli.events import intake_of

    return intake_of(desk).log.head().sequence


def _tell(desk: Desk, held: "RuleVersion", seen: "Seen | None" = None, **more: Any) -> None:
    from showcause.casework.rulework import showing

    with desk.site.store.read() as view:
        lines = list(showing.lines_of(view, held))
    saw = (
        [f"  its trial saw {showing.many(seen.events, 'event')} and {showing.many(seen.hits, 'hit')}"]
        if seen
        else []
    )
    desk.answer({**_row(held), **more, **({"seen": seen} if seen else {})}, *lines[:-1], *saw, lines[-1])


def _row(held: "RuleVersion") -> dict[str, Any]:
    names = (
        "id",
        "name",
        "number",
        "kind",
        "state",
        "platform",
        "digest",
        "clause",
        "effects",
        "canary_share",
    )
    return {
        name: getattr(held, name)
        for name in (*names, "proposed_at", "approved_at", "expires_at", "live_from")
    }
