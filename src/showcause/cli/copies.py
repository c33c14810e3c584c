"""Copies: database and events in one place, the keys of people in another, and putting them back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput
from showcause.home import make_folder

if TYPE_CHECKING:
    from showcause.cli.wiring import Site
    from showcause.home import Home
    from showcause.store.events import EventLog

DATABASE, EVENTS, HISTORY, COMMENTS, KEYS = "main.db", "events.db", "history", "comments.db", "keys.db"
TRIES = 3
"""So often events are copied again because somebody in a file of their history was forgotten meanwhile."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keys", type=click.Path(path_type=Path), help="Another folder, for the keys; keep these only briefly."
)
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    help="A folder for the files of the history alone; may be used again.",
)
@on_desk()
def backup(desk: Desk, folder: Path | None, keys: Path | None, history: Path | None) -> None:
    """Copy the database, the events with their history, and the comments to new files, and apart from them the keys,
    while the service goes on.

    Whoever has both and the master key can read everything: keep them in different places. Secrets and the signer's
    file are in no backup. The keys' copy holds those of people forgotten since: delete it after some days.
    """
    from showcause.store import backup as copies
    from showcause.stream.opening import file_of

    if folder is None and keys is None and history is None:
        raise BadInput(
            "no folder is named", "`showcause backup DIR`, `showcause backup --keys DIR`, or both."
        )
    if folder is not None and keys is not None and folder.absolute() == keys.absolute():
        raise BadInput("database and keys would lie in one folder", "Name two different places.")
    made: dict[str, Any] = {}
    if folder is not None:
        make_folder(folder)
        copies.back_up(desk.site.store, folder / DATABASE, desk.progress("pages"))
        made["database"] = folder / DATABASE
        if (events := file_of(desk.site.store)) is not None and events.exists():
            lacks = _events_with_history(desk, events, folder)  # second: see showcause.store.backup
            made |= {"events": folder / EVENTS, **({"missing": lacks} if lacks else {})}
        made |= _comments(desk, folder)
    if history is not None:
        make_folder(history)
        made |= {"history": history, **_history_alone(desk, history)}
    if keys is not None:
        make_folder(keys)
        copies.back_up_keys(desk.site.store, keys / KEYS)
        made["keys"] = keys / KEYS
    missing = made.get("missing", [])
    desk.answer(
        made,
        *(f"Wrote the {what}: {path}" for what, path in made.items() if what != "missing"),
        *(f"Missing from the history, and from this copy: {file}" for file in missing),
    )


def _comments(desk: Desk, folder: Path) -> dict[str, Path]:
    """Copy the comment section, where the site has one in a file; on a server it is in the server's own copy."""
    from showcause.store import backup as copies

    comments = desk.home.absolute() / COMMENTS
    if desk.site.section() is None or not comments.exists():
        return {}
    copies.back_up_comments(comments, folder / COMMENTS)
    return {"comments": folder / COMMENTS}


def _events_with_history(desk: Desk, events: Path, folder: Path) -> list[str]:
    """Copy the log of events and the files that the copy names; return which of these are missing."""
    from showcause.store import backup as copies
    from showcause.stream.history_copies import copy_out, named_in
    from showcause.stream.opening import folder_of

    missing: list[str] = []
    for _ in range(TRIES):
        (folder / EVENTS).unlink(missing_ok=True)
        copies.back_up_events(events, folder / EVENTS)
        files, here = named_in(folder / EVENTS), folder_of(desk.site.store)
        missing = copy_out(here, folder / HISTORY, files) if here is not None else []
        if not missing:
            break
    return missing


def _history_alone(desk: Desk, folder: Path) -> dict[str, list[str]]:
    from showcause.cli.events import intake_of
    from showcause.stream.history_copies import copy_out, named_now
    from showcause.stream.opening import history_of

    found = history_of(intake_of(desk).log)
    missing = copy_out(found.folder, folder, named_now(found))
    return {"missing": missing} if missing else {}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option(
    "--keys", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The folder of the keys."
)
@click.option(
    "--events",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder from which only the events are put back.",
)
@click.option(
    "--history",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder from which only files of the history are put back that are missing here.",
)
@on_desk()
def restore(
    desk: Desk, folder: Path | None, keys: Path | None, events: Path | None, history: Path | None
) -> None:
    """Put a copy of database and events, or of the keys, back where nothing is. Stop the service first.

    Events and comments that are still here stay: they are newer than any copy; files of the events' history that are
    missing come back. Who was forgotten since stays forgotten, in events and comments too: the lists of erasures are in
    no backup and are replayed.
    """
    from showcause.casework.forgetting import sweep
    from showcause.home import Home
    from showcause.store import backup as copies

    if folder is None and keys is None and events is None and history is None:
        raise BadInput("no folder is named", "`showcause restore DIR --keys DIR`, or one of them alone.")
    home = Home(desk.home.absolute())
    if keys is not None:
        copies.restore_keys(keys / KEYS, home.keys)
    if folder is not None:
        target = home.path / DATABASE
        copies.restore(folder / DATABASE, target, desk.progress("pages"))
        target.chmod(0o600)
    _put_events_back(home, folder, events)
    comments = _put_comments_back(desk, folder)
    site = desk.wiring.open_unchecked(home.path)
    desk.context.call_on_close(site.close)
    found = _look(site)
    erased = _erasures(site)
    site.runner.run(sweep)
    if comments is not None:
        site.section()  # opened, it erases again whom its list names
    log, told = _events(site, history or _beside(events) or _beside(folder))
    desk.answer(
        found | {"erasures_replayed": erased, "events": log},
        "Restored." if not found["fenced"] else "Restored, and the log is fenced.",
        f"{erased} people who were forgotten stay forgotten.",
        *found["means"],
        *told,
        "Next: `showcause log fsck`, then `showcause serve`.",
    )


