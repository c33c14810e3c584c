"""A folder of rules taken apart: each rule, list, threshold and counter with its digest and all that it reads."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from showcause.casework import rule_files
from showcause.domain.errors import BadInput, BadRules, NotFound
from showcause.domain.rule import Piece, Read
from showcause.rules.canonical import Text, list_digest, said, threshold_digest
from showcause.rules.folder import COUNTERS, LISTS, RULES, SCHEMA, THRESHOLDS, Loaded
from showcause.rules.folder import FOLDERS as RULE_FOLDERS
from showcause.rules.rule_file import Metadata
from showcause.rules.side_files import Platform
from showcause.rules.tree import (
    Condition,
    CounterValue,
    NamedList,
    Plain,
    RuleReference,
    Threshold,
    walk,
)
from showcause.transparency.jcs import Json, canonical

FOLDERS: Final[Mapping[Piece, str]] = {
    Piece.RULE: RULES,
    Piece.LIST: LISTS,
    Piece.THRESHOLD: THRESHOLDS,
    Piece.COUNTER: COUNTERS,
}
SCHEMA_NAME: Final = "schema"
"""The one name that the schema of a platform has."""
MOST_BYTES: Final = 120_000_000
"""Largest set of files that a folder may have."""

Key = tuple[Piece, str]


@dataclass(frozen=True)
class Part:
    """One part of a folder: what it says as a digest, its files, and what it reads directly.

    `number` is the version that the file states, None where it states none. `entries` are a list's. `meaning` is a
    digest over a rule's condition alone, without its id and its effects. `marks` are the names that it says come from
    reports, `plain` those that it says do not.
    """

    kind: Piece
    name: str
    digest: str
    files: Mapping[str, str]
    reads: tuple[Read, ...]
    number: int | None = None
    entries: frozenset[Plain] | None = None
    metadata: Metadata | None = None
    meaning: str = ""
    marks: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()

    @property
    def key(self) -> Key:
        """Return its kind and name."""
        return self.kind, self.name


@dataclass(frozen=True)
class Parts:
    """All parts of a folder."""

    loaded: Loaded
    by_key: Mapping[Key, Part]

    def part(self, kind: Piece, name: str) -> Part:
        """Return one part.

        Raises: NotFound, naming what there is.
        """
        found = self.by_key.get((kind, name))
        if found is None:
            known = ", ".join(sorted(each for of, each in self.by_key if of is kind)) or "none"
            raise NotFound(f"the folder has no {kind} {name[:64]!r}", f"It has: {known}.")
        return found

    def named(self, name: str) -> Part:
        """Return the part of this name, whatever it is: no name stands for two things.

        Raises: NotFound.
        """
        for kind in (Piece.RULE, Piece.LIST, Piece.THRESHOLD, Piece.COUNTER, Piece.SCHEMA):
            if (kind, name) in self.by_key:
                return self.by_key[kind, name]
        return self.part(Piece.RULE, name)

    def behind(self, part: Part) -> tuple[Part, ...]:
        """Return everything that a part reads, directly or through others, in the order in which it can be stored."""
        found: dict[Key, Part] = {}
        waiting = [part]
        while waiting:
            for read in waiting.pop().reads:
                if (read.kind, read.name) not in found:
                    found[read.kind, read.name] = self.part(read.kind, read.name)
                    waiting.append(found[read.kind, read.name])
        return tuple(sorted(found.values(), key=lambda each: (list(Piece).index(each.kind), each.name)))


def read(texts: Mapping[str, str]) -> Parts:
    """Read a folder from the texts of its files, with its cases, and take it apart.

    Raises: BadRules with everything that is wrong: what does not compile, a case that does not hold, a rule that does
    more than order reviews on what is derived from reports.
    """
    loaded, faults = rule_files.read_texts(texts)
    if loaded is None:
        raise BadRules("\n".join([rule_files.counted(len(faults), "fault"), *map(str, faults)]))
    return apart(loaded, texts)


def apart(loaded: Loaded, texts: Mapping[str, str]) -> Parts:
    """Take a rule set apart that was read from these texts."""
    return Parts(loaded, {part.key: part for part in _parts(loaded, texts)})


def read_files(folder: Path) -> Parts:
    """Read a folder from its files and take it apart.

    Raises: as `read`; BadRules for files that cannot be read.
    """
    paths = [
        folder / SCHEMA,
        *(path for name in RULE_FOLDERS for path in sorted((folder / name).glob("*.yaml"))),
    ]
    paths += sorted((folder / LISTS).glob("*.txt"))
    try:
        if sum(path.stat().st_size for path in paths) <= MOST_BYTES:
            return read(
                {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
            )
    except (BadRules, OSError, UnicodeDecodeError):
        rule_files.load(folder)  # says it with the folder's name, and what of a file cannot be read at all
        raise
    raise BadRules(
        f"the files of {folder} are larger than {MOST_BYTES} bytes together", "Split the rule set."
    )


def marks_of(files: Mapping[str, str]) -> frozenset[str]:
    """Return the names that the files of an earlier list or schema said come from reports.

    Raises: BadRules when they cannot be read any more.
    """
    if SCHEMA in files:
        return read(files).part(Piece.SCHEMA, SCHEMA_NAME).marks
    sheet, root = rule_files.sheet_of(
        *next((name, text) for name, text in files.items() if name.endswith(".yaml"))
    )
    if root is None:
        raise BadRules("\n".join(map(str, sheet.faults)))
    marked = root.at("from_reports").value == "true"
    return frozenset({root.at("name").value} if marked else ())


def digest_of(what: str, value: Json) -> str:
    """Return the digest of a JSON value under the name of what it is."""
    return hashlib.sha256(f"showcause/{what}/v1\n".encode() + canonical(value)).hexdigest()


def _parts(loaded: Loaded, texts: Mapping[str, str]) -> Iterator[Part]:
    files = {SCHEMA: texts[SCHEMA]}
    yield Part(
        Piece.SCHEMA,
        SCHEMA_NAME,
        _schema_digest(loaded.platform),
        files,
        (),
        marks=_marks(loaded),
        plain=_plain(loaded),
    )
    for name, threshold in loaded.thresholds.items():
        number = threshold.version.version
        digest = threshold_digest(threshold.version)
        yield Part(Piece.THRESHOLD, name, digest, _files(texts, Piece.THRESHOLD, name), _reads([]), number)
    for name, counter in loaded.counters.items():
        digest = hashlib.sha256(counter.counter.canonical).hexdigest()
        reads = _reads([counter.where] if counter.where is not None else [])
        yield Part(Piece.COUNTER, name, digest, _files(texts, Piece.COUNTER, name), reads)
    for name, held in loaded.lists.items():
        # The mark is part of what a list says: without it, what comes from reports could restrict.
        digest = digest_of("list", [list_digest(held.version), held.from_reports])
        entries = held.version.entries
        files = _files(texts, Piece.LIST, name)
        marks = frozenset({name} if held.from_reports else ())
        plain = frozenset({name}) - marks
        yield Part(
            Piece.LIST,
            name,
            digest,
            files,
            _reads([]),
            held.version.version,
            entries,
            marks=marks,
            plain=plain,
        )
    for rule in loaded.rules:
        files, digest = _files(texts, Piece.RULE, rule.id), loaded.rule_digest(rule.id)
        reads = _reads([rule.condition])
        meaning = digest_of("condition", _json(said(rule.condition)))
        yield Part(Piece.RULE, rule.id, digest, files, reads, metadata=rule.metadata, meaning=meaning)


def _files(texts: Mapping[str, str], kind: Piece, name: str) -> dict[str, str]:
    """Return the files of a part: its own, and the text file of a list, which has the list's name."""
    stem = f"{FOLDERS[kind]}{name}"
    found = {path: texts[path] for path in (f"{stem}.yaml", f"{stem}.txt") if path in texts}
    if sum(len(text) for text in found.values()) > MOST_BYTES:
        raise BadInput(f"the {kind} {name} is larger than {MOST_BYTES} bytes", "Split it.")
    if kind is Piece.LIST and f"{stem}.txt" not in found and "entries_file:" in found[f"{stem}.yaml"]:
        raise BadInput(f"the entries of {name} are not in lists/{name}.txt", "Give the file the list's name.")
    return found


