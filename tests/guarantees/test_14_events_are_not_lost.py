"""Guarantee 14 for events: whoever was told that an event was taken finds it in its place, whatever ended the process.

A process takes events in as fast as it can, tells through a pipe what it acknowledged, and is killed without warning.
"""

import json
import os
import random
import signal
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from showcause.rules.declared import Declaration
from showcause.rules.schema import Field, Schema, Type
from showcause.store.config import open_store
from showcause.stream.intake import Intake
from showcause.stream.opening import open_beside
from tests.databases import IN_MEMORY, MASTER, fresh_sqlite

DECLARED = Declaration(Schema((Field("kind", Type.TEXT), Field("actor.id", Type.TEXT, sensitive=True))))
LOT = 7


def opened(folder: Path) -> Intake:
    store = open_store(f"sqlite:///{folder / 'showcause.db'}", IN_MEMORY, MASTER)
    return Intake(store, open_beside(store))


def take_for_ever(folder: Path, told: int, life: int) -> None:
    """Take lots of events; write a line for each lot that was acknowledged."""
    intake, number = opened(folder), 0
    while True:
        ids = [f"{life} {number} {each}" for each in range(LOT)]
        sent = [json.dumps({"id": id, "data": {"kind": "post", "actor": {"id": id}}}).encode() for id in ids]
        answers = intake.take("plaza", DECLARED, sent, datetime.now(UTC))
        os.write(
            told,
            (
                json.dumps([[id, a.sequence, a.at] for id, a in zip(ids, answers, strict=True)]) + "\n"
            ).encode(),
        )
        number += 1


def one_life(folder: Path, life: int, seconds: float) -> list[list[object]]:
    """Let a process take events until it is killed, and return what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            take_for_ever(folder, writing, life)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        lines = [first, *pipe.readlines()]
    os.waitpid(child, 0)
    return [each for line in lines if line.endswith(b"\n") for each in json.loads(line)]


def test_what_was_acknowledged_is_in_its_place_after_every_death(tmp_path: Path) -> None:
    chance, acknowledged = random.Random(14), list[list[object]]()
    with fresh_sqlite(tmp_path):
        for life in range(5):
            acknowledged += one_life(tmp_path, life, chance.uniform(0.01, 0.1))
        intake = opened(tmp_path)
        held = intake.log.read(0, 1_000_000)
        there = {(json.loads(each.body or b"{}")["id"], each.sequence, each.at) for each in held}
        assert {tuple(each) for each in acknowledged} <= there
        assert [each.sequence for each in held] == list(range(1, len(held) + 1)), (
            "no gap and no event by half"
        )
        assert all(one.at < other.at for one, other in pairwise(held))
        assert len(held) % LOT == 0, "a lot is taken whole or not at all"
        assert len(acknowledged) >= 5 * LOT
        intake.log.close()
        intake.store.close()
