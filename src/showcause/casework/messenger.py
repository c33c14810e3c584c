"""The messenger: carries webhooks' letters out, apart from the worker, so that no stranger's server delays an order.

A letter is sent until the endpoint answers with success (2xx), with growing waits, for two days; then it is dead,
listed, and can be sent again. The same letter always has the same message id. Source: Standard Webhooks 1.0.0.
"""

import hmac
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from showcause.casework import webhook_events, webhooks
from showcause.casework.ports import Clock, Outside
from showcause.casework.runner import Runner
from showcause.domain.errors import AddressRefused, EndpointUnavailable, Stale
from showcause.domain.webhook import WebhookEndpoint
from showcause.store.jobs import Job
from showcause.store.view import View

log = logging.getLogger("showcause.messenger")

WAITS: Final = tuple(
    timedelta(seconds=each) for each in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 72_000)
)
"""How long until the next attempt, after each that failed: two days in all."""
LONGEST_ASKED: Final = timedelta(hours=24)
REST: Final = timedelta(seconds=60)
"""After nobody answered, the endpoint's other letters wait so long: one that is down holds up no other."""
AT_ONCE: Final = 4
"""Letters leased together: their calls, each bounded to 20 seconds, end before the lease does."""
GONE: Final = 410
PAUSED: Final = "endpoint-paused"
_HEAD: Final = frozenset({"message", "event", "at"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter ready to be posted."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Messenger:
    """Carries letters to endpoints."""

    def __init__(self, runner: Runner, outside: Outside) -> None:
        self.runner, self.outside = runner, outside
        self.clock: Clock = runner.clock
        self._resting: dict[str, datetime] = {}

    def run_due(self, most: int = 1_000) -> int:
        """Try every letter that is due now, up to a bound; returns how many were looked at."""
        done = 0
        while done < most:
            claimed = self.runner.store.jobs.claim(self.clock(), kinds=(webhook_events.KIND,), n=AT_ONCE)
            if not claimed:
                break
            for job in claimed:
                self._try(job)
            done += len(claimed)
        return done

    def _try(self, job: Job) -> None:
        try:
            self._carry(job)
        except Stale:
            log.info("job %s lost its lease", job.key)

    def _carry(self, job: Job) -> None:
        now = self.clock()
        with self.runner.store.read(now) as view:
            endpoint = view.get(WebhookEndpoint, job.record)
            letter = letter_of(view, endpoint, job, now) if endpoint.active else None
        if letter is None:
            self._give_up(job, PAUSED)
        elif (until := self._resting.get(endpoint.id)) is not None and now < until:
            self._put_back(job, until - now)
        else:
            self._post(job, endpoint, letter)

    def _post(self, job: Job, endpoint: WebhookEndpoint, letter: Letter) -> None:
        try:
            answered = self.outside.post(letter.url, letter.body, letter.headers)
        except AddressRefused as error:
            self._give_up(job, error.code)
        except EndpointUnavailable as error:
            self._resting[endpoint.id] = self.clock() + REST
            self._again(job, error.code)
        else:
            self._resting.pop(endpoint.id, None)
            self._answered(job, endpoint, answered.status, answered.retry_after)

    def _answered(self, job: Job, endpoint: WebhookEndpoint, status: int, retry_after: int | None) -> None:
        if 200 <= status < 300:
            with self.runner.store.transaction(self.clock()) as tx:
                self.runner.store.jobs.finish(tx, job)
        elif status == GONE:
            self.runner.run(webhooks.gone, endpoint.id)
            self._give_up(job, f"status-{status}")
        else:
            asked = min(timedelta(seconds=retry_after or 0), LONGEST_ASKED)
            if asked:
                self._resting[endpoint.id] = self.clock() + asked
            self._again(job, f"status-{status}", asked)

    def _again(self, job: Job, code: str, asked: timedelta = timedelta()) -> None:
        if job.attempts >= len(WAITS):
            self._give_up(job, code)
            return
        log.info("job %s waits: %s", job.key, code)
        self.runner.store.jobs.fail(job, self.clock(), code, max(WAITS[job.attempts], asked))

    def _put_back(self, job: Job, wait: timedelta) -> None:
        """Let a letter wait without counting an attempt that was not made."""
        self.runner.store.jobs.fail(replace(job, attempts=job.attempts - 1), self.clock(), job.error, wait)

    def _give_up(self, job: Job, code: str) -> None:
        log.warning("job %s ended: %s", job.key, code)
        self.runner.store.jobs.dead(job, code)


def letter_of(view: View, endpoint: WebhookEndpoint, job: Job, now: datetime) -> Letter:
    """Return the letter of a job: the same body each time, signed anew with the secrets that hold now."""
    body, id_, at = body_of(job), f"msg_{job.args['message']}", str(int(now.timestamp()))
    secrets = webhooks.signing_secrets(view, endpoint, now)
    return Letter(
        webhooks.url_of(view, endpoint),
        body,
        {
            "Content-Type": "application/json",
            "User-Agent": "Showcause-Webhooks",
            "webhook-id": id_,
            "webhook-timestamp": at,
            "webhook-signature": sign(secrets, id_, at, body),
        },
    )


def body_of(job: Job) -> bytes:
    """Return what a letter says. Source: Standard Webhooks 1.0.0, "Payload structure"."""
    data = {name: value for name, value in sorted(job.args.items()) if name not in _HEAD}
    told = {"type": job.args["event"], "timestamp": job.args["at"], "data": data}
    return json.dumps(told, separators=(",", ":")).encode()


def sign(secrets: Sequence[str], id_: str, at: str, body: bytes) -> str:
    """Return one signature for each secret. Source: Standard Webhooks 1.0.0, "Signature scheme"."""
    signed = f"{id_}.{at}.".encode() + body
    keys = (b64decode(each.removeprefix(webhooks.PREFIX)) for each in secrets)
    return " ".join(f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}" for key in keys)
