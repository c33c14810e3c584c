"""What most commands share: the site they work on, who acts, ids written short, and whether to answer in JSON."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from showcause.cli.frame import printable
from showcause.cli.wiring import Site, Wiring
from showcause.domain.errors import BadInput, NotFound, NotPermitted
from showcause.settings import DEFAULT_HOME, HOME_VARIABLE

if TYPE_CHECKING:
    from showcause.store.view import View

R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
SHORTEST = 6


@dataclass
class Desk:
    """One command at work. The site is opened when it is first needed and closed when the command ends."""

    context: click.Context
    home: Path
    as_json: bool = False
    acting: str | None = None

    @property
    def wiring(self) -> Wiring:
        """Return what the wiring offers."""
        return cast(Wiring, self.context.find_root().obj)

    @cached_property
    def site(self) -> Site:
        """Return the opened site."""
        site = self.wiring.open(self.home)
        self.context.call_on_close(site.close)
        return site

    @property
    def who(self) -> str:
        """Return who acts. Raises: NotPermitted when nobody was named."""
        if not self.acting:
            raise NotPermitted(
                "this command needs to know who acts", "Say it: --as HANDLE, or set SHOWCAUSE_AS."
            )
        return self.acting

    def run(self, verb: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Run one use case and return its result."""
        return self.site.runner.run(verb, *args, **kwargs)

    def id(self, cls: type, text: str) -> str:
        """Return the whole id of a record that is named by it or by a unique beginning.

        Raises: BadInput, NotFound.
        """
        with self.site.store.read() as view:
            return whole_id(view, cls, text)

    def answer(self, value: Any, *lines: str) -> None:
        """Print one object: as JSON if that was asked for, else these lines."""
        if self.as_json:
            click.echo(json.dumps(plain(value), ensure_ascii=False, sort_keys=True))
        else:
            for line in lines:
                click.echo(printable(line))

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], empty: str) -> None:
        """Print rows: one JSON object a line, else a table of these columns, else a sentence."""
        if self.as_json:
            for row in rows:
                click.echo(json.dumps(plain(row), ensure_ascii=False, sort_keys=True))
        elif rows:
            click.echo(table(rows, columns))
        else:
            click.echo(empty)

    def progress(self, what: str) -> Callable[[int, int | None], None]:
        """Return what tells long work's progress on stderr, if somebody is watching."""
        shown = sys.stderr.isatty()

        def tell(done: int, of: int | None) -> None:
            if shown:
                click.echo(f"\r{what}: {done}{f' of {of}' if of else ''} ", err=True, nl=done == of)

        return tell


def whole_id(view: "View", cls: type, text: str) -> str:
    """Return the whole id of a record; see `Desk.id`."""
    short = text.strip().lower()
    if len(short) < SHORTEST or len(short) > 32 or not set(short) <= set("0123456789abcdef"):
        raise BadInput(
            f"{printable(text[:64])!r} is no id",
            f"An id is 32 hex digits, or at least {SHORTEST} of its first ones.",
        )
    found: list[Any] = view.find(cls, limit=2, id__gte=short, id__lt=short + "g")
    if not found:
        raise NotFound(f"there is no {cls.__name__.lower()} {short}")
    if len(found) > 1:
        raise BadInput(f"{short} is the beginning of more than one id", "Write more digits of it.")
    return str(found[0].id)


def on_desk(*, acts: bool = False) -> Callable[[F], F]:
    """Give a command its Desk, with --home, --json and, if it acts for somebody, --as."""

    def decorate(function: F) -> F:
        def call(
            home: Path | None = None,
            json_: bool = False,
            acting: str | None = None,
            debug: bool = False,
            **given: Any,
        ) -> Any:
            context = click.get_current_context()
            return function(Desk(context, _home(context, home), json_, acting), **given)

        wrapped: Any = update_wrapper(call, function)
        wrapped = click.option("--debug", is_flag=True, hidden=True, help="Show the traceback of a bug.")(
            wrapped
        )
        wrapped = click.option("--json", "json_", is_flag=True, help="Answer in JSON, one object a line.")(
            wrapped
        )
        wrapped = click.option("--home", type=click.Path(path_type=Path), help="The site's folder.")(wrapped)
        if acts:
            option = click.option("--as", "acting", envvar="SHOWCAUSE_AS", metavar="HANDLE", help="Who acts.")
            wrapped = option(wrapped)
        return cast(F, wrapped)

    return decorate


def _home(context: click.Context, given: Path | None) -> Path:
    above = context.find_root().params.get("home")
    return given or above or Path(DEFAULT_HOME)


HOME_OPTION = click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar=HOME_VARIABLE,
    help=f"The site's folder [{DEFAULT_HOME}].",
)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: records as objects, times in UTC, durations in seconds."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return int(value.total_seconds())
        case bytes():
            return value.hex()
        case Path():
            return str(value)
        case str():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _:
            return plain(asdict(value)) if is_dataclass(value) and not isinstance(value, type) else value


def cell(value: Any) -> str:
    """Return a value as a table shows it."""
    match value:
        case None:
            return "-"
        case True | False:
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
        case str() if len(value) == 32 and set(value) <= set("0123456789abcdef"):
            return value[:12]
        case list() | tuple():
            return ", ".join(cell(item) for item in value)
        case _:
            return printable(str(value))


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as aligned text under their columns' names."""
    shown = [[cell(row.get(name)) for name in columns] for row in rows]
    heads = [name.replace("_", " ") for name in columns]
    widths = [max(len(line[at]) for line in (heads, *shown)) for at in range(len(columns))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        for line in (heads, *shown)
    ]
    return "\n".join(line.rstrip() for line in lines)
