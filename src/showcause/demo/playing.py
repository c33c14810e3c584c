"""Playing the story on an opened site, chapter by chapter, and telling what it does not prove."""

from collections.abc import Callable
from typing import Any

from showcause.demo.stage import Stage
from showcause.demo.story import CHAPTERS, NOT_PROVED, proof
from showcause.transparency.policy import Policy

Pause = Callable[[], None]

PROLOGUE = (
    "A small fictional platform, Plaza, one evening in July. Everybody in this story is made up. What runs is the "
    "product: its database, its log, its signer, its gate and its worker; only the platform behind the gate and the "
    "clock are simulated."
)


def play(stage: Stage, trusted: Policy, pause: Pause) -> dict[str, Any]:
    """Play every chapter and return what happened, by chapter, for a program to read.

    `trusted` is the pinned policy with which proofs are checked; `pause` is called between chapters.
    """
    told: dict[str, Any] = {}
    stage.say(PROLOGUE)
    for number, (name, title, chapter) in enumerate(CHAPTERS, start=1):
        pause()
        stage.say(f"{number}. {title}")
        told[name] = dict(chapter(stage))
    pause()
    stage.say(f"{len(CHAPTERS) + 1}. A proof, and one flipped byte")
    told["proof"] = dict(proof(stage, trusted))
    pause()
    stage.say(NOT_PROVED)
    return {
        "steps": told,
        "log_size": told["proof"]["log_size"],
        "receipts_verified": told["proof"]["receipts_verified"],
        "restoration": {**told["evasion"]["restoration"], "lantern-walk": told["appeal"]["restoration"]},
        "flipped_byte_refused": bool(told["proof"]["flipped_refused"]),
    }
