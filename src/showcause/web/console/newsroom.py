"""The newsroom's pages: articles with their numbers, and an article beside its thread, with what runs it.

Who may judge comments goes to the desk of validation. Everybody here may open, close, schedule, pin and mark; each is
noted with who did it, before it is done.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from django.http import HttpResponse

from showcause.casework import attacking, editing
from showcause.comments import articles, attack, threads
from showcause.comments import newsroom as room
from showcause.comments.beginning import mode_of
from showcause.comments.section import Section
from showcause.comments.values import Article, Mode, Order
from showcause.domain import newsroom as law
from showcause.domain.errors import BadInput, NotFound, Refused, Unavailable
from showcause.domain.permissions import ROLES, Action, actions_for
from showcause.domain.sentences import stamp
from showcause.web.console.access import acts, reads
from showcause.web.console.cards import as_law
from showcause.web.console.paging import LAST
from showcause.web.console.validating import section_here
from showcause.web.console.visit import Visit, handles
from showcause.web.guard import CONTENT_SECURITY
from showcause.web.house import house

HERE: Final = "/desk/newsroom/"
FRAMES: Final = "; frame-src {}"
NOTES: Final = 20
TRUST: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "": None}


@reads("newsroom")
def newsroom(visit: Visit) -> HttpResponse:
    """Show the parts of the newspaper and its articles, each with the numbers of its comments."""
    return draw_all(visit)


def draw_all(visit: Visit) -> HttpResponse:
    """Draw the newsroom; on a site without comments, say so."""
    section = house().section()
    if section is None:
        return visit.show("newsroom-none")
    asked = visit.request.GET
    order = "commented" if asked.get("order") == "commented" else "newest"
    page = min(int(number), LAST) if (number := asked.get("page", "0")).isdecimal() and len(number) < 6 else 0
    part = asked["part"][:200] if "part" in asked else None
    found = articles.listed(section, part, order, page)
    numbers = room.numbers_of(section, found)
    rows = [
        {"article": each, "numbers": numbers[each.id], "open": articles.is_open(each, visit.now)}
        for each in found
    ]
    known, as_law_sees = room.parts(section), _section(section)
    return visit.show(
        "newsroom",
        parts=known,
        chosen=next((each for each in known if each.name == part), None),
        rows=rows,
        part=part,
        order=order,
        attack=as_law_sees.until if as_law_sees.until and visit.now < as_law_sees.until else None,
        may=_may(visit, as_law_sees),
        modes=[str(each) for each in Mode],
        following=page + 1 if len(found) == articles.PAGE else 0,
    )


@reads("newsroom")
def article(visit: Visit, id: str) -> HttpResponse:
    """Show an article beside its thread."""
    return draw(visit, id)


def draw(visit: Visit, id: str) -> HttpResponse:
    """Draw an article's page. What readers see is here, and nobody's waiting words."""
    section = section_here()
    found = articles.by_id(section, id)
    asked = visit.request.GET
    order = Order(asked["order"]) if asked.get("order") in list(Order) else Order.NEWEST
    page = threads.page(section, found, order, asked.get("after") or None)
    with house().store.read(visit.now) as view:
        notes, names = editing.notes(view, found.id)[:NOTES], handles(view)
    framed = asked.get("frame") == "yes"
    made = visit.show(
        "newsroom-article",
        article=found,
        numbers=room.numbers_of(section, [found])[found.id],
        open=articles.is_open(found, visit.now),
        follows=str(mode_of(found, dict(_modes(section)), section.settings)),
        may=_may(visit, law.Article(found.id, not found.closed)),
        modes=[str(each) for each in Mode],
        opens=_typed(visit, "opens", found.opens_at),
        closes=_typed(visit, "closes", found.closes_at),
        page=page,
        branches=[*page.pinned, *page.branches],
        order=str(order),
        orders=[str(each) for each in Order],
        judges=bool(ROLES[Action.COMMENT_REFUSE].intersection(visit.who.roles)),
        notes=[(line, names.get(line.actor, "")) for line in notes],
        framed=framed,
    )
    if framed:
        made["Content-Security-Policy"] = CONTENT_SECURITY + FRAMES.format(_origin(found.address))
    return made


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _modes(section: Section) -> list[tuple[str, Mode]]:
    return [(each.name, each.mode) for each in room.parts(section) if each.mode is not None]


def _section(section: Section) -> law.Section:
    held = attack.last(section)
    return law.Section(section.name, held.until, held.by) if held else law.Section(section.name)


def _may(visit: Visit, record: law.Article | law.Author | law.Comment | law.Section) -> list[str]:
    return [str(action).partition(" ")[2] for action in actions_for(visit.who, record, visit.now)]


def _typed(visit: Visit, name: str, held: datetime | None) -> str:
    """Return a moment as a field shows it: what was typed and refused, else what holds."""
    return visit.typed.get(name) or (held.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if held else "")


# --- what is done ------------------------------------------------------------------------------------------------


@acts("newsroom", ROLES[Action.ARTICLE_CLOSE])
def act(visit: Visit, id: str, verb: str) -> HttpResponse:
    """Close, reopen or schedule an article's thread, or say when its comments are validated."""
    section = section_here()
    found = articles.by_id(section, id)
    try:
        action = Action(f"article {verb}")
        what, do = _doing(visit, section, found, action)
        visit.run(editing.note, law.Article(found.id, not found.closed), action, visit.who.id, what)
        do()
    except ValueError:
        raise NotFound("there is no such action") from None
    except (Refused, Unavailable) as problem:
        return draw(visit.refused(problem), id)
    return visit.done(f"newsroom.did.article-{verb}", f"/desk/article/{id}/")


