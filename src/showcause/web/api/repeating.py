"""The header `Idempotency-Key`: every POST may carry one, and is then safe to send again."""

from typing import Final

from django.http import HttpRequest

from showcause.casework.repeating import Made, Making, Repeatable, once
from showcause.web.api.auth import key_of
from showcause.web.house import house

HEADER: Final = "Idempotency-Key"


def run_once(request: HttpRequest, make: Making) -> Made:
    """Run the use case of a POST in one transaction; one that comes again under the same key runs no second time.

    `make(tx, now, ids)` returns the ids of the records from which the caller tells the answer.

    Raises: BadInput for a key out of form; ReplyDiffers; what `make` raises.
    """
    text = request.headers.get(HEADER)
    if text is None:
        return Made(tuple(house().runner.run(make)))
    content = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    made = house().runner.run(once, Repeatable(key_of(request).id, text, content), make)
    request.replayed = made.replayed  # type: ignore[attr-defined]  # read by the door
    return made
