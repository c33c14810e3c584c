"""What judges the events of a platform now: what acts, and what is on trial beside it.

Whoever runs the stream reads this when the setting `rules-digest` has changed, compiles it, and says in each verdict
with which digest it was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from showcause.casework import rule_files
from showcause.casework.rulework import in_force
from showcause.casework.rulework.in_force import Setup, key_of
from showcause.casework.rulework.parts import Key, apart
from showcause.domain.errors import BadRules
from showcause.domain.lifecycle import RuleState
from showcause.domain.rule import Piece, RuleVersion
from showcause.rules.folder import Loaded
from showcause.rules.messages import Fault
from showcause.rules.rollout import place
from showcause.store.view import View


@dataclass(frozen=True)
class Acting:
    """What acts: the live versions, and in their place what was pushed. `loaded` is None without rules.

    A canary of what is not live yet is among them, and acts on its share; one that would replace something live is
    tried beside it and acts on nobody.

    `made_of` are the ids of all versions that it was read from: rules, what they read, and the schema.
    """

    loaded: Loaded | None
    versions: Mapping[str, RuleVersion]
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A version in shadow or a canary, with all that it is evaluated with; `rules` are those that it touches."""

    version: RuleVersion
    loaded: Loaded
    rules: tuple[str, ...]


def acting(view: View, platform: str) -> Acting:
    """Return what acts on a platform's events, with each rule's version by its id.

    What ends by itself is left out from that moment on, however late its timer is.

    Raises: BadRules when what is in force does not fit together, which no step lets happen.
    """
    held: dict[Key, RuleVersion] = in_force.live(view, platform)
    pushed = view.find(RuleVersion, platform=platform, state=RuleState.PUSHED)
    held |= {key_of(each): each for each in pushed if not is_over(each, view.now)}
    held = {key: each for key, each in held.items() if not is_over(each, view.now)}
    with_tried = held | _first_tried(view, platform, held)
    loaded, faults, made_of = _together(view, with_tried)
    if faults and len(with_tried) > len(held):  # whoever is tried keeps nobody else from acting
        with_tried = held
        loaded, faults, made_of = _together(view, held)
    if faults:
        raise BadRules("\n".join(map(str, faults)))
    if loaded is None:
        return Acting(None, {})
    return Acting(
        loaded, {name: each for (kind, name), each in with_tried.items() if kind is Piece.RULE}, made_of
    )


def _first_tried(view: View, platform: str, held: Mapping[Key, RuleVersion]) -> dict[Key, RuleVersion]:
    """Return the canaries, with what they bring, of which nothing is live yet."""
    tried = view.find(RuleVersion, platform=platform, state=RuleState.CANARY)
    beside = {each.brought_by or each.id for each in tried if key_of(each) in held}
    return {key_of(each): each for each in tried if (each.brought_by or each.id) not in beside}


def _together(
    view: View, held: Mapping[Key, RuleVersion]
) -> tuple[Loaded | None, tuple[Fault, ...], tuple[str, ...]]:
    rules = tuple(sorted(name for kind, name in held if kind is Piece.RULE))
    if not rules:
        return None, (), ()
    loaded, faults = rule_files.read_texts(in_force.texts_of(view, Setup(held, rules)), cases=False)
    return loaded, faults, tuple(sorted(each.id for each in held.values()))


def differing(view: View, platform: str) -> list[RuleVersion]:
    """Return the versions that act and whose kept files do not say what their digest stands for.

    Raises: BadRules when the files cannot be read together.
    """
    found = acting(view, platform)
    if found.loaded is None:
        return []
    held = {key_of(each): each for each in in_force.in_force(view, platform) if each.id in set(found.made_of)}
    setup = Setup(held, tuple(found.versions))
    kept = apart(found.loaded, in_force.texts_of(view, setup)).by_key
    return [each for key, each in held.items() if key not in kept or kept[key].digest != each.digest]


def is_over(version: RuleVersion, now: datetime) -> bool:
    """Tell whether the time of a version that acts for a time only is over."""
    return version.expires_at is not None and version.expires_at <= now


def trials(view: View, platform: str) -> list[Trial]:
    """Return what is on trial. A part that comes along with a rule is tried with it and not by itself."""
    states = (RuleState.SHADOW, RuleState.CANARY)
    found = []
    for each in view.find(RuleVersion, platform=platform, state=states):
        if each.brought_by is None:
            case = in_force.compared(view, each)
            found.append(Trial(each, in_force.load(view, case.after), case.after.focus))
    return found


def acts_on(version: RuleVersion, entity: str) -> bool:
    """Tell whether a version acts on an entity: a canary on its share, which replay chooses alike; a shadow on nobody.

    Where a canary acts, the live version of the same rule does not.
    """
    match version.state:
        case RuleState.LIVE | RuleState.PUSHED:
            return True
        case RuleState.CANARY:
            return place(version.seed or version.digest, version.name, entity) < Fraction(
                version.canary_share
            )
        case _:
            return False
