"""Sending a report: a fork, a short form for a breach of the rules, a full one for a notice of illegal content.

Whatever is wrong is said beside its field and nothing typed is lost, also when a limit is reached. Threats to life and
the abuse of children are never refused by a limit: beyond theirs they are taken all the same, and wait in the ordinary
order, so that nobody can push everybody else's emergencies back.
"""

from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from showcause.casework import links, notices
from showcause.casework.notices import MOST_ITEMS, Illegal, Notice
from showcause.domain.errors import AlreadyExists, BadInput, TooMany
from showcause.domain.link import LinkKind
from showcause.domain.policy import say as say_in
from showcause.domain.report import Report
from showcause.domain.subject import SubjectKind
from showcause.web import limits
from showcause.web.answers import status_of
from showcause.web.house import house
from showcause.web.reporting import asked, commented, slips
from showcause.web.reporting.filled import MOST_NAME, MOST_REASON, OTHER, Filled

ITEMS_FOR_ONE: Final = 5
"""So many items of one notice count as one report against the sender's limit."""


@require_GET
def fork(request: HttpRequest) -> HttpResponse:
    """Ask what it is about; with a subject in the link, show the short form at once."""
    if "ref" in request.GET:
        return rules(request)
    return render(request, "reporting/fork.html", {"offered": asked.offered()})


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Show the short form, or take it: a breach of the rules, anonymous unless an address is given."""
    there, filled = asked.offered(), Filled.of(request)
    if request.method == "GET":
        return _form(request, "rules", there, asked.beforehand(filled, there))
    clause = there.clauses.get(filled["clause"])
    if clause is None and filled["clause"] != OTHER:
        filled.fault("clause", "clause")
    life, urgent = notices.about_clause(clause) if clause else (False, False)
    items = asked.items(filled, "ref", there)
    notice = Notice(
        key="",
        items=items,
        hint=clause.ref if clause else OTHER,
        language=request.LANGUAGE_CODE or "en",
        reason=filled.text("reason", MOST_REASON, "" if clause else "reason"),
        life=life or filled.ticked("life"),
        urgent=urgent,
        email=filled.email(needed=False),
        known=commented.known(items),
    )
    return _take(request, "rules", there, filled, notice)


@require_http_methods(["GET", "POST"])
def illegal(request: HttpRequest) -> HttpResponse:
    """Ask what it is, show the notice for it, or take it: the elements of the law and no more.

    Source: DSA Art. 16(2).
    """
    there, filled = asked.offered(), Filled.of(request)
    what = _what(request)
    if what is None:
        known = {name: filled[name] for name in ("platform", "kind", "ref") if filled[name]}
        return render(request, "reporting/illegal_kind.html", {"kinds": list(Illegal), "known": known})
    if request.method == "GET":
        return _form(request, "illegal", there, asked.beforehand(filled, there), what)
    named, items = not what.no_name_asked, asked.several(request, filled, there)
    if not filled.ticked("good_faith"):
        filled.fault("good_faith", "good-faith")
    notice = Notice(
        key="",
        items=items,
        hint=f"illegal:{what}",
        language=request.LANGUAGE_CODE or "en",
        reason=filled.text("reason", MOST_REASON, "why"),
        illegal=what,
        good_faith=True,
        life=what is Illegal.LIFE or filled.ticked("life"),
        name=filled.text("name", MOST_NAME, "name") if named else "",
        email=filled.email(needed=True) if named else "",
        known=commented.known(items),
    )
    return _take(request, "illegal", there, filled, notice, what)


def _what(request: HttpRequest) -> Illegal | None:
    try:
        return Illegal(request.GET.get("what", ""))
    except ValueError:
        return None


def _take(
    request: HttpRequest,
    form: str,
    there: asked.Offered,
    filled: Filled,
    notice: Notice,
    what: Illegal | None = None,
) -> HttpResponse:
    about_is_fine = bool(filled["ref"]) and not filled.wrong.keys() & {"platform", "kind", "ref"}
    filled.values["prefilled"] = "yes" if request.POST.get("prefilled") and about_is_fine else ""
    slip = slips.read(request.POST.get("slip", ""))
    never_refused = notice.life or what is Illegal.CHILD
    if not never_refused:
        _check_sender(request, filled, slip)
    if slip is None and not never_refused:
        filled.fault("form", "slip")
    if filled.wrong:
        return _form(request, form, there, filled, what, BadInput("something is missing"))
    try:
        notice = replace(
            _counted(request, notice, never_refused=never_refused), key=slip.number if slip else ""
        )
    except TooMany as error:
        filled.fault("form", "limit", wait=max(1, round(error.retry_after or 1)))
        return _form(request, form, there, filled, what, error)
    return _sent(notice)


def _check_sender(request: HttpRequest, filled: Filled, slip: slips.Slip | None) -> None:
    """Ask who fills in forms as programs do to send it once more; a person loses nothing by it."""
    if request.POST.get("website"):
        filled.fault("form", "trap")
    elif slip is not None and slip.in_haste:
        filled.fault("form", "haste")
    else:
        return
    limits.BUCKETS.refused["report-form"] += 1


def _counted(request: HttpRequest, notice: Notice, *, never_refused: bool) -> Notice:
    """Count a notice against its sender's limits. Raises: TooMany, unless it is one that is never refused."""
    if never_refused:
        try:
            limits.take(request, "report-urgent")
        except TooMany:
            return replace(notice, first=False)
        return notice
    limits.take(request, "report-form", max(1, len(notice.items) / ITEMS_FOR_ONE))
    if notice.email:
        limits.BUCKETS.take("report-mail", notice.email.casefold())
    return notice


def _sent(notice: Notice) -> HttpResponse:
    here = house()
    try:
        made: tuple[Report, ...] = here.runner.run(notices.send, notice)
    except AlreadyExists:  # sent twice at the same moment: the other one is taken, and this is it
        made = here.runner.run(notices.send, notice)
    with here.store.read(here.now()) as view:
        token = links.token(view, LinkKind.REPORT, made[0].id)
    return HttpResponseRedirect(f"/r/{token}" + ("" if notice.first else "?waits=1"))


def _form(
    request: HttpRequest,
    form: str,
    there: asked.Offered,
    filled: Filled,
    what: Illegal | None = None,
    error: Exception | None = None,
) -> HttpResponse:
    """Return a form with what was typed and what is wrong."""
    language = request.LANGUAGE_CODE or "en"
    told = asked.told(filled, there, language)
    clauses = there.clauses if told is None else commented.in_order(there.clauses)
    if told is not None and request.method == "GET":
        filled.values["refs"] = told.said.link
    context: dict[str, Any] = {
        "offered": there,
        "filled": filled.values,
        "comment": told,
        "also": filled.values.get("also", "").split(),
        "wrong": {name: (id_, dict(args)) for name, (id_, args) in filled.wrong.items()},
        "clauses": [(ref, say_in(each.titles, language)) for ref, each in clauses.items()],
        "kinds": (SubjectKind.CONTENT, SubjectKind.ACCOUNT),
        "slip": slips.fresh() if slips.read(request.POST.get("slip", "")) is None else request.POST["slip"],
        "what": what,
        "most_items": MOST_ITEMS,
        "quick": filled["prefilled"] if request.method == "GET" and "quick" in request.GET else "",
    }
    made = render(request, f"reporting/{form}.html", context, status=status_of(error) if error else None)
    if isinstance(error, TooMany) and error.retry_after is not None:
        made["Retry-After"] = str(max(1, round(error.retry_after)))
    return made
