"""Who calls: a key in the header `Authorization`, checked for its scope, its end, and how often it came.

Cookies and sessions mean nothing here. Neither a key nor any part of one is logged or repeated in an answer.
"""

import re
from dataclasses import dataclass
from typing import Final, cast

from django.http import HttpRequest
from ninja.security.base import AuthBase

from showcause.casework import api_keys
from showcause.domain.api_key import ApiKey, Scope, check_key
from showcause.domain.errors import NotAuthenticated, NotPermitted
from showcause.web.house import house
from showcause.web.limits import BUCKETS, LIMITS, take

_HEADER: Final = re.compile(r"bearer +([!-~]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Left:
    """How much of a key's limit is left, for the headers of the answer."""

    name: str
    calls: int

    @property
    def headers(self) -> dict[str, str]:
        """Return the header fields. Source: draft-ietf-httpapi-ratelimit-headers."""
        limit = LIMITS[self.name]
        return {
            "RateLimit-Policy": f'"{self.name}";q={limit.burst};w={limit.per:g}',
            "RateLimit": f'"{self.name}";r={self.calls}',
        }


class Bearer(AuthBase):
    """Lets a request in whose key has a scope. A handler finds the key in `request.auth`: see `key_of`."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: Scope, limit: str = "api") -> None:
        super().__init__()
        self.scope, self.limit = scope, limit

    def __call__(self, request: HttpRequest) -> ApiKey:
        """Return the key of a request. Raises: NotAuthenticated, NotPermitted, TooMany."""
        key = _presented(request)
        left = BUCKETS.take(self.limit, key.id)
        request.left = Left(self.limit, int(left))  # type: ignore[attr-defined]  # read by the door
        check_key(key, self.scope, house().now())
        return key


def _presented(request: HttpRequest) -> ApiKey:
    """Return the key that a request came with. One that is unknown costs its sender from a limit on guessing."""
    found = _HEADER.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        raise NotAuthenticated("this address needs a key")
    here = house()
    with here.store.read(here.now()) as view:
        key = api_keys.known(view, found[1])
    if key is None:
        take(request, "api-guess")
        raise NotAuthenticated("this key is not known here")
    return key


def key_of(request: HttpRequest) -> ApiKey:
    """Return the key that let a request in."""
    return cast(ApiKey, request.auth)  # type: ignore[attr-defined]  # set by ninja


def platform_of(request: HttpRequest) -> str:
    """Return the platform for which the request's key speaks.

    Raises: NotPermitted for a key that speaks for none.
    """
    key = key_of(request)
    if key.platform is None:
        raise NotPermitted("this key speaks for no platform", "Ask an operator for a key of your platform.")
    return key.platform
