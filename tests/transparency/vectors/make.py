"""Writes the published vectors beside it: fixed seeds in, exact bytes out, for whoever writes another implementation.

    PYTHONPATH=src:. python tests/transparency/vectors/make.py

The files were written once and are pinned by `test_vectors.py`. If they ever differ, the code is wrong, not
the files: logs that were written before could no longer be checked.
"""

import json
from pathlib import Path

from showcause.transparency import campaign, leaf, merkle, note, receipt
from showcause.transparency.commitments import Commitment, commit
from showcause.transparency.encoding import b64
from showcause.transparency.jcs import Json
from showcause.transparency.kinds import FIELDS, Slot
from tests.transparency.logs import (
    LOG_KEY,
    R1,
    SEEN,
    WITNESS_KEY,
    Campaign,
    Decision,
    Log,
    mixed_log,
    plain_leaf,
    secret,
)

ONE = Decision("vector", "@spam:example.org", number=3)
FLOOD = Campaign(5, 4, "vector campaign")
VALUES: dict[Slot, dict[str, Json]] = {
    Slot.FACETS: {"measures": ["suspend"], "ground": "terms", "keywords": ["spam", "bot"], "deciders": 2},
    Slot.SUBJECT: {"platform": "matrix", "kind": "account", "ref": "@spam:example.org"},
    Slot.FACTS: {"orders": [[3, "suspend", "2026-12-24T18:00:00Z"]], "text": 'Ünïcode 😀 and "quotes"\n'},
}


def vectors() -> dict[str, bytes]:
    """Give the name and bytes of every file."""
    log = Log([*mixed_log(11).entries, leaf.encode(ONE.leaf()), leaf.encode(FLOOD.leaf())], witnessed=True)
    decision = log.receipt(11, ONE.openings())
    item = log.receipt(12, [FLOOD.content().opening(["count", "root"])], FLOOD.item_receipt(3))
    tables: dict[str, Json] = {
        "leaves.json": [_leaf(one) for one in _leaves()],
        "commitments.json": [_commitment(slot, values) for slot, values in VALUES.items()],
        "campaign.json": _campaign(),
        "keys.json": _keys(),
        "trees.json": [
            b64(merkle.root_of([merkle.leaf_hash(b"%d" % i) for i in range(n)])) for n in range(18)
        ],
    }
    files = {name: _pretty(table) for name, table in tables.items()}
    files |= {"decision.receipt.json": receipt.to_json(decision), "item.receipt.json": receipt.to_json(item)}
    files |= {"decision.tlog-proof": receipt.to_proof(decision).encode(), "policy.txt": str(R1).encode()}
    return files


def _leaves() -> list[leaf.Leaf]:
    named = plain_leaf("e", "effect", re=secret("re").hex()[:32])
    return [ONE.leaf(), FLOOD.leaf(), named, plain_leaf("s", "setting"), plain_leaf("h", "hold")]


def _leaf(one: leaf.Leaf) -> Json:
    data = leaf.encode(one)
    return {"leaf": leaf.to_json(one), "bytes": data.decode(), "leaf_hash": merkle.leaf_hash(data).hex()}


def _commitment(slot: Slot, values: dict[str, Json]) -> Json:
    seed = secret("vector seed", slot)
    made: Commitment = commit(slot, seed, values)
    fields: list[Json] = [
        {"field": field, "value": values.get(field), "disclosure": disclosure, "digest": digest.hex()}
        for field, disclosure, digest in zip(FIELDS[slot], made.disclosures, made.digests, strict=True)
    ]
    return {"slot": str(slot), "seed": seed.hex(), "fields": fields, "digest": made.digest.hex()}


def _campaign() -> Json:
    items = FLOOD.items()
    return {
        "items": [campaign.encode_item(item).decode() for item in items],
        "root": campaign.items_root(items).hex(),
        "path_of_3": [b64(h) for h in campaign.item_path(items, 3)],
    }


def _keys() -> Json:
    signed = note.sign_note("a text\n", [LOG_KEY])
    return {
        "log": {
            "seed": LOG_KEY.seed.hex(),
            "private": LOG_KEY.private_text(),
            "verifier": str(LOG_KEY.verifier),
        },
        "witness": {"seed": WITNESS_KEY.seed.hex(), "verifier": str(WITNESS_KEY.verifier)},
        "note": signed,
        "cosigned": note.cosign(signed, WITNESS_KEY, SEEN),
        "time": SEEN,
    }


def _pretty(value: Json) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    for name, data in vectors().items():
        Path(__file__).with_name(name).write_bytes(data)
