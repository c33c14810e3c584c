"""Changing the log's keys: the record names a key first, then it is pinned, then it signs.

Each command brings the machine's files to what the record says, whatever was left undone before: whoever was stopped
in the middle runs the same command again.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

import click

from showcause.cli.desk import Desk, on_desk
from showcause.cli.witnesses import pin
from showcause.domain.errors import Fenced, IllegalStep, Misconfigured

if TYPE_CHECKING:
    from showcause.casework.log.keys import KeyBook

SERVE = "Start `showcause serve` again: connectors believe what is pinned when they start."


@click.group()
def rotate() -> None:
    """Replace the log's key as planned: both sign for a while, then only the new one. Not for a stolen key."""


@rotate.command()
@on_desk(acts=True)
def begin(desk: Desk) -> None:
    """Make the coming key and name it in the log; from then on both sign. Run again, it says once more what to tell."""
    from showcause.casework import rotating

    book = _opened(desk)
    if not book.coming:
        book = desk.run(rotating.begin, desk.site.key_ring.prepare_key("ED25519"), desk.who)
    _settle(desk, book)
    with desk.site.store.read() as view:
        due = rotating.earliest_end(view)
    desk.answer(
        {"old": book.principal, "coming": book.coming, "entry": book.row(book.coming).entry, "earliest_end": due},
        f"Two keys sign since {book.row(book.coming).since}, as entry {book.row(book.coming).entry} says:",
        f"  the old one:    {book.principal}",
        f"  the coming one: {book.coming}",
        "Tell it now, also by another way than this site:",
        f"  who runs a witness or a mirror starts it with one option more: --log {book.coming}",
        f"  who pins a policy adds this line to it, or takes the file /keys: log {book.coming}",
        "  who pins one key goes on with the old one, and takes the coming one before the old one ends",
        f"The old key ends on {due:%Y-%m-%d %H:%M} UTC at the earliest, by `showcause log rotate finish`.",
        SERVE,
    )  # fmt: skip


@rotate.command()
@on_desk(acts=True)
def finish(desk: Desk) -> None:
    """End the old key: only the coming one signs, and the old private key is destroyed.

    Refused before both have signed for as long as the setting rotation-days says, and while somebody who watches does
    not know the coming key.
    """
    from showcause.casework import rotating

    book, unseen = _opened(desk), list[str]()
    if not _was_stopped(desk, book, "rotation-ends"):
        unseen = _refuse_unknown(desk, book)
        book = desk.run(rotating.finish, desk.who)
    _settle(desk, book)
    ended = book.ended()[-1]
    desk.answer(
        {"key": book.principal, "ended": ended.key, "entry": book.changed_entry, "not_seen": unseen},
        f"Only the new key signs since {ended.until}, as entry {ended.ended_entry} says: {book.principal}",
        f"The old private key was overwritten and removed: {ended.key}",
        "Destroy every copy that you kept of it, and keep one of the new key apart from every backup.",
        *(f"Whether {name} knows the new key could not be seen: ask who runs it." for name in unseen),
        "Tell it now: nothing that the old key signs from now on is this log's.",
        f"  who runs a witness or a mirror drops it with one option more: --drop {ended.key}",
        f"  who pins a policy or a key keeps this one alone, or takes the file /keys: {book.principal}",
        SERVE,
    )


@rotate.command()
@on_desk(acts=True)
def cancel(desk: Desk) -> None:
    """Give the coming key up: it is destroyed, and only the old one goes on signing."""
    from showcause.casework import rotating

    book = _opened(desk)
    if not _was_stopped(desk, book, "rotation-cancelled"):
        book = desk.run(rotating.cancel, desk.who)
    _settle(desk, book)
    ended = book.ended()[-1]
    desk.answer(
        {"key": book.principal, "ended": ended.key, "entry": book.changed_entry},
        f"The coming key was given up and destroyed, as entry {book.changed_entry} says: {ended.key}",
        f"Only this one signs: {book.principal}",
        "Tell everybody whom you told of it.",
        SERVE,
    )


@click.command("second-key")
@click.option("--end", is_flag=True, help="End the second key, and destroy it.")
@on_desk(acts=True)
def second_key(desk: Desk, end: bool) -> None:
    """Let a key of another kind, ML-DSA-44, sign beside the first: one that no quantum computer breaks."""
    from showcause.casework import rotating

    book = _opened(desk)
    if not _was_stopped(desk, book, "second-key-ends" if end else "second-key-begins"):
        if end:
            book = desk.run(rotating.end_second, desk.who)
        else:
            book = desk.run(rotating.add_second, desk.site.key_ring.prepare_key("ML_DSA_44"), desk.who)
    _settle(desk, book)
    desk.answer(
        {"signing": book.signing, "second": book.second, "entry": book.changed_entry},
        *(
            [f"The second key was ended and destroyed, as entry {book.changed_entry} says."]
            if end
            else [
                f"A second key signs each checkpoint, as entry {book.changed_entry} says: "
                f"{book.origin}+{book.row(book.second).id}+…",
                "Nobody has to do anything: whoever pins the first key goes on with it. Each checkpoint and each proof "
                "is 3.3 kB longer.",
                "Who wants to check it, too, pins one line more: it stands in the file /keys and in trust/log-policy.",
            ]
        ),
        SERVE,
    )


