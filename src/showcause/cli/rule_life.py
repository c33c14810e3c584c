"""Rules on their way: from a proposal through backtest, shadow and canary to live. `rules` takes these commands in."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk

if TYPE_CHECKING:
    from showcause.casework.rulework.backtesting import Happened, Prepared
    from showcause.casework.rulework.trying import Forecast
    from showcause.domain.rule import RuleVersion, Seen

TOLD_EVERY = 50_000
SHOWN = 10
"""Events that an answer names."""
COLUMNS = ("name", "number", "kind", "state", "platform", "proposed_at", "live_from", "retired_at", "id")
_version = click.argument("version")
_since = click.option(
    "--from", "since", type=click.DateTime(), help="Begin of the period (UTC); else a week before its end."
)
_until = click.option("--to", "until", type=click.DateTime(), help="End of the period (UTC); else now.")
_files = click.option(
    "--events", "path", type=click.Path(exists=True, path_type=Path),
    help="A file or folder of events (.ndjson, .jsonl, .parquet) instead of the site's log.",
)  # fmt: skip
_platform = click.option("--platform", default="", help="Whose rule it is, if several platforms have it.")


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
@_since
@_until
@_files
@click.option(
    "--record", is_flag=True, help="Keep the forecast with the version; this is its step to shadow."
)
@_platform
@on_desk(acts=True)
def backtest(
    desk: Desk,
    version: str,
    since: datetime | None,
    until: datetime | None,
    path: Path | None,
    record: bool,
    platform: str,
) -> None:
    """Say what a version would have done in a period, and what differs from what is live."""
    from showcause.casework.rulework import trying

    held, prepared = _prepared(desk, version, platform)
    forecast = _forecast(desk, held, prepared, path, since, until)
    if record:
        made = desk.run(trying.record_backtest, held.id, forecast, desk.who)
        _tell(desk, _again(desk, held), backtest=made.id)
        return
    desk.answer(forecast, f"{held.ref} would have done this:", *_lines(forecast))
    if not desk.as_json:
        click.echo("Nothing was recorded; --record keeps it with the version.")


@click.command()
@_version
@_platform
@on_desk(acts=True)
def shadow(desk: Desk, version: str, platform: str) -> None:
    """Evaluate a version on what happens from now on, without any effect."""
    from showcause.casework.rulework import trying

    held, _ = _prepared(desk, version, platform)
    _tell(desk, desk.run(trying.shadow, held.id, desk.who, after=_head(desk)))


@click.command()
@_version
@_platform
@on_desk(acts=True)
def approve(desk: Desk, version: str, platform: str) -> None:
    """Approve a version with the backtest that it has, as another person than its proposer."""
    _step(desk, "approve", version, platform)


@click.command()
@_version
@click.option(
    "--share", default="", help="The share of entities that it acts on, such as 10%; at most a half."
)
@_platform
@on_desk(acts=True)
def canary(desk: Desk, version: str, share: str, platform: str) -> None:
    """Let a version act on a share of the entities, if its shadow saw what was foretold."""
    from showcause.casework.rulework import trying

    held, prepared = _prepared(desk, version, platform)
    seen = _seen(desk, held, prepared)
    _tell(desk, desk.run(trying.canary, held.id, desk.who, share=share, seen=seen, after=_head(desk)), seen)


@click.command()
@_version
@_platform
@on_desk(acts=True)
def live(desk: Desk, version: str, platform: str) -> None:
    """Let a version act on all; the one before it ends in the same moment."""
    from showcause.casework.rulework import approving

    held, prepared = _prepared(desk, version, platform)
    seen = _seen(desk, held, prepared)
    _tell(desk, desk.run(approving.go_live, held.id, desk.who, seen=seen), seen)


@click.command()
@_version
@click.option("--reason", required=True, help="Why it cannot wait. Kept sealed.")
@_platform
@on_desk(acts=True)
def push(desk: Desk, version: str, reason: str, platform: str) -> None:
    """Let a version act at once: publicly flagged, on a tenth of its accounts, and for a day only."""
    from showcause.casework.rulework import ending

    held = _held(desk, version, platform)
    _tell(desk, desk.run(ending.push_urgently, held.id, desk.who, reason=reason, after=_head(desk)))


@click.command()
@_version
@_platform
@on_desk(acts=True)
def ratify(desk: Desk, version: str, platform: str) -> None:
    """Take over what somebody pushed, or what one person alone brought live."""
    _step(desk, "ratify", version, platform)


@click.command()
@_version
@_platform
@on_desk(acts=True)
def retire(desk: Desk, version: str, platform: str) -> None:
    """End a version that acts, without a successor."""
    _step(desk, "retire", version, platform)


@click.command("return")
@_version
@_platform
@on_desk(acts=True)
def return_(desk: Desk, version: str, platform: str) -> None:
    """Return a version that never acted."""
    _step(desk, "return", version, platform)


@click.command("who-else")
@_version
@_since
@_until
@_files
@_platform
@on_desk()
def who_else(
    desk: Desk, version: str, since: datetime | None, until: datetime | None, path: Path | None, platform: str
) -> None:
    """Say whom a version of a rule would have hit in a period, ended versions too: NAME@NUMBER or NAME@DIGEST."""
    from showcause.casework.rulework import backtesting, showing

    with desk.site.store.read() as view:
        held = showing.named(view, version, platform)
        prepared = backtesting.prepare_past(view, held)
    found = _forecast(desk, held, prepared, path, since, until)
    hit = f"{held.ref} would have hit {showing.many(found.hits, 'event')} of {showing.many(found.accounts, 'account')}"
    desk.answer(found, f"{hit}, among {found.events:,} events.", *_examples(found))


@click.command()
@click.argument("before")
@click.argument("after")
@_since
@_until
@_files
@_platform
@on_desk()
def diff(
    desk: Desk,
    before: str,
    after: str,
    since: datetime | None,
    until: datetime | None,
    path: Path | None,
    platform: str,
) -> None:
    """Compare what two versions of a rule would have hit in a period."""
    from showcause.casework.rulework import backtesting, showing

    with desk.site.store.read() as view:
        earlier, later = showing.named(view, before, platform), showing.named(view, after, platform)
        prepared = backtesting.prepare_past(view, later, earlier)
    found = _forecast(desk, later, prepared, path, since, until)
    desk.answer(
        found,
        f"{earlier.ref} would have hit {showing.many(found.lost + found.unchanged, 'event')}, {later.ref} "
        f"{showing.many(found.hits, 'event')}, among {found.events:,} events.",
        f"  {found.new:,} hits are new, {found.lost:,} are lost, {found.unchanged:,} are the same",
        f"  {showing.many(found.accounts_new, 'account')} would be hit anew, {found.accounts_lost:,} no longer",
    )


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
@_platform
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


def _again(desk: Desk, held: "RuleVersion") -> "RuleVersion":
    from showcause.domain.rule import RuleVersion

    with desk.site.store.read() as view:
        return view.get(RuleVersion, held.id)


def _prepared(desk: Desk, version: str, platform: str) -> "tuple[RuleVersion, Prepared]":
    from showcause.casework.rulework import backtesting, showing

    with desk.site.store.read() as view:
        held = showing.named(view, version, platform)
        return held, backtesting.prepare(view, held)


def _forecast(
    desk: Desk,
    held: "RuleVersion",
    prepared: "Prepared",
    path: Path | None,
    since: datetime | None,
    until: datetime | None,
) -> "Forecast":
    from showcause.casework.rulework import backtesting

    end = _utc(until) or desk.site.clock()
    start = _utc(since) or end - timedelta(days=7)
    files = _parquet(path) if path else []
    if files and not prepared.needs_counters:
        return backtesting.backtest_parquet(prepared, files, start, end)
    happened = _shown(desk, _events(desk, held, prepared, path, files, start))
    return backtesting.backtest(prepared, happened, start, end)


def _parquet(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.suffix == ".parquet" else []


def _events(
    desk: Desk,
    held: "RuleVersion",
    prepared: "Prepared",
    path: Path | None,
    parquet: list[Path],
    start: datetime,
) -> "Iterator[Happened]":
    """Return what happened, from long enough before a period that its windows are full."""
    from collections import Counter

    from showcause.casework.rulework import backtesting, history
    from showcause.cli.events import intake_of
    from showcause.stream.importing import files_of

    schema, intake = prepared.after.platform.schema, intake_of(desk)
    if parquet:
        return backtesting.read_parquet(parquet, schema)
    if path is not None:
        refused: Counter[str] = Counter()
        desk.context.call_on_close(lambda: _say_refused(refused))
        return history.from_lines(files_of(path), held.platform, schema, intake.key, refused)
    before = backtesting.microseconds(start) - prepared.longest
    return history.from_log(intake.log, held.platform, schema, since=before)


def _shown(desk: Desk, events: "Iterator[Happened]") -> "Iterator[Happened]":
    """Pass events on, and tell whoever watches how many there were."""
    tell = desk.progress("events")
    for number, each in enumerate(events, 1):
        if number % TOLD_EVERY == 0:
            tell(number, None)
        yield each


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


def _lines(forecast: "Forecast") -> list[str]:
    from showcause.casework.rulework import showing
    from showcause.domain.rule import Backtest

    names = [each for each in Backtest.__dataclass_fields__ if hasattr(forecast, each)]
    shown = {name: getattr(forecast, name) for name in names}
    made = Backtest(
        id="", version="", sealed="", digest="", recorded_at=forecast.until, recorded_by="", **shown
    )
    return list(showing.forecast_lines(made))


def _examples(forecast: "Forecast") -> list[str]:
    return [f"  {each}" for each in forecast.sample[:SHOWN]] + (
        [f"  and more; --json names {len(forecast.sample)}"] if len(forecast.sample) > SHOWN else []
    )


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


def _utc(moment: datetime | None) -> datetime | None:
    from datetime import UTC

    return None if moment is None else moment.replace(tzinfo=UTC)


def _say_refused(refused: dict[str, int]) -> None:
    for code, count in refused.items():
        click.echo(f"{count} line{'s' if count > 1 else ''} left out: {code}", err=True)
