"""The desk of validation: one comment after the other, one key each. Works as plain forms; a script makes it quick.

Accepting restricts nobody and is noted at the comment. Refusing is a decision with its thirty seconds: the comment is
set aside meanwhile, and comes back when the refusal is undone. What the page showed is what is decided: a comment that
its author changed meanwhile is shown again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse, JsonResponse, QueryDict

from showcause.casework import refusing
from showcause.comments import articles, besides, newsroom, posting, threads, validation
from showcause.comments.section import Section
from showcause.comments.states import CommentState
from showcause.comments.values import Held, WaitingFilter
from showcause.domain.decision import Decision
from showcause.domain.errors import BadInput, NotFound, Refused, ShowcauseError, Unavailable
from showcause.domain.permissions import ROLES, Action, check_action
from showcause.store.view import View
from showcause.web import answers
from showcause.web.console.access import acts, reads
from showcause.web.console.cards import AHEAD, Card, as_law, card, cards, keys, roughly
from showcause.web.console.keyed import Done, asked_of, check_no_refusal, check_seen, decide, take_back
from showcause.web.console.visit import Visit
from showcause.web.house import house
from showcause.web.texts import book, say

HERE: Final = "/desk/comments/"
LISTED: Final = 50
FILTERS: Final = ("article", "part", "held", "author", "shown")
KEY_NAMES: Final = (
    *(("f", "accept"), ("1–9", "refuse"), ("← →", "sentence"), ("g", "flood"), ("u", "undo"), ("j", "skip")),
    *(("k", "back"), ("?", "help")),
)
KNOWN: Final = {"known": True, "new": False}


def section_here() -> Section:
    """Return the site's comment section. Raises: NotFound where there is none."""
    found = house().section()
    if found is None:
        raise NotFound(
            "this site has no comment section", "An operator adds one: `showcause connect comments`."
        )
    return found


@reads("comments")
def desk(visit: Visit) -> HttpResponse:
    """Show the next comment that waits, with those after it already in the page."""
    return draw(visit)


def draw(visit: Visit) -> HttpResponse:
    """Draw the desk of validation; on a site without comments, say so."""
    section = house().section()
    if section is None:
        return visit.show("newsroom-none")
    asked = visit.request.GET if visit.request.method == "GET" else QueryDict()
    wanted = wanted_of(asked)
    found = cards(section, visit.now, wanted)
    with house().store.read(visit.now) as view:
        offered = keys(refusing.prepared(view, section.name), visit.language)
        running = running_of(view, visit, section)
    return visit.show(
        "validate",
        cards=found,
        keys=offered,
        running=running,
        median=roughly(waits) if (waits := validation.estimate(section, visit.now).median) else 0,
        key_names=KEY_NAMES,
        count=validation.count(section, visit.now, replace(wanted, after=0)),
        answers=besides.count(section, visit.now),
        skipping=wanted.after > 0,
        **frame(section, asked),
    )


def running_of(view: View, visit: Visit, section: Section) -> list[dict[str, Any]]:
    """Return the refusals that this person can still undo: those of one flood together, the last first."""
    together: dict[datetime | None, list[Decision]] = {}
    for each in refusing.running(view, visit.now, visit.who.id, section.name):
        together.setdefault(each.commit_at, []).append(each)
    return [
        {
            "until": until,
            "count": len(made),
            "reference": made[0].reference,
            "ids": " ".join(d.id for d in made),
        }
        for until, made in reversed(together.items())
    ]


@reads("comments")
def more(visit: Visit) -> HttpResponse:
    """Give the cards after those of the page, for the script."""
    section = section_here()
    with house().store.read(visit.now) as view:
        offered = keys(refusing.prepared(view, section.name), visit.language)
    found = cards(section, visit.now, wanted_of(visit.request.GET))
    return visit.show("validate-more", cards=found, keys=offered, **frame(section, visit.request.GET))


def frame(section: Section, asked: QueryDict) -> dict[str, Any]:
    """Return what the filters of the desk show, and their address."""
    chosen = {name: asked.get(name, "")[:200] for name in FILTERS}
    kept = QueryDict(mutable=True)
    kept.update({name: value for name, value in chosen.items() if value})
    article = chosen["article"]
    return {
        "parts": [part for part in articles.parts(section) if part],
        "held": [str(each) for each in Held],
        "chosen": chosen,
        "filters": kept.urlencode(),
        "only": articles.by_id(section, article) if article else None,
        "ahead": AHEAD,
    }


def wanted_of(asked: QueryDict) -> WaitingFilter:
    """Return which comments an address asks for."""
    after, held = asked.get("after", ""), asked.get("held", "")
    return WaitingFilter(
        article=asked.get("article") or None,
        part=asked.get("part") or None,
        held=Held(held) if held in list(Held) else None,
        known=KNOWN.get(asked.get("author", "")),
        unchecked=asked.get("shown", "") != "waiting",
        spared=tuple(int(each) for each in asked.get("spared", "")[:1_000].split(".") if _is_number(each)),
        after=int(after) if after.isdecimal() and len(after) < 18 else 0,
    )


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) < 18


