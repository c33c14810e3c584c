"""The program between your platform and Showcause: it fetches orders, checks them, carries them out, and says so."""

import json
import os
import sys
import time
import urllib.request

from forum import Forum
from verify_receipt import verify


def call(method, path, body=None):
    headers = {"Authorization": f"Bearer {os.environ['API_KEY']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    address = os.environ["API"] + path  # yours, http or https
    request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def carry_out(order, forum, log_key):
    verb, subject, measure, number = (order[name] for name in ("verb", "subject", "measure", "number"))
    forum.find(subject)
    if verb == "restrict" and not order["urgent"]:
        verify(order["receipt"], order, log_key, forum.used_up(subject, measure))
    if measure:
        {"restrict": forum.restrict, "lift": forum.lift}[verb](subject, measure)
        forum.use_up(subject, measure, (number or 0) - (verb == "restrict"))
    elif verb == "tell":
        forum.tell(subject, order["text"], order["reference"])
    return {"outcome": "done", "standing": forum.standing(subject), "has": forum.has(subject)}


def answer_to(order, forum, log_key):
    try:
        return carry_out(order, forum, log_key)
    except LookupError:
        return {"outcome": "gone"}
    except PermissionError:
        return {"outcome": "refused", "reason": "unreachable"}
    except ValueError:
        return {"outcome": "refused", "reason": "receipt"}
    except OSError as busy:
        return {"outcome": "later", "retry_after": getattr(busy, "seconds", None)}


def work(call, forum, log_key, wait=20):
    for order in call("GET", f"/orders?wait={wait}")["orders"]:
        call("POST", f"/orders/{order['id']}/confirmation", answer_to(order, forum, log_key))


if __name__ == "__main__":
    while True:
        try:
            work(call, Forum(), os.environ["LOG_KEY"])
        except (
            OSError
        ) as away:  # Showcause starts again, or the network does; what is not confirmed comes again
            print(away, file=sys.stderr, flush=True)
            time.sleep(1)
