"""Files that somebody sends with an appeal: sealed as they came, shown only as a copy that was drawn anew.

The original is under its sender's key and nobody is ever shown it. Its name is sealed with it: a file's name says
things about people. A copy is made by the worker outside any transaction; until then the file is in quarantine.
"""

import base64
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from showcause.casework import lodging
from showcause.casework.ports import Ids, Redrawn
from showcause.domain.appeal import Appeal
from showcause.domain.attachment import MOST_BYTES, MOST_FILES, Attachment
from showcause.domain.errors import BadInput, NotFound
from showcause.domain.lifecycle import ATTACHMENT, AttachmentEvent, AttachmentState
from showcause.domain.people import SYSTEM
from showcause.store.tx import Tx
from showcause.store.view import View

PURPOSE = "attachment"
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Sent:
    """One file as it was sent: the name that its sender gave it, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """The safe copy of a file, with a name that fits what it is now."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Listed:
    """One file in a list: its id, its sender's name for it, its state, and why it is not shown, if it is not."""

    id: str
    name: str
    state: AttachmentState
    refused_because: str
    media_type: str


def check_files(files: Sequence[Sent]) -> None:
    """Check number and size of what is sent together.

    Raises: BadInput.
    """
    if len(files) > MOST_FILES:
        raise BadInput(f"{len(files)} files; at most {MOST_FILES} are taken")
    for each in files:
        if not each.data:
            raise BadInput("a file is empty")
        if len(each.data) > MOST_BYTES:
            raise BadInput(f"a file has {len(each.data)} bytes; at most {MOST_BYTES} are taken")


def lodge_with(
    tx: Tx, now: datetime, ids: Ids, reference: str, text: str, files: Sequence[Sent], *, language: str = "en"
) -> Appeal:
    """Lodge an appeal together with its files: all of it is taken, or nothing.

    Raises: as `lodging.lodge`; BadInput for too many or too large files.
    """
    check_files(files)
    appeal = lodging.lodge(tx, now, ids, reference, text, language=language)
    receive(tx, now, ids, appeal.id, appeal.person, files)
    return appeal


def receive(
    tx: Tx, now: datetime, ids: Ids, about: str, owner: str, files: Sequence[Sent]
) -> list[Attachment]:
    """Take files into quarantine, sealed under their sender's key, and queue their inspection."""
    check_files(files)
    made = []
    for number, each in enumerate(files, 1):
        held = {"name": plain_name(each.name, number), "data": base64.b64encode(each.data).decode()}
        sealed = tx.seal(owner, PURPOSE, held)
        file = Attachment(
            ids(), ATTACHMENT.start, about, owner, f"file-{number}", len(each.data), sealed, now
        )
        made.append(tx.insert(file, verb="receive", actor=SYSTEM))
        tx.job("inspect", f"inspect:{file.id}", file.id, due=now)
    return made


def original(view: View, attachment_id: str) -> bytes | None:
    """Return the bytes that are to be drawn anew; None when that was done. For the inspector alone."""
    held = view.get(Attachment, attachment_id)
    if held.state is not AttachmentState.QUARANTINED:
        return None
    return base64.b64decode(view.unseal(held.content)["data"])


def settle(tx: Tx, now: datetime, ids: Ids, attachment_id: str, drawn: Redrawn) -> Attachment:
    """Let a file out of quarantine as its safe copy, or note why it is not shown. Harmless to repeat."""
    held = tx.get(Attachment, attachment_id)
    if held.state is not AttachmentState.QUARANTINED:
        return held
    if drawn.refused:
        state = ATTACHMENT.step(held.state, AttachmentEvent.REFUSE)
        return tx.update(held, verb="refuse", actor=SYSTEM, state=state, refused_because=drawn.refused)
    copy = {"type": drawn.media_type, "data": base64.b64encode(drawn.data).decode()}
    return tx.update(
        held,
        verb="show",
        actor=SYSTEM,
        state=ATTACHMENT.step(held.state, AttachmentEvent.SHOW),
        media_type=drawn.media_type,
        shown=tx.seal(held.owner, PURPOSE, copy),
    )


def shown(view: View, attachment_id: str) -> Shown:
    """Return the safe copy of a file.

    Raises: NotFound while there is none; Forgotten when its sender was.
    """
    held = view.get(Attachment, attachment_id)
    if held.state is not AttachmentState.SHOWN or held.shown is None:
        raise NotFound("this file is not shown", "It waits to be looked at, or was not taken.")
    copy = view.unseal(held.shown)
    stem = view.unseal(held.content)["name"].rpartition(".")[0] or held.name
    return Shown(f"{stem}.{ENDINGS[held.media_type]}", held.media_type, base64.b64decode(copy["data"]))


def listed(view: View, about: str) -> list[Listed]:
    """Return the files that came with a record, in the order in which they were sent.

    Raises: Forgotten when their sender was.
    """
    return [
        Listed(each.id, view.unseal(each.content)["name"], each.state, each.refused_because, each.media_type)
        for each in view.find(Attachment, about=about)
    ]


def plain_name(name: str, number: int) -> str:
    """Return a file's name without folders and without what cannot be seen or could turn the line round."""
    last = PurePosixPath(name.replace("\\", "/")).name
    seen = "".join(each for each in last if unicodedata.category(each)[0] not in "CZ" or each == " ")
    stem, dot, ending = seen.strip(" .").rpartition(".")
    short = f"{stem[: LONGEST_NAME - 10]}{dot}{ending[:9]}" if dot else ending[:LONGEST_NAME]
    return short if any(each.isalnum() for each in short) else f"file-{number}"
