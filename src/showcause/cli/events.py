"""Events: what they hold is declared, files of them are taken in, and how far their log is."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.history import commands
from showcause.domain.errors import BadInput, BadRules, NeedsConfirmation

if TYPE_CHECKING:
    from showcause.rules.declared import Declaration
    from showcause.stream.intake import Intake

MOST_BYTES = 200_000


@click.group()
def events() -> None:
    """Declare what a platform's events hold, take them in from files, and see how far they are."""


@events.command()
@click.argument("platform")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@on_desk(acts=True)
def schema(desk: Desk, platform: str, file: Path) -> None:
    """Declare what the events of a platform hold, from a rule folder's schema.yaml. Public, and an entry of the log.

    No field may change its type, cease to be personal, or lose that it came from reports.
    """
    from showcause.casework.event_schemas import declare
    from showcause.stream.looking import called_so

    declared = _read(file)
    changed = desk.run(declare, platform, declared, desk.who)
    personal, called = [each.path for each in declared.schema if each.sensitive], called_so(declared.schema)
    desk.answer(
        {
            "platform": platform,
            "changed": changed,
            "fields": len(declared.schema.fields),
            "personal": personal,
            "look_again": called,
        },
        f"Events of {platform} hold {len(declared.schema.fields)} fields from now on."
        if changed
        else f"This was declared before; events of {platform} hold {len(declared.schema.fields)} fields.",
        f"Replaced by keyed hashes at the door: {', '.join(personal) or 'none of them'}.",
        *([f"Look again at {', '.join(called)}: called as if they named somebody, and not marked as personal."]
          if called else []),
    )  # fmt: skip


@events.command()
@click.argument("platform")
@click.option(
    "--most", default=10_000, show_default=True, help="How many of the newest events are looked at."
)
@on_desk()
def look(desk: Desk, platform: str, most: int) -> None:
    """Say which fields that are not marked as personal hold what looks like a name or an address. Shows no value."""
    from showcause.casework.event_schemas import schema_of
    from showcause.stream.looking import called_so, holding

    with desk.site.store.read() as view:
        declared = schema_of(view, platform)
    called, held = called_so(declared.schema), holding(intake_of(desk).log, platform, declared.schema, most)
    desk.answer(
        {"called": called, "hold": held},
        *(f"{path} is called as if it named somebody." for path in called),
        *(f"{path} has in {count:,} events what looks like {_a(what)}."
          for path, counts in held.items() for what, count in counts.items()),
        "Mark them in schema.yaml under another name: what is not marked is kept as it is, and forgetting finds it by "
        "the name itself alone." if called or held else "Nothing that is not marked looks as if it named somebody.",
    )  # fmt: skip


def _a(what: str) -> str:
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


@events.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--platform", required=True, help="Whose events they are.")
@on_desk()
def import_(desk: Desk, path: Path, platform: str) -> None:
    """Take in a file of events, one JSON object a line, or all .ndjson and .jsonl files of a folder.

    May be stopped and started again: it goes on where it was, and no event is taken twice. Lines at fault are counted
    and named; they keep no other from being taken.
    """
    from showcause.casework.event_schemas import schema_of
    from showcause.stream.importing import import_files

    with desk.site.store.read() as view:
        declared = schema_of(view, platform)
    told = desk.progress("bytes")
    report = import_files(intake_of(desk), platform, declared, path, desk.site.clock, told)
    refused = sum(report.refused.values())
    desk.answer(
        {
            "new": report.new, "known": report.known, "skipped": report.skipped, "refused": dict(report.refused),
            "dropped": dict(report.dropped), "first": report.first,
        },
        f"{report.new} events are new, {report.known} were known, {refused} were refused.",
        *([f"{report.skipped} lines were taken in by an earlier import."] if report.skipped else []),
        *(f"  {count} x {code}" for code, count in report.refused.most_common()),
        *(f"  {each.file}:{each.line}: {each.code}: {each.detail}" for each in report.first),
        *([f"Not in the schema and not kept: {', '.join(sorted(report.dropped))}."] if report.dropped else []),
    )  # fmt: skip
    if refused:
        raise click.exceptions.Exit(1)


