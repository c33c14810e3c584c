"""Whether the house is well, for whatever watches over it: codes only, without a key, reading nothing of anybody."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from showcause.comments.queue import queue
from showcause.domain.errors import EventsMissing, Fenced, ShowcauseError
from showcause.stream.intake import moment_of
from showcause.web.answers import health
from showcause.web.house import house

MOST_SILENCE: Final = 300
"""Seconds after which a worker that finished no round is taken for dead; one round waits for slow platforms."""
SILENT: Final = "worker-silent"
STOPPED: Final = "judging-stopped"
DIFFER: Final = "verdicts-differ"
DUE: Final = "erasure-due"
MOST_HOURS_DUE: Final = 24
"""So long old rows of somebody who was forgotten may wait to be overwritten."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer `{"ok": true}` while the database answers, the log is not fenced, the worker works, and events are whole
    and judged; else the codes. `waiting` is how many events the judging is behind, where any is judged, `moved_until`
    the last day whose events lie in the history, and `erasure_due` since how many hours old rows of somebody who was
    forgotten wait to be overwritten. With a comment section, how many comments wait for validation, and for how long.
    """
    here = house()
    silence = silent_for()
    ill = [SILENT] if silence is None or silence > MOST_SILENCE else []
    more: dict[str, int | str] = {}
    try:
        with here.store.read(here.now()) as view:
            ill += [Fenced.code] if view.log.state().fenced else []
        ill += [STOPPED] if here.site.judging_stopped() else []
        ill += [DIFFER] if here.site.differing_verdicts() else []
        found = here.events()
        ill += [EventsMissing.code] if found.missing else []
        more = {"waiting": max(found.waiting.values())} if found.judged else {}
        history = here.history()
        if history is not None and history.moved_until is not None:
            more["moved_until"] = f"{moment_of(history.moved_until):%Y-%m-%d}"
        if history is not None and history.hours_due is not None:
            more["erasure_due"] = int(history.hours_due)
            ill += [DUE] if history.hours_due > MOST_HOURS_DUE else []
        more |= _comments()
    except ShowcauseError as error:
        ill.append(error.code)
    return health(ill, worker=silence, **more)


def _comments() -> dict[str, int]:
    """Return how many comments wait for validation, and for how many seconds the oldest has."""
    here = house()
    section = here.section()
    if section is None:
        return {}
    found = queue(section)
    return {"comments_waiting": found.waiting, "comments_oldest": found.age(here.now())}


def fenced() -> int | None:
    """Return how many entries wait without a place because the log is fenced; None while it is not."""
    here = house()
    with here.store.read(here.now()) as view:
        return view.log.queued() if view.log.state().fenced else None


def silent_for() -> int | None:
    """Return how many seconds ago the worker finished a round; None if it never did."""
    here = house()
    at = here.site.worked_at()
    return None if at is None else max(0, round((here.now() - at).total_seconds()))
