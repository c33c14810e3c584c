"""How long a browser takes to check one proof: Chromium with our verifier, beside the Python program.

    python -m bench.browser [--number N]

The proof is of an entry in a log of 1,048,576, with the log's and one witness' signatures (Ed25519), then with a
witness' ML-DSA-44 signature besides; nothing is opened. Trust is read once, as on a page. The first check of a page,
which compiles the module, is measured apart. Aim: below 50 ms, so that nobody waits for it.
"""

import argparse
import base64
import shutil
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

import showcause.web
from bench import rows
from bench.rows import Row
from showcause.cli.testing import CHROMIUM
from showcause.transparency import leaf, merkle, note
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.policy import parse_policy
from showcause.transparency.receipt import Receipt, from_file, to_proof
from showcause.transparency.verify import verify_receipt

ORIGIN = "bench.example/log"
HEIGHT = 20
TARGET = 20
MODULE = Path(showcause.web.__file__).parent / "static" / "showcause" / "verify.js"
HERE = "http://localhost:9"
"""Nothing listens there: the one page and the one module are given by this program."""
Case = tuple[str, tuple[KeyKind, ...]]
CASES: tuple[Case, ...] = (
    ("log and witness, Ed25519", (KeyKind.COSIGNATURE,)),
    ("log and two witnesses, one ML-DSA-44", (KeyKind.COSIGNATURE, KeyKind.ML_DSA_44)),
)
CHECK = """
  async ([file, policy, number]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const start = performance.now();
    const { checkFile, readTrust } = await import("/verify.js");
    const trust = await readTrust(bytes(policy));
    const proof = bytes(file);
    await checkFile(proof, trust);
    const first = performance.now() - start;
    const again = performance.now();
    for (let each = 0; each < number; each++) await checkFile(proof, trust);
    return [first, (performance.now() - again) / number];
  }
"""


def _secret(word: str) -> bytes:
    return sha256(word.encode()).digest()


def proof_and_policy(kinds: Sequence[KeyKind]) -> tuple[bytes, bytes]:
    """Return the proof of the first entry of a large log, cosigned by a witness of each kind, and whom to trust."""
    entry = leaf.encode(
        leaf.Leaf(
            "decision", "0" * 32, "1" * 64, "2" * 64, tuple(_secret(each) for each in leaf.SLOTS),
            leaf.Numbers("bench", 1, 1),
        )
    )  # fmt: skip
    path = tuple(_secret(f"neighbour {level}") for level in range(HEIGHT))
    root = merkle.leaf_hash(entry)
    for neighbour in path:
        root = merkle.node_hash(root, neighbour)
    log = SigningKey(ORIGIN, KeyKind.ED25519, _secret("log"))
    witnesses = [
        SigningKey(f"witness.example/{kind:02x}", kind, _secret(f"witness {kind}")) for kind in kinds
    ]
    signed = note.sign_note(Checkpoint(ORIGIN, 1 << HEIGHT, root).text, [log])
    for each in witnesses:
        signed = note.cosign(signed, each, 1_790_000_000)
    names = [f"w{each.kind:02x}" for each in witnesses]
    lines = [f"log {log.verifier}"]
    lines += [f"witness {name} {each.verifier}" for name, each in zip(names, witnesses, strict=True)]
    lines += [f"group all all {' '.join(names)}", "quorum all", ""]
    return to_proof(Receipt(entry, 0, path, signed)).encode(), "\n".join(lines).encode()


def browser(number: int) -> Iterator[Row]:
    """Start a Chromium and measure all cases in it."""
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        yield {"bench": "browser", "case": "no Chromium on this machine"}
        return
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield from measured(chromium, number, CASES)
        chromium.close()


def measured(chromium: Browser, number: int, cases: Sequence[Case]) -> Iterator[Row]:
    """Measure some cases, each in a page of its own."""
    for case, kinds in cases:
        page = chromium.new_page()
        page.route("**/*", _give)
        page.goto(f"{HERE}/")
        yield _measured(page, case, *proof_and_policy(kinds), number)
        page.close()


def _give(route: Route) -> None:
    if route.request.url.endswith("/verify.js"):
        route.fulfill(body=MODULE.read_text(encoding="utf-8"), content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


def _measured(page: Page, case: str, proof: bytes, policy: bytes, number: int) -> Row:
    first, each = page.evaluate(CHECK, [_code(proof), _code(policy), number])
    trust, start = parse_policy(policy), time.perf_counter()
    for _ in range(number):
        verify_receipt(from_file(proof), trust)
    python = (time.perf_counter() - start) / number
    more: dict[str, Any] = {
        "milliseconds": round(each, 2),
        "first_milliseconds": round(first, 1),
        "python_milliseconds": round(python * 1000, 2),
        "bytes": len(proof),
        "chromium": page.context.browser.version if page.context.browser else "",
    }
    return rows.row("browser", case, 1000 / each, TARGET, **more)


def _code(data: bytes) -> str:
    return base64.b64encode(data).decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON object a row."""
    parser = argparse.ArgumentParser(prog="showcause bench browser", description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=300, help="how many proofs each case checks")
    asked = parser.parse_args(arguments)
    for made in browser(asked.number):
        rows.show(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
