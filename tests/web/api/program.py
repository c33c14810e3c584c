"""A program of a platform that calls the API with its key."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from showcause.casework import api_keys, founding
from showcause.connectors.simulator import MEASURES
from showcause.domain.api_key import ApiKey, Scope
from showcause.domain.site import Mode
from tests.house import PLATFORM
from tests.web.stand import Stand

JSON = "application/json"


@dataclass
class Program:
    """A key and its calls; every answer is what Django's client gives."""

    stand: Stand
    key: ApiKey
    text: str

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Send a JSON body, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body) if body is not None else b""
        given: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {self.text}", **headers}
        kind = given.pop("content_type", JSON)
        return self.stand.client.generic(method, f"/api/v1{path}", data, content_type=kind, **given)

    def get(self, path: str, **headers: str) -> Any:
        """Ask for something."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object, again: str = "", **headers: str) -> Any:
        """Send something, under an idempotency key if one is given."""
        return self.send("POST", path, body, **({"HTTP_IDEMPOTENCY_KEY": again} if again else {}), **headers)


def program(
    stand: Stand,
    scopes: Iterable[Scope] = tuple(Scope),
    platform: str | None = PLATFORM,
    name: str = "plaza-bot",
    expires_at: datetime | None = None,
) -> Program:
    """Make a key and return the program that has it."""
    return Program(stand, *stand.house.run(api_keys.add, name, scopes, platform, "ada", expires_at))


def of_another_platform(stand: Stand) -> Program:
    """Connect a second platform and return its program."""
    stand.house.run(founding.connect_platform, "harbour", "simulator", MEASURES, "ada", mode=Mode.ENFORCE)
    return program(stand, platform="harbour", name="harbour-bot")


def report(key: str = "r-1", ref: str = "@sam:plaza.example", **more: object) -> dict[str, object]:
    """Return the body of a report."""
    subject = {"kind": "account", "ref": ref}
    return {
        "external_key": key,
        "subject": subject,
        "reporter": "@rita:plaza.example",
        "reason": "spam",
        **more,
    }
