"""Facts that a moderator fills in: each answers a slot of a cited clause, in the slot's kind and length."""

from collections.abc import Iterable, Mapping

from showcause.domain.errors import BadInput
from showcause.domain.policy import Clause, Slot
from showcause.domain.sentences import Arg, render

Facts = Mapping[str, Arg]
"""Slot id -> value, as a sentence takes it."""


def check_fact(slot: Slot, value: Arg) -> None:
    """Check that a value can be printed as this slot's fact.

    Raises: BadInput.
    """
    render({"fact": {"en": f"{{value:{slot.kind}}}"}}, "fact", {"value": value}, "en")
    if not isinstance(value, int) and len(value) > slot.max_length:
        raise BadInput(f"the fact {slot.id!r} is {len(value)} long; at most {slot.max_length}")


def check_facts(clauses: Iterable[Clause], facts: Facts) -> None:
    """Check that every fact fills a slot of a cited clause, in form and length.

    Raises: BadInput.
    """
    slots = {slot.id: slot for clause in clauses for slot in clause.slots}
    for name, value in facts.items():
        if name not in slots:
            raise BadInput(
                f"the cited clauses have no fact {name[:64]!r}",
                f"They take: {', '.join(sorted(slots)) or 'none'}.",
            )
        try:
            check_fact(slots[name], value)
        except BadInput as error:
            raise BadInput(f"the fact {name!r}: {error.message}") from None
