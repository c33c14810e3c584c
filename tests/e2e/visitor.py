"""Somebody without an account who follows the link in their notice and fills in the form that they find there."""

import re
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

LINK = re.compile(r"http://127\.0\.0\.1:\d+/s/[A-Za-z0-9_-]{44}")
FORM = re.compile(
    r'<form method="post" action="(/s/[^"]+/appeal)".*?name="csrfmiddlewaretoken" value="([^"]+)"', re.DOTALL
)
SECONDS = 120


def link_in(notice: str) -> str:
    """Return the link in a notice."""
    [link] = set(LINK.findall(notice))
    return str(link)


def appeal_on_page(link: str, text: str) -> str:
    """Open the page, send the form for an appeal, and return the page to which that leads."""
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    found = FORM.search(_opened(visitor, link))
    assert found is not None, "the page has a form for an appeal"
    form = urlencode({"csrfmiddlewaretoken": found.group(2), "text": text, "language": "en"}).encode()
    with visitor.open(urljoin(link, found.group(1)), form, timeout=SECONDS) as answer:
        assert answer.url.split("#")[0] == link, "after sending, one is on one's own page again"
        return str(answer.read().decode())


def _opened(visitor: urllib.request.OpenerDirector, link: str) -> str:
    """Return the page once the server is up."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            with visitor.open(link, timeout=SECONDS) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
