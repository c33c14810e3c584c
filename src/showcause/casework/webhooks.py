"""Webhook endpoints: added, paused, rotated and removed by an operator, each change an entry of the log.

The public document of such an entry names what is told and to which of the house's endpoints, never where: a URL may
be a password. It carries a digest of the URL that only this house can compute, so that an auditor who is shown the
URL can see since when events went there.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showcause.casework import webhook_events
from showcause.casework.log import ledger
from showcause.casework.log.publishing import acting, leaf_with_document
from showcause.casework.ports import Ids
from showcause.casework.reading import platform as connected
from showcause.domain.errors import AlreadyExists, BadInput, IllegalStep, NotFound
from showcause.domain.people import SYSTEM, Moderator, Role
from showcause.domain.subject import check_name
from showcause.domain.webhook import WebhookEndpoint
from showcause.store import jobs
from showcause.store.tx import Tx
from showcause.store.view import View
from showcause.transparency.jcs import Json
from showcause.transparency.leaf import Kind

BOTH_SIGN: Final = timedelta(hours=24)
"""So long the secret before the newest still signs beside it."""
PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
MOST_ENDPOINTS: Final = 20
MOST_REPLAYED: Final = 1_000
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint and its newest secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


def add(
    tx: Tx,
    now: datetime,
    ids: Ids,
    name: str,
    url: str,
    events: Sequence[str],
    by: str,
    platform: str | None = None,
) -> Made:
    """Add an endpoint that is told of these events, of one platform or of all; none named means every event.

    Whether the URL may be called is checked when it is called; see `Outside`.

    Raises: BadInput, AlreadyExists; NotFound for a platform that is not connected; NotPermitted for who is no operator.
    """
    who = acting(tx, by, Role.OPERATOR)
    if not _NAME.fullmatch(name):
        raise BadInput("an endpoint's name has 1 to 32 of a-z, 0-9 and -, and does not begin with -")
    if any(each.name == name for each in endpoints(tx)):
        raise AlreadyExists(f"an endpoint {name} is there already", "Choose another name.")
    if len(endpoints(tx)) >= MOST_ENDPOINTS:
        raise BadInput(f"there are at most {MOST_ENDPOINTS} endpoints", "Remove one that is not needed.")
    if platform is not None:
        connected(tx, platform)
    text, sealed = _new_secret(tx)
    made = WebhookEndpoint(
        *(ids(), name, tx.seal(ledger.house(tx), "webhook-address", {"url": _checked_url(url)})),
        events=_checked_events(events),
        secrets=(sealed,),
        active=True,
        made_at=now,
        made_by=who.id,
        platform=platform,
    )
    tx.insert(made, verb="add", actor=who.id)
    _log(tx, now, ids, made, who, "add")
    return Made(made, text)


def rotate(tx: Tx, now: datetime, ids: Ids, name: str, by: str) -> Made:
    """Give an endpoint a new secret; the one before it signs beside it for 24 hours, any older one no more."""
    who, held = acting(tx, by, Role.OPERATOR), endpoint(tx, name)
    text, sealed = _new_secret(tx)
    for old in held.secrets[1:]:
        tx.drop_sealed(old)
    changed = tx.update(held, verb="rotate", actor=who.id, secrets=(sealed, held.secrets[0]), rotated_at=now)
    _log(tx, now, ids, changed, who, "rotate")
    return Made(changed, text)


def pause(tx: Tx, now: datetime, ids: Ids, name: str, by: str) -> WebhookEndpoint:
    """Tell an endpoint nothing until it is resumed. What happens meanwhile is not kept for it."""
    return _switch(tx, now, ids, endpoint(tx, name), acting(tx, by, Role.OPERATOR), "pause")


def resume(tx: Tx, now: datetime, ids: Ids, name: str, by: str) -> WebhookEndpoint:
    """Tell a paused endpoint again, from now on."""
    return _switch(tx, now, ids, endpoint(tx, name), acting(tx, by, Role.OPERATOR), "resume")


def remove(tx: Tx, now: datetime, ids: Ids, name: str, by: str) -> WebhookEndpoint:
    """Remove an endpoint for good: its secrets and its URL are destroyed, its name is free again."""
    who, held = acting(tx, by, Role.OPERATOR), endpoint(tx, name)
    document = _document(tx, held, "removed")
    for each in (*held.secrets, held.address):
        tx.drop_sealed(each)
    gone = tx.update(held, verb="remove", actor=who.id, active=False, secrets=())
    leaf_with_document(tx, now, ids, Kind.SETTING, document, about=gone.id, by=who, event="remove")
    return gone


def gone(tx: Tx, now: datetime, ids: Ids, endpoint_id: str) -> WebhookEndpoint:
    """Pause an endpoint whose server said that it is there no more."""
    return _switch(tx, now, ids, tx.get(WebhookEndpoint, endpoint_id), None, "pause")


def test(tx: Tx, now: datetime, ids: Ids, name: str, by: str) -> str:
    """Queue a letter that tells nothing but that it arrived; return its job's key."""
    who, held = acting(tx, by, Role.OPERATOR), endpoint(tx, name)
    _check_active(held)
    tx.note("test", who.id, held.id, "webhook")
    return webhook_events.send(tx, now, held, ids(), webhook_events.TEST, {"platform": held.platform})


