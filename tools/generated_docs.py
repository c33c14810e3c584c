"""Write the pages of docs/ that are made from the code, or check that they are what the code says.

python tools/generated_docs.py            write docs/settings.md and the others of PAGES
python tools/generated_docs.py --check    say which differ; end with 1 if any does
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

import showcause  # noqa: E402  # the sources of this clone come first
from showcause.web.configuration import configure  # noqa: E402

configure()  # pages can only be imported after Django knows them

import rule_language  # noqa: E402

from showcause.casework import founding  # noqa: E402
from showcause.cli.root import root  # noqa: E402
from showcause.comments.states import BESIDE, COMMENT  # noqa: E402
from showcause.domain.errors import Broken, Refused, ShowcauseError, Unavailable  # noqa: E402
from showcause.domain.lifecycle import LIFECYCLES, Lifecycle  # noqa: E402
from showcause.settings import COMMENTS_SETTINGS, PLATFORM_SETTINGS, SETTINGS, Setting  # noqa: E402
from showcause.transparency.errors import LogError  # noqa: E402

DOCS = ROOT / "docs"
NOTE = "<!-- Made by tools/generated_docs.py from the code. Change the code, then run it again. -->\n"
WIDTH = 100


def settings() -> str:
    """Return the page of settings."""
    site = "\n".join(f"- `{name}`" for name in sorted(founding.BY_PEOPLE))
    fixed = "\n".join(f"- `{name}`: {why}" for name, why in sorted(founding.NOT_BY_PEOPLE.items()))
    return f"""{NOTE}
# Settings

There are two kinds. The settings of the **machine** stand in `config.toml` in the site's folder, readable by its owner
alone; a variable of the environment overrides a line of the file. Unknown names are refused. The settings of the
**site** stand in the record, because the public has a right to know of them: each change is an entry of the log.

The folder itself is named by `--home` or `SHOWCAUSE_HOME` (default `./showcause-home`). Who acts is named by `--as` or
`SHOWCAUSE_AS`: whoever may run the command on this machine may say any name, so the right to run it is the right to
act as anybody. Give it to few.

## In config.toml

{"".join(_setting(each, each.variable) for each in SETTINGS)}
## In config.toml, one `[[platform]]` for each platform

{"".join(_setting(each, "") for each in PLATFORM_SETTINGS)}
### Of the kind `comments` alone

{"".join(_setting(each, "") for each in COMMENTS_SETTINGS).replace("### ", "#### ")}
## In the record

Changed with `showcause setting set NAME VALUE`, by an operator, each change an entry of the log:

{site}

These follow from the record itself, so nobody sets them:

{fixed}
"""


def _setting(each: Setting, variable: str) -> str:
    default = f"`{each.default}`" if each.default != "" else "empty"
    also = f" Variable: `{variable}`." if variable else ""
    return (
        f"### `{each.name}`\n\n{each.meaning}\n\n"
        f"Takes: {each.bounds}. Default: {default}.{also}\n\n"
        f"**Threat:** who may change this can {each.threat}\n\n"
    )


FAMILIES: Mapping[type[Exception], tuple[str, str]] = {
    Refused: ("Refused", "The caller has to change the request. Exit code 1."),
    Unavailable: ("Unavailable", "Not now; the same request may succeed later. Exit code 75."),
    Broken: ("Broken", "An invariant fell. Nothing is repeated; somebody has to look. Exit code 70."),
    LogError: (
        "The log's formats",
        "What can be wrong with something that claims to come from a log. Exit code 1.",
    ),
}


def errors() -> str:
    """Return the page of errors: every class of every room, by family."""
    for module in pkgutil.walk_packages(showcause.__path__, "showcause."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    parts = [
        NOTE,
        "# Errors\n\nEvery error has a code that never changes. The command line prints `error (code): message` and a "
        "hint; 2 is the exit code for a command that was written wrongly.\n",
    ]
    for family, (title, meaning) in FAMILIES.items():
        rows = sorted((_row(each) for each in _classes(family)), key=lambda row: row[0])
        lines = "\n".join(f"| `{code}` | {what} | {hint} |" for code, what, hint in rows)
        parts.append(
            f"## {title}\n\n{meaning}\n\n| Code | What happened | What to do |\n|---|---|---|\n{lines}\n"
        )
    return "\n".join(parts)


def _classes(family: type[Exception]) -> Iterator[type[Exception]]:
    for each in family.__subclasses__():
        yield each
        yield from _classes(each)


def _row(each: type[Exception]) -> tuple[str, str, str]:
    first = (each.__doc__ or "").strip().partition("\n\n")[0].replace("\n    ", " ")
    hint = each.default_hint if issubclass(each, ShowcauseError) else "The message says what to do."
    return str(getattr(each, "code", "")), first, hint or "The message says what to do."


def lifecycles() -> str:
    """Return the page of lifecycles: a table and a diagram for each."""
    parts = [
        NOTE,
        "# Lifecycles\n\nEvery state that a record can have, whose turn it is in it, and what leads on. The same "
        "arrows stand in the database as triggers, so that no program and no shell can make another step.\n",
    ]
    for machine in (*LIFECYCLES.values(), COMMENT, BESIDE):
        parts += [f"## {machine.name.capitalize()}\n", _states(machine), _diagram(machine)]
    return "\n".join(parts)


def _states(machine: Lifecycle[Any, Any]) -> str:
    lines = ["| State | Whose turn | Leads on |", "|---|---|---|"]
    for state, turn in machine.turn.items():
        arrows = machine.arrows.items()
        steps = [f"{event} → {after}" for (before, event), after in arrows if before == state]
        start = " (start)" if state == machine.start else ""
        lines.append(f"| {state}{start} | {turn} | {'; '.join(steps) or 'nothing: final'} |")
    return "\n".join(lines) + "\n"


def _diagram(machine: Lifecycle[Any, Any]) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_name(machine.start)}"]
    lines += [f'    state "{state}" as {_name(state)}' for state in machine.turn]
    arrows = machine.arrows.items()
    lines += [f"    {_name(before)} --> {_name(after)}: {event}" for (before, event), after in arrows]
    return "\n".join([*lines, "```", ""])


def _name(state: str) -> str:
    return state.replace("-", "_")


def commands() -> str:
    """Return the page of commands: the help text of each."""
    parts = [NOTE, "# Commands\n\nWhat `showcause COMMAND --help` says, in one page.\n"]
    for path, command, parent in _commands(root, "showcause", None):
        context = click.Context(
            command, parent, path.rpartition(" ")[2], terminal_width=WIDTH, max_content_width=WIDTH
        )
        parts.append(
            f"{'#' * min(path.count(' ') + 2, 4)} `{path}`\n\n```text\n{command.get_help(context)}\n```\n"
        )
    return "\n".join(parts)


def _commands(
    command: click.Command, path: str, parent: click.Context | None
) -> Iterator[tuple[str, click.Command, click.Context | None]]:
    yield path, command, parent
    context = click.Context(command, parent, path.rpartition(" ")[2])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _commands(found, f"{path} {name}", context)


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings,
    "errors.md": errors,
    "lifecycles.md": lifecycles,
    "commands.md": commands,
    "reference/rule-language.md": lambda: rule_language.page(NOTE),
}


def stale() -> list[str]:
    """Return the names of the pages that are not what the code says."""
    return [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != make()
    ]


def main() -> int:
    """Write the pages, or check them."""
    if "--check" in sys.argv[1:]:
        old = stale()
        for name in old:
            print(f"docs/{name} is not what the code says: run python tools/generated_docs.py")
        return 1 if old else 0
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
