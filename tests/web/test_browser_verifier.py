"""The verifier in the browser says of every file what the Python program says: the same facts, or the same code."""

import base64
import functools
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import showcause.web
from showcause.casework.log.keys import FORMAT, KeyBook, after, as_file
from showcause.transparency import leaf, note, receipt
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.commitments import Opening, digest_of
from showcause.transparency.encoding import b64url
from showcause.transparency.errors import LogError
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.kinds import Slot
from showcause.transparency.merkle import leaf_hash, root_of
from showcause.transparency.policy import Policy, parse_policy
from showcause.transparency.receipt import from_file
from showcause.transparency.verify import verify_receipt
from tests.services.browser import Browser
from tests.transparency.logs import (
    LOG_KEY,
    OTHER_KEY,
    R0,
    SEEN,
    WITNESS_KEY,
    Decision,
    mixed_log,
    plain_leaf,
    secret,
)

STATIC = Path(showcause.web.__file__).parent / "static" / "showcause"
VECTORS = Path(__file__).parents[1] / "transparency" / "vectors"
PROOF = (VECTORS / "decision.tlog-proof").read_bytes()
RECEIPT = (VECTORS / "decision.receipt.json").read_bytes()
ITEM = (VECTORS / "item.receipt.json").read_bytes()
POLICY = (VECTORS / "policy.txt").read_bytes()
LATER = SigningKey("witness.example/pq", KeyKind.ML_DSA_44, secret("later"))
SECOND = SigningKey("witness.example/w2", KeyKind.COSIGNATURE, secret("second"))
LOG_PQ = SigningKey(LOG_KEY.name, KeyKind.ML_DSA_44, secret("log, later"))

COMING = SigningKey(LOG_KEY.name, KeyKind.ED25519, secret("coming"))

ONE = Decision()

Case = tuple[bytes, bytes]
Verdict = dict[str, Any]

JUDGE = """
  async ([cases]) => {
    const verify = await import("/verify.js");
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const members = (map) => Object.fromEntries([...map].map(([key, value]) => [key, plain(value)]));
    const plain = (value) =>
      Array.isArray(value) ? value.map(plain) : value instanceof Map ? members(value) : value;
    const judge = async ([file, policy]) => {
      try {
        const found = await verify.checkFile(bytes(file), await verify.readTrust(bytes(policy)));
        return {
          index: Number(found.index), size: Number(found.size), root: found.root, origin: found.origin,
          kind: found.leaf.kind, id: found.leaf.id, opened: plain(found.opened), unchecked: found.unchecked,
          witnesses: Object.fromEntries(found.witnesses.map((each) => [each.name, Number(each.time)])),
          item: found.item && [Number(found.item.index), plain(found.item.opened)],
        };
      } catch (error) {
        return { code: error.code ?? String(error) };
      }
    };
    const verdicts = [];
    for (const each of cases) verdicts.push(await judge(each));
    return verdicts;
  }
"""
FLIP = """
  async ([file, policy, steps]) => {
    const verify = await import("/verify.js");
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const trust = await verify.readTrust(bytes(policy));
    const whole = bytes(file);
    const codes = [];
    for (let at = 0; at < whole.length; at += steps) {
      const flipped = whole.slice();
      flipped[at] ^= 1 << (at % 8);
      codes.push(await verify.checkFile(flipped, trust).then(() => "accepted", (error) => error.code ?? String(error)));
    }
    return codes;
  }
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def run(browser: Browser) -> Iterator[Callable[[str, Sequence[Any]], Any]]:
    """Run a function in a page that has the verifier beside it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(STATIC)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with browser.open(f"http://localhost:{server.server_port}/mark.svg") as page:
        yield page.evaluate
    server.shutdown()
    thread.join()
    server.server_close()


def code(data: bytes) -> str:
    return base64.b64encode(data).decode()


