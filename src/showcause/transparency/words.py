"""A checked proof in plain English: what it shows, what it opens and what it does not prove.

Takes only what `verify.verify_receipt` gave back, so nothing unproven is ever shown. Text from the proof is
escaped: a file must not be able to write to the terminal of whoever checks it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from showcause.transparency.confirmation import Basis, Event, Ordered, of_effect, opened, read
from showcause.transparency.errors import Unverified
from showcause.transparency.jcs import Json
from showcause.transparency.keys import VerifierKey
from showcause.transparency.leaf import Kind, Slot
from showcause.transparency.policy import printable
from showcause.transparency.verify import Fields, VerifiedLeaf

_MEANING: Mapping[str, str] = {
    Kind.DECISION: "a decision",
    Kind.EFFECT: "the platform's confirmation of what it did about a decision",
    Kind.SERVICE: "the service of a statement of reasons",
    Kind.APPEAL: "an appeal against a decision",
    Kind.REVERSAL: "a decision that reverses or changes an earlier one",
    Kind.OVERRIDE: "the override of one result",
    Kind.HOLD: "an interim measure until a second person has decided",
    Kind.ORDER: "an authority's order",
    Kind.URGENT: "an urgent act that a second person must confirm",
    Kind.ATTACK_MODE: "the start or end of attack mode",
    Kind.BREAK_GLASS: "an urgent change outside the usual way",
    Kind.BREAK_GLASS_OPENING: "the laying open of an urgent change",
    Kind.BASELINE: "the import of what was there before the log began",
    Kind.RULE: "a version of a rule",
    Kind.LIST: "a version of a list",
    Kind.BANK: "a version of a bank of fingerprints",
    Kind.LIMITER: "a change of a limit",
    Kind.SETTING: "a change of a setting or policy",
    Kind.RIGHT: "a change of somebody's rights",
    Kind.UNSEAL: "an access to sealed evidence",
    Kind.TALLY: "a public count",
    Kind.CAUSE: "the cause recorded for an earlier measure",
    Kind.AUDIT: "a result of an audit",
    Kind.RECUSAL: "a recusal",
    Kind.GAP: "a gap in what the log promises, stated by itself",
    Kind.KEY: "a change of the log's keys",
}


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


_DID: Mapping[Event, str] = {
    Event.IMPOSED: "the measure stands, and it was put there then",
    Event.STANDING: "the measure stands, and stood already when it looked",
    Event.LIFTED: "the measure is gone, and was taken away then",
    Event.ABSENT: "the measure was not there when it looked",
    Event.KEPT: "the order is closed, and another order keeps the measure",
    Event.UNTOUCHED: "the order is closed, and it did not look, because it only observes",
    Event.VOID: "the order was cancelled and will not be carried out",
    Event.FAILED: "the order was given up, and was not seen to land",
    Event.STUCK: "the order is closed, and the measure was not seen to be gone",
    Event.PERMANENT: "the order is closed, and the platform cannot undo what it did",
}
_BASIS: Mapping[Basis, str] = {
    Basis.READ_BACK: "It says that it read this from the platform itself.",
    Basis.CLAIMED: "It says so as claimed by the platform's own program, and did not see it.",
    Basis.MEMORY: "It says so from its own memory, without asking the platform.",
}


def explain(
    verified: VerifiedLeaf, now: datetime | None = None, connector: VerifierKey | None = None
) -> list[str]:
    """Give sentences for a person who asks what their file proves; the first ones are the answer.

    With `now`, aware UTC, they also say how old the newest cosignature is. `connector` is the key that the connector
    of an effect is known by.

    Raises: LogError when that key did not sign what the effect commits to.
    """
    who = [*_who(verified), *([] if now is None else _age(verified, now))]
    said = _confirmed(verified, connector)
    return [*_what(verified), *who, *said, *_opened(verified), *_limits(verified)]


def _confirmed(verified: VerifiedLeaf, key: VerifierKey | None) -> Iterator[str]:
    """Say what the connector signed about an order, where an effect opens it."""
    facts = verified.opened.get(Slot.FACTS, {}) if verified.leaf.kind == Kind.EFFECT else {}
    note = of_effect(facts)
    if note is None:
        if key is not None:
            raise Unverified("this file opens nothing that a connector signed")
        return
    said = read(note) if key is None else opened(note, key)
    which = f"order {said.about.number}" if isinstance(said.about, Ordered) else "an urgent act"
    at = f"On {_time(said.time)}, by its own clock,"
    yield f"{at} the connector {said.connector} said of {which} ({said.measure}): {_DID[said.event]}."
    yield _BASIS[said.basis]
    yield (
        "It signed that with the key that you named as its own."
        if key is not None
        else "Its signature was not checked: name its key, which is an entry of the log of the kind key."
    )


def _what(verified: VerifiedLeaf) -> Iterator[str]:
    leaf, tree = verified.leaf, verified.checkpoint
    meaning = _MEANING.get(leaf.kind, f"of a kind that this program does not know ({leaf.kind})")
    yield f"This file is a valid proof. Entry {verified.index} of the log {_safe(tree.origin)} is {meaning}."
    yield f"Its id is {leaf.id}. It was in the log when the log had {tree.size} entries, and cannot be removed unseen."
    if leaf.re:
        yield f"It is about the entry with the id {leaf.re}."
    if leaf.numbers:
        n = leaf.numbers
        which = f"number {n.first}" if n.count == 1 else f"numbers {n.first} to {n.last}"
        yield f"It orders the platform connection {n.connector} to act; its orders there have {which}."
    if verified.item:
        yield f"It covers many items at once. This file is about item {verified.item.index} of them."
    yield f"Rules in force: {leaf.rules}. Policies in force: {leaf.policies}."


def _who(verified: VerifiedLeaf) -> Iterator[str]:
    yield f"The log signed it with the key of {_safe(verified.log)}, which your policy trusts."
    for name, seen in verified.witnesses.items():
        yield f"The witness {_safe(printable(name))} states that it saw this state of the log on {_time(seen)}."
    if not verified.witnesses:
        yield "No witness has cosigned it: the operator could have shown other people another history."


def _age(verified: VerifiedLeaf, now: datetime) -> Iterator[str]:
    newest = max(verified.witnesses.values(), default=0)
    seconds = int(now.timestamp()) - newest
    if newest and seconds < -60:
        yield "The newest cosignature is dated in the future, by the clock of this machine."
    elif newest:
        count, unit = next((seconds // size, unit) for size, unit in _UNITS if seconds >= size or size == 1)
        yield f"The newest cosignature is {max(count, 0)} {unit}{'' if count == 1 else 's'} old."


def _opened(verified: VerifiedLeaf) -> Iterator[str]:
    if not verified.opened and not verified.item:
        yield "It opens no field: this file shows that the entry exists, not what it says."
    yield from _fields(verified.opened, "")
    if verified.item:
        yield from _fields(verified.item.opened, "item, ")


def _fields(opened: Fields, prefix: str) -> Iterator[str]:
    for slot, values in opened.items():
        for field, value in values.items():
            yield f"Opened: {prefix}{slot}, {field}: {_value(value)}"


def _limits(verified: VerifiedLeaf) -> Iterator[str]:
    yield "It does not prove that the decision was right, or that what it says about the world is true."
    if verified.leaf.kind != Kind.EFFECT:
        yield "It does not prove that the platform carried it out: an entry of kind effect does."
    yield "It does not prove that nothing was done outside the log: no log can."


def _value(value: Json) -> str:
    return "(empty)" if value is None else _safe(json.dumps(value, ensure_ascii=False))


def _safe(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d at %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds} since 1970"