@events.command()
@on_desk()
def status(desk: Desk) -> None:
    """Say how far the log of events is, whose events are declared, and how far each platform's were judged."""
    from showcause.casework.event_schemas import declared_of
    from showcause.casework.rulework.reporting import tally_in_words
    from showcause.domain.site import ConnectedPlatform
    from showcause.store.verdicts import places as places_of
    from showcause.store.verdicts import reached
    from showcause.stream.intake import moment_of
    from showcause.stream.standing import kept, standing

    log = intake_of(desk).log
    head, history = log.head(), kept(log)
    moved = f"{moment_of(history.moved_until):%Y-%m-%d}" if history.moved_until else None
    with desk.site.store.read() as view:
        platforms = [each.name for each in view.find(ConnectedPlatform)]
        declared = [each for each in platforms if declared_of(view, each, None) is not None]
        places = {name: place for name in declared if (place := reached(view, name)) is not None}
        shared = {name: each for name in places if len(each := places_of(view, name)) > 1}
    newest = moment_of(head.at) if head.at else None
    missing = standing(desk.site.store, log).missing
    size = _size(log.database.path) if log.database.path else None
    judged = {name: {"sequence": place.sequence, "rules": place.rules, "counts": place.counts, "came": place.came,
                     "parts": [each.sequence for each in shared.get(name, [place])]}
              for name, place in places.items()}  # fmt: skip
    desk.answer(
        {"events": head.sequence, "newest": newest, "declared": declared, "bytes": size,
         "emptied": head.erased, "missing": missing, "judged": judged, "moved_until": moved},
        f"{head.sequence} events were taken"
        + (f", the newest at {newest:%Y-%m-%d %H:%M:%S} UTC." if newest else "."),
        f"Platforms whose events are declared: {', '.join(declared) or 'none'}.",
        *([f"{missing} events that were judged are missing; see `showcause doctor`."] if missing else []),
        *(f"Those of {name} were judged up to event {place.sequence}; {max(0, head.sequence - place.sequence)} wait."
          for name, place in places.items()),
        *(f"  {len(each)} processes share those of {name}, up to events "
          f"{', '.join(str(part.sequence) for part in each)}."
          for name, each in shared.items()),
        *(f"  {rule}: fired {fired}, unknown {unknown}, failed {failed}"
          + (f" ({came})" if (came := tally_in_words(place.came.get(rule, {}))) else "")
          for place in places.values() for rule, (fired, unknown, failed) in sorted(place.counts.items())),
        *([f"Those until {moved} lie in the history: `showcause events history status`."] if moved else []),
        *(["Old rows of who was forgotten wait to be overwritten: `showcause events scrub`."]
          if history.hours_due is not None else []),
        *([f"{log.database.path} and its write-ahead log have {size:,} bytes."] if size is not None else []),
    )  # fmt: skip


@events.command()
@click.argument("platform")
@click.argument("number", type=click.IntRange(1, 64))
@on_desk(acts=True)
def parts(desk: Desk, platform: str, number: int) -> None:
    """Share the events of a platform out over so many processes that judge them. An entry of the log.

    An event goes by its keys: every rule is judged where the key of its counters belongs (`showcause rules check` says
    which key that is). Nothing that is said of an event depends on the number. Stop `serve` and `work` first; then
    start `showcause work --partition 1/N` to `N/N`, or only `serve` where the number is 1.
    """
    begun = desk.site.share_out(platform, number, desk.who)
    start = (
        "Next: `showcause serve` judges them all."
        if number == 1
        else f"Next: `showcause work --partition 1/{number}` to `{number}/{number}`, each a process, beside `serve`."
    )
    desk.answer(
        {"platform": platform, "parts": number, "from": begun},
        f"From event {begun + 1} on those of {platform} are judged in {number} parts." if number > 1
        else f"From event {begun + 1} on those of {platform} are judged by one process.",
        start,
    )  # fmt: skip


@events.command("continue")
@click.option("--yes", is_flag=True, help="Give them up, finally.")
@on_desk(acts=True)
def continue_(desk: Desk, yes: bool) -> None:
    """Go on without events that were judged and are missing from the log, when no copy has them any more.

    What was decided on them stands, explained by the values in its record; nobody can replay it. Windows count only
    what is there. Stop the service first.
    """
    from showcause.casework.lost_events import give_up
    from showcause.stream.opening import is_there, open_incomplete
    from showcause.stream.standing import go_on, standing

    store = desk.site.store
    log = open_incomplete(store) if is_there(store) else None
    if log is not None:
        desk.context.call_on_close(log.close)
    lost = standing(store, log).missing
    if not lost:
        desk.answer({"lost": 0}, "No event that was judged is missing; nothing was changed.")
        return
    if not yes:
        raise NeedsConfirmation(
            f"{lost} events that were judged are missing; they would be given up, finally",
            "Look for a newer copy of events.db first. If there is none, say --yes.",
        )
    desk.run(give_up, desk.who, lost)
    if log is None:
        log = open_incomplete(store)
        desk.context.call_on_close(log.close)
    go_on(store, log)
    desk.answer(
        {"lost": lost},
        f"{lost} events are given up; the next one gets place {log.head().sequence + 1}.",
        "Next: `showcause serve`. Platforms may send again what they have: known events stay known.",
    )


for _command in commands():
    events.add_command(_command)


def _size(file: Path) -> int:
    """Return how large a database is, with what stands in its write-ahead log."""
    return sum(each.stat().st_size for each in (file, file.with_name(f"{file.name}-wal")) if each.exists())


def intake_of(desk: Desk) -> "Intake":
    """Return what takes events in at this site, until the command ends."""
    from showcause.stream.intake import Intake
    from showcause.stream.opening import open_beside

    log = open_beside(desk.site.store)
    desk.context.call_on_close(log.close)
    return Intake(desk.site.store, log)


def _read(file: Path) -> "Declaration":
    """Return the declaration of a schema file. Raises: BadRules with each fault and its place; BadInput."""
    from showcause.casework.rule_files import counted, sheet_of
    from showcause.rules.declared import Declaration
    from showcause.rules.side_files import read_platform

    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadInput(f"{file.name} is larger than {MOST_BYTES} bytes")
    try:
        sheet, root = sheet_of(file.name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{file.name}: byte {error.start + 1} is not UTF-8", "Save the file as UTF-8."
        ) from None
    found = read_platform(sheet, root) if root is not None else None
    if found is None:
        faults = sheet.faults
        raise BadRules("\n".join([f"{counted(len(faults), 'fault')} in {file}", *map(str, faults)]))
    return Declaration(found.schema, found.account, found.content)
