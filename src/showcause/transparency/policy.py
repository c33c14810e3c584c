"""Whom to believe: the logs, the witnesses and how many of them must have cosigned.

One pinned file of this form is the whole trust configuration of a connector, a browser or a person with a
proof in hand.
Source: c2sp.org/tlog-policy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import Malformed, Unverified
from showcause.transparency.keys import COSIGNING, KeyKind, VerifierKey, parse_verifier_key
from showcause.transparency.note import open_note

MAX_POLICY = 64 * 1024
MAX_LINES = 1024
NONE = "none"
LOG_KINDS = frozenset({KeyKind.ED25519, KeyKind.ML_DSA_44})
"""The kinds of keys that logs sign with: Ed25519 always, ML-DSA-44 beside it."""
_FOREIGN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_DECIMAL = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Group:
    """Counts as a witness as soon as `needed` of its members, witnesses or groups, have cosigned."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The trusted logs by their keys, the known witnesses and groups by name, and the quorum's name or `none`.

    Groups stand in the order of their definition, so that members come before the groups that use them.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def __str__(self) -> str:
        lines = [f"log {key}" for key in self.logs]
        lines += [f"witness {name} {key}" for name, key in self.witnesses.items()]
        lines += [
            f"group {name} {group.needed} {' '.join(group.members)}" for name, group in self.groups.items()
        ]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])

    def to_bytes(self) -> bytes:
        """Write the policy file, names that are not UTF-8 included; `parse_policy` reads it back."""
        return str(self).encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Trusted:
    """A checkpoint that satisfies a policy: who signed it and when witnesses say that they saw it (POSIX seconds)."""

    checkpoint: Checkpoint
    log: VerifierKey
    witnesses: Mapping[str, int]


def parse_policy(data: bytes) -> Policy:
    """Read a policy file.

    Raises: Malformed, with the number of the line.
    """
    if len(data) > MAX_POLICY or data.count(b"\n") > MAX_LINES:
        raise Malformed(f"a policy has at most {MAX_POLICY} bytes and {MAX_LINES} lines here")
    if _FOREIGN.search(data):
        raise Malformed("a policy has no control characters but tab and newline")
    draft = _Draft()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            try:
                draft.add(words)
            except Malformed as error:
                raise Malformed(f"line {number} of the policy: {error.message}", error.hint) from None
    return draft.policy()


def evaluate(policy: Policy, note: str | bytes) -> Trusted:
    """Give the note's checkpoint if a log of the policy signed it under its own name and the quorum cosigned it.

    Raises: Malformed; Unverified.
    """
    opened = open_note(note, [*policy.logs, *policy.witnesses.values()])
    by = {verified.key: verified.time for verified in opened.by}
    checkpoint = parse_checkpoint(opened.text)
    log = next((key for key in policy.logs if key in by and key.name == checkpoint.origin), None)
    if log is None:
        raise Unverified("no log of the policy signed this checkpoint under its own name")
    witnesses = {name: by[key] or 0 for name, key in policy.witnesses.items() if key in by}
    if not _met(policy, set(witnesses)):
        raise Unverified(
            f"the quorum {printable(policy.quorum)} of the policy has not cosigned this checkpoint"
        )
    return Trusted(checkpoint, log, witnesses)


def printable(name: str) -> str:
    """Give a policy's name for a message: bytes that are not UTF-8 shown as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _met(policy: Policy, seen: set[str]) -> bool:
    for name, group in policy.groups.items():
        if len(seen.intersection(group.members)) >= group.needed:
            seen.add(name)
    return policy.quorum == NONE or policy.quorum in seen


@dataclass(slots=True)
class _Draft:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    quorum: str | None = None

    def add(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(_key(vkey, LOG_KINDS, self.logs))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._refuse_taken(name)
                self.witnesses[name] = _key(vkey, COSIGNING, list(self.witnesses.values()))
            case ["group", name, needed, _, *_]:
                self._refuse_taken(name)
                self.groups[name] = self._group(needed, words[3:])
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise Malformed(
                    "not a log, witness, group or quorum line", "Known: log, witness, group, quorum."
                )

    def policy(self) -> Policy:
        if self.quorum is None:
            raise Malformed(
                "a policy has exactly one quorum line", "Write `quorum none` to ask for no witness."
            )
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _refuse_taken(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise Malformed(f"the name {printable(name)} is taken")

    def _group(self, needed: str, members: list[str]) -> Group:
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise Malformed(f"{printable(member)} is not defined on an earlier line")
            if member in self.used:
                raise Malformed(f"{printable(member)} is a member twice")
            self.used.add(member)
        count = {"any": 1, "all": len(members)}.get(needed)
        if count is None:
            count = int(needed) if _DECIMAL.fullmatch(needed) else 0
        if not 1 <= count <= len(members):
            raise Malformed("a group needs any, all, or a number from 1 to the number of its members")
        return Group(count, tuple(members))

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Malformed("a policy has exactly one quorum line")
        if name != NONE and name not in self.witnesses and name not in self.groups:
            raise Malformed(f"{printable(name)} is not defined on an earlier line")
        self.quorum = name


def _key(text: str, kinds: frozenset[KeyKind], others: list[VerifierKey]) -> VerifierKey:
    key = parse_verifier_key(text)
    if key.kind not in kinds:
        needed = " or ".join(f"{kind:02x}" for kind in sorted(kinds))
        raise Malformed(f"a key of kind {key.kind:02x} cannot stand on this line", f"Needed: {needed}.")
    if any(other.public == key.public for other in others):
        raise Malformed("the same key stands on two lines")
    return key
