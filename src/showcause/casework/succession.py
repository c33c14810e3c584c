"""A log that continues another one: its first leaf names the last head of the log that ended.

A log ends when its key was stolen, or when nobody has a database any more that continues what it signed. What it said
stays true and can be checked for ever; nothing is added to it. Whoever finds the new log reads from its first entry
which one it continues, up to which size, and sees the old log's own signature over that.
"""

from showcause.domain.errors import BadInput
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.encoding import b64
from showcause.transparency.errors import LogError
from showcause.transparency.jcs import Json
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.note import Note, open_note, parse_note


def ended(origin: str, note: str, log_key: str) -> Json:
    """Return what a new log's first document says of the log that it continues.

    `note` is the old log's last signed checkpoint, `log_key` its verifier key; `origin` is the new log's name. Of the
    signatures only the old log's own is kept.

    Raises: BadInput when that key did not sign it, and when both logs have one name.
    """
    try:
        key = parse_verifier_key(log_key)
        tree = parse_checkpoint(open_note(note, [key]).text)
        parsed = parse_note(note)
    except LogError as error:
        raise BadInput(
            f"this is no checkpoint that {log_key.partition('+')[0][:64]!r} signed: {error.message}",
            "Take the newest checkpoint that anybody kept of the old log, and the old log's key.",
        ) from None
    if tree.origin != key.name:
        raise BadInput("the checkpoint is of another log than the key")
    if tree.origin == origin:
        raise BadInput("the new log cannot have the old one's name", "An origin is one log's name for ever.")
    own = tuple(each for each in parsed.signatures if (each.name, each.key_id) == (key.name, key.id))
    return {
        "origin": tree.origin,
        "size": tree.size,
        "root": b64(tree.root),
        "key": log_key,
        "note": str(Note(parsed.text, own[:1])),
    }
