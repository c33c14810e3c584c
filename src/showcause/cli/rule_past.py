"""Rules over what happened: forecasts of a version on its way, and what ended versions would have hit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk

if TYPE_CHECKING:
    from showcause.casework.rulework.backtesting import Happened, Prepared
    from showcause.casework.rulework.trying import Forecast
    from showcause.domain.rule import RuleVersion

TOLD_EVERY = 50_000
SHOWN = 10
"""Events that an answer names."""
_version = click.argument("version")
_since = click.option(
    "--from", "since", type=click.DateTime(), help="Begin of the period (UTC); else a week before its end."
)
_until = click.option("--to", "until", type=click.DateTime(), help="End of the period (UTC); else now.")
_files = click.option(
    "--events", "path", type=click.Path(exists=True, path_type=Path),
    help="A file or folder of events (.ndjson, .jsonl, .parquet) instead of the site's log.",
)  # fmt: skip
PLATFORM = click.option("--platform", default="", help="Whose rule it is, if several platforms have it.")


@click.command()
@_version
@_since
@_until
@_files
@click.option(
    "--record", is_flag=True, help="Keep the forecast with the version; this is its step to shadow."
)
@PLATFORM
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
    from showcause.casework.rulework import showing, trying
    from showcause.domain.rule import RuleVersion

    held, prepared = prepared_of(desk, version, platform)
    forecast = _forecast(desk, held, prepared, path, since, until)
    if record:
        made = desk.run(trying.record_backtest, held.id, forecast, desk.who)
        with desk.site.store.read() as view:
            lines = list(showing.lines_of(view, view.get(RuleVersion, held.id)))
        desk.answer(made, *lines)
        return
    desk.answer(forecast, f"{held.ref} would have done this:", *_lines(forecast), *forecast.lacks)
    if not desk.as_json:
        click.echo("Nothing was recorded; --record keeps it with the version.")


@click.command("who-else")
@_version
@_since
@_until
@_files
@PLATFORM
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
    desk.answer(found, f"{hit}, among {found.events:,} events.", *_examples(found), *found.lacks)


@click.command()
@click.argument("before")
@click.argument("after")
@_since
@_until
@_files
@PLATFORM
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
        *found.lacks,
    )


# --- Inside ---------------------------------------------------------------------------------------------------------


def prepared_of(desk: Desk, version: str, platform: str) -> "tuple[RuleVersion, Prepared]":
    """Return the version that is named, and what it would be evaluated with."""
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
    from showcause.casework.rulework import backtesting, forecasting, querying
    from showcause.cli.events import intake_of

    end = _utc(until) or desk.site.clock()
    start = _utc(since) or end - timedelta(days=7)
    files = _parquet(path) if path else []
    if files and not prepared.needs_counters:
        return querying.backtest_parquet(prepared, files, start, end)
    if path is None:
        log = intake_of(desk).log
        return forecasting.forecast(
            prepared, log, held.platform, start, end, lambda events: _shown(desk, events)
        )
    happened = _shown(desk, _events(desk, held, prepared, path, files))
    return backtesting.backtest(prepared, happened, start, end)


def _parquet(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.suffix == ".parquet" else []


def _events(
    desk: Desk,
    held: "RuleVersion",
    prepared: "Prepared",
    path: Path,
    parquet: list[Path],
) -> "Iterator[Happened]":
    """Return what happened, as files have it."""
    from collections import Counter

    from showcause.casework.rulework import history, querying
    from showcause.cli.events import intake_of
    from showcause.stream.importing import files_of

    schema = prepared.after.platform.schema
    if parquet:
        return querying.read_parquet(parquet, schema)
    refused: Counter[str] = Counter()
    desk.context.call_on_close(lambda: _say_refused(refused))
    return history.from_lines(files_of(path), held.platform, schema, intake_of(desk).key, refused)


def _shown(desk: Desk, events: "Iterator[Happened]") -> "Iterator[Happened]":
    """Pass events on, and tell whoever watches how many there were."""
    tell = desk.progress("events")
    for number, each in enumerate(events, 1):
        if number % TOLD_EVERY == 0:
            tell(number, None)
        yield each


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


def _utc(moment: datetime | None) -> datetime | None:
    """Return a time that was given without a zone as UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)


def _say_refused(refused: dict[str, int]) -> None:
    for code, count in refused.items():
        click.echo(f"{count} line{'s' if count > 1 else ''} left out: {code}", err=True)