def _reads(conditions: Iterable[Condition]) -> tuple[Read, ...]:
    """Return what conditions name, and the schema, by which all of them are read."""
    found: dict[Read, None] = {Read(Piece.SCHEMA, SCHEMA_NAME): None}
    for node in (each for condition in conditions for each in walk(condition)):
        match node:
            case NamedList():
                found[Read(Piece.LIST, node.name)] = None
            case Threshold():
                found[Read(Piece.THRESHOLD, node.name)] = None
            case CounterValue():
                found[Read(Piece.COUNTER, node.counter)] = None
            case RuleReference():
                found[Read(Piece.RULE, node.rule)] = None
            case _:
                pass
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))


def _json(text: Text) -> Json:
    return text if isinstance(text, str) else [_json(each) for each in text]


def _marks(loaded: Loaded) -> frozenset[str]:
    """Return the fields and the kinds of events that a schema says come from reports."""
    platform = loaded.platform
    fields = {each.path for each in platform.schema if each.from_reports}
    reports = platform.reports
    return frozenset(fields | ({f"{reports.path} {each}" for each in reports.values} if reports else set()))


def _plain(loaded: Loaded) -> frozenset[str]:
    return frozenset(each.path for each in loaded.platform.schema if not each.from_reports)


def _schema_digest(platform: Platform) -> str:
    fields: list[Json] = [
        [each.path, str(each.type), each.nullable, each.sensitive, each.from_reports]
        for each in sorted(platform.schema, key=lambda each: each.path)
    ]
    reports: Json = None
    if platform.reports is not None:
        values: Sequence[Json] = sorted(platform.reports.values)
        reports = [platform.reports.path, [*values]]
    return digest_of("rule-schema", [platform.name, fields, platform.account, platform.content, reports])
