"""One folder, one rule set: every file read, every name resolved, and one digest for all that the rules say.

    schema.yaml     what events of the platform hold
    rules/*.yaml    one rule a file
    lists/*.yaml    named lists, long ones with a text file beside them
    thresholds/*.yaml, counters/*.yaml

Who has files hands them over as `Sheet` and root by name; nothing is opened here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from showcause.domain.errors import BadInput
from showcause.rules import bounds
from showcause.rules.canonical import rule_digest, rule_set_digest
from showcause.rules.codes import Code
from showcause.rules.counters import Registry
from showcause.rules.entries import read_condition
from showcause.rules.expectations import failures
from showcause.rules.messages import Fault
from showcause.rules.names import FUNCTIONS, Marked, Scope
from showcause.rules.on_reports import on_reports
from showcause.rules.ordering import in_a_circle, in_order, referred
from showcause.rules.powers import name_of, tainted
from showcause.rules.rule_file import WrittenRule, read_metadata
from showcause.rules.rule_set import RuleSet
from showcause.rules.scanning import FORBIDDEN_WORDS, WORDS
from showcause.rules.schema import Type
from showcause.rules.schema_file import Platform, read_platform
from showcause.rules.sheet import Node, Shape, Sheet
from showcause.rules.side_files import (
    ReadCounter,
    ReadList,
    ReadThreshold,
    read_counter,
    read_list,
    read_threshold,
)
from showcause.rules.tree import Condition, reads_reports
from showcause.rules.words import Called

SCHEMA = "schema.yaml"
RULES, LISTS, THRESHOLDS, COUNTERS = "rules/", "lists/", "thresholds/", "counters/"
FOLDERS = (RULES, LISTS, THRESHOLDS, COUNTERS)
MAX_FILES = 10_000

File = tuple[Sheet, Node | None]
"""A file and its root; None when it could not be read, and then its sheet has the fault."""


@dataclass(frozen=True)
class Loaded:
    """A rule set without a fault. Rules stand in an order in which each refers to earlier ones only."""

    platform: Platform
    rules: tuple[WrittenRule, ...]
    lists: Mapping[str, ReadList]
    thresholds: Mapping[str, ReadThreshold]
    counters: Mapping[str, ReadCounter]
    reasons: Mapping[str, str]

    @cached_property
    def rule_set(self) -> RuleSet:
        """Return what the evaluators take."""
        return RuleSet(
            tuple(each.rule for each in self.rules),
            tuple(each.version for each in self.lists.values()),
            tuple(each.version for each in self.thresholds.values()),
            Registry(*(each.counter for each in self.counters.values())),
        )

    @cached_property
    def digest(self) -> str:
        """Return the content address of the set."""
        return rule_set_digest(self.rule_set)

    @cached_property
    def by_id(self) -> Mapping[str, WrittenRule]:
        """Return the rules by id."""
        return {each.id: each for each in self.rules}

    @cached_property
    def conditions(self) -> Mapping[str, Condition]:
        """Return the conditions by rule."""
        return {each.id: each.condition for each in self.rules}

    @cached_property
    def called(self) -> Mapping[str, Called]:
        """Return what every name is called."""
        found: dict[str, Called] = dict(self.platform.called)
        for named in (self.lists, self.thresholds, self.counters):
            found.update({name: each.called for name, each in named.items()})
        found.update({each.id: Called(each.metadata.title) for each in self.rules})
        return found

    @cached_property
    def scope(self) -> Scope:
        """Return the names that a condition of this set may use."""
        return _scope(self, {each.id: reads_reports(each.condition) for each in self.rules}, {})

    @property
    def counter_types(self) -> dict[str, Type]:
        """Return the types of the counters by name."""
        return {name: each.type for name, each in self.counters.items()}

    def rule_digest(self, rule: str) -> str:
        """Return the digest of one rule's version."""
        return rule_digest(self.by_id[rule].rule)


@dataclass(slots=True)
class _Reading:
    """The set while it is read."""

    platform: Platform
    lists: dict[str, ReadList] = field(default_factory=dict)
    thresholds: dict[str, ReadThreshold] = field(default_factory=dict)
    counters: dict[str, ReadCounter] = field(default_factory=dict)
    rules: dict[str, WrittenRule] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)


def read_folder(
    files: Mapping[str, File], texts: Mapping[str, str], *, cases: bool = True
) -> tuple[Loaded | None, tuple[Fault, ...]]:
    """Return the rule set of a folder, or None and everything that is wrong with it, by file and line.

    `files` has the YAML files by their path within the folder, `texts` the text files beside lists. Without `cases`, a
    set whose cases do not hold is returned too, so that somebody can look why.
    """
    loaded = _read(files, texts)
    if loaded is not None and cases and not any(sheet.faults for sheet, _ in files.values()):
        for fault in failures(loaded):
            files[fault.place.file][0].faults.append(fault)
    faults = tuple(sorted({fault for sheet, _ in files.values() for fault in sheet.faults}))
    return (None, faults) if faults else (loaded, ())


