"""Comparing the log with what those who watch hold of it: after every start, before the first signature.

A backup of the database alone is noticed by the signer, which remembers what it signed. A snapshot of the whole machine
turns that memory back, too; then only somebody else can tell. Each named witness and mirror is asked for its newest
checkpoint. One that this log signed, and that the committed rows do not continue, fences the log, and a larger one goes
into the signer's memory, as if it had never forgotten. Somebody who cannot be asked is a warning: else whoever can cut
a wire could stop the log.

It sees as far as the newest head that somebody was shown: what was signed after that and then turned back is noticed
by nobody here.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from showcause.casework.log.cosigning import MOST_EVIDENCE, Kept, said_from_text
from showcause.casework.log.signing import fence
from showcause.casework.log.tree import Nodes
from showcause.casework.log.watching import watch_of
from showcause.casework.ports.witnesses import Heads, Heard, Held
from showcause.store.config import Store
from showcause.store.view import View
from showcause.transparency.checkpoint import Checkpoint, parse_checkpoint
from showcause.transparency.errors import LogError
from showcause.transparency.merkle import root_at
from showcause.transparency.note import parse_note

log = logging.getLogger("showcause.signing")


class Memory(Protocol):
    """The signer, as far as it can be reminded."""

    def learn(self, note: str) -> bool:
        """Remember a head that its key signed; tell whether it was news."""


@dataclass(frozen=True, slots=True)
class Differs:
    """Somebody holds a head that this log signed and that the database does not continue."""

    name: str
    size: int
    ours: int
    note: str

    @property
    def says(self) -> str:
        """Return what is wrong, in a sentence for an operator."""
        if self.size > self.ours:
            return f"{self.name} holds a signed head of {self.size} entries; the database has {self.ours}"
        return f"{self.name} holds a signed head of {self.size} entries that the database contradicts"


def compare(store: Store, heads: Heads, memory: Memory, kept: Kept, now: datetime) -> Sequence[Differs]:
    """Ask all who are named, remind the signer, and fence the log if anybody knows it further or otherwise.

    Where nobody is named, nothing is asked. Raises: StoreBusy; Broken when the signer cannot write.
    """
    with store.read() as view:
        watch = watch_of(view)
    if not watch.witnesses:
        return ()
    held = heads.newest(watch.witnesses)
    for each in held:
        if not each.note:
            log.warning("not compared with witness %s: %s", each.name, each.says)
        elif memory.learn(each.note):
            log.warning("the signer had forgotten a head that witness %s holds", each.name)
    with store.read() as view:
        nodes = Nodes()
        found = [wrong for each in held if each.note and (wrong := _differs(view, nodes, each))]
    if found:
        fence(store)
        _write_down(found, kept, now)
    for wrong in found:
        log.critical("fenced: witness %s holds %d entries, here are %d", wrong.name, wrong.size, wrong.ours)
    return found


def _differs(view: View, nodes: Nodes, held: Held) -> Differs | None:
    tree, ours = _tree(held.note), view.log.state().size
    if tree.size <= ours:
        try:
            if root_at(tree.size, nodes.reader(view.log)) == tree.root:
                return None
        except LogError:  # rows are missing: then nothing shows that the head is continued
            pass
    return Differs(held.name, tree.size, ours, held.note)


def _tree(note: str) -> Checkpoint:
    return parse_checkpoint(parse_note(note).text)


def _write_down(found: Sequence[Differs], kept: Kept, now: datetime) -> None:
    """Keep the evidence where the doctor looks, beside what each witness said last."""
    said = said_from_text(kept.read())
    rows = {name: dict(row) for name, row in said.rows.items()}
    evidence = [*said.evidence]
    for each in found:
        before = rows.get(each.name, {})
        rows[each.name] = {"seen": 0, "size": 0} | before | {
            "heard": str(Heard.FORKED), "says": each.says, "asked": now.isoformat()
        }  # fmt: skip
        new = {"name": each.name, "note": each.note, "says": each.says}
        if new not in evidence and len(evidence) < MOST_EVIDENCE:
            evidence.append(new)
    kept.write(json.dumps({"rows": rows, "evidence": evidence}, ensure_ascii=False, sort_keys=True))
