"""`.tlog-proof` files: one entry's proof as a text that can be mailed and checked years later, offline.

Source: c2sp.org/tlog-proof@v1.
"""

from dataclasses import dataclass

from showcause.transparency.encoding import b64, from_b64, from_decimal
from showcause.transparency.errors import Malformed
from showcause.transparency.merkle import HASH, MAX_PATH, leaf_hash, verify_inclusion
from showcause.transparency.note import parse_note
from showcause.transparency.policy import Policy, Trusted, evaluate

MAGIC = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The entry at `index` is in the log under `checkpoint`, a signed note; `extra` is not covered by any signature."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        lines = [MAGIC]
        if self.extra:
            lines.append(f"extra {b64(self.extra)}")
        lines += [f"index {self.index}", *(b64(h) for h in self.hashes), "", self.checkpoint]
        return "\n".join(lines)


def parse_proof(data: bytes) -> TlogProof:
    """Read a `.tlog-proof` file of at most 1 MiB without believing it.

    Raises: Malformed.
    """
    if len(data) > MAX_PROOF:
        raise Malformed(f"a proof file has at most {MAX_PROOF} bytes here")
    try:
        head, blank, checkpoint = data.decode().partition("\n\n")
    except UnicodeError:
        raise Malformed("a proof file is UTF-8 text") from None
    lines = head.split("\n")
    if not blank or lines.pop(0) != MAGIC:
        raise Malformed(f"a proof file begins with the line {MAGIC}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_b64(lines.pop(0).removeprefix("extra "), "the extra data")
    if extra == b"" or not lines or not lines[0].startswith("index "):
        raise Malformed("a proof file has an index line, and an extra line only if there is extra data")
    index = from_decimal(lines.pop(0).removeprefix("index "), "the index")
    if len(lines) > MAX_PATH:
        raise Malformed(f"a proof has at most {MAX_PATH} hashes")
    parse_note(checkpoint)
    return TlogProof(
        index, tuple(from_b64(line, "a hash of the proof", HASH) for line in lines), checkpoint, extra
    )


def verify_proof(proof: TlogProof, entry: bytes, policy: Policy) -> Trusted:
    """Check that these bytes are the log's entry at the proof's index, under a checkpoint that the policy trusts.

    Raises: Malformed; Unverified. Source: c2sp.org/tlog-proof, "Verifying a tlog proof".
    """
    trusted = evaluate(policy, proof.checkpoint)
    tree = trusted.checkpoint
    verify_inclusion(leaf_hash(entry), proof.index, tree.size, proof.hashes, tree.root)
    return trusted