def _put_comments_back(desk: Desk, folder: Path | None) -> Path | None:
    """Put the copy of the comments back if there are none here: those that are here are newer than any copy."""
    from showcause.store import backup as copies

    target = desk.home.absolute() / COMMENTS
    if folder is None or not (folder / COMMENTS).exists() or target.exists():
        return None
    copies.restore_comments(folder / COMMENTS, target)
    target.chmod(0o600)
    return target


def _look(site: "Site") -> dict[str, Any]:
    """Compare a restored database with what was signed, and fence its log if it is behind."""
    from showcause.casework.log import signing
    from showcause.store.schema import check, migrate

    migrate(site.store)
    check(site.store)
    with site.store.read() as view:
        state = view.log.state()
    last = site.last_signed()
    behind = state.size < last.size or (state.size == last.size and state.root != last.root)
    if behind:
        signing.fence(site.store)
    means = (
        f"The database has {state.size} entries; {last.size} were signed before. Decisions made after this copy are "
        "missing from it, and the log's head, which others may hold, cannot be continued from here.",
        "Until that is resolved nothing is signed and no new restriction goes out. Lifts, statements, appeals and the "
        "urgent lane go on.",
        "Put back a newer copy and run `showcause log unfence`. If there is none, this log ends: keep all its "
        "files and found a new site with a new origin.",
    )
    return {
        "size": state.size,
        "signed": last.size,
        "fenced": behind or state.fenced,
        "means": means if behind else (),
    }


def _put_events_back(home: "Home", folder: Path | None, events: Path | None) -> None:
    """Put the copy of the events back: the one that was asked for, or that of the database if there are none here."""
    from showcause.store import backup as copies

    target = home.path / EVENTS
    if events is not None:
        copies.restore_events(events / EVENTS, target)
    elif folder is not None and (folder / EVENTS).exists() and not target.exists():
        copies.restore_events(folder / EVENTS, target)


def _beside(folder: Path | None) -> Path | None:
    """Return where the files of the history lie in a copy."""
    return folder / HISTORY if folder is not None and (folder / HISTORY).is_dir() else None


def _events(site: "Site", history: Path | None) -> tuple[dict[str, int], list[str]]:
    """Open the log of events, which replays its list of erasures, and compare it with what was judged."""
    from showcause.domain.errors import EventsMissing
    from showcause.stream.opening import is_there, open_beside
    from showcause.stream.standing import standing

    lacking = list[str]()
    if not is_there(site.store):
        found, emptied = standing(site.store, None), 0
    else:
        log = open_beside(site.store)
        found, emptied = standing(site.store, log), log.replayed
        lacking = _lacking(log, history)
        log.close()
    told = (
        [f"The log of events has {found.taken}; {emptied} of them were emptied again."] if found.taken else []
    )
    if found.missing:
        told += [f"{found.missing} events that were judged are missing from it.", EventsMissing.default_hint]
    elif any(found.waiting.values()):
        told += [
            f"Up to {max(found.waiting.values())} of them are judged when the service starts, as they were."
        ]
    told += [f"Missing from the history: {file}" for file in lacking]
    more = {"files_missing": len(lacking)} if lacking else {}
    return {"taken": found.taken, "missing": found.missing, "emptied_again": emptied, **more}, told


def _lacking(log: "EventLog", copies: Path | None) -> list[str]:
    """Put files of the history back from copies, and return which are missing."""
    from showcause.stream.history import History
    from showcause.stream.history_copies import put_back

    if not isinstance(log.shelf, History):
        return []
    if copies is not None:
        return put_back(log.shelf, copies)
    return [each.file for each in log.pieces() if not log.shelf.is_kept(each)]


def _erasures(site: "Site") -> int:
    """Open the keys, which replays the list of erasures; return how many it names."""
    site.store.keys.has("")
    listed = site.store.keys.erasures
    return len(listed.read_text(encoding="ascii").split()) if listed.exists() else 0
