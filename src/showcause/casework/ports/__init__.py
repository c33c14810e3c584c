"""What the law's shell needs of the world: a platform, the log's signer, a clock and a source of ids.

A platform stands behind `Platform`. It is asked in five ways: what was reported (`Intake`), what somebody has
(`Look`), to act and to undo (`Act`), to tell somebody (`Tell`), and to act at once when waiting would cost a
life (`UrgentLane`). Every call may be repeated, and every call may raise `PlatformUnavailable` or
`RateLimited` (try later: whether it happened is unknown), `NotFound` (no such subject there) and
`Unsupported` (not on the card).
"""

from showcause.casework.ports.ambient import Clock, Ids, Progress
from showcause.casework.ports.fetching import Confirmation, Errand, FetchesOrders, Reason, Result, Verb
from showcause.casework.ports.inspector import Inspector, Redrawn
from showcause.casework.ports.log import Head, KeyRing, Signer
from showcause.casework.ports.outbound import Answered, Outside
from showcause.casework.ports.platform import Act, Forget, Intake, Judged, Look, Platform, Tell, UrgentLane
from showcause.casework.ports.post import Post, Returned
from showcause.casework.ports.values import (
    Capability,
    CapabilityCard,
    Check,
    Delivery,
    Found,
    GivenUp,
    IncomingReport,
    Order,
    Outcome,
    PlatformState,
    ReportBatch,
    Restored,
    Snapshot,
    Spooled,
)

__all__ = [
    "Act",
    "Answered",
    "Capability",
    "CapabilityCard",
    "Check",
    "Clock",
    "Confirmation",
    "Delivery",
    "Errand",
    "FetchesOrders",
    "Forget",
    "Found",
    "GivenUp",
    "Head",
    "Ids",
    "IncomingReport",
    "Inspector",
    "Intake",
    "Judged",
    "KeyRing",
    "Look",
    "Order",
    "Outcome",
    "Outside",
    "Platform",
    "PlatformState",
    "Post",
    "Progress",
    "Reason",
    "Redrawn",
    "ReportBatch",
    "Restored",
    "Result",
    "Returned",
    "Signer",
    "Snapshot",
    "Spooled",
    "Tell",
    "UrgentLane",
    "Verb",
]