def python_says(file: bytes, policy: bytes) -> Verdict:
    try:
        found = verify_receipt(from_file(file), parse_policy(policy))
    except LogError as error:
        return {"code": error.code}
    return {
        "index": found.index,
        "size": found.checkpoint.size,
        "root": found.checkpoint.root.hex(),
        "origin": found.checkpoint.origin,
        "kind": found.leaf.kind,
        "id": found.leaf.id,
        "opened": _plain(found.opened),
        "unchecked": [],
        "witnesses": {_shown(name): time for name, time in found.witnesses.items()},
        "item": [found.item.index, _plain(found.item.opened)] if found.item else None,
    }


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plain(fields: Any) -> dict[str, Any]:
    return {str(slot): dict(values) for slot, values in fields.items()}


def noted(text: str, keys: Sequence[SigningKey], witnesses: Sequence[SigningKey]) -> str:
    signed = note.sign_note(text, keys)
    for key in witnesses:
        signed = note.cosign(signed, key, SEEN)
    return signed


def proof_under(
    keys: Sequence[SigningKey],
    witnesses: Sequence[SigningKey] = (),
    lines: str = "",
    origin: str = LOG_KEY.name,
    openings: Sequence[Opening] = ONE.openings(),
) -> bytes:
    """A proof of one decision in a log of twelve, whose head these keys signed."""
    log = mixed_log(11)
    log.entries.append(leaf.encode(ONE.leaf()))
    tree = Checkpoint(origin, 12, root_of(map(leaf_hash, log.entries)))
    signed = noted(tree.text + lines, keys, witnesses)
    made = receipt.Receipt(log.entries[11], 11, log.path(11), signed, tuple(openings))
    return receipt.to_proof(made).encode()


def alone(entry: bytes, size: int, *openings: Opening) -> bytes:
    """A proof without any path, whose head has the entry's own hash as its root."""
    signed = noted(Checkpoint(LOG_KEY.name, size, leaf_hash(entry)).text, [LOG_KEY], [])
    return receipt.to_proof(receipt.Receipt(entry, 0, (), signed, openings)).encode()


def opened_with(disclosure: str) -> bytes:
    """A proof of an entry that truly commits to this text as its subject's kind."""
    made = ONE.commitment(Slot.SUBJECT)
    digests = (made.digests[0], sha256(disclosure.encode()).digest(), made.digests[2])
    slots = {Slot.SUBJECT: digest_of(Slot.SUBJECT, digests)}
    return alone(
        leaf.encode(plain_leaf("odd", slots=slots)), 1, Opening(Slot.SUBJECT, {"kind": disclosure}, digests)
    )


def disclosed(text: str) -> str:
    return b64url(text.encode())


def policy(
    quorum: str = "none", *witnesses: SigningKey, extra: str = "", logs: Sequence[SigningKey] = ()
) -> bytes:
    lines = [f"log {key.verifier}" for key in logs or (LOG_KEY,)]
    lines += [f"witness w{place} {key.verifier}" for place, key in enumerate(witnesses, 1)]
    return "\n".join([*lines, extra, f"quorum {quorum}", ""]).encode()


def keys_file() -> bytes:
    """The file that a log in the middle of a rotation publishes of its keys."""
    old, coming = str(LOG_KEY.verifier), str(COMING.verifier)
    said = {"format": FORMAT, "origin": LOG_KEY.name, "key": old}
    begins = {
        "event": "rotation-begins",
        "signing": [old, coming],
        "coming": coming,
        "from": "2026-11-22T12:00:00Z",
    }
    return as_file(after(after(KeyBook(), 0, said), 5, said | begins)).encode()


SALT = b64url(bytes(32))
ALL = (WITNESS_KEY, SECOND, LATER)
TWO_OF_THREE = policy("g", *ALL, extra="group g 2 w1 w2 w3")


