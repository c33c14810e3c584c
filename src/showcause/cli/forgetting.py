"""Forgetting people: final, refused while something still needs them, and counted only by the day."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk, whole_id
from showcause.cli.events import intake_of
from showcause.domain.errors import BadInput, NeedsConfirmation, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from showcause.casework.still_needed import Person
    from showcause.domain.subject import Subject
    from showcause.store.view import View

KINDS = ("account", "content", "space", "media")


@click.command()
@click.argument("who", nargs=-1, required=True, metavar="PLATFORM KIND REF | RECORD")
@click.option("--yes", is_flag=True, help="Destroy it, finally.")
@click.option(
    "--mentions", is_flag=True, help="Empty events, too, in whose other fields their name stands as a word."
)
@on_desk(acts=True)
def forget(desk: Desk, who: tuple[str, ...], yes: bool, mentions: bool) -> None:
    """Destroy the key of a person, and with it everything that is kept of them.

    Name them as their platform does (`plaza account mallory`; who wrote by mail is `mail account ADDRESS`), or by the
    id of their record. Refused while an appeal is possible or open, a measure stands, or a report waits for its
    answer. The entries in the public log stay and open for nobody any more; proofs handed out before stay valid.

    Without --yes it says what would go, and how many events of others mention them in a field that is not marked as
    personal. These stay, unless you say --mentions: afterwards only who knows the name finds them.
    """
    from showcause.casework import forgetting, still_needed

    try:
        with desk.site.store.read(desk.site.clock()) as view:
            record = _record(view, who)
            person = still_needed.whole(view, record)
            others = [still_needed.whole(view, each) for each in _other_names(desk, view, person)]
            for each in (person, *others):
                still_needed.check(view, view.now, each)
    except NotFound:
        if len(who) != 3:
            raise
        _forget_stranger(desk, who, yes, mentions)
        return
    if not yes:
        with desk.site.store.read(desk.site.clock()) as view:
            names = [name for each in (person, *others) for name in forgetting.names_of(view, each)]
        more = sum(len(each.subjects) for each in (person, *others)) - 1
        raise NeedsConfirmation(
            f"the record {record} and {more} things of theirs would be forgotten, finally{_mentioned(desk, names)}",
            "Say --yes. Nobody can bring it back, except with a copy of the keys that is kept elsewhere: delete those.",
        )
    events = EventsOf(desk, mentions)
    records = [*(each.id for each in others), record]  # the named one last: it leads to the others
    emptied = sum(
        forgetting.forget(desk.site.runner, desk.site.platforms, each, desk.who, events) for each in records
    )
    desk.answer(
        {"record": record, "emptied": emptied, **events.told},
        f"Forgotten: {emptied} sealed values are empty, and their keys are gone."
        if emptied
        else "They were forgotten before; nothing was left.",
        "Copies of the keys that were made before today still hold them until you delete them.",
        *events.lines,
    )


def _other_names(desk: Desk, view: "View", person: "Person") -> list[str]:
    """Return the records of the other authors of a comment section that are the same person, by a confirmed address.

    Each has a key of its own here, and the same address below it.
    """
    from showcause.casework.forgetting import named, names_of
    from showcause.comments import erasing
    from showcause.domain.subject import Subject, SubjectKind

    found = dict[str, None]()
    for each in names_of(view, person):
        section = desk.site.section(each.platform) if each.kind is SubjectKind.ACCOUNT else None
        for author in erasing.concerned(section, each) if section is not None else ():
            try:
                found[named(view, Subject(each.platform, SubjectKind.ACCOUNT, author))] = None
            except NotFound:
                continue  # nothing is kept of this one
    return [each for each in found if each != person.id]


def _forget_stranger(desk: Desk, who: tuple[str, ...], yes: bool, mentions: bool) -> None:
    """Forget somebody who stands in events or comments alone. Raises: NotFound, NeedsConfirmation."""
    from showcause.casework import forgetting

    if not yes:
        raise NeedsConfirmation(
            "no record is kept under this name; events that name them, and what they wrote in the comment section, "
            f"would be emptied, finally{_mentioned(desk, [_subject(who)])}",
            "Say --yes. Every event is read once.",
        )
    events = EventsOf(desk, mentions)
    emptied = forgetting.forget_stranger(desk.site.runner, _subject(who), desk.who, _forget_all(desk, events))
    desk.answer(
        {"record": None, "emptied": emptied, **events.told},
        f"Forgotten: {emptied} events and comments of theirs are empty. Nothing else was kept of them.",
        *events.lines,
    )


def _forget_all(desk: Desk, events: "EventsOf") -> "Callable[[Collection[Subject]], int]":
    """Return what empties the events that name somebody, and what they wrote in the comment section."""

    def both(names: "Collection[Subject]") -> int:
        return events(names) + sum(_forget_comments(desk, each) for each in names)

    return both


def _forget_comments(desk: Desk, subject: "Subject") -> int:
    from showcause.comments import erasing

    section = desk.site.section(subject.platform)
    if section is None:
        return 0
    return erasing.forget_for_good(section, desk.site.clock(), subject, desk.site.home.erased_comments)


@dataclass
class EventsOf:
    """Empties the events that name somebody; with `mentions`, those that mention them, too."""

    desk: Desk
    mentions: bool
    told: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def __call__(self, names: "Collection[Subject]") -> int:
        """Empty them; return how many."""
        from showcause.casework.rulework.sampled import dropping
        from showcause.stream.forgetting import forget, forget_places
        from showcause.stream.mentions import mentions

        if not names or not _keeps_events(self.desk):
            return 0
        intake, dropped = intake_of(self.desk), dropping(self.desk.site.runner)
        emptied = forget(intake, names, dropped)
        found = mentions(intake, names)
        if self.mentions:
            emptied += forget_places(intake, found, dropped)
        elif found:
            self.told["mentions"] = self.told.get("mentions", 0) + len(found)
            self.lines.append(
                f"{_events(len(found)).capitalize()} them in fields that are not marked as personal. What they say "
                "stays; to empty it, whoever knows the name says "
                "`showcause forget PLATFORM account NAME --mentions --yes`."
            )
        if (hours := intake.log.hours_due()) is not None:
            self.told["erasure_due_hours"] = int(hours)
            self.lines.append("Old rows on the server wait to be overwritten: `showcause events scrub`.")
        return emptied


def _mentioned(desk: Desk, names: "Collection[Subject]") -> str:
    """Return in words how many events mention somebody."""
    from showcause.stream.mentions import mentions

    found = len(mentions(intake_of(desk), names)) if names and _keeps_events(desk) else 0
    return f"; {_events(found)} them in fields that are not marked as personal (--mentions)" if found else ""


def _events(count: int) -> str:
    return "another event mentions" if count == 1 else f"{count} other events mention"


def _keeps_events(desk: Desk) -> bool:
    from showcause.stream.opening import is_there
    from showcause.stream.standing import standing

    return is_there(desk.site.store) or bool(standing(desk.site.store, None).missing)


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
