"""Forgetting a person: their keys are destroyed, and with them every seed, every salt and every text that they sealed.

What the public log holds of them stays, and opens for nobody any more. Proofs that were handed out before are with
whoever has them, and go on verifying. Nothing is forgotten while something that needs the person has not ended: each
of those is named, with its date where it has one. A legal hold would stop forgetting, too; nobody can order one yet.

The connectors and the log of events let go first, while the person's names can still be read; then one transaction
checks again, empties what is sealed, and destroys the keys as its last step. A forgetting that was interrupted is
repeated by the record's id. No entry of the log and no line of the journal says who was forgotten: only how many, each
day.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from showcause.casework.log.publishing import acting
from showcause.casework.ports import Ids, Platform
from showcause.casework.reading import subject_of
from showcause.casework.rulework import sampled
from showcause.casework.runner import Runner
from showcause.casework.still_needed import Person, check, whole
from showcause.domain.appeal import Appeal
from showcause.domain.decision import Decision
from showcause.domain.errors import Forgotten, NotFound, StillNeeded
from showcause.domain.people import Role
from showcause.domain.report import Report
from showcause.domain.site import Letter
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectRecord
from showcause.store.bulk import find_each
from showcause.store.tx import Tx
from showcause.store.view import View

Events = Callable[[Collection[Subject]], int]


def named(view: View, subject: Subject) -> str:
    """Return the id of the record of a subject; nothing is made by asking.

    Raises: NotFound.
    """
    owner = view.keys.known("\x00".join((subject.platform, subject.kind, subject.ref)))
    if owner is None or view.first(SubjectRecord, id=owner) is None:
        raise NotFound(
            "nothing is kept under this name",
            "It was never known here, or was forgotten: then only its record's id still leads to it.",
        )
    return owner


def forget(
    runner: Runner,
    platforms: Mapping[str, Platform],
    record_id: str,
    by: str,
    events: Events = lambda names: 0,
) -> int:
    """Forget a person, finally, and return how many sealed values were emptied; 0 when that was done before.

    `events` empties the events that name them, where a house keeps any.

    Raises: NotPermitted for who is no operator; NotFound; BadInput; StillNeeded, and then nothing was destroyed.
    """
    runner.run(_check_right, by)
    with runner.store.read(runner.clock()) as view:
        person = whole(view, record_id)
        check(view, view.now, person)
        names, references = names_of(view, person), _references(view, person)
    _check_spools(platforms, names)
    for each in names:
        if (platform := platforms.get(each.platform)) is not None:
            platform.forget(each, references)
    events(names)
    return runner.run(destroy, person.id, by)


def forget_stranger(runner: Runner, subject: Subject, by: str, events: Events) -> int:
    """Forget somebody of whom no record is kept, finally, and return how much was emptied.

    `events` empties what a platform of ours and the log of events have of them.

    Raises: NotPermitted for who is no operator; NotFound when nothing names them.
    """
    runner.run(_check_right, by)
    emptied = events([subject])
    if not emptied:
        raise NotFound("nothing is kept under this name", "It was never known here, or was forgotten.")
    runner.run(_note, by)
    return emptied


def destroy(tx: Tx, now: datetime, ids: Ids, record_id: str, by: str) -> int:
    """Empty what a person sealed, drop what others wrote about them, and destroy their keys as the last step.

    Raises: as `forget`.
    """
    who = acting(tx, by, Role.OPERATOR)
    tx.one_at_a_time(f"owner {record_id}")
    person = whole(tx, record_id)
    check(tx, now, person)
    for sealed in _words_about(tx, person):
        tx.drop_sealed(sealed)
    emptied = tx.drop_forgotten(person.owners)
    if emptied:
        tx.note("forget", who.id, ids(), "forgetting")  # the id is nobody's: the line says that, and not whom
    for owner in person.owners:
        tx.keys.forget(owner)
    return emptied


def sweep(tx: Tx, now: datetime, ids: Ids) -> int:
    """Empty again what forgotten people sealed, after an older database was put back; return how many values.

    Samples of events that backtests kept go, too: whoever was forgotten since stands in some of them.
    """
    sampled.drop_all(tx, now, ids)
    return tx.drop_forgotten(tx.keys.erased())


# --- what is kept of a person elsewhere ---------------------------------------------------------------------


def _check_spools(platforms: Mapping[str, Platform], names: Collection[Subject]) -> None:
    for name in {each.platform for each in names}:
        platform = platforms.get(name)
        if platform is not None and any(spooled.subject in names for spooled in platform.spooled()):
            raise StillNeeded("this person cannot be forgotten yet: an urgent act on them is not in the log")


def names_of(view: View, person: Person) -> list[Subject]:
    """Return what the platforms call a person and their things; empty when the key is gone already."""
    try:
        return [subject_of(view, each) for each in person.subjects]
    except Forgotten:
        return []


def _references(view: View, person: Person) -> list[str]:
    """Return the names under which the connectors remember what they delivered."""
    told: list[Statement | Letter] = [
        *find_each(view, Statement, "person", person.owners),
        *find_each(view, Letter, "person", person.owners),
    ]
    return [*(each.reference for each in told), *(f"{each.reference}:{each.id}" for each in told)]


def _words_about(view: View, person: Person) -> Iterator[str]:
    """Yield the ids of what others wrote about a person, under keys of their own."""
    for report in find_each(view, Report, "subject", person.subjects):
        if report.text is not None:
            yield report.text
    decided = [each.id for each in find_each(view, Decision, "subject", person.subjects)]
    for appeal in find_each(view, Appeal, "decision", decided):
        yield appeal.text
        if appeal.answer is not None:
            yield appeal.answer


def _note(tx: Tx, now: datetime, ids: Ids, by: str) -> None:
    tx.note("forget", acting(tx, by, Role.OPERATOR).id, ids(), "forgetting")  # the id is nobody's


def _check_right(tx: Tx, now: datetime, ids: Ids, by: str) -> None:
    acting(tx, by, Role.OPERATOR)
