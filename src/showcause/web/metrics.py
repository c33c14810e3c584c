"""Counts for whoever runs the house, in the text format of Prometheus, for a key with the scope `metrics`.

Counts of records by state, never of persons; nothing here names a platform's account, a moderator or an address.
Source: prometheus.io, exposition format 0.0.4.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from showcause.comments.queue import queue
from showcause.domain.api_key import Scope
from showcause.transparency.export import CHECKPOINT
from showcause.web.api.auth import Bearer
from showcause.web.asking import ASKING
from showcause.web.asking import BOUNDS as WAITS
from showcause.web.health import silent_for
from showcause.web.house import house
from showcause.web.limits import BUCKETS
from showcause.web.measuring import BOUNDS, REQUESTS

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[str, Mapping[str, object], float]
SECONDS_KEPT: Final = 5
"""So long counts of the database are given again without being counted again."""


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer every count. Raises: NotAuthenticated, NotPermitted, TooMany."""
    Bearer(Scope.METRICS)(request)
    return HttpResponse("".join(_written()), content_type=TYPE)


def _written() -> Iterator[str]:
    yield from family("records", "gauge", "Records by kind and state.", _COUNTS.records())
    yield from family("log", "gauge", "Entries of the log: all, queued, not yet signed.", _log())
    yield from family("log_fenced", "gauge", "1 while nothing new is signed.", [("", {}, _fenced())])
    yield from family("seconds", "gauge", "Ages: public head, worker's last round, oldest due job.", _ages())
    yield from _events()
    yield from _comments()
    yield from _asked()
    refused = [("", {"limit": name}, count) for name, count in sorted(BUCKETS.refused.items())]
    yield from family("limit_refused_total", "counter", "Requests that a limit refused.", refused)
    yield from family("request_seconds", "histogram", "Requests by door and class of status.", _requests())


def family(name: str, kind: str, says: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Write one metric with its samples, each a suffix, labels and a number."""
    whole = f"showcause_{name}"
    yield f"# HELP {whole} {says}\n# TYPE {whole} {kind}\n"
    for suffix, labels, value in samples:
        told = ",".join(f'{key}="{_escaped(str(text))}"' for key, text in labels.items())
        yield f"{whole}{suffix}{{{told}}} {value:g}\n" if told else f"{whole}{suffix} {value:g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@dataclass
class _Counts:
    """Counts of the database, kept for some seconds, so that asking often costs little."""

    until: float = 0.0
    whose: int = 0
    held: dict[str, dict[str, int]] = field(default_factory=dict)

    def read(self) -> dict[str, dict[str, int]]:
        """Return the counts: kind, state, number."""
        store = house().store
        if time.monotonic() >= self.until or self.whose != id(store):
            self.held, self.whose = store.queries.counts(), id(store)
            self.until = time.monotonic() + SECONDS_KEPT
        return self.held

    def records(self) -> Iterator[Sample]:
        """Return how many records there are, by kind and state."""
        for kind, states in sorted(self.read().items()):
            if kind != "log":
                for state, count in sorted(states.items()):
                    yield "", {"kind": kind, "state": state}, count


_COUNTS = _Counts()


def _log() -> Iterator[Sample]:
    counts = _COUNTS.read()["log"]
    signed = house().site.last_signed().size
    yield "", {"part": "entries"}, counts["leaves"]
    yield "", {"part": "queued"}, counts["queued"]
    yield "", {"part": "unsigned"}, max(0, counts["leaves"] - signed)


def _fenced() -> int:
    here = house()
    with here.store.read(here.now()) as view:
        return int(view.log.state().fenced)


def _ages() -> Iterator[Sample]:
    here = house()
    public, silence, due = here.public / CHECKPOINT, silent_for(), here.store.queries.oldest_due()
    if public.exists():
        yield "", {"since": "public-head"}, max(0.0, time.time() - public.stat().st_mtime)
    if silence is not None:
        yield "", {"since": "worker-round"}, silence
    waiting = (here.now() - due).total_seconds() if due is not None else 0.0
    yield "", {"since": "oldest-due-job"}, max(0.0, waiting)


def _events() -> Iterator[str]:
    """Write how far events are, and for each platform that is judged how far that is."""
    here = house()
    found, stopped = here.events(), here.site.judging_stopped()
    parts: list[Sample] = [("", {"part": "taken"}, found.taken), ("", {"part": "missing"}, found.missing)]
    yield from family("events", "gauge", "Events: taken; judged, and missing from their log.", parts)
    each: dict[str, Mapping[str, int]] = {
        "events_judged": found.judged,
        "events_waiting": found.waiting,
        "judging_stopped": {name: int(name in stopped) for name in found.judged},
    }
    for name, numbers in each.items():
        samples: list[Sample] = [("", {"platform": whose}, number) for whose, number in numbers.items()]
        yield from family(name, "gauge", _SAYS[name], samples)


def _asked() -> Iterator[str]:
    """Write how those were answered who asked before they published, and how long they waited."""
    answers: list[Sample] = [
        ("", {"answer": answer, "why": str(why)}, count)
        for (answer, why), count in sorted(ASKING.answers.items())
    ]
    yield from family("asked_total", "counter", "Questions before publication: the answer, and why.", answers)
    waited, sum_ = list[Sample](), 0
    for bound, count in zip((*map(str, WAITS), "+Inf"), ASKING.waited, strict=True):
        sum_ += count
        waited.append(("_bucket", {"le": bound}, sum_))
    waited += [("_sum", {}, ASKING.seconds), ("_count", {}, sum_)]
    yield from family("asked_seconds", "histogram", "How long whoever asked waited.", waited)


def _comments() -> Iterator[str]:
    """Write how long the line before the desk of a comment section is."""
    here = house()
    section = here.section()
    if section is None:
        return
    found = queue(section)
    parts: list[Sample] = [
        ("", {"part": "waiting"}, found.waiting),
        ("", {"part": "unchecked"}, found.unchecked),
    ]
    yield from family(
        "comments", "gauge", "Comments: not yet published; published and not yet checked.", parts
    )
    age: list[Sample] = [("", {}, found.age(here.now()))]
    yield from family(
        "comments_oldest_seconds", "gauge", "How long the oldest waiting comment has waited.", age
    )


_SAYS: Final = {
    "events_judged": "Up to which event each platform's were judged.",
    "events_waiting": "Events that the judging of each platform has not looked at.",
    "judging_stopped": "1 for a platform whose events are judged no further.",
}


def _requests() -> Iterator[Sample]:
    for door, outcome, counts, seconds in REQUESTS.read():
        labels, sum_ = {"door": door, "status": outcome}, 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
            sum_ += count
            yield "_bucket", {**labels, "le": bound}, sum_
        yield "_sum", labels, seconds
        yield "_count", labels, sum_
