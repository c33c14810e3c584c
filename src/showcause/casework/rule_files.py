"""A rule set as files: a folder is read whole, and becomes a rule set or a list of faults with their places."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from showcause.casework.marked_yaml import Page, Problem, marked
from showcause.domain.errors import BadRules, Broken, NotFound
from showcause.rules.codes import Code
from showcause.rules.entries import read_condition
from showcause.rules.folder import FOLDERS, LISTS, MAX_FILES, SCHEMA, File, Loaded, read_folder
from showcause.rules.formatting import layout, lost_comments
from showcause.rules.messages import Fault, Place, did_you_mean, listed, quoted
from showcause.rules.rule_file import WrittenRule, read_metadata
from showcause.rules.sheet import Node, Sheet
from showcause.rules.tree import Rule

MAX_LIST_BYTES = 100_000_000
"""Largest text file beside a list."""


def load(folder: Path, *, cases: bool = True) -> Loaded:
    """Read the rule set of a folder; without `cases`, also one whose cases do not hold.

    Raises: BadRules, whose message lists every fault with its place; nothing is loaded then.
    """
    loaded, faults = read(folder, cases=cases)
    if loaded is None:
        raise refusal(faults, folder)
    return loaded


def read(folder: Path, *, cases: bool = True) -> tuple[Loaded | None, tuple[Fault, ...]]:
    """Return the rule set of a folder, or None and everything that is wrong with it; see `read_folder`.

    Raises: BadRules when there is no rule set to read at all.
    """
    if not (folder / SCHEMA).is_file():
        raise BadRules(
            f"{folder}: there is no {SCHEMA} here",
            "Name a folder that holds schema.yaml and a folder `rules`.",
        )
    paths = [folder / SCHEMA, *(path for name in FOLDERS for path in sorted((folder / name).glob("*.yaml")))]
    if len(paths) > MAX_FILES:
        raise BadRules(f"{folder}: {len(paths)} files; at most {MAX_FILES}", "Split the rule set.")
    files = {path.relative_to(folder).as_posix(): _file(folder, path) for path in paths}
    files |= {each.file: (each, None) for each in _strays(folder, set(paths))}
    texts = {
        path.relative_to(folder).as_posix(): _lines(path) for path in sorted((folder / LISTS).glob("*.txt"))
    }
    return read_folder(files, texts, cases=cases)


def read_texts(texts: Mapping[str, str], *, cases: bool = True) -> tuple[Loaded | None, tuple[Fault, ...]]:
    """Return the rule set of a folder whose files are given as texts, by their path within it."""
    files = {name: sheet_of(name, text) for name, text in texts.items() if name.endswith(".yaml")}
    beside = {name: text for name, text in texts.items() if name.endswith(".txt")}
    return read_folder(files, beside, cases=cases)


def sheet_of(name: str, text: str) -> File:
    """Return a file and its root from its text."""
    sheet = Sheet(name, text)
    root, problems = _composed(name, text)
    sheet.faults += [_fault(text, each.line, each.column, name, each.what, each.hint) for each in problems]
    return sheet, None if problems else root


@lru_cache(maxsize=8_192)
def _composed(name: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Return the root of a file and what is wrong with its form; reading YAML is most of the work of a large set."""
    page = Page(name, about=_about(name))
    root = page.compose(text)
    return None if root is None else marked(root), tuple(page.problems)


def unknown_clauses(loaded: Loaded, clauses: Collection[str]) -> tuple[Fault, ...]:
    """Return a fault for each rule that cites a clause which is not among these citations."""
    found = []
    for rule in loaded.rules:
        cited = rule.metadata.clause
        if cited not in clauses:
            hint = did_you_mean(cited, clauses, f"There are: {listed(clauses, 20)}.")
            found.append(
                rule.fault(rule.root.at("clause"), Code.BAD_CLAUSE, f"no policy has {quoted(cited)}", hint)
            )
    return tuple(found)


