"""Who watches the log for people who do not trust its operator, and how much of their watching a measure asks for.

    R0   the log's own signature. The operator could show two histories.
    R1   as many of the named witnesses as the quorum says have cosigned: each saw one history and no other.
    R2   R1 where witnesses are named, and a mirror has cosigned, too: what it stored can no longer be withheld.

A level binds: below it nothing is carried out, however long that takes, unless a fallback was declared beforehand.
Lifting never waits. Source: c2sp.org/tlog-witness, c2sp.org/tlog-mirror.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from showcause.domain.errors import BadInput, Misconfigured, Unavailable
from showcause.domain.restriction import Measure
from showcause.domain.subject import check_name

LEAST_FALLBACK: Final = 60
MOST: Final = 32
MOST_TEXT: Final = 200


class NotYetWitnessed(Unavailable):
    """An order's measure asks for more witnesses than have cosigned what covers it; it waits."""

    code = "not-yet-witnessed"
    default_hint = "`showcause log witness list` says who has cosigned and who was not reached."


class Role(StrEnum):
    """What somebody who watches does: remember the tree, or keep all of it."""

    WITNESS = "witness"
    MIRROR = "mirror"


class Level(StrEnum):
    """How much a receipt has to carry before it opens a connector."""

    R0 = "R0"
    R1 = "R1"
    R2 = "R2"


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who watches the log: under which name and key, where, and who runs it.

    A witness is asked (`pull` false) or read from its monitoring address; a mirror is always read. One that takes
    entries is fed at its submission address (`submit`) before it is read.
    """

    name: str
    key: str
    url: str
    role: Role
    run_by: str
    pull: bool = False
    submit: str = ""

    @property
    def is_read(self) -> bool:
        """Tell whether they are read and not asked: a mirror cosigns what it has stored, in its own time."""
        return self.pull or self.role is Role.MIRROR


@dataclass(frozen=True, slots=True)
class Watch:
    """All who watch, and how many of the witnesses must have cosigned for R1; 0 asks for none."""

    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0

    def of(self, role: Role) -> tuple[Witness, ...]:
        """Return those of a role."""
        return tuple(each for each in self.witnesses if each.role is role)

    def reaches(self, level: Level) -> bool:
        """Tell whether those who are named could ever carry a level."""
        witnesses, mirrors = self.of(Role.WITNESS), self.of(Role.MIRROR)
        match level:
            case Level.R0:
                return True
            case Level.R1:
                return 0 < self.quorum <= len(witnesses)
            case Level.R2:
                return bool(mirrors) and (not witnesses or 0 < self.quorum <= len(witnesses))


def watch_to_text(watch: Watch) -> str:
    """Write who watches as the setting's value."""
    return json.dumps(
        {"quorum": watch.quorum, "witnesses": [_row(each) for each in watch.witnesses]},
        ensure_ascii=False, sort_keys=True, separators=(",", ":"),
    )  # fmt: skip


def _row(witness: Witness) -> dict[str, Any]:
    """Write one; who is not fed has no address for that."""
    return {name: value for name, value in asdict(witness).items() if name != "submit" or value}


def watch_from_text(text: str | None) -> Watch:
    """Read the setting's value; nothing set means that nobody watches."""
    value: dict[str, Any] = json.loads(text) if text else {"quorum": 0, "witnesses": []}
    return Watch(
        tuple(Witness(**(each | {"role": Role(each["role"])})) for each in value["witnesses"]),
        value["quorum"],
    )


def with_witness(watch: Watch, new: Witness) -> Watch:
    """Return who watches with one more. The first witness makes the quorum 1.

    Raises: BadInput for a name or key that is there already, too many, or words that cannot be printed.
    """
    check_name("name of the witness", new.name, 64)
    check_name("name of who runs it", new.run_by, MOST_TEXT)
    if " " in new.name or new.name in ("none", "r1", "r2", "mirrored"):
        raise BadInput(f"a witness cannot be called {new.name!r}", "One word: the name of who runs it, say.")
    if new.submit and new.role is not Role.MIRROR:
        raise BadInput("only a mirror is fed", "A witness is asked at its address: leave --feed-at out.")
    if any(each.name == new.name or each.key == new.key for each in watch.witnesses):
        raise BadInput("this name or key is among the witnesses already", "`showcause log witness list`.")
    if len(watch.witnesses) >= MOST:
        raise BadInput(f"at most {MOST} are named")
    quorum = max(watch.quorum, 1) if new.role is Role.WITNESS else watch.quorum
    return Watch((*watch.witnesses, new), quorum)


def without_witness(watch: Watch, name: str) -> Watch:
    """Return who watches without one; the quorum is never more than who is left.

    Raises: BadInput when there is none of this name.
    """
    left = tuple(each for each in watch.witnesses if each.name != name)
    if len(left) == len(watch.witnesses):
        raise BadInput(f"there is no witness {name[:64]!r}", "`showcause log witness list`.")
    fewer = Watch(left, watch.quorum)
    return Watch(left, min(watch.quorum, len(fewer.of(Role.WITNESS))))


def with_quorum(watch: Watch, quorum: int) -> Watch:
    """Return who watches with another quorum.

    Raises: BadInput when that many witnesses are not named.
    """
    if not 0 <= quorum <= len(watch.of(Role.WITNESS)):
        raise BadInput(f"{len(watch.of(Role.WITNESS))} witnesses are named", "The quorum is at most as many.")
    return Watch(watch.witnesses, quorum)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a measure asks for, and after how many seconds it goes without, if that was declared beforehand."""

    level: Level
    fallback_after: int | None = None


Levels = Mapping[Measure, Demand]


def levels_to_text(levels: Levels) -> str:
    """Write the table as the setting's value; measures at R0 do not stand in it."""
    rows = {
        str(measure): {"fallback_after": demand.fallback_after, "level": str(demand.level)}
        for measure, demand in levels.items()
        if demand.level is not Level.R0
    }
    return json.dumps(rows, sort_keys=True, separators=(",", ":"))


def levels_from_text(text: str | None) -> Levels:
    """Read the setting's value; a measure that does not stand in it asks for R0."""
    rows: dict[str, dict[str, Any]] = json.loads(text) if text else {}
    return {Measure(each): Demand(Level(row["level"]), row["fallback_after"]) for each, row in rows.items()}


def table_to_text(levels: Levels) -> str:
    """Write the table as the file that the gates pin: a line for each measure, level and seconds of the fallback."""
    return "".join(
        f"{measure} {demand.level}{'' if demand.fallback_after is None else f' {demand.fallback_after}'}\n"
        for measure, demand in sorted(levels.items())
    )


def table_from_text(text: str) -> Levels:
    """Read the pinned table. Raises: Misconfigured for anything else: a gate guesses nothing."""
    found: dict[Measure, Demand] = {}
    for line in text.splitlines():
        try:
            measure, level, *after = line.split(" ")
            fallback = int(after[0]) if after else None
            if len(after) > 1 or (fallback is not None and fallback < LEAST_FALLBACK):
                raise ValueError
            found[Measure(measure)] = Demand(Level(level), fallback)
        except ValueError:
            raise Misconfigured(
                "the pinned table of levels has a line that says nothing",
                "Write it again: `showcause log trust`.",
            ) from None
    return {measure: demand for measure, demand in found.items() if demand.level is not Level.R0}


def reached(levels: Levels, watch: Watch) -> Sequence[Measure]:
    """Return the measures whose level those who are named could never carry."""
    return [measure for measure, demand in levels.items() if not watch.reaches(demand.level)]