def replay(tx: Tx, now: datetime, ids: Ids, message: str, by: str) -> int:
    """Send the letters of one message again, under the same message id, to whom it was sent; return how many.

    Raises: NotFound; IllegalStep while its endpoint is paused.
    """
    who, sent = acting(tx, by, Role.OPERATOR), 0
    for held in endpoints(tx):
        found = [job for job in deliveries(tx, held, MOST_REPLAYED) if job.args["message"] == message]
        if found:
            _check_active(held)
            sent += _again(tx, now, held, found[0], who)
    if not sent:
        raise NotFound(
            f"no ended letter has the message id {message[:64]!r}",
            "`showcause webhook deliveries` lists them.",
        )
    return sent


def replay_since(tx: Tx, now: datetime, ids: Ids, name: str, since: datetime, by: str) -> int:
    """Send everything again that an endpoint was to be told since a moment, oldest first; return how many.

    Raises: BadInput when it is more than a thousand letters; IllegalStep while it is paused.
    """
    who, held = acting(tx, by, Role.OPERATOR), endpoint(tx, name)
    _check_active(held)
    newest: dict[str, jobs.Job] = {}
    for job in deliveries(tx, held, 10 * MOST_REPLAYED):
        if str(job.args["at"]) >= webhook_events.stamp(since):
            newest.setdefault(str(job.args["message"]), job)
    if len(newest) > MOST_REPLAYED:
        raise BadInput(f"these are {len(newest)} letters; at most {MOST_REPLAYED} are sent again at once",
                       "Choose a later moment, or fetch what you missed by the API.")  # fmt: skip
    return sum(_again(tx, now, held, job, who) for job in reversed(newest.values()))


# --- reading ------------------------------------------------------------------------------------------------


def endpoints(view: View) -> list[WebhookEndpoint]:
    """Return the endpoints that were not removed, oldest first."""
    return [each for each in view.find(WebhookEndpoint) if each.secrets]


def endpoint(view: View, name: str) -> WebhookEndpoint:
    """Return an endpoint by its name or id. Raises: NotFound."""
    found = next((each for each in endpoints(view) if name in (each.name, each.id)), None)
    if found is None:
        raise NotFound(f"there is no endpoint {name[:64]!r}", "`showcause webhook list` names them.")
    return view.get(WebhookEndpoint, found.id)


def url_of(view: View, held: WebhookEndpoint) -> str:
    """Return where an endpoint's letters go."""
    return str(view.unseal(held.address)["url"])


def signing_secrets(view: View, held: WebhookEndpoint, now: datetime) -> list[str]:
    """Return the secrets that sign at a moment, the newest first."""
    both = held.rotated_at is not None and now < held.rotated_at + BOTH_SIGN
    return [str(view.unseal(each)["secret"]) for each in held.secrets[: 2 if both else 1]]


def deliveries(view: View, held: WebhookEndpoint, limit: int = 100) -> list[jobs.Job]:
    """Return an endpoint's letters, newest first."""
    return jobs.about(view.alias, held.id, webhook_events.KIND, limit)


# --- inside -------------------------------------------------------------------------------------------------


def _switch(
    tx: Tx, now: datetime, ids: Ids, held: WebhookEndpoint, who: Moderator | None, verb: str
) -> WebhookEndpoint:
    active = verb == "resume"
    if held.active is active:
        return held
    changed = tx.update(held, verb=verb, actor=who.id if who else SYSTEM, active=active)
    _log(tx, now, ids, changed, who, verb)
    return changed


def _again(tx: Tx, now: datetime, held: WebhookEndpoint, job: jobs.Job, who: Moderator) -> int:
    """Queue a letter that ended once more; one that is still on its way stays as it is."""
    if job.state == jobs.READY:
        return 0
    message = str(job.args["message"])
    key = f"{webhook_events.KIND}:{message}:{held.id}:{now:%Y%m%dT%H%M%S}"
    if not tx.job(webhook_events.KIND, key, held.id, due=now, args=job.args):
        return 0
    tx.note("replay", who.id, held.id, "webhook", message=message)
    return 1


def _check_active(held: WebhookEndpoint) -> None:
    if not held.active:
        raise IllegalStep(f"the endpoint {held.name} is paused", "`showcause webhook resume` first.")


def _new_secret(tx: Tx) -> tuple[str, str]:
    text = PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return text, tx.seal(ledger.house(tx), "webhook-secret", {"secret": text})


def _checked_url(url: str) -> str:
    check_name("address", url, 2_000)
    if not re.fullmatch(r"https?://[!-~]+", url):
        raise BadInput("the address is not https://host/path")
    return url


def _checked_events(events: Sequence[str]) -> tuple[str, ...]:
    for each in events:
        if each not in webhook_events.NAMES:
            raise BadInput(
                f"there is no event {each[:64]!r}", f"There are: {', '.join(webhook_events.NAMES)}."
            )
    return tuple(each for each in webhook_events.NAMES if not events or each in events)


def _document(tx: Tx, held: WebhookEndpoint, state: str) -> Json:
    return {
        "format": "showcause/v1 webhook",
        "name": held.name,
        "events": list(held.events),
        "platform": held.platform,
        "state": state,
        "address": tx.keyed_hash(f"webhook\x00{url_of(tx, held)}"),
    }


def _log(tx: Tx, now: datetime, ids: Ids, held: WebhookEndpoint, who: Moderator | None, event: str) -> None:
    document = _document(tx, held, held.state)
    leaf_with_document(tx, now, ids, Kind.SETTING, document, about=held.id, by=who, event=event)
