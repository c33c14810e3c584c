"""Explaining one verdict: in words, which condition decided, what it read, and which events stand behind each number.

Nothing is told of a person: a personal value is said to be personal, of what somebody wrote no more than its length,
unless the rule itself has these words, and events are named by their place and by the id that the platform gave them.
What was written is told to who asks for it by name, which leaves a trace. Of an event whose people were forgotten, what
stands in the record is left: the rule and its numbers.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from showcause.casework.rulework.backtesting import moment
from showcause.casework.rulework.replaying import MOST_EVENTS, Finding, Replayed, ReplayResult, replay
from showcause.casework.rulework.reporting import came_in_words
from showcause.domain.people import Moderator
from showcause.domain.rule import Piece, RuleVersion
from showcause.rules.canonical import list_digest
from showcause.rules.fold import Reading
from showcause.rules.folder import Loaded
from showcause.rules.formatting import condition_text
from showcause.rules.rule_set import SEMANTICS
from showcause.rules.schema import Schema
from showcause.rules.sentences import LANGUAGES, Style, condition_in_words, effects_in_words, sentence
from showcause.rules.tracing import Seen, Truth
from showcause.rules.tree import (
    And,
    Constant,
    FieldValue,
    ListLiteral,
    Membership,
    NamedList,
    Not,
    Or,
    Plain,
    RuleReference,
    walk,
)
from showcause.store.events import EventLog
from showcause.store.verdicts import KeptSet, Verdict, kept_set
from showcause.store.view import View

MOST_NAMED: Final = 100
"""How many events behind a number are named, the newest of them."""
PERSONAL: Final = "(personal)"
"""Stands for a value that names somebody."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One condition that made the outcome what it is: as it is written, in words, and what it read."""

    text: str
    words: dict[str, str]
    read: dict[str, Plain | None]


