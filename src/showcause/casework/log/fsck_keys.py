"""The log's keys: what its entries name, what signed its heads, and what is pinned must be the same keys."""

from collections.abc import Iterable, Iterator, Sequence

from showcause.casework.log.fsck import Finding
from showcause.casework.log.keys import KeyBook, NotSaid, after, key_entries
from showcause.store.view import View
from showcause.transparency.checkpoint import parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.keys import parse_verifier_key
from showcause.transparency.note import parse_note

AGAIN = "run the command that changed the keys again"


def compare(view: View, notes: Iterable[tuple[str, str]], pinned: Sequence[str]) -> Iterator[Finding]:
    """Yield every difference; `notes` are the signed heads that are kept, each with the name of who keeps it."""
    books, book = [KeyBook()], KeyBook()
    for place, document in key_entries(view):
        try:
            book = after(book, place, document)
        except NotSaid as error:
            yield Finding(f"entry {place}", "keys", f"does not say rightly which keys sign: {error}")
            return
        books.append(book)
    if not book.rows:
        return
    if tuple(pinned) != book.signing:
        yield Finding("log-policy", "keys", f"does not trust exactly the keys that the log names; {AGAIN}")
    for name, note in notes:
        yield from _signatures(name, note, books)


def _signatures(name: str, note: str, books: Sequence[KeyBook]) -> Iterator[Finding]:
    """Compare the log's own signatures under a head with the keys that the entries below it name."""
    where = f"head {name}"
    try:
        parsed = parse_note(note)
        size = parse_checkpoint(parsed.text).size
    except LogError as error:
        yield Finding(where, error.code, error.message)
        return
    book = [each for each in books if each.changed_entry < size][-1]
    named = {key.id: key for key in map(parse_verifier_key, book.signing)}
    signed = {each.key_id: each.data for each in parsed.signatures if each.name == books[-1].origin}
    for key_id in sorted(named.keys() - signed.keys()):
        yield Finding(
            where, "unsigned", f"lacks the signature of {key_id.hex()}, which the log names; {AGAIN}"
        )
    for key_id in sorted(signed.keys() - named.keys()):
        yield Finding(
            where, "unnamed", f"is signed with {key_id.hex()}, which the log does not name at {size} entries"
        )
    for key_id in sorted(named.keys() & signed.keys()):
        if not named[key_id].verifies(parsed.text.encode(), signed[key_id]):
            yield Finding(where, "signature", f"is not what {key_id.hex()} signed")