def cases() -> dict[str, Case]:
    """Return files and policies that hold, and those that only look so."""
    pq, turned = proof_under([LOG_KEY, LOG_PQ], ALL), proof_under([LOG_KEY, COMING])
    text, extra = PROOF.decode(), PROOF.decode().split("\n")[1].removeprefix("extra ")
    inner = base64.b64decode(extra).decode()

    def with_extra(changed: str) -> bytes:
        return text.replace(extra, code(changed.encode())).encode()

    told, room = ONE.openings()[0], disclosed(f'["{SALT}","kind","room"]')
    loaded = json.loads(RECEIPT)
    first = {**loaded, "openings": loaded["openings"][:1] * 2}
    return {
        "the published proof": (PROOF, POLICY),
        "the published receipt": (RECEIPT, POLICY),
        "an item of a campaign": (ITEM, POLICY),
        "no witness asked": (PROOF, str(R0).encode()),
        "another log's key": (PROOF, policy(logs=[OTHER_KEY])),
        "a witness that did not cosign": (PROOF, policy("w1", SECOND)),
        "two of three, both kinds of keys": (pq, TWO_OF_THREE),
        "one of two needed": (proof_under([LOG_KEY], [WITNESS_KEY]), TWO_OF_THREE),
        "a post-quantum witness alone": (proof_under([LOG_KEY], [LATER]), policy("w1", LATER)),
        "a post-quantum log key": (pq, policy("w1", LATER, logs=[LOG_PQ])),
        "a post-quantum signature over other lines": (
            proof_under([LOG_KEY], [LATER], "a line\n"),
            policy("w1", LATER),
        ),
        "a forged post-quantum signature": (_forged(pq), TWO_OF_THREE),
        "both keys of a rotation, both pinned": (turned, policy(logs=[LOG_KEY, COMING])),
        "both keys of a rotation, the old one pinned": (turned, policy()),
        "both keys of a rotation, the coming one pinned": (turned, policy(logs=[COMING])),
        "both keys pinned, the old one signed": (proof_under([LOG_KEY]), policy(logs=[COMING, LOG_KEY])),
        "both keys pinned, the coming one signed": (proof_under([COMING]), policy(logs=[LOG_KEY, COMING])),
        "the public file of both keys": (turned, keys_file()),
        "a forged signature of the coming key": (_forged(turned), policy(logs=[LOG_KEY, COMING])),
        "a post-quantum key of the log beside its first": (
            proof_under([LOG_KEY, LOG_PQ]),
            policy(logs=[LOG_KEY, LOG_PQ]),
        ),
        "a group of groups": (
            pq,
            policy("top", *ALL, extra="group low any w1 w2\ngroup top all low w3"),
        ),
        "a policy with bytes that are no text": (PROOF, b"# \xff\n" + str(R0).encode()),
        "a witness whose name is no text": (
            PROOF,
            POLICY.replace(b"w1 w", b"\xff w").replace(b"quorum w1", b"quorum \xff"),
        ),
        "a policy without a quorum": (PROOF, b"log " + str(LOG_KEY.verifier).encode() + b"\n"),
        "a policy with a key twice": (PROOF, policy(logs=[LOG_KEY, LOG_KEY])),
        "a policy with a wrong key id": (PROOF, POLICY.replace(b"dcbcb8a3", b"dcbcb8a4")),
        "a policy with an unknown line": (PROOF, POLICY + b"trust me\n"),
        "a group that needs too many": (PROOF, policy("g", WITNESS_KEY, extra="group g 2 w1")),
        "a group of the prototype": (PROOF, policy("g", WITNESS_KEY, extra="group g constructor w1")),
        "nothing": (b"", POLICY),
        "no last newline": (PROOF[:-1], POLICY),
        "one newline more": (PROOF + b"\n", POLICY),
        "other line ends": (PROOF.replace(b"\n", b"\r\n"), POLICY),
        "base64 with loose bits": (text.replace("kdw=", "kdx=").encode(), POLICY),
        "an index with a zero before it": (PROOF.replace(b"\nindex 11", b"\nindex 011"), POLICY),
        "another index": (PROOF.replace(b"\nindex 11", b"\nindex 10"), POLICY),
        "an index beyond the tree": (PROOF.replace(b"\nindex 11", b"\nindex 9007199254740993"), POLICY),
        "no entry in it": (text.replace(f"extra {extra}\n", "").encode(), POLICY),
        "a hash more": (PROOF.replace(b"\n\nlog.", b"\n" + code(bytes(32)).encode() + b"\n\nlog."), POLICY),
        "a key twice in its data": (with_extra(inner.replace('{"f":', '{"f":"x","f":', 1)), POLICY),
        "a fraction in its data": (with_extra(inner.replace('"openings":[', '"openings":[1.0,', 1)), POLICY),
        "deep data": (with_extra("[" * 5000 + "]" * 5000), POLICY),
        "spaces in its data, which nothing signs": (with_extra(inner.replace('{"f":', '{ "f" : ', 1)), POLICY),
        "members of another form": (with_extra(inner.replace("v1 extra", "v2 extra")), POLICY),
        "a slot opened twice": (json.dumps(first).encode(), POLICY),
        "the prototype as a slot": (RECEIPT.replace(b'"slot":"facts"', b'"slot":"__proto__"'), POLICY),
        "the prototype as a field": (RECEIPT.replace(b'{"orders":', b'{"__proto__":'), POLICY),
        "an item of somebody else": (
            ITEM.replace(b'\\"i\\":3', b'\\"i\\":2'),
            POLICY,
        ),
        "an index that is a text": (RECEIPT.replace(b'"index":11', b'"index":"11"'), POLICY),
        "an index that is true": (RECEIPT.replace(b'"index":11', b'"index":true'), POLICY),
        "half a character": (RECEIPT.replace(b"showcause/v1 receipt", b"\\ud800"), POLICY),
        "text after it": (RECEIPT + b" x", POLICY),
        "space after it": (RECEIPT + b" \n", POLICY),
        "a head of another name under this key": (
            proof_under([LOG_KEY], origin="log.example/other"),
            policy(),
        ),
        "a path that is too short for the tree": (alone(leaf.encode(ONE.leaf()), 2), policy()),
        "a log of one entry": (alone(leaf.encode(ONE.leaf()), 1), policy()),
        "a bad signature of a known witness beside good ones": (
            PROOF.replace(b"aQi6Ag==", b"aQi6Aw=="),
            POLICY.replace(b"quorum w1", b"quorum none"),
        ),
        "a signature of a few bytes": (
            text.replace(text.split()[-1], "gsHkRAAA").encode(),
            POLICY.replace(b"quorum w1", b"quorum none"),
        ),
        "an empty line in a head": (proof_under([LOG_KEY], lines="\nx\n"), policy()),
        "a line more in a head": (proof_under([LOG_KEY], lines="x\n"), policy()),
        "openings of another decision": (
            proof_under([LOG_KEY], openings=Decision("another", ref="@else:example.org").openings()),
            policy(),
        ),
        "another value of an opened field": (
            proof_under([LOG_KEY], openings=[replace(told, disclosed={"kind": room})]),
            policy(),
        ),
        "a field as another field": (opened_with(disclosed(f'["{SALT}","ref","account"]')), policy()),
        "a field that is committed to": (opened_with(disclosed(f'["{SALT}","kind",["a",{{"b":1}},null]]')), policy()),
        "a field in another spelling": (opened_with(disclosed(f'["{SALT}", "kind","account"]')), policy()),
        "members in another order": (opened_with(disclosed(f'["{SALT}","kind",{{"b":1,"a":2}}]')), policy()),
        "a salt that is short": (opened_with(disclosed('["AAAA","kind","account"]')), policy()),
        "a megabyte of brackets": (b"[" * 2**20, POLICY),
        "a megabyte of digits": (b"1" * 2**20, POLICY),
        "a megabyte of an unended text": (b'"' + b"\\" * (2**20 - 1), POLICY),
        "more than a megabyte": (PROOF[:23] + b"extra " + b"A" * 2**20 + b"\n", POLICY),
        "a megabyte of hashes": (PROOF[:23] + b"index 1\n" + (code(bytes(32)) + "\n").encode() * 20_000, POLICY),
        "a policy of many groups": (PROOF, policy("none", WITNESS_KEY, extra="group g any g\n" * 1000)),
    }  # fmt: skip