@dataclass(frozen=True, slots=True)
class Behind:
    """One event behind a number; `id` is the platform's own, empty where the event is not there any more."""

    sequence: int
    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What a counter said, and the newest of the `made_of` events behind it; `why` says why none are named."""

    name: str
    id: str
    value: int | float | None
    saturated: bool
    made_of: int
    events: tuple[Behind, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was looked into: its version, its digest, and the entry that matched, if it names nobody."""

    name: str
    version: int
    digest: str
    matched: Plain | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One verdict. Texts are by language; `tree` is the trace, a line a condition; `missing` is what replay lacks."""

    id: str
    event: int
    at: datetime
    platform: str
    rule: str
    version: str
    number: int | None
    rules: str
    semantics: int
    result: ReplayResult
    missing: tuple[Finding, ...]
    title: dict[str, str]
    clause: str
    says: dict[str, str]
    does: dict[str, str]
    decided: tuple[Decided, ...]
    counters: tuple[Counted, ...]
    lists: tuple[Listed, ...]
    tree: tuple[str, ...]
    people: dict[str, str]
    followed: tuple[str, ...]


def explain(
    view: View, log: EventLog, verdict: Verdict, *, texts: bool = False, most: int = MOST_EVENTS
) -> Explained:
    """Return everything that can be said of a verdict, with `texts` also what somebody wrote; `most` as in `replay`."""
    [found] = replay(view, log, [verdict], most)
    platform = _platform(log, verdict)
    kept = kept_set(view, verdict.rules, platform)
    version = _version(view, verdict, kept)
    rule = found.loaded.by_id.get(verdict.rule) if found.loaded else None
    seen, loaded = found.trace.seen if found.trace else None, found.loaded
    deciding = found.trace.deciding() if found.trace else ()
    return Explained(
        id=verdict.id,
        event=verdict.event,
        at=moment(verdict.at),
        platform=platform,
        rule=verdict.rule,
        version=verdict.version,
        number=version.number if version else None,
        rules=verdict.rules,
        semantics=kept.semantics if kept else SEMANTICS,
        result=found.result,
        missing=found.findings,
        title=dict(rule.metadata.title) if rule else {},
        clause=rule.metadata.clause if rule else "",
        says={each: sentence(loaded, verdict.rule, each) for each in LANGUAGES} if loaded and rule else {},
        does={each: effects_in_words(rule.metadata.effects, each) for each in LANGUAGES} if rule else {},
        decided=tuple(_decided(loaded, deciding, texts=texts)) if loaded else (),
        counters=tuple(_counters(log, found)),
        lists=tuple(_lists(loaded, seen)) if loaded and seen else (),
        tree=tuple(_tree(loaded.platform.schema, seen, texts=texts)) if loaded and seen else (),
        people=_people(view, version) if version else {},
        followed=tuple(came_in_words(verdict)),
    )


# --- What decided ----------------------------------------------------------------------------------------------------


def _decided(loaded: Loaded, deciding: Iterable[Seen], *, texts: bool) -> Iterator[Decided]:
    for each in deciding:
        node = Not(each.node) if each.truth is Truth.FALSE else each.node
        words = {language: condition_in_words(loaded, node, language, Style.EXACT) for language in LANGUAGES}
        yield Decided(condition_text(node), words, dict(_operands(loaded.platform.schema, each, texts=texts)))


def _operands(schema: Schema, seen: Seen, *, texts: bool) -> Iterator[tuple[str, Plain | None]]:
    """Yield what a condition read, without what names somebody, and without what somebody wrote unless it is asked."""
    own = set(_own_texts(seen))
    for each in seen.operands:
        personal = isinstance(each.node, FieldValue) and schema.by_path[each.node.path].sensitive
        if isinstance(each.value, str) and personal:
            yield each.name, PERSONAL
        elif isinstance(each.value, str) and not texts and each.value not in own:
            yield each.name, f"({len(each.value)} characters)"
        else:
            yield each.name, each.value


def _own_texts(seen: Seen) -> Iterator[str]:
    """Yield the texts that a condition or its list has itself, so that showing one tells nothing new."""
    for node in walk(seen.node):
        match node:
            case Constant(value=str(text)):
                yield text
            case ListLiteral():
                yield from (each for each in node.items if isinstance(each, str))
            case Membership(items=NamedList()) if seen.truth is Truth.TRUE:
                yield from (each.value for each in seen.operands if isinstance(each.value, str))
            case _:
                pass


def _tree(schema: Schema, seen: Seen, depth: int = 0, *, texts: bool) -> Iterator[str]:
    """Yield the trace as lines, indented by depth: what was looked at, what came of it, and what it read."""
    match seen.node:
        case And():
            said = "all of"
        case Or():
            said = "one of"
        case Not():
            said = "not"
        case RuleReference():
            said = f"rule {seen.node.rule}"
        case _:
            said = condition_text(seen.node)
    read = ", ".join(f"{name} = {_shown(value)}" for name, value in _operands(schema, seen, texts=texts))
    why = f", because {seen.why}" if seen.why else ""
    yield f"{'  ' * depth}{seen.truth.name.lower()}{why}: {said}{f'   [{read}]' if read else ''}"
    for each in seen.parts:
        yield from _tree(schema, each, depth + 1, texts=texts)


def _shown(value: Plain | None) -> str:
    if value is None:
        return "nothing"
    return (
        value if isinstance(value, str) and value.startswith("(") else json.dumps(value, ensure_ascii=False)
    )


# --- What it read ----------------------------------------------------------------------------------------------------


def _counters(log: EventLog, found: Replayed) -> Iterator[Counted]:
    verdict, loaded = found.verdict, found.loaded
    why = {each.about: each.said for each in found.findings if each.about}
    for name, value in verdict.counters.items():
        told = found.readings.get(name)
        same = told is not None and told.digest == verdict.counted.get(name)
        behind = _behind(log, told) if told is not None and same else ()
        counter = loaded.counters[name].counter.id if loaded and name in loaded.counters else ""
        saturated = name in verdict.saturated
        made_of = len(told.events) if told is not None and same else 0
        missing = "" if same else why.get(name, "the events behind it cannot be found again")
        yield Counted(name, counter, value, saturated, made_of, tuple(behind), missing)


def _behind(log: EventLog, told: Reading) -> Iterator[Behind]:
    for each in log.at(told.events[-MOST_NAMED:]):
        id_ = str(json.loads(each.body)["id"]) if each.body is not None else ""
        yield Behind(each.sequence, moment(each.at), id_)


def _lists(loaded: Loaded, seen: Seen) -> Iterator[Listed]:
    """Yield the lists that were looked into, each once, a match before none."""
    found: dict[str, Listed] = {}
    for each in _leaves(seen):
        match each.node:
            case Membership(items=NamedList(name=name)):
                version = loaded.lists[name].version
                read = dict(_operands(loaded.platform.schema, each, texts=False))
                matched = next(iter(read.values()), None) if each.truth is Truth.TRUE else None
                if name not in found or found[name].matched is None:
                    found[name] = Listed(name, version.version, list_digest(version), matched)
            case _:
                pass
    yield from found.values()


def _leaves(seen: Seen) -> Iterator[Seen]:
    if not seen.parts:
        yield seen
    for each in seen.parts:
        yield from _leaves(each)


# --- Who stands behind it --------------------------------------------------------------------------------------------


def _platform(log: EventLog, verdict: Verdict) -> str:
    """Return whose event a verdict is of, "" where the event is not there."""
    return next(
        (each.platform for each in log.read(verdict.event - 1, 1) if each.sequence == verdict.event), ""
    )


def _version(view: View, verdict: Verdict, kept: KeptSet | None) -> RuleVersion | None:
    for each in kept.versions if kept else ():
        held = view.first(RuleVersion, id=each)
        if held is not None and (held.kind, held.name) == (Piece.RULE, verdict.rule):
            return held
    return None


def _people(view: View, version: RuleVersion) -> dict[str, str]:
    """Return who proposed, pushed, approved and ratified a version, by their logins."""
    by = {
        "proposed": version.proposer,
        "pushed": version.pushed_by,
        "approved": version.approver,
        "ratified": version.ratified_by,
    }
    return {what: view.get(Moderator, who).handle for what, who in by.items() if who}


# --- As text ---------------------------------------------------------------------------------------------------------


def lines(found: Explained) -> Iterator[str]:
    """Yield an explanation as lines to read."""
    number = f"@{found.number}" if found.number is not None else ""
    yield f"{found.id}: {found.rule}{number} fired on event {found.event}"
    yield f"  {found.at:%Y-%m-%d %H:%M:%S.%f} UTC{f', on {found.platform}' if found.platform else ''}"
    yield f"  rule {found.version}"
    yield f"  rule set {found.rules}, semantics {found.semantics}"
    yield from (f"  {said}" for said in found.says.values())
    yield from (f"  {said}" for said in found.does.values())
    if found.decided:
        yield "What decided:"
        for each in found.decided:
            read = ", ".join(f"{name} = {_shown(value)}" for name, value in each.read.items())
            yield f"  {each.text}{f'   [{read}]' if read else ''}"
            yield from (f"    {said}" for said in each.words.values())
    for counted in found.counters:
        yield from _counter_lines(counted)
    for listed in found.lists:
        matched = f", matched {_shown(listed.matched)}" if listed.matched is not None else ", matched nothing"
        yield f"List {listed.name}, version {listed.version}{matched}  ({listed.digest[:12]})"
    if found.tree:
        yield "All that was looked at:"
        yield from (f"  {line}" for line in found.tree)
    if found.people:
        yield "The rule: " + ", ".join(f"{what} by {who}" for what, who in found.people.items())
    yield from found.followed
    yield f"Replayed: {found.result}"
    yield from (f"  {finding.code}: {finding.said}" for finding in found.missing)


def _counter_lines(each: Counted) -> Iterator[str]:
    value = "did not know" if each.value is None else f"said {each.value}"
    full = ", at its bound: there was more" if each.saturated else ""
    yield f"Counter {each.name} {value}{full}  ({each.id or 'not kept'})"
    if each.why:
        yield f"  {each.why}"
    if each.made_of > len(each.events):
        yield f"  made of {each.made_of} events, the newest {len(each.events)}:"
    yield from (
        f"  event {one.sequence}, {one.at:%H:%M:%S}, {one.id or '(not there any more)'}"
        for one in each.events
    )
