"""What the verifier in the browser is given: the pinned trust as a file, and the checker that needs no server."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from showcause.web.house import house
from showcause.web.limits import take
from showcause.web.window.doors import BRIEFLY
from showcause.web.window.offline import security, verifier


@require_safe
def checker(request: HttpRequest) -> HttpResponse:
    """Serve the checker: one file that runs its own script and reaches nothing, here as from a disk."""
    take(request, "pages")
    made = HttpResponse(verifier(), content_type="text/html; charset=utf-8")
    made["Content-Security-Policy"] = f"{security()}; frame-ancestors 'none'"
    made["Cache-Control"] = BRIEFLY
    return made


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Serve the trust that is pinned here, as a tlog-policy."""
    take(request, "pages")
    made = HttpResponse(
        house().policy.encode("utf-8", "surrogateescape"), content_type="text/plain; charset=utf-8"
    )
    made["Cache-Control"] = BRIEFLY
    return made
