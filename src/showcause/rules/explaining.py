"""Everything that a rule is, for whoever asks: in words, with what it reads, what it may do, and who answers for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from showcause.rules import owners
from showcause.rules.formatting import condition_lines
from showcause.rules.powers import chain, name_of, powers_of, tainted
from showcause.rules.rule_cases import Outcome
from showcause.rules.rule_file import WrittenRule
from showcause.rules.sentences import Style, effects_in_words, sentence
from showcause.rules.tree import CounterValue, FieldValue, NamedList, RuleReference, Threshold, walk
from showcause.rules.words import LANGUAGES

if TYPE_CHECKING:
    from showcause.rules.folder import Loaded


@dataclass(frozen=True, slots=True)
class Explained:
    """One rule. Texts are by language; `reads` are names with what each is; `reports` says what comes from reports.

    `key` is the key by which its events are shared out, where several processes judge them; counters of `other_keys`
    are counted in full by each of them.
    """

    id: str
    digest: str
    rule_set: str
    title: dict[str, str]
    clause: str
    owner: str
    severity: str
    expected: str
    rollout: str
    effects: tuple[str, ...]
    powers: tuple[str, ...]
    when: tuple[str, ...]
    moderators: dict[str, str]
    statement: dict[str, str]
    does: dict[str, str]
    reads: dict[str, str]
    reports: tuple[str, ...]
    cases: dict[str, int]
    key: str
    other_keys: tuple[str, ...]


def explained(loaded: "Loaded", rule: WrittenRule) -> Explained:
    """Return everything that a rule is."""
    metadata, rollout = rule.metadata, rule.metadata.rollout
    names = dict.fromkeys(filter(None, map(name_of, tainted(rule.condition))))
    kept = loaded.rule_set.by_id[rule.id]
    key = owners.owner(loaded.rule_set, kept, owners.main_key(loaded.platform))
    return Explained(
        id=rule.id,
        digest=loaded.rule_digest(rule.id),
        rule_set=loaded.digest,
        title=dict(metadata.title),
        clause=metadata.clause,
        owner=metadata.owner,
        severity=str(metadata.severity),
        expected=f"{metadata.expected.numerator} in {metadata.expected.denominator} events",
        rollout=f"{rule.root.at('rollout', 'share').value} by {rollout.by}" if rollout else "",
        effects=tuple(map(str, metadata.effects)),
        powers=powers_of(metadata.effects).sentences,
        when=tuple(condition_lines(rule.condition)),
        moderators={each: sentence(loaded, rule.id, each) for each in LANGUAGES},
        statement={each: sentence(loaded, rule.id, each, Style.PLAIN) for each in LANGUAGES},
        does={each: effects_in_words(metadata.effects, each) for each in LANGUAGES},
        reads=dict(_reads(loaded, rule)),
        reports=tuple(f"{each} {chain(each, loaded.reasons)}" for each in names),
        cases={str(each): sum(case.outcome is each for case in metadata.cases) for each in Outcome},
        key=key,
        other_keys=tuple(each for each in owners.keys_of(loaded.rule_set, kept) if each != key),
    )


def _reads(loaded: "Loaded", rule: WrittenRule) -> Iterator[tuple[str, str]]:
    for node in walk(rule.condition):
        match node:
            case FieldValue():
                personal = loaded.platform.schema.by_path[node.path].sensitive
                yield node.path, f"field, {node.type}{', personal: a keyed hash' if personal else ''}"
            case CounterValue():
                yield node.counter, f"counter {loaded.counters[node.counter].counter.id}"
            case NamedList():
                version = loaded.lists[node.name].version
                yield node.name, f"list, version {version.version}, {len(version.entries)} entries"
            case Threshold():
                threshold = loaded.thresholds[node.name].version
                yield node.name, f"threshold, version {threshold.version}, {threshold.value}"
            case RuleReference():
                yield node.rule, f"rule {loaded.rule_digest(node.rule)[:12]}"
            case _:
                pass


def lines(found: Explained) -> Iterator[str]:
    """Yield an explanation as lines to read."""
    yield f"{found.id}: {found.title['en']} / {found.title['fr']}"
    yield ""
    yield from (found.moderators[each] for each in LANGUAGES)
    yield from (found.does[each] for each in LANGUAGES)
    yield ""
    yield "In a statement of reasons:"
    yield from (f"  {found.statement[each]}" for each in LANGUAGES)
    yield ""
    yield "when:"
    yield from (f"  {each}" for each in found.when)
    yield ""
    yield f"clause {found.clause}, owner {found.owner}, severity {found.severity}"
    yield f"expected {found.expected}{f', tried on {found.rollout}' if found.rollout else ''}"
    cases = ", ".join(f"{number} {name}" for name, number in found.cases.items() if number)
    yield f"cases: {cases}"
    yield "reads:"
    yield from (f"  {name}: {what}" for name, what in found.reads.items())
    others = (
        f"; counters of {', '.join(found.other_keys)} are counted by each in full" if found.other_keys else ""
    )
    yield f"judged by the key {found.key or '(the place of the event)'} where several processes share events{others}"
    yield "derived from reports: " + ("; ".join(found.reports) or "nothing that it reads")
    yield "powers:"
    yield from (f"  {each}" for each in found.powers)
    yield f"digest {found.digest}"
    yield f"rule set {found.rule_set}"
