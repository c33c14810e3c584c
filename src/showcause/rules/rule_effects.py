"""What a rule file says that a rule does, and whether a rule may do that at all."""

from showcause.domain.restriction import MEASURES, Measure
from showcause.rules.codes import Code
from showcause.rules.entries import read_length
from showcause.rules.messages import quoted
from showcause.rules.powers import EFFECTS, Effect, EffectKind
from showcause.rules.schema_file import Platform
from showcause.rules.sheet import Node, Shape, Sheet

MAX_EFFECTS = 5


def read_effects(sheet: Sheet, node: Node | None, platform: Platform) -> tuple[Effect, ...]:
    """Return what a rule does; an effect that it may not have is a fault."""
    found: list[Effect] = []
    nodes = sheet.items(node, MAX_EFFECTS)
    if node is not None and node.shape is Shape.LIST and not nodes:
        sheet.fault(node, Code.BAD_EFFECT, "the rule has no effect", "Write at least `- open-case`.")
    for each in nodes:
        effect = _effect(sheet, each)
        if effect is None:
            continue
        if any((effect.kind, effect.measure) == (other.kind, other.measure) for other in found):
            sheet.fault(each, Code.BAD_EFFECT, f"the effect {quoted(str(effect))} stands twice", "Keep one.")
        _check_effect(sheet, each, effect, platform)
        found.append(effect)
    return tuple(found)


def _effect(sheet: Sheet, node: Node) -> Effect | None:
    if node.shape is Shape.TEXT:
        kind = _effect_kind(sheet, node)
        if kind is not None and EFFECTS[kind].measure:
            hint = f"Write `{kind}: limit`; the measures are {', '.join(Measure)}."
            sheet.fault(node, Code.BAD_EFFECT, f"{kind} says no measure", hint)
            return None
        return Effect(kind) if kind else None
    pairs = sheet.pairs(node)
    if not pairs:
        return None
    name, (key, value) = next(iter(pairs.items()))
    kind = _effect_kind(sheet, key)
    for other, (place, _) in list(pairs.items())[1:]:
        if other != "for":
            hint = "Begin each effect with `- `; a measure may say `for: 24 h`."
            sheet.fault(place, Code.UNKNOWN_KEY, f"unknown key {quoted(other)}", hint)
    if kind is None:
        return None
    if not EFFECTS[kind].measure:
        sheet.fault(value, Code.BAD_EFFECT, f"{name} takes no measure", f"Write `- {kind}`.")
        return None
    measure = sheet.choice(value, Measure, "measure")
    seconds = read_length(sheet, pairs["for"][1]) if "for" in pairs else None
    return Effect(kind, measure, seconds) if measure and (seconds or "for" not in pairs) else None


def _effect_kind(sheet: Sheet, node: Node) -> EffectKind | None:
    name = sheet.text_of(node)
    if name is None:
        return None
    if name not in set(EffectKind):
        sheet.unknown(node, Code.UNKNOWN_EFFECT, "effect", name, set(EffectKind))
        return None
    return EffectKind(name)


def _check_effect(sheet: Sheet, node: Node, effect: Effect, platform: Platform) -> None:
    measure = effect.measure
    subject = platform.account if measure and MEASURES[measure].on_account else platform.content
    if measure is None and (platform.account or platform.content) and effect.kind is not EffectKind.HOLD:
        subject = platform.account or platform.content
    if subject is None and measure is not Measure.BLOCK_SPACE:
        key = "account" if measure and MEASURES[measure].on_account else "content"
        hint = f"Write `{key}:` in schema.yaml with the field that holds the platform's own id."
        sheet.fault(node, Code.BAD_EFFECT, f"{effect.kind} needs to know which {key} an event is about", hint)
    if effect.kind is not EffectKind.RESTRICT or measure is None:
        return
    if not MEASURES[measure].reversible:
        hint = f"Write `propose: {measure}`, so that a person decides, or a measure that can be undone."
        sheet.fault(
            node, Code.CANNOT_BE_UNDONE, f"a rule alone would {measure}, which cannot be undone", hint
        )
    elif MEASURES[measure].on_account and effect.seconds is None:
        hint = "Write when it ends by itself, such as `for: 24 h`."
        sheet.fault(node, Code.BAD_EFFECT, f"a rule alone would {measure} an account without an end", hint)