@reads("comments")
def comment(visit: Visit, id: str) -> HttpResponse:
    """Show one comment, in whatever state: a published one is refused, that is hidden, as a waiting one is."""
    section = section_here()
    found = threads.by_id(section, id)
    with house().store.read(visit.now) as view:
        offered = keys(refusing.prepared(view, section.name), visit.language)
        running = running_of(view, visit, section)
    return visit.show(
        "validate-one",
        card=card(section, visit.now, newsroom.waiting_of(section, found)),
        keys=offered if found.state in (CommentState.WAITING, CommentState.PUBLISHED) else [],
        running=running,
        state=str(found.state),
        waits=found.state is CommentState.WAITING or found.unchecked,
        edits=posting.history(section, id),
    )


# --- one key ----------------------------------------------------------------------------------------------------


@acts("comments", ROLES[Action.COMMENT_ACCEPT])
def act(visit: Visit) -> HttpResponse:
    """Accept or refuse one comment, or all of its flood, as its form says."""
    return answered(visit, lambda: decide(visit, section_here(), asked_of(visit.request)))


@acts("comments", ROLES[Action.COMMENT_REFUSE])
def undo(visit: Visit) -> HttpResponse:
    """Take refusals back; their comments wait again."""
    return answered(visit, lambda: take_back(visit, section_here(), visit.request.POST.get("decisions", "")))


def answered(
    visit: Visit,
    doing: Callable[[], Done],
    again: Callable[[Visit], HttpResponse] | None = None,
    home: str = "",
) -> HttpResponse:
    """Answer a key: to the script in JSON, to a plain form with the desk again, which shows the next comment.

    `again` draws another desk than that of comments, which lies at `home`.
    """
    script = "application/json" in visit.request.headers.get("Accept", "")
    try:
        done = doing()
    except (Refused, Unavailable) as problem:
        return _problem(visit, problem) if script else (again or draw)(visit.refused(problem))
    counted = {"count": done.count} if done.count else {}
    if script:
        until = [each.commit_at for each in done.decisions if each.commit_at is not None]
        left = int((min(until) - visit.now).total_seconds()) if until else 0
        text = say(visit.language, done.said, **counted)
        return JsonResponse({"said": text, "undo": " ".join(d.id for d in done.decisions), "seconds": left})
    return visit.done(done.said, home or back(visit), **counted)


def back(visit: Visit) -> str:
    """Return the desk with the filters that the form was sent with."""
    asked = QueryDict(visit.request.POST.get("filters", "")[:2_000])
    kept = QueryDict(mutable=True)
    kept.update({name: asked[name] for name in (*FILTERS, "after") if asked.get(name)})
    return f"{HERE}?{kept.urlencode()}" if kept else HERE


def _problem(visit: Visit, problem: ShowcauseError) -> HttpResponse:
    id_ = f"desk.refused.{problem.code}"
    said = say(visit.language, id_) if id_ in book() else ""
    return answers.problem(
        problem.code, answers.status_of(problem), problem.message, problem.hint, words=said
    )


# --- the list ---------------------------------------------------------------------------------------------------


@reads("comments")
def listed(visit: Visit) -> HttpResponse:
    """Show many waiting comments at once, each with a box to choose it."""
    return draw_list(visit)


def draw_list(visit: Visit) -> HttpResponse:
    """Draw the list of waiting comments."""
    section = house().section()
    if section is None:
        return visit.show("newsroom-none")
    asked = visit.request.GET if visit.request.method == "GET" else QueryDict()
    wanted = wanted_of(asked)
    found: list[Card] = cards(section, visit.now, wanted, LISTED // 2)
    after = found[-1].comment.seq if len(found) == LISTED // 2 else 0
    return visit.show(
        "validate-list",
        cards=found,
        count=validation.count(section, visit.now, replace(wanted, after=0)),
        following=after,
        **frame(section, asked),
    )


@acts("comments", ROLES[Action.COMMENT_ACCEPT])
def accept_chosen(visit: Visit) -> HttpResponse:
    """Accept the comments that were chosen in the list; one that changed meanwhile keeps all of them waiting."""
    section = section_here()
    try:
        chosen = [each.partition(" ")[::2] for each in visit.request.POST.getlist("chosen")[:LISTED]]
        if not chosen:
            raise BadInput("no comment is chosen", "Tick those that you accept.")
        texts = dict[str, str]()
        for id_, looked_at in chosen:
            comment = threads.by_id(section, id_)
            texts[id_] = comment.text
            check_action(visit.who, as_law(comment), Action.COMMENT_ACCEPT, visit.now)
            check_seen(comment, looked_at)
        check_no_refusal(visit, section, [id_ for id_, _ in chosen])
        validation.accept_many(section, visit.now, [id_ for id_, _ in chosen], visit.who.id, texts)
    except Refused as problem:
        return draw_list(visit.refused(problem))
    return visit.done("newsroom.did.accept", f"{HERE}list/", count=len(chosen))