def _forged(proof: bytes) -> bytes:
    """Return the proof with one bit of the last signature flipped."""
    start, _, encoded = proof.rstrip(b"\n").rpartition(b" ")
    data = bytearray(base64.b64decode(encoded))
    data[-1] ^= 1
    return start + b" " + base64.b64encode(data) + b"\n"


CASES = cases()


def test_the_cases_hold_and_fail_as_their_names_say() -> None:
    """Otherwise two programs that refuse everything would agree."""
    codes = {name: python_says(*case).get("code", "holds") for name, case in CASES.items()}
    assert sum(each == "holds" for each in codes.values()) >= 11
    assert codes["a forged post-quantum signature"] == codes["one of two needed"] == "log_unverified"
    assert codes["a post-quantum signature over other lines"] == "holds"
    assert codes["base64 with loose bits"] == "log_malformed"
    assert {codes[each] for each in codes if "both keys" in each} == {"holds"}
    assert codes["a forged signature of the coming key"] == "log_unverified"


@pytest.mark.browser
def test_chromium_and_python_say_the_same_of_every_file(run: Callable[..., Any]) -> None:
    found = run(JUDGE, [[[code(file), code(trust)] for file, trust in CASES.values()]])
    assert dict(zip(CASES, found, strict=True)) == {name: python_says(*case) for name, case in CASES.items()}


