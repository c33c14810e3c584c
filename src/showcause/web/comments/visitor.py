"""Who writes: known by one cookie that is set when somebody posts, and never by reading.

A frame stands in pages of other sites, so the cookie is `SameSite=None` and `Partitioned`: each newspaper's pages have
one of their own, and none tells where else somebody reads. It counts only for a form that one of our own pages sent:
without that, a page elsewhere could post in somebody's name, since no other token is bound to a browser.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse

from showcause.comments import authors
from showcause.comments.section import Section
from showcause.comments.values import Author
from showcause.domain.errors import NotPermitted
from showcause.web.house import house

PATH: Final = "/comments/"
AGE: Final = 365 * 24 * 3600
MOST: Final = 500


def cookie_name() -> str:
    """Return the cookie's name; over https browsers take it from https alone."""
    return "__Secure-comments" if house().secure else "comments"


def known(request: HttpRequest, section: Section) -> Author | None:
    """Return the author whose browser asks; None for a stranger, and for a form that none of our pages sent."""
    text = request.COOKIES.get(cookie_name(), "")[:MOST]
    if not text or (request.method == "POST" and not is_from_our_own_page(request)):
        return None
    return authors.from_cookie(section, house().now(), text)


def is_from_our_own_page(request: HttpRequest) -> bool:
    """Tell whether a form came from a page of ours, as every browser of today says."""
    told = request.headers.get("Origin") or request.headers.get("Referer", "")
    scheme = "https" if house().secure else "http"
    return any(
        told == own or told.startswith(f"{own}/")
        for own in (house().address, f"{scheme}://{request.get_host()}")
    )


def check_sender(request: HttpRequest) -> None:
    """Check that no page of another site sent a form: it would be taken from whoever happened to visit that page.

    Programs that say nothing of where they come from pass, and are strangers. Raises: NotPermitted.
    """
    told = request.headers.get("Origin") or request.headers.get("Referer", "")
    if told and not is_from_our_own_page(request):
        raise NotPermitted("this form was sent by a page of another site")


def remember(made: HttpResponse, section: Section, author: Author) -> None:
    """Let the browser that gets this answer be known as an author's."""
    _set(made, authors.cookie(section, house().now(), author), AGE)


def forget(made: HttpResponse) -> None:
    """Let the browser that gets this answer be a stranger's again."""
    _set(made, "", 0)


def _set(made: HttpResponse, value: str, age: int) -> None:
    secure = house().secure
    made.set_cookie(
        cookie_name(), value, max_age=age, path=PATH, httponly=True, secure=secure, samesite="Lax"
    )
    if secure:
        # Django and this Python's cookies do not know `Partitioned` yet; it is written as it must be sent.
        made.cookies[cookie_name()]["samesite"] = "None; Partitioned"
