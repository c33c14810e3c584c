"""Serving what strangers sent: safe copies only, and with headers under which even a bad one could do nothing."""

from typing import Final
from urllib.parse import quote

from django.http import HttpResponse

from showcause.casework.attachments import Shown

CHARSET: Final = {"text/plain": "; charset=utf-8"}


def file_response(shown: Shown, *, download: bool = False) -> HttpResponse:
    """Return the answer that shows a safe copy, or offers it for download: no sniffing, no scripts, no frame."""
    made = HttpResponse(shown.data, content_type=shown.media_type + CHARSET.get(shown.media_type, ""))
    how = "attachment" if download else "inline"
    made["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(shown.name, safe='')}"
    made["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    made["X-Content-Type-Options"] = "nosniff"
    made["X-Robots-Tag"] = "noindex, nofollow"
    return made
