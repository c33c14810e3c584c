"""What is in force: the versions that are evaluated, the files that they are read from, and one digest over all.

A version is evaluated together with what it reads. What it was backtested with (`whole_of`) must be what it runs with:
when a list that it reads has changed meanwhile, its backtest speaks of something else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from showcause.casework import rule_files
from showcause.casework.log.publishing import store_setting
from showcause.casework.ports import Ids
from showcause.casework.rulework.parts import Key, digest_of
from showcause.domain.errors import BadInput, BadRules, IllegalStep
from showcause.domain.lifecycle import RuleState
from showcause.domain.rule import IN_FORCE, WAITING, Piece, Read, RuleVersion
from showcause.rules.folder import Loaded
from showcause.store.tx import Tx
from showcause.store.view import View

DIGEST = "rules-digest"
"""The setting that every entry of the log shows: the digest of all that is evaluated."""


@dataclass(frozen=True)
class Setup:
    """Versions that are evaluated together, and the rules of them that are looked at."""

    versions: Mapping[Key, RuleVersion]
    focus: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Return the digest of everything that decides what these rules do."""
        return digest_of(
            "rule-setup", [[key[0], key[1], held.digest] for key, held in sorted(self.versions.items())]
        )


@dataclass(frozen=True)
class Compared:
    """A version as it would be evaluated, and what it would replace; `before` may have fewer rules, or none."""

    trial: RuleVersion
    after: Setup
    before: Setup


def key_of(version: RuleVersion) -> Key:
    """Return the kind and name of a version."""
    return version.kind, version.name


def in_force(view: View, platform: str) -> list[RuleVersion]:
    """Return all versions of a platform that are evaluated: in shadow, as a canary, live, or pushed."""
    return view.find(RuleVersion, platform=platform, state=IN_FORCE)


def live(view: View, platform: str) -> dict[Key, RuleVersion]:
    """Return the live version of everything, by kind and name."""
    held = view.find(RuleVersion, platform=platform, state=RuleState.LIVE)
    return {key_of(each): each for each in held}


def live_one(view: View, platform: str, kind: Piece, name: str) -> RuleVersion | None:
    """Return the live version of one name."""
    return view.first(RuleVersion, platform=platform, kind=kind, name=name, state=RuleState.LIVE)


def compared(view: View, trial: RuleVersion) -> Compared:
    """Return a version with all that it is evaluated with, beside what is live now.

    The rules that are looked at are the rule itself and every live rule that reads it, directly or through others.

    Raises: IllegalStep when something that it reads is not there any more.
    """
    held = live(view, trial.platform)
    new = {key_of(trial): trial} | {key_of(each): each for each in brought(view, trial)}
    after = {**held, **new}
    touched = sorted(
        each.name
        for each in after.values()
        if each.kind is Piece.RULE and (each.id == trial.id or key_of(trial) in _closure(after, each))
    )
    before = tuple(name for name in touched if (Piece.RULE, name) in held)
    return Compared(trial, _setup(after, touched, trial), _setup(held, before, None))


def as_it_was(view: View, version: RuleVersion) -> Setup:
    """Return a rule's version with all that it was last evaluated with: as it is now, or, if it ended, as it was then.

    Raises: BadInput for anything but a rule; IllegalStep when something that it reads never was live.
    """
    if version.kind is not Piece.RULE:
        raise BadInput(
            f"{version.ref} is a {version.kind}; only rules hit anybody", "Name a rule that reads it."
        )
    ended = version.retired_at
    if ended is None:
        held = live(view, version.platform)
    else:
        before = [
            each
            for each in view.find(RuleVersion, platform=version.platform)
            if each.live_from
            and each.live_from <= ended
            and (each.retired_at is None or each.retired_at >= ended)
        ]
        held = {key_of(each): each for each in sorted(before, key=lambda each: each.live_from or ended)}
    brings = [view.get(RuleVersion, each) for each in version.brings]
    held = {**{key_of(each): each for each in brings}, **held, key_of(version): version}
    return _setup(held, (version.name,), version)


def texts_of(view: View, setup: Setup) -> dict[str, str]:
    """Return the files of versions that are evaluated together, by their path in a folder."""
    texts: dict[str, str] = {}
    for version in setup.versions.values():
        texts |= view.unseal(version.text)["files"]
    return texts


def load(view: View, setup: Setup, *, cases: bool = False) -> Loaded:
    """Return the rule set of versions that are evaluated together.

    Raises: BadRules when they do not fit together, or, with `cases`, when a case of one of them does not hold.
    """
    loaded, faults = rule_files.read_texts(texts_of(view, setup), cases=cases)
    if loaded is None:
        raise BadRules(
            "\n".join(
                [f"{rule_files.counted(len(faults), 'fault')} in what would be in force", *map(str, faults)]
            )
        )
    return loaded


def brought(view: View, version: RuleVersion) -> list[RuleVersion]:
    """Return the new parts that a version brings along and that are still on their way."""
    parts = [view.get(RuleVersion, each) for each in version.brings]
    return [each for each in parts if each.state in WAITING]


def readers(held: Mapping[Key, RuleVersion], key: Key) -> list[RuleVersion]:
    """Return the rules among these versions that read something, directly or through others."""
    return [
        each
        for each in held.values()
        if each.kind is Piece.RULE and key_of(each) != key and key in _closure(held, each)
    ]


def store_digest(tx: Tx, now: datetime, ids: Ids, actor: str) -> str:
    """Recompute the digest of all that is evaluated, which every entry shows from now on; it names nobody."""
    held = sorted(
        tx.find(RuleVersion, state=IN_FORCE), key=lambda each: (each.platform, each.kind, each.name, each.id)
    )
    digest = digest_of(
        "rules-in-force",
        [
            [each.platform, each.kind, each.name, each.number, each.state, each.commitment, each.canary_share]
            for each in held
        ],
    )
    store_setting(tx, now, ids, DIGEST, digest, actor)
    return digest


def _setup(held: Mapping[Key, RuleVersion], focus: Iterable[str], trial: RuleVersion | None) -> Setup:
    rules = tuple(focus)
    keys: set[Key] = {(Piece.RULE, name) for name in rules}
    for name in rules:
        keys |= _closure(held, held[Piece.RULE, name])
    if trial is not None:
        keys |= {key_of(trial)} | _closure(held, trial)
    for key in keys:
        if key not in held:
            raise IllegalStep(
                f"the {key[0]} {key[1]} that this reads is not live any more",
                "Propose it again with its reader.",
            )
    return Setup({key: held[key] for key in keys}, rules)


def _closure(held: Mapping[Key, RuleVersion], version: RuleVersion) -> set[Key]:
    """Return everything that a version reads, directly or through others, also what is not held."""
    found: set[Key] = set()
    waiting: list[Read] = [*version.reads]
    while waiting:
        read = waiting.pop()
        key = (read.kind, read.name)
        if key in found:
            continue
        found.add(key)
        if key in held:
            waiting += held[key].reads
    return found