def _doing(
    visit: Visit, section: Section, found: Article, action: Action
) -> tuple[str, Callable[[], object]]:
    """Return what an action on an article is noted as, and what does it. Raises: BadInput."""
    posted = visit.request.POST
    match action:
        case Action.ARTICLE_CLOSE:
            return "", lambda: articles.close(section, found)
        case Action.ARTICLE_REOPEN:
            return "", lambda: articles.reopen(section, found)
        case Action.ARTICLE_MODE:
            mode = _mode(posted.get("mode", ""))
            return str(mode or "section"), lambda: articles.set_mode(section, found, mode)
        case Action.ARTICLE_CORRECT:
            # The first reader's browser said what is known of it, and that could have been anybody's.
            address, title, part = (posted.get(name, "").strip() for name in ("address", "title", "part"))
            checked = articles.checked_address(section, address) if address else ""
            return "", lambda: articles.correct(section, found, checked, title, part)
        case _:
            opens, closes = _moment(posted.get("opens", "")), _moment(posted.get("closes", ""))
            if opens and closes and closes <= opens:
                raise BadInput("a thread closes after it opens", "Correct one of the two hours.")
            return editing.span(opens, closes), lambda: articles.schedule(section, found, opens, closes)


def _mode(text: str) -> Mode | None:
    if text and text not in list(Mode):
        raise BadInput("comments are validated before, after, or by trust")
    return Mode(text) if text else None


def _moment(text: str) -> datetime | None:
    """Return a moment that somebody typed, in UTC. Raises: BadInput."""
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip()[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput("this is no day and hour", "Write it like 2026-11-30T18:00.") from None


@acts("newsroom", ROLES[Action.ARTICLE_MODE])
def part_mode(visit: Visit) -> HttpResponse:
    """Say when the comments of a whole part of the newspaper are validated."""
    section, part = section_here(), visit.request.POST.get("part", "")[:200]
    try:
        mode = _mode(visit.request.POST.get("mode", ""))
        if part not in articles.parts(section):
            raise NotFound("the newspaper has no such part")
        visit.run(editing.note_part, part, visit.who.id, str(mode or ""))
        articles.set_part_mode(section, part, mode)
    except Refused as problem:
        return draw_all(visit.refused(problem))
    return visit.done("newsroom.did.article-mode", HERE)


@acts("newsroom", ROLES[Action.SECTION_ATTACK])
def attacked(visit: Visit) -> HttpResponse:
    """Switch attack mode on, or prolong it."""
    section = section_here()
    try:
        until = visit.run(attacking.begin, _section(section), visit.who.id)
        attack.hold(section, until, visit.who.id)
    except (Refused, Unavailable) as problem:
        return draw_all(visit.refused(problem))
    return visit.done("newsroom.did.attack", HERE, until=stamp(until))


@acts("newsroom", ROLES[Action.SECTION_CALM])
def calmed(visit: Visit) -> HttpResponse:
    """End attack mode before its hour."""
    section = section_here()
    try:
        held = _section(section)
        visit.run(attacking.end, held, visit.who.id)
        attack.hold(section, visit.now, held.by or visit.who.id)
    except (Refused, Unavailable) as problem:
        return draw_all(visit.refused(problem))
    return visit.done("newsroom.did.calm", HERE)


@acts("newsroom", ROLES[Action.COMMENT_PIN])
def act_on_comment(visit: Visit, id: str, verb: str) -> HttpResponse:
    """Pin a comment or take it down; give it the editors' mark or take it away."""
    section, on = section_here(), visit.request.POST.get("on") == "yes"
    done: Mapping[str, Callable[[Section, str, bool], None]] = {"pin": room.pin, "highlight": room.highlight}
    if verb not in done:
        raise NotFound("there is no such action")
    found = threads.by_id(section, id)
    back = f"/desk/article/{found.article}/"
    try:
        what = "on" if on else "off"
        visit.run(editing.note, as_law(found), Action(f"comment {verb}"), visit.who.id, what)
        done[verb](section, id, on)
    except (Refused, Unavailable) as problem:
        return draw(visit.refused(problem), found.article)
    return visit.done(f"newsroom.did.{verb}-{what}", f"{back}#c-{id}")


@acts("newsroom", ROLES[Action.AUTHOR_TRUST])
def trust(visit: Visit, id: str) -> HttpResponse:
    """Say that an author's comments need no validation, that all do, or that the rule of the article holds."""
    section, said = section_here(), visit.request.POST.get("trusted", "")
    if said not in TRUST:
        raise BadInput("an author is trusted, not trusted, or neither")
    found = room.author(section, id)
    record = law.Author(found.id, found.forgotten_at is not None)
    visit.run(editing.note, record, Action.AUTHOR_TRUST, visit.who.id, said or "neither")
    room.trust(section, id, TRUST[said])
    article = visit.request.POST.get("article", "")[:64]
    back = f"/desk/article/{articles.by_id(section, article).id}/" if article else HERE
    return visit.done("newsroom.did.trust", back, name=found.name)
