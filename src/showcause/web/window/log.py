"""The log explorer: every public entry, what it says, and how anybody checks it."""

import json
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from showcause.domain.errors import BadInput, NotFound
from showcause.transparency.encoding import b64
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.kinds import REFERRING, RESTRICTING, Kind
from showcause.transparency.receipt import to_proof
from showcause.web.window import doors, opened
from showcause.web.window.entries import Entry, entry, kind_id, listed
from showcause.web.window.home import state
from showcause.web.window.record import Record

SHOWN: Final = 50
LEAF_ID: Final = re.compile(r"[0-9a-f]{32}")
DECISIONS: Final = RESTRICTING
"""Kinds that decide something about somebody, and so have a page of their own."""


@doors.page
def log(request: HttpRequest, known: Record) -> HttpResponse:
    """List the entries, newest first, all or those of one kind."""
    kind = request.GET.get("kind", "")
    if kind and kind not in known.index.counted and kind not in set(Kind):
        raise BadInput("there is no such kind of entries")
    before = doors.number(request, "before")
    before = known.size if before is None else min(before, known.size)
    places = known.index.newest(before, SHOWN + 1, kind)
    context = {
        "entries": [listed(known, place) for place in places[:SHOWN]],
        "older": places[SHOWN - 1] if len(places) > SHOWN else None,
        "from_start": before >= known.size,
        "kind": kind,
        "kinds": [(each, kind_id(each), count) for each, count in known.index.counted.most_common()],
    }
    return render(request, "window/log.html", state(known) | context)


@doors.page
def log_entry(request: HttpRequest, known: Record, index: int) -> HttpResponse:
    """Show one entry: what is open, what is only committed to, and its proof."""
    found, receipt = entry(known, index), known.proof(index)
    context = {
        "entry": found,
        "place": str(index),
        "decides": found.leaf is not None and found.leaf.kind in DECISIONS,
        "content": _pretty(found),
        "path": [b64(each) for each in receipt.hashes],
        "previous": index - 1 if index else None,
        "next": index + 1 if index + 1 < known.size else None,
    }
    return render(request, "window/entry.html", state(known) | context)


@doors.file
def log_proof(request: HttpRequest, known: Record, index: int) -> HttpResponse:
    """Give the proof of one entry as a file that can be checked offline."""
    text = to_proof(known.proof(index))
    return doors.as_file(text.encode(), "text/plain; charset=utf-8", f"entry-{index}.tlog-proof")


@doors.file
def log_bytes(request: HttpRequest, known: Record, index: int) -> HttpResponse:
    """Give the bytes of one entry as they stand in the log."""
    return doors.as_file(known.entry(index), "application/json", f"entry-{index}.json")


@doors.page
def checkpoint(request: HttpRequest, known: Record) -> HttpResponse:
    """Explain the signed head line by line."""
    key = parse_verifier_key(known.head.key) if known.head.key else None
    context = {"key_id": key.id.hex() if key else "", "root_text": b64(known.head.tree.root)}
    return render(request, "window/checkpoint.html", state(known) | context)


@doors.page
def decision(request: HttpRequest, known: Record, leaf: str) -> HttpResponse:
    """Show what the public may know of one decision."""
    if not LEAF_ID.fullmatch(leaf):
        raise NotFound("this is not the id of an entry", "An id has 32 of 0-9 and a-f.")
    found = entry(known, known.place_of(leaf))
    if found.leaf is None or found.leaf.kind not in DECISIONS:
        raise NotFound("the entry with this id is no decision", f"It is entry {found.index} of the log.")
    context = {
        "entry": found,
        "place": str(found.index),
        "about": _about(found),
        "opened": opened.of_entry(known, found.leaf, str(request.LANGUAGE_CODE)),
    }
    return render(request, "window/decision.html", state(known) | context)


def _about(found: Entry) -> dict[str, list[Any]]:
    """Return the entries about a decision, by what they are."""
    several = {kind: [each for each in found.referred_by if each.kind == kind_id(kind)] for kind in REFERRING}
    return {
        "effects": several[Kind.EFFECT],
        "appeals": several[Kind.APPEAL],
        "reversals": several[Kind.REVERSAL],
    }


def _pretty(found: Entry) -> str:
    value = found.document.value if found.document else None
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
