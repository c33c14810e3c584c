"""Matrix events: how we name one, and what of it is kept as evidence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from showcause.connectors.cleaning import clean
from showcause.domain.errors import BadInput

_TEXTS: Final = ("msgtype", "body", "filename", "name", "topic", "membership", "displayname")
_FACTS: Final = ("mimetype", "size", "w", "h", "duration")


def content_ref(room: str, event: str) -> str:
    """Return the reference of an event: room and event id, since the one cannot be found without the other."""
    return f"{room}/{event}"


def room_and_event(ref: str) -> tuple[str, str]:
    """Return (room id, event id) of a reference. Raises: BadInput."""
    room, slash, event = ref.partition("/$")
    if not slash or not room.startswith("!"):
        raise BadInput("a Matrix content reference is a room id, a slash and an event id")
    return room, f"${event}"


def server_and_media(ref: str) -> tuple[str, str]:
    """Return (server, media id) of a reference, with or without `mxc://`. Raises: BadInput."""
    server, slash, media = ref.removeprefix("mxc://").partition("/")
    if not slash or not server or not media or "/" in media:
        raise BadInput("a Matrix media reference is mxc://server/id")
    return server, media


def evidence_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a decision needs of an event: who, where, when, the words; of media only the address and the facts.

    Pictures, thumbnails and their blurred previews are never taken, nor keys and ciphertexts.
    """
    content = event.get("content")
    content = content if isinstance(content, dict) else {}
    kept: dict[str, Any] = {
        name: clean(content[name]) for name in _TEXTS if isinstance(content.get(name), str)
    }
    if isinstance(content.get("url"), str):
        kept["media"] = clean(content["url"], 512)
    if event.get("type") == "m.room.encrypted":
        kept["encrypted"] = True
    info = content.get("info")
    if isinstance(info, dict):
        kept |= {name: info[name] for name in _FACTS if isinstance(info.get(name), int)}
        kept |= {"mimetype": clean(info["mimetype"], 100)} if isinstance(info.get("mimetype"), str) else {}
    return {
        "type": clean(event.get("type"), 255),
        "sender": clean(event.get("sender"), 255),
        "room": clean(event.get("room_id"), 255),
        "sent_at": _moment(event.get("origin_server_ts")),
        "content": kept,
    }


def is_redacted(event: Mapping[str, Any]) -> bool:
    """Tell whether an event, as a client sees it, was redacted."""
    unsigned = event.get("unsigned")
    return isinstance(unsigned, dict) and ("redacted_because" in unsigned or "redacted_by" in unsigned)


def _moment(milliseconds: object) -> str | None:
    if not isinstance(milliseconds, int) or not 0 <= milliseconds < 1 << 45:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()