@pytest.mark.browser
def test_every_flipped_byte_of_a_proof_is_refused_in_chromium_with_pythons_code(
    run: Callable[..., Any],
) -> None:
    found = run(FLIP, [code(PROOF), code(POLICY), 1])
    assert len(found) == len(PROOF)
    assert found == [_code_of(PROOF, at) for at in range(len(PROOF))]
    assert set(found) == {"log_malformed", "log_unverified"}


@pytest.mark.browser
def test_flipped_bytes_of_a_campaigns_receipt_are_refused_alike(run: Callable[..., Any]) -> None:
    assert run(FLIP, [code(ITEM), code(POLICY), 5]) == [_code_of(ITEM, at) for at in range(0, len(ITEM), 5)]


def _code_of(file: bytes, at: int) -> str:
    flipped = bytearray(file)
    flipped[at] ^= 1 << (at % 8)
    return str(python_says(bytes(flipped), POLICY).get("code", "accepted"))


@pytest.mark.browser
def test_a_key_alone_is_trust_without_any_witness(run: Callable[..., Any]) -> None:
    alone = f" {LOG_KEY.verifier}\n".encode()
    [found] = run(JUDGE, [[[code(PROOF), code(alone)]]])
    assert found == python_says(PROOF, str(Policy((LOG_KEY.verifier,))).encode())
    [refused] = run(JUDGE, [[[code(PROOF), code(str(WITNESS_KEY.verifier).encode())]]])
    assert refused == {"code": "log_malformed"}


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine")
def test_node_says_the_same_and_names_what_it_could_not_check(tmp_path: Path) -> None:
    """Node 20 has no ML-DSA: such a signature neither counts nor passes unseen."""
    shutil.copy(STATIC / "verify.js", tmp_path / "verify.mjs")
    program = JUDGE.replace('"/verify.js"', '"./verify.mjs"')
    sent = [[[code(file), code(trust)] for file, trust in CASES.values()]]
    (tmp_path / "run.mjs").write_text(
        f"const judge = {program};\nconsole.log(JSON.stringify(await judge({json.dumps(sent)})));"
    )
    done = subprocess.run(
        ["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300
    )
    found = dict(zip(CASES, json.loads(done.stdout), strict=True))
    unable = {name for name, each in found.items() if each.get("unchecked")}
    wanted = {name: python_says(*case) for name, case in CASES.items()}
    if unable:
        assert found["two of three, both kinds of keys"]["unchecked"] == [LATER.name]
        assert found["a post-quantum witness alone"] == {"code": "log_unverified"}
        assert found["a post-quantum key of the log beside its first"]["unchecked"] == []
    by_pq = {
        name for name in CASES if LATER.name in CASES[name][1].decode("latin-1") or "post-quantum" in name
    }
    assert {name: each for name, each in found.items() if name not in by_pq} == {
        name: each for name, each in wanted.items() if name not in by_pq
    }
