"""The words of the leaf: kinds of entries, slots, the fields of each slot, and what each kind may carry.

These tables are final with the first leaf that was ever written: a log cannot be migrated.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What a leaf can be about; verifiers pass over kinds that they do not know."""

    DECISION = "decision"
    EFFECT = "effect"
    SERVICE = "service"
    APPEAL = "appeal"
    REVERSAL = "reversal"
    OVERRIDE = "override"
    HOLD = "hold"
    ORDER = "order"
    URGENT = "urgent"
    ATTACK_MODE = "attack-mode"
    BREAK_GLASS = "break-glass"
    BREAK_GLASS_OPENING = "break-glass-opening"
    BASELINE = "baseline"
    RULE = "rule"
    LIST = "list"
    BANK = "bank"
    LIMITER = "limiter"
    SETTING = "setting"
    RIGHT = "right"
    UNSEAL = "unseal"
    TALLY = "tally"
    CAUSE = "cause"
    AUDIT = "audit"
    RECUSAL = "recusal"
    GAP = "gap"
    KEY = "key"


class Slot(StrEnum):
    """The seven commitments of a leaf, in the order in which they stand."""

    FACETS = "facets"
    SUBJECT = "subject"
    CONTENT = "content"
    FACTS = "facts"
    ACTOR = "actor"
    EVIDENCE = "evidence"
    RESERVED = "reserved"


SLOTS: Final = tuple(Slot)

FIELDS: Final = MappingProxyType(
    {
        Slot.FACETS: (
            "measures", "ground", "clause", "category", "keywords", "source", "detection", "decision",
            "content-type", "content-language", "territory", "ground-fell", "deciders",
        ),
        Slot.SUBJECT: ("platform", "kind", "ref"),
        Slot.CONTENT: ("digest", "count", "root"),
        Slot.FACTS: (
            "minute", "event", "orders", "text", "duration", "derived-from",
            "statement", "reference",
        ),
        Slot.ACTOR: ("proposer", "approver"),
        Slot.EVIDENCE: ("items",),
        Slot.RESERVED: (),
    }
)  # fmt: skip
"""Every slot commits to all of its fields, null where empty, so that its shape tells nothing."""

RESTRICTING: Final = frozenset({Kind.DECISION, Kind.REVERSAL, Kind.URGENT, Kind.HOLD})
"""Kinds whose leaf can carry orders that restrict someone, and so numbers."""

DOCUMENTED: Final = frozenset(
    {Kind.TALLY, Kind.SETTING, Kind.RULE, Kind.LIST, Kind.BANK, Kind.LIMITER, Kind.KEY}
)
"""Kinds that have a public document, whose SHA-256 the leaf carries."""

REFERRING: Final = frozenset({Kind.REVERSAL, Kind.APPEAL, Kind.EFFECT})
"""Kinds that may name their decision's leaf; any other reference would link what must stay apart."""