@click.command()
@on_desk()
def keys(desk: Desk) -> None:
    """List the keys that the log ever had: since when, until when, and the entries that say so."""
    from showcause.casework.rotating import book_of

    with desk.site.store.read() as view:
        book = book_of(view)
    rows = [
        {"id": each.id, "kind": each.kind.name, "since": each.since or "the beginning", "entry": each.entry,
         "until": each.until or None, "ended_entry": each.ended_entry, "coming": each.key == book.coming,
         "key": each.key}
        for each in book.rows
    ]  # fmt: skip
    desk.rows(
        rows, ("id", "kind", "since", "entry", "until", "ended_entry", "coming"), "The log names no key."
    )


# --- What all of them do ------------------------------------------------------------------------------------


def _opened(desk: Desk) -> "KeyBook":
    """Take the turn to sign, sign what is there, and return what the log says of its keys.

    Raises: SignerTaken while `serve` runs; Fenced on a database that does not continue what was signed.
    """
    from showcause.casework.log.signing import sign_head
    from showcause.casework.rotating import book_of

    signer = desk.site.signer
    if desk.site.differing:
        raise Fenced("; ".join(each.says for each in desk.site.differing))
    sign_head(desk.site.store, signer)
    with desk.site.store.read() as view:
        return book_of(view)


def _was_stopped(desk: Desk, book: "KeyBook", change: str) -> bool:
    """Tell whether this very change is in the record, and the machine's files were left behind it."""
    from showcause.transparency.policy import parse_policy

    pinned = tuple(str(each) for each in parse_policy(desk.site.home.policy.read_bytes()).logs)
    settled = tuple(desk.site.key_ring.verifier_keys) == pinned == book.signing
    return book.change == change and not settled


def _settle(desk: Desk, book: "KeyBook") -> None:
    """Let exactly those keys sign that the record names, each pinned before it signs, and sign the head with them."""
    from showcause.casework.log.signing import sign_head

    ring = desk.site.key_ring
    missing = [each for each in book.signing if each not in ring.verifier_keys]
    pin(desk, _union(book.signing, ring.verifier_keys))
    for key in missing:
        _adopt(desk, key)
    if ring.verifier_keys[0] not in book.signing:
        ring.promote_key()
    for key in ring.verifier_keys:
        if key not in book.signing:
            ring.drop_key(key)
    pin(desk, book.signing)
    sign_head(desk.site.store, desk.site.signer)


def _adopt(desk: Desk, key: str) -> None:
    from showcause.transparency.keys import parse_verifier_key

    ring = desk.site.key_ring
    prepared = ring.prepare_key(parse_verifier_key(key).kind.name)
    if prepared != key:
        ring.drop_key(prepared)
        raise Misconfigured(
            f"the log names a key that is not on this machine any more: {key}",
            "Give it up: `showcause log rotate cancel`, or `showcause log second-key --end`.",
        )
    ring.adopt_key()


def _union(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [*one, *(each for each in other if each not in one)]


def _refuse_unknown(desk: Desk, book: "KeyBook") -> list[str]:
    """Check that everybody who watches knows the coming key; return those of whom it could not be seen.

    Raises: IllegalStep.
    """
    from showcause.casework.log.watching import watch_of
    from showcause.casework.rotating import earliest_end
    from showcause.transparency.errors import LogError
    from showcause.transparency.export import CHECKPOINT

    with desk.site.store.read() as view:
        named, due = watch_of(view).witnesses, earliest_end(view)
    if due is None or desk.site.clock().astimezone(UTC) < due:
        return []  # the verb says what is wrong
    public = desk.site.home.public / CHECKPOINT
    try:
        knowing = desk.site.knowing(
            book.coming, public.read_text(encoding="utf-8") if public.exists() else ""
        )
    except LogError:
        raise IllegalStep(
            "the public head is not signed with the coming key yet",
            "Let `showcause serve` run until the public head has advanced.",
        ) from None
    known = knowing.ask(named)
    if behind := [name for name, knows in known.items() if knows is False]:
        raise IllegalStep(
            f"the coming key is not known to {', '.join(behind)}",
            "Ask who runs it to add the key, and to let it run once; or `showcause log witness remove NAME`.",
        )
    return [name for name, knows in known.items() if knows is None]
