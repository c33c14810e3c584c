"""The whole of what is served over HTTP: the public log's files first, everything else by pages and the API."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from showcause.web.house import House
from showcause.web.tiles import is_of_the_log, serving

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def build(house: House) -> "WSGIApplication":
    """Return the application of one house. Django has to be configured (`configuration.configure`)."""
    from django.core.handlers.wsgi import WSGIHandler

    from showcause.web.configuration import serve_house

    serve_house(house)
    log, pages = serving(house.public), WSGIHandler()

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        chosen = log if is_of_the_log(environ.get("PATH_INFO", "")) else pages
        return chosen(environ, start_response)

    return application