def refusal(faults: Collection[Fault], folder: Path) -> BadRules:
    """Return the error that lists all faults of a folder with their places."""
    return BadRules("\n".join([f"{counted(len(faults), 'fault')} in {folder}", *map(str, faults)]))


def laid_out(folder: Path) -> dict[Path, str]:
    """Return the text of each rule file that is not in the one layout, as it would be.

    Raises: BadRules for a rule set with faults, or when a comment would be lost; every such comment is named.
    """
    loaded = load(folder, cases=False)
    changed = {
        folder / each.sheet.file: layout(each) for each in loaded.rules if layout(each) != each.sheet.text
    }
    lost = [
        fault for each in loaded.rules if folder / each.sheet.file in changed for fault in lost_comments(each)
    ]
    if lost:
        raise BadRules("\n".join([f"{counted(len(lost), 'comment')} would be lost", *map(str, lost)]), _KEEP)
    texts = {each.sheet.file: layout(each) for each in loaded.rules}
    _check_same(loaded, texts)
    return changed


def write(path: Path, text: str) -> None:
    """Replace a file whole, so that nobody ever reads half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


_KEEP = "Nothing was changed. Move the comments, then lay out again."


def _check_same(loaded: Loaded, texts: Mapping[str, str]) -> None:
    """Look whether what is about to be written says the same. Raises: Broken; then it is not written."""
    for rule in loaded.rules:
        sheet, root = sheet_of(rule.sheet.file, texts[rule.sheet.file])
        condition = None if root is None else read_condition(sheet, root.at("when"), loaded.scope)
        metadata = None if root is None else read_metadata(sheet, root, loaded.platform, loaded.counter_types)
        if condition is None or metadata is None or Rule(rule.id, condition, metadata.terms) != rule.rule:
            raise Broken(
                f"the layout of rule {rule.id} would say something else", "Report this; nothing was changed."
            )


def rule_of(loaded: Loaded, id: str) -> WrittenRule:
    """Return a rule of a set by its id.

    Raises: NotFound, naming what there is.
    """
    if id in loaded.by_id:
        return loaded.by_id[id]
    hint = did_you_mean(id, loaded.by_id, f"There are: {listed(loaded.by_id, 40)}.")
    raise NotFound(f"there is no rule {quoted(id)}", hint)


def counted(number: int, what: str) -> str:
    """Return `1 fault`, `2 faults`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _strays(folder: Path, paths: set[Path]) -> Iterator[Sheet]:
    """Yield a sheet with a fault for each file that somebody may believe to be read, and that is not."""
    places = [folder, *(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))]
    for place in sorted(places):
        for path in sorted(place.glob("*.y*ml"))[:MAX_FILES]:
            if path not in paths and path.suffix in (".yaml", ".yml"):
                name = path.relative_to(folder).as_posix()
                hint = f"Files end in .yaml and lie in {', '.join(FOLDERS)}; the schema is {SCHEMA}."
                what = "nothing is read from this file"
                yield Sheet(name, "", [Fault(Place(name), Code.BAD_FILE, what, hint)])


def _file(folder: Path, path: Path) -> File:
    name = path.relative_to(folder).as_posix()
    page = Page(name, about=_about(name))
    text = page.text_of_file(path)
    if text is None:
        faults = [_fault("", 1, 1, name, each.what, each.hint) for each in page.problems]
        return Sheet(name, "", faults), None
    return sheet_of(name, text)


def _about(name: str) -> str:
    return name.partition("/")[0].rstrip("s") if "/" in name else "schema"


def _lines(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(MAX_LIST_BYTES + 1)
    if len(data) > MAX_LIST_BYTES:
        raise BadRules(f"{path.name} is larger than {MAX_LIST_BYTES} bytes", "Split the list.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRules(
            f"{path.name}: byte {error.start + 1} is not UTF-8", "Save the file as UTF-8."
        ) from None


def _fault(text: str, line: int, column: int, name: str, what: str, hint: str) -> Fault:
    lines = text.split("\n")
    source = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    return Fault(Place(name, line, column, source), Code.BAD_FILE, what, hint)
