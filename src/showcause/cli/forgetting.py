"""Forgetting people: final, refused while something still needs them, and counted only by the day."""

from functools import partial
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk, whole_id
from showcause.domain.errors import BadInput, NeedsConfirmation, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from showcause.domain.subject import Subject
    from showcause.store.view import View

KINDS = ("account", "content", "space", "media")


@click.command()
@click.argument("who", nargs=-1, required=True, metavar="PLATFORM KIND REF | RECORD")
@click.option("--yes", is_flag=True, help="Destroy it, finally.")
@on_desk(acts=True)
def forget(desk: Desk, who: tuple[str, ...], yes: bool) -> None:
    """Destroy the key of a person, and with it everything that is kept of them.

    Name them as their platform does (`plaza account mallory`; who wrote by mail is `mail account ADDRESS`), or by the
    id of their record. Refused while an appeal is possible or open, a measure stands, or a report waits for its
    answer. The entries in the public log stay and open for nobody any more; proofs handed out before stay valid.
    """
    from showcause.casework import forgetting, still_needed

    try:
        with desk.site.store.read(desk.site.clock()) as view:
            record = _record(view, who)
            person = still_needed.whole(view, record)
            still_needed.check(view, view.now, person)
    except NotFound:
        if len(who) != 3:
            raise
        _forget_stranger(desk, who, yes)
        return
    if not yes:
        raise NeedsConfirmation(
            f"the record {record} and {len(person.subjects) - 1} things of theirs would be forgotten, finally",
            "Say --yes. Nobody can bring it back, except with a copy of the keys that is kept elsewhere: delete those.",
        )
    emptied = forgetting.forget(desk.site.runner, desk.site.platforms, record, desk.who, _forget_events(desk))
    desk.answer(
        {"record": record, "emptied": emptied},
        f"Forgotten: {emptied} sealed values are empty, and their keys are gone."
        if emptied
        else "They were forgotten before; nothing was left.",
        "Copies of the keys that were made before today still hold them until you delete them.",
    )


def _forget_stranger(desk: Desk, who: tuple[str, ...], yes: bool) -> None:
    """Forget somebody who stands in events or comments alone. Raises: NotFound, NeedsConfirmation."""
    from showcause.casework import forgetting

    if not yes:
        raise NeedsConfirmation(
            "no record is kept under this name; events that name them, and what they wrote in the comment section, "
            "would be emptied, finally",
            "Say --yes. Every event is read once.",
        )
    emptied = forgetting.forget_stranger(desk.site.runner, _subject(who), desk.who, _forget_all(desk))
    desk.answer(
        {"record": None, "emptied": emptied},
        f"Forgotten: {emptied} events and comments of theirs are empty. Nothing else was kept of them.",
    )


def _forget_all(desk: Desk) -> "Callable[[Collection[Subject]], int]":
    """Return what empties the events that name somebody, and what they wrote in the comment section."""
    events = _forget_events(desk)

    def both(names: "Collection[Subject]") -> int:
        return events(names) + sum(_forget_comments(desk, each) for each in names)

    return both


def _forget_comments(desk: Desk, subject: "Subject") -> int:
    from showcause.comments import erasing

    section = desk.site.section(subject.platform)
    if section is None:
        return 0
    return erasing.forget_for_good(section, desk.site.clock(), subject, desk.site.home.erased_comments)


def _forget_events(desk: Desk) -> "Callable[[Collection[Subject]], int]":
    """Return what empties the events that name somebody."""
    from showcause.cli.events import intake_of
    from showcause.stream.forgetting import forget
    from showcause.stream.opening import is_there
    from showcause.stream.standing import standing

    store = desk.site.store
    kept = is_there(store) or standing(store, None).missing
    return partial(forget, intake_of(desk)) if kept else lambda names: 0


def _record(view: "View", who: tuple[str, ...]) -> str:
    """Return the record that was named. Raises: BadInput, NotFound."""
    from showcause.casework.forgetting import named
    from showcause.domain.subject import SubjectRecord

    return whole_id(view, SubjectRecord, who[0]) if len(who) == 1 else named(view, _subject(who))


def _subject(who: tuple[str, ...]) -> "Subject":
    """Return whom three words name. Raises: BadInput."""
    from showcause.domain.mail import MAIL, mail_account
    from showcause.domain.subject import Subject, SubjectKind

    if len(who) != 3 or who[1] not in KINDS:
        raise BadInput(
            "say whom: a platform, a kind and a name there, or the id of a record",
            f"`showcause forget plaza account mallory`; kinds are {', '.join(KINDS)}.",
        )
    platform, kind, ref = who
    if platform == MAIL:
        return mail_account(ref)
    return Subject(platform, SubjectKind(kind), ref)
