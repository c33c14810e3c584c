"""Every reader of a file or text from outside, and everything hostile given to each of them.

A true example of each form is first read, so that the table cannot rot; then come the same bytes cut, grown, nested,
repeated and of other encodings. Each ends in a refusal, in less than a second of work and in bounded memory; forms
that are only taken apart here are tried with what verifies them next.
"""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from showcause.transparency import (
    bundles,
    campaign,
    checkpoint,
    confirmation,
    jcs,
    keys,
    leaf,
    note,
    policy,
    proof,
    receipt,
    tiles,
    verify,
)
from showcause.transparency.errors import LogError
from showcause.witness import asking
from tests.transparency.logs import LOG_KEY, R1, Campaign, Decision, Log, mixed_log, secret

BIG = 10_000_000
A_SECOND = 1.0
MEMORY = 40_000_000
"""Four times the largest input, for the readers whose callers have not bounded it before."""

LOG = mixed_log(300, witnessed=True)
OPENED = Decision()
RECEIPT = Log([leaf.encode(OPENED.leaf())], witnessed=True).receipt(0, OPENED.openings())
KEY = LOG_KEY.verifier
CONNECTOR = keys.SigningKey("plaza", keys.KeyKind.ED25519, secret("connector"))
CONFIRMED = confirmation.Confirmation(
    "plaza", "plaza", confirmation.Ordered(17, "4f" * 16), "suspend", confirmation.Event.IMPOSED, 1_795_608_000,
    confirmation.Basis.READ_BACK,
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """One way into the house: what reads it, and a true example."""

    read: Callable[[bytes], object]
    true: bytes
    lawful: frozenset[str] = frozenset()
    """What is well-formed here all the same: other JSON spaces, a text that another reader looks at later."""


def text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """A reader of text that has been decoded by whoever read the file."""
    return lambda data: read(data.decode("latin-1"))


def verified(data: bytes) -> object:
    """Read a proof and verify it."""
    return proof.verify_proof(proof.parse_proof(data), LOG.entries[1], R1)


def asked(data: bytes) -> object:
    """Take a question apart and open its note, as a witness does."""
    return note.open_note(asking.parse(data).note, [KEY])


def as_a_proof(data: bytes) -> object:
    """Read a receipt that travels as a proof, and verify it."""
    return verify.verify_receipt(receipt.from_proof(data), R1)


def named(data: bytes) -> object:
    """Read a checkpoint as it always comes: as the text of a note."""
    return checkpoint.parse_checkpoint(note.parse_note(data + b"\n\xe2\x80\x94 a QUFBQUFB\n").text)


SPACES = frozenset({"other line ends"})
ORIGINS = frozenset({"byte order mark", "many itself"})
"""Another log's name, and lines of an extension: a policy does not know the one, a checkpoint may have the other."""

READERS = {
    "note": Reader(lambda data: note.open_note(data, [KEY]), LOG.note().encode()),
    "note by a policy": Reader(lambda data: policy.evaluate(R1, data), LOG.note().encode()),
    "checkpoint": Reader(named, note.parse_note(LOG.note()).text.encode(), ORIGINS),
    "path of a tile": Reader(text(tiles.parse_path), b"tile/0/x001/234.p/17"),
    "tile": Reader(lambda data: tiles.hashes_of(data, 256), LOG.files()["tile/0/000"]),
    "bundle": Reader(lambda data: bundles.decode_bundle(data, 256), LOG.files()["tile/entries/000"]),
    "leaf": Reader(leaf.decode, LOG.entries[0]),
    "item of a campaign": Reader(campaign.decode_item, campaign.encode_item(Campaign().items()[0])),
    "proof": Reader(verified, str(proof.TlogProof(1, LOG.path(1), LOG.note())).encode()),
    "receipt": Reader(receipt.from_json, receipt.to_json(RECEIPT), SPACES),
    "receipt as a proof": Reader(as_a_proof, receipt.to_proof(RECEIPT).encode()),
    "receipt as any file": Reader(receipt.from_file, receipt.to_json(RECEIPT), SPACES),
    "policy": Reader(policy.parse_policy, R1.to_bytes()),
    "public key": Reader(text(keys.parse_verifier_key), str(KEY).encode()),
    "private key": Reader(text(keys.parse_signing_key), LOG_KEY.private_text().encode()),
    "JSON": Reader(lambda data: jcs.parse(data, "it", 1_000_000), b'{"a":[1]}', SPACES),
    "canonical JSON": Reader(lambda data: jcs.parse_canonical(data, "it", 1_000_000), b'{"a":[1]}'),
    "confirmation": Reader(
        lambda data: confirmation.opened(data, CONNECTOR.verifier),
        confirmation.signed(CONFIRMED, CONNECTOR).encode(),
    ),
    "question to a witness": Reader(asked, asking.write(0, (), LOG.note())),
}


def hostile(true: bytes) -> Iterator[tuple[str, bytes]]:
    """What somebody sends who wants to waste our time, our memory or our trust."""
    half = len(true) // 2
    yield from (("nothing", b""), ("NUL", b"\0"), ("NULs", b"\0" * BIG), ("one byte too many", true + b"\0"))
    yield "NUL inside", true[:half] + b"\0" + true[half:]
    yield "invalid UTF-8", b"\xff\xfe" + true
    yield "invalid UTF-8 inside", true[:half] + b"\xc3\x28\xed\xa0\x80" + true[half:]
    yield "overlong UTF-8", b"\xc0\xaf" * 1000
    yield "UTF-16", true.decode("latin-1").encode("utf-16")
    yield "byte order mark", b"\xef\xbb\xbf" + true
    yield "compressed", b"\x1f\x8b\x08\x00" + b"\0" * 1000
    yield "other line ends", true.replace(b"\n", b"\r\n") + b"\r\n"
    for name, once in (("lines", b"\n"), ("itself", true), ("dashes", "— ".encode()), ("spaces", b" "),
                       ("digits", b"9"), ("zeros", b"0"), ("quotes", b'"'), ("backslashes", b'\\"'), ("equals", b"="),
                       ("base64", b"QUFB\n"), ("slashes", b"/x001"), ("signatures", "— a QUFBQUFB\n".encode()),
                       ("blank lines", b"\n\n"), ("words", b"log a+b+c\n"), ("surrogates", b'"\\ud800"')):  # fmt: skip
        yield f"very many {name}", once * (BIG // len(once))
        yield f"many {name}", once * (60_000 // len(once) + 2)
    for name, once in (("lists", b"["), ("objects", b'{"a":')):
        yield f"deep {name}", once * (1_000_000 // len(once))
        yield f"shallower deep {name}", once * 9000
    yield "deep and closed", b"[" * 30_000 + b"]" * 30_000
    yield "a long number", b'{"f":' + b"9" * 60_000 + b"}"
    yield "true with a long number", true.replace(b"0", b"9" * 5000, 1).replace(b"1", b"9" * 5000, 1) + b"9"
    yield "true and then much", true + b"A" * BIG
    yield "much and then true", b"A" * BIG + b"\n\n" + true


@pytest.mark.parametrize("name", READERS)
def test_the_true_example_is_read(name: str) -> None:
    READERS[name].read(READERS[name].true)


@pytest.mark.parametrize("name", READERS)
def test_hostile_bytes_end_in_a_refusal_in_bounded_time(name: str) -> None:
    reader = READERS[name]
    for what, data in hostile(reader.true):
        start = time.process_time()
        read = was_read(reader, data)
        assert time.process_time() - start < A_SECOND, what
        assert not read or what in reader.lawful, f"{what} was read"


@pytest.mark.parametrize("name", READERS)
def test_every_beginning_of_a_true_example_ends_in_a_refusal_or_is_one(name: str) -> None:
    reader = READERS[name]
    for end in range(0, len(reader.true), 1 + len(reader.true) // 300):
        was_read(reader, reader.true[:end])


@pytest.mark.parametrize("name", READERS)
def test_large_hostile_bytes_are_refused_in_bounded_memory(name: str) -> None:
    reader = READERS[name]
    for what, data in hostile(reader.true):
        if len(data) < BIG // 2:
            continue
        tracemalloc.start()
        was_read(reader, data)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < MEMORY, f"{what}: {most} bytes"


def was_read(reader: Reader, data: bytes) -> bool:
    """Return whether something was read; a refusal is a short LogError and nothing else."""
    message = ""
    try:
        reader.read(data)
    except LogError as refused:
        message = refused.message
    assert len(message) < 500
    return not message
