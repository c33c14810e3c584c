"""The script that a newspaper's page loads: one file, the same for everybody, from this server alone."""

import functools
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import showcause.web
from showcause.web.comments.pages import opened

FILE: Final = Path(showcause.web.__path__[0], "static", "showcause", "embed.js")
KEPT: Final = "public, max-age=300"


@functools.cache
def script() -> bytes:
    """Return the script, read once."""
    return FILE.read_bytes()


@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """Hand out the script to any page. What it may show in its frame, the frame's own policy says."""
    opened()
    made = HttpResponse(script(), content_type="text/javascript; charset=utf-8")
    made["Cache-Control"] = KEPT
    made["Cross-Origin-Resource-Policy"] = "cross-origin"
    made["Access-Control-Allow-Origin"] = "*"
    return made
