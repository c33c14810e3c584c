"""What a Synapse server needs to work with us, asked of the server itself as far as it can answer.

`auto_join` and the rate limits of reporters cannot be read through the API. The first is tried out once, with
a notice to the connector's own account; of the second it is said what to look for.
"""

import stat
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from showcause.casework.ports import Check, Clock
from showcause.connectors.matrix_api import ADMIN, ADMIN_REMEDY, NOTICES_REMEDY, SynapseApi, path
from showcause.connectors.matrix_notices import NoticeChannel
from showcause.domain.errors import NotFound, RateLimited, ShowcauseError, Unsupported

SKEW: Final = timedelta(seconds=5)
_GREETING: Final = "Showcause tries out whether notices reach this account. Nothing needs to be done."
_JOIN_REMEDY: Final = (
    "Set `server_notices: auto_join: true` in homeserver.yaml and restart; let the connector's account leave the "
    "notice room or decline its invitation; run the doctor again."
)


def examine(api: SynapseApi, notices: NoticeChannel, clock: Clock) -> list[Check]:
    """Return all checks; where the server or the token fails, the rest cannot be asked and is left out."""
    reachable = _guarded("server", _REACH_REMEDY, lambda: _server(api, clock))
    if not all(check.ok for check in reachable):
        return reachable
    me, account = _account(api)
    if not account.ok:
        return [*reachable, account]
    asked: list[tuple[str, str, Callable[[], list[Check]]]] = [
        ("report lists", "Update Synapse to 1.140 or newer.", lambda: [_lists(api)]),
        ("server notices", NOTICES_REMEDY, lambda: [_notices(api, notices, me)]),
        ("administrators", ADMIN_REMEDY, lambda: [_administrators(api)]),
        ("rate limits", "", lambda: [_limits(api, me)]),
    ]
    rest = [check for name, remedy, ask in asked for check in _guarded(name, remedy, ask)]
    return [*reachable, account, _token_file(api), *rest]


_REACH_REMEDY: Final = (
    "Compare address and port with homeserver.yaml, see that Synapse runs, and look at its log."
)


def _guarded(name: str, remedy: str, ask: Callable[[], list[Check]]) -> list[Check]:
    try:
        return ask()
    except RateLimited as error:
        wait = f" for {error.retry_after:g} seconds" if error.retry_after else ""
        return [
            Check(
                name, False, f"the server asks to wait{wait}", "Wait, or raise the limits for this account."
            )
        ]
    except ShowcauseError as error:
        return [Check(name, False, error.message, remedy or error.hint)]


def _server(api: SynapseApi, clock: Clock) -> list[Check]:
    answer = api.call("GET", ADMIN + "/v1/server_version")
    version = str(answer.body.get("server_version", "unknown"))[:60]
    checks = [Check("server", True, f"Synapse {version} answers")]
    if answer.server_time is not None:
        skew = abs(answer.server_time - clock())
        says = f"the server's clock differs by {skew.total_seconds():.0f} seconds"
        checks.append(Check("clock", skew <= SKEW, says, "Let both machines follow a time server."))
    return checks


def _account(api: SynapseApi) -> tuple[str, Check]:
    try:
        me = str(api.get("/_matrix/client/v3/account/whoami")["user_id"])
        is_admin = bool(api.get(path(ADMIN + "/v2/users/{}", me)).get("admin"))
    except (ShowcauseError, KeyError) as error:
        says = error.message if isinstance(error, ShowcauseError) else "the token belongs to nobody"
        return "", Check("token", False, says, ADMIN_REMEDY)
    says = (
        "the token belongs to a server administrator"
        if is_admin
        else "the token's account is no administrator"
    )
    return me, Check("token", is_admin, says, ADMIN_REMEDY)


def _token_file(api: SynapseApi) -> Check:
    is_tight = not stat.S_IMODE(api.token_file.stat().st_mode) & 0o077
    says = "only its owner can read it" if is_tight else "others on this machine can read it"
    return Check("token file", is_tight, says, f"chmod 600 {api.token_file}")


def _lists(api: SynapseApi) -> Check:
    counts = [_total(api.get(f"{ADMIN}/v1/{name}_reports", {"limit": 1})) for name in ("event", "user")]
    says = f"{counts[0]} reports of events and {counts[1]} of users can be read; reports of rooms Synapse does not list"
    return Check("report lists", True, says)


def _notices(api: SynapseApi, notices: NoticeChannel, me: str) -> Check:
    if not notices.is_enabled("@showcause-doctor-nobody:" + me.partition(":")[2]):
        return Check("server notices", False, "server notices are not enabled", NOTICES_REMEDY)
    if not notices.reaches(me, _GREETING):
        return Check(
            "server notices", False, "people are invited to the notice room and not put into it", _JOIN_REMEDY
        )
    return Check("server notices", True, "a notice reached the connector's own account (auto_join works)")


def _administrators(api: SynapseApi) -> Check:
    total = _total(api.get(ADMIN + "/v2/users", {"admins": "true", "limit": 1, "guests": "false"}))
    says = f"{total} accounts can act on this server past every log"
    return Check("administrators", total > 0, says, ADMIN_REMEDY)


def _limits(api: SynapseApi, me: str) -> Check:
    says = "reporters are slowed to `rc_reports` (1 per second, burst 5, unless homeserver.yaml says more)"
    try:
        own = api.get(path(ADMIN + "/v1/users/{}/override_ratelimit", me))
    except (NotFound, Unsupported):
        own = {}
    free = own.get("messages_per_second") == 0
    return Check(
        "rate limits",
        True,
        f"{says}; the connector's account {'is' if free else 'is not'} exempt from limits",
    )


def _total(body: Mapping[str, Any]) -> int:
    total = body.get("total")
    return total if isinstance(total, int) else 0
