"""Following a report: its page for whoever has the link or the number, and what they can do there."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from showcause.casework import intake, links, lodging, notices, report_status
from showcause.casework.reading import setting, subject_of
from showcause.casework.report_status import Stage, Status
from showcause.comments.values import Article
from showcause.domain.appeal import OPEN, PROMISED
from showcause.domain.errors import BadInput, Forgotten, LinkEnded, NotFound, TooMany
from showcause.domain.lifecycle import ServiceState
from showcause.domain.link import LinkKind
from showcause.store.view import View
from showcause.web import limits
from showcause.web.answers import status_of
from showcause.web.house import house
from showcause.web.reporting import commented
from showcause.web.reporting.filled import Filled

MOST_APPEAL: Final = 10_000


def _follow(request: HttpRequest, token: str) -> str:
    """Return the id of the report that a link leads to. Raises: LinkEnded, TooMany."""
    limits.take(request, "status")
    here = house()
    with here.store.read(here.now()) as view:
        return links.follow(view, LinkKind.REPORT, token)


@require_http_methods(["GET", "POST"])
def enter_number(request: HttpRequest) -> HttpResponse:
    """Ask for a number, and lead to the page of its report. Every unknown number is answered alike."""
    if request.method == "GET":
        return render(request, "reporting/number.html", {"number": ""})
    limits.take(request, "status")
    here, number = house(), request.POST.get("number", "")[:100]
    try:
        with here.store.read(here.now()) as view:
            path = report_status.by_number(view, number)
    except (NotFound, LinkEnded) as error:
        return render(
            request, "reporting/number.html", {"number": number, "unknown": True}, status=status_of(error)
        )
    return HttpResponseRedirect(path)


@require_GET
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show a report's page."""
    return _page(request, _follow(request, token), token)


@require_POST
def contest(request: HttpRequest, token: str) -> HttpResponse:
    """Lodge an appeal against the answer; what was typed is kept when it cannot be taken."""
    report, text = _follow(request, token), Filled.of(request)
    said = text.text("reason", MOST_APPEAL)
    if not said:
        text.wrong["reason"] = ("report.page.contest.empty", {})
    if text.wrong:
        return _page(request, report, token, text, BadInput("the appeal cannot be taken"))
    try:
        limits.take(request, "appeal")
    except TooMany as error:
        wait = max(1, round(error.retry_after or 1))
        text.wrong["reason"] = ("report.page.contest.limit", {"wait": wait})
        return _page(request, report, token, text, error)
    number = _status(request, report).report.number
    house().runner.run(lodging.lodge, number, said, language=request.LANGUAGE_CODE or "en")
    return _back(token)


@require_POST
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraw the report."""
    house().runner.run(intake.withdraw, _follow(request, token))
    return _back(token)


@require_POST
def withdraw_appeal(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraw the appeal that is open."""
    open_now = [each for each in _status(request, _follow(request, token)).appeals if each.state in OPEN]
    if not open_now:
        raise NotFound("no appeal is open here", "Load the page again to see where it stands.")
    house().runner.run(lodging.withdraw, open_now[0].id)
    return _back(token)


@require_POST
def link_again(request: HttpRequest, token: str) -> HttpResponse:
    """Make all links to the page worthless and send a new one to the reporter's address."""
    report = _follow(request, token)
    limits.take(request, "link-again")
    house().runner.run(notices.send_link_again, report)
    return render(request, "reporting/link_sent.html")


def _back(token: str) -> HttpResponse:
    return HttpResponseRedirect(f"/r/{token}")


def _status(request: HttpRequest, report: str) -> Status:
    here = house()
    with here.store.read(here.now()) as view:
        return report_status.status(view, report, request.LANGUAGE_CODE or "en")


def _article(view: View, status: Status) -> Article | None:
    """Return the article under which the reported comment stands, so that its reader finds back."""
    try:
        return commented.article_of(subject_of(view, status.report.subject))
    except Forgotten:
        return None


def _page(
    request: HttpRequest,
    report: str,
    token: str,
    typed: Filled | None = None,
    error: Exception | None = None,
) -> HttpResponse:
    here, status = house(), _status(request, report)
    with here.store.read(here.now()) as view:
        address = setting(view, "address") or here.address
        article = _article(view, status)
    context: dict[str, Any] = {
        "status": status,
        "token": token,
        "link": f"{address}/r/{token}",
        "article": article,
        "anonymous": status.report.reporter is None,
        "bounced": status.mail is ServiceState.UNDELIVERABLE,
        "observed": status.stage is Stage.ELSEWHERE,
        "open_appeals": [each for each in status.appeals if each.state in OPEN],
        "waits": "waits" in request.GET,
        "within": int(PROMISED.total_seconds()),
        "typed": typed.values["reason"] if typed else "",
        "wrong": typed.wrong.get("reason") if typed else None,
    }
    made = render(request, "reporting/page.html", context, status=status_of(error) if error else None)
    if isinstance(error, TooMany) and error.retry_after is not None:
        made["Retry-After"] = str(max(1, round(error.retry_after)))
    return made
