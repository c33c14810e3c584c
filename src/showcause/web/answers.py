"""From errors to answers: the only module that knows the status codes of HTTP.

A program gets a problem document (RFC 9457) with `code` and `hint`; a person gets a page that says the same in their
language. A bug says its code and nothing of the request.
"""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from showcause.domain import errors as e
from showcause.transparency.errors import LogError

log = logging.getLogger("showcause.web")

STATUS: Final[Mapping[type[Exception], HTTPStatus]] = {
    e.Refused: HTTPStatus.BAD_REQUEST,
    e.BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.NotFound: HTTPStatus.NOT_FOUND,
    e.IllegalStep: HTTPStatus.CONFLICT,
    e.NotPermitted: HTTPStatus.FORBIDDEN,
    e.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    e.WrongContentType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    e.SamePerson: HTTPStatus.FORBIDDEN,
    e.AlreadyClaimed: HTTPStatus.CONFLICT,
    e.Stale: HTTPStatus.CONFLICT,
    e.Incomplete: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.NoGroundInForce: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.PolicyNotInForce: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.BadCatalogue: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.BadRules: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.AppealClosed: HTTPStatus.CONFLICT,
    e.AlreadyExists: HTTPStatus.CONFLICT,
    e.NotReversible: HTTPStatus.CONFLICT,
    e.NeedsConfirmation: HTTPStatus.CONFLICT,
    e.Unsupported: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.ReceiptRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.ReportsNeverRestrict: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.VerificationFailed: HTTPStatus.UNPROCESSABLE_ENTITY,
    e.Forgotten: HTTPStatus.GONE,
    e.StillNeeded: HTTPStatus.CONFLICT,
    e.LinkEnded: HTTPStatus.NOT_FOUND,
    e.ReplyDiffers: HTTPStatus.CONFLICT,
    e.Misconfigured: HTTPStatus.SERVICE_UNAVAILABLE,
    e.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    e.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    e.Broken: HTTPStatus.INTERNAL_SERVER_ERROR,
    LogError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""The status of each class of error; a class that is not named has its parent's."""

TOO_BIG: Final = (
    "too-big",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "the request is larger than this address takes",
)
WRONG_METHOD: Final = (
    "method-not-allowed",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "this address does not take this method",
)
NO_SUCH_PAGE: Final = ("no-such-page", HTTPStatus.NOT_FOUND, "there is no such page here")
BUG: Final = ("bug", HTTPStatus.INTERNAL_SERVER_ERROR, "something is wrong in Showcause itself")
BAD_REQUEST: Final = ("bad-request", HTTPStatus.BAD_REQUEST, "the request is not well formed")
CROSS_SITE: Final = (
    "cross-site",
    HTTPStatus.FORBIDDEN,
    "this form was not sent from our own page, or is too old",
)


def status_of(error: Exception) -> HTTPStatus:
    """Return the status of an error, by its nearest class in the table."""
    return next((STATUS[each] for each in type(error).__mro__ if each in STATUS), BUG[1])


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the answer to an error, whatever raised it: a problem document under `/api/`, else a page."""
    match error:
        case e.ShowcauseError():
            code, status, says, hint = error.code, status_of(error), error.message, error.hint
        case LogError():
            code, status, says, hint = error.code, status_of(error), error.message, error.hint or ""
        case RequestDataTooBig() | TooManyFilesSent():
            (code, status, says), hint = TOO_BIG, ""
        case Http404():
            (code, status, says), hint = NO_SUCH_PAGE, ""
        case SuspiciousOperation():
            (code, status, says), hint = BAD_REQUEST, ""
        case _:
            (code, status, says), hint = BUG, ""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("a request ended: %s (%s)", code, type(error).__name__)
    return said(request, code, status, says, hint, getattr(error, "retry_after", None))


def said(
    request: HttpRequest,
    code: str,
    status: HTTPStatus,
    says: str,
    hint: str,
    retry_after: float | None = None,
) -> HttpResponse:
    """Return an answer with a code, for a program or for a person."""
    if request.path.startswith("/api/"):
        made = problem(code, status, says, hint)
    else:
        context = {"code": code, "says": says, "hint": hint, "status": int(status)}
        made = render(request, "error.html", context, status=status)
    if retry_after is not None:
        made["Retry-After"] = str(max(1, math.ceil(retry_after)))
    if status == HTTPStatus.UNAUTHORIZED:
        made["WWW-Authenticate"] = 'Bearer realm="showcause"'
    return made


def problem(code: str, status: HTTPStatus, says: str, hint: str, **more: Any) -> HttpResponse:
    """Return a problem document. Source: RFC 9457."""
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "code": code}
    text = json.dumps({**body, "detail": says, "hint": hint, **more}, ensure_ascii=False)
    return HttpResponse(text, content_type="application/problem+json", status=status)


def wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer a method that an address does not take; `allowed` names those that it does."""
    code, status, says = WRONG_METHOD
    made = said(request, code, status, says, f"It takes {allowed}.")
    made["Allow"] = allowed
    return made


def health(ill: Sequence[str], **more: Any) -> HttpResponse:
    """Return whether the house is well, for a program that watches it: codes, and nothing else."""
    body = {"ok": not ill, **({"codes": list(ill)} if ill else {}), **more}
    status = HTTPStatus.SERVICE_UNAVAILABLE if ill else HTTPStatus.OK
    return HttpResponse(json.dumps(body), content_type="application/json", status=status)


def no_such_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return answer(request, Http404())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django does not take: a foreign host name, a malformed body."""
    return answer(request, exception if isinstance(exception, RequestDataTooBig) else SuspiciousOperation())


def not_permitted(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what a view of a library refuses."""
    return answer(request, e.NotPermitted("you may not do this, or not now"))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer a bug."""
    return answer(request, RuntimeError())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from our own page."""
    code, status, says = CROSS_SITE
    return said(request, code, status, says, "")
