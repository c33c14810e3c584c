"""Whether a platform that fetches its orders comes, answers, and leaves nothing lying."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from showcause.casework.ports import Check
from showcause.domain.errors import ShowcauseError
from showcause.domain.subject import Subject, SubjectKind

if TYPE_CHECKING:
    from showcause.connectors.orders import OrdersPlatform

OFTEN: Final = timedelta(minutes=2)
LONG: Final = timedelta(minutes=15)
PATIENCE: Final = 3.0
PROBE: Final = "showcause-doctor"
"""An account that need not exist: the answer `gone` is as good as any."""


def checks(platform: "OrdersPlatform", now: datetime) -> list[Check]:
    """Return the points that concern the platform's own program. The probe waits some seconds for an answer."""
    return [_fetches(platform, now), *_answers(platform, now), _waits(platform, now)]


def _fetches(platform: "OrdersPlatform", now: datetime) -> Check:
    at = platform.book.visited_at()
    if at is None:
        return Check(
            "orders are fetched", False, "nobody has fetched orders yet",
            f"Make a key (`showcause apikey add NAME --platform {platform.gate.platform} --scope orders`) and let your "
            "program ask `GET /api/v1/orders`.",
        )  # fmt: skip
    return Check(
        "orders are fetched", now - at <= OFTEN, f"fetched last at {at:%d %B %Y %H:%M:%S} UTC",
        "Start the platform's program again, or look why it cannot reach the API.",
    )  # fmt: skip


def _answers(platform: "OrdersPlatform", now: datetime) -> list[Check]:
    at = platform.book.visited_at()
    if at is None or now - at > OFTEN:
        return []  # nobody is there to be asked
    subject, patience = Subject(platform.gate.platform, SubjectKind.ACCOUNT, PROBE), platform.patience
    platform.patience = max(patience, PATIENCE)
    try:
        platform._look(subject)
        says, ok = "it answered a question at once", True
    except ShowcauseError as error:
        says, ok = f"a question was not answered: {error.code}", False
    finally:
        platform.patience = patience
    remedy = "Look at the program's own log: it fetches, and does not confirm what it is asked."
    return [Check("orders are confirmed", ok, says, remedy)]


def _waits(platform: "OrdersPlatform", now: datetime) -> Check:
    since = platform.book.oldest()
    return Check(
        "waiting orders", since is None or now - since <= LONG,
        "nothing waits" if since is None else f"the oldest waits since {since:%d %B %Y %H:%M:%S} UTC",
        "Let the program confirm what it fetched, also what it refuses or cannot do now.",
    )  # fmt: skip