def _read(files: Mapping[str, File], texts: Mapping[str, str]) -> Loaded | None:
    _check_names(files)
    if SCHEMA not in files:
        return None
    sheet, root = files[SCHEMA]
    platform = read_platform(sheet, root) if root is not None else None
    if platform is None:
        return None
    reading = _Reading(platform)
    for each in platform.schema:
        if each.from_reports:
            reading.reasons[each.path] = "is derived from reports"
    _read_side_files(reading, files, texts)
    _read_rules(reading, files)
    made = Loaded(
        platform,
        tuple(reading.rules.values()),
        reading.lists,
        reading.thresholds,
        reading.counters,
        reading.reasons,
    )
    if not any(sheet.faults for sheet, _ in files.values()):
        _check_bounds(files, made)
    return made


def _check_bounds(files: Mapping[str, File], made: Loaded) -> None:
    """Note what only the whole set shows: too much of everything, too long chains of rules."""
    try:
        bounds.check(made.rule_set, made.platform.schema)
    except BadInput as error:
        rule = error.message.removeprefix("rule ").partition(":")[0]
        sheet, root = files.get(f"{RULES}{rule}.yaml", files[SCHEMA])
        node = (root or Node(Shape.OTHER, 0, 1)).at("when")
        what = error.message.partition(": ")[2] if error.message.startswith("rule ") else error.message
        place = Node(Shape.OTHER, node.start, node.start + 1)
        sheet.fault(place, Code.TOO_MANY, what, "Make it smaller, or write it in another way.")


def _check_names(files: Mapping[str, File]) -> None:
    """Note every name that stands for two things; conditions could not tell them apart."""
    known: dict[str, str] = dict.fromkeys(FUNCTIONS, "a function")
    known |= dict.fromkeys((*WORDS, *FORBIDDEN_WORDS), "a word of the language")
    if (root := files.get(SCHEMA, (None, None))[1]) is not None:
        for key, _ in root.at("fields").pairs:
            name = key.value.partition(".")[0]
            known[name] = f"a {'group of fields' if '.' in key.value else 'field'} in {SCHEMA}"
    for path, (sheet, root) in files.items():
        folder, slash, _ = path.partition("/")
        if root is None or not slash:
            continue
        node = root.at("id" if folder + slash == RULES else "name")
        if node.shape is Shape.TEXT:
            if node.value in known:
                hint = "Give one of the two another name; conditions know them by name alone."
                sheet.fault(node, Code.DOUBLE_NAME, f"{node.value} is also {known[node.value]}", hint)
            known.setdefault(node.value, f"the name in {path}")


def _read_side_files(reading: _Reading, files: Mapping[str, File], texts: Mapping[str, str]) -> None:
    for path, (sheet, root) in sorted(files.items()):
        if root is None:
            continue
        if path.startswith(LISTS):
            beside = {name.removeprefix(LISTS): text for name, text in texts.items()}
            if (found := read_list(sheet, root, beside)) is not None:
                reading.lists[found.version.name] = found
                if found.from_reports:
                    reading.reasons[found.version.name] = "is marked as derived from reports"
        elif path.startswith(THRESHOLDS):
            if (threshold := read_threshold(sheet, root)) is not None:
                reading.thresholds[threshold.version.name] = threshold
        elif (
            path.startswith(COUNTERS) and (counter := read_counter(sheet, root, reading.platform)) is not None
        ):
            reading.counters[counter.counter.name] = counter
            if counter.reason is not None:
                reading.reasons[counter.counter.name] = counter.reason


# --- Rules -----------------------------------------------------------------------------------------------------------


def _read_rules(reading: _Reading, files: Mapping[str, File]) -> None:
    roots = {
        root.at("id").value or path: (sheet, root)
        for path, (sheet, root) in sorted(files.items())
        if path.startswith(RULES) and root is not None
    }
    order, cycles = in_order({id: referred(root, roots) for id, (_, root) in roots.items()})
    counters = {name: each.type for name, each in reading.counters.items()}
    known: dict[str, bool] = {id: False for id in roots if id not in cycles}
    scope = _scope(reading, known, cycles)
    for id in order:
        sheet, root = roots[id]
        metadata = read_metadata(sheet, root, reading.platform, counters)
        condition = read_condition(sheet, _present(root, "when"), scope)
        if condition is None:
            continue
        if reads_reports(condition):
            known[id] = True
            reading.reasons[id] = next(filter(None, map(name_of, tainted(condition))))
        if metadata is not None:
            rule = WrittenRule(metadata, condition, sheet, root)
            reading.rules[id] = rule
            reading.conditions[id] = condition
            sheet.faults += on_reports(rule, reading.platform, reading.reasons, reading.conditions)


def _present(root: Node, key: str) -> Node | None:
    found = root.at(key)
    return None if found is root else found


def _scope(reading: "_Reading | Loaded", rules: Mapping[str, bool], cycles: Mapping[str, str]) -> Scope:
    hint = "Write one of them without the other: a rule may only refer to rules that stand without it."
    return Scope(
        reading.platform.schema,
        {name: Marked(each.version.type, each.from_reports) for name, each in reading.lists.items()},
        {name: each.version.type for name, each in reading.thresholds.items()},
        {name: Marked(each.type, each.reason is not None) for name, each in reading.counters.items()},
        rules,
        {id: (Code.RULE_CYCLE, in_a_circle(way), hint) for id, way in cycles.items()},
    )
