"""Who runs the witnesses: what the operator says of it in public, and what each has cosigned of the public head."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from showcause.domain.witness import Witness, levels_from_text, watch_from_text
from showcause.transparency.policy import evaluate, printable
from showcause.web.house import house
from showcause.web.window import doors, facts
from showcause.web.window.record import Record, trust


@dataclass(frozen=True, slots=True)
class Seen:
    """A witness: `when` is what its cosignature of the public head says, `age` in seconds.

    `run_by` is the operator's word, empty where nothing was said; `pinned` tells whether the trust of this server has
    the key, without which a cosignature counts for nothing.
    """

    name: str
    key: str
    run_by: str
    pinned: bool
    when: datetime | None = None
    age: int = 0


def named(known: Record) -> dict[str, Witness]:
    """Return the witnesses that the public settings name, by key."""
    try:
        return {each.key: each for each in watch_from_text(facts.value(known, "witnesses")).witnesses}
    except (ValueError, KeyError, TypeError):
        return {}  # a newer program wrote it in another form


def seen(known: Record) -> list[Seen]:
    """Return the witnesses of the pinned trust, then those who are named and not in it."""
    policy, said = trust(house().policy), named(known)
    cosigned = evaluate(policy, known.head.note).witnesses
    found = []
    for name, key in policy.witnesses.items():
        run_by = said[str(key)].run_by if str(key) in said else ""
        when = _moment(cosigned.get(name, 0))
        age = max(timedelta(), house().now() - when) if when else timedelta()
        found.append(Seen(printable(name), key.name, run_by, True, when, int(age.total_seconds())))
    pinned = {str(key) for key in policy.witnesses.values()}
    others = (each for key, each in said.items() if key not in pinned)
    return found + [Seen(each.name, each.key.partition("+")[0], each.run_by, False) for each in others]


@dataclass(frozen=True, slots=True)
class Asked:
    """A measure that waits for witnesses, by the public settings; `says` is the sentence of its level."""

    measure: str
    says: str
    quorum: int
    fallback: int


def asked(known: Record) -> list[Asked]:
    """Return what the public settings ask of measures beyond the log's own signature."""
    try:
        levels = levels_from_text(facts.value(known, "receipt-levels"))
        quorum = watch_from_text(facts.value(known, "witnesses")).quorum
    except (ValueError, KeyError, TypeError):
        return []  # a newer program wrote it in another form
    return [
        Asked(measure, f"window.state.{demand.level.lower()}-asked", quorum, demand.fallback_after or 0)
        for measure, demand in sorted(levels.items())
    ]


@doors.file
def witnesses_file(request: HttpRequest, known: Record) -> HttpResponse:
    """Give who runs each witness, by its key, as the public settings say."""
    said = {key: each.run_by for key, each in sorted(named(known).items())}
    return HttpResponse(json.dumps(said, ensure_ascii=False), content_type="application/json; charset=utf-8")


def _moment(seconds: int) -> datetime | None:
    """Return a cosignature's time, None where it states none or one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None
