"""What every request passes: bounded size, a language, errors turned into answers, and headers that keep pages apart.

A view may set a header itself; here only what is missing is added. Nothing of a request is logged but its outcome.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from showcause.web import answers
from showcause.web.configuration import LANGUAGES, MOST_FORM_BYTES, MOST_UPLOAD_BYTES
from showcause.web.house import house

Answering = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # `no-referrer` would make browsers send `Origin: null` with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""What every answer has unless its view said otherwise; a view that may be framed or cached says so itself."""

UPLOADS: Final = ("/s/", "/r/")
"""Where files may be sent: the doors of appeals."""
BY_ANY_NAME: Final = ("/healthz", "/metrics")
"""What watches over the machine may ask by whichever name."""
LANGUAGE: Final = "language"


def guard(answering: Answering) -> Answering:
    """Refuse what is too large before it is read, and add the headers."""

    def call(request: HttpRequest) -> HttpResponseBase:
        refused = _refused(request)
        made = answering(request) if refused is None else answers.answer(request, refused)
        for name, value in HEADERS.items():
            made.headers.setdefault(name, value)
        if made.headers["X-Frame-Options"] == "":
            del made.headers["X-Frame-Options"]  # a view that may be framed says where in its own policy
        if house().secure:
            made.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return made

    return call


def _refused(request: HttpRequest) -> Exception | None:
    """Return why a request is not let in: it names another house (a page elsewhere may do so), or it is too large."""
    if request.path not in BY_ANY_NAME:
        try:
            request.get_host()
        except DisallowedHost as error:
            return error
    return RequestDataTooBig() if _is_too_large(request) else None


def _is_too_large(request: HttpRequest) -> bool:
    """Tell whether a body is larger than its address takes; one that does not say its length may have none."""
    most = MOST_UPLOAD_BYTES if request.path.startswith(UPLOADS) else MOST_FORM_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    return chunked or not length.isdecimal() or int(length) > most


def speak(answering: Answering) -> Answering:
    """Choose the language: what the visitor chose, else what the browser asks for, else English."""
    known = {code for code, _ in LANGUAGES}

    def call(request: HttpRequest) -> HttpResponseBase:
        wanted = request.GET.get("lang") or request.COOKIES.get(LANGUAGE, "")
        chosen = wanted if wanted in known else translation.get_language_from_request(request)
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            made = answering(request)
            made.headers.setdefault("Content-Language", translation.get_language() or "en")
        return made

    return call


class AnswerErrors:
    """Turns what a view raises into an answer; see `answers`."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._answering(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an error of a view."""
        return answers.answer(request, error)


answer_errors = AnswerErrors
