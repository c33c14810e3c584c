"""The frame around every command: lazy loading, and how errors leave.

An error is said as `error (code): message` and `hint: ...` on stderr. The exit code says whose turn it is: 1 the
caller's (refused), 2 the caller's (how the command was written), 75 time's (try again), 70 ours (an invariant fell, or
a bug). A bug shows its traceback only under --debug, because a traceback may hold personal data.
"""

import importlib
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from showcause.domain.errors import Broken, Refused, ShowcauseError, Unavailable, VerificationFailed
from showcause.transparency.errors import LogError

REFUSED, USAGE, BROKEN, UNAVAILABLE = 1, 2, 70, 75
INTERRUPTED = 130

Entry = tuple[str, str]
"""Where a command is (`module:attribute`) and what it does, in one line."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; their help lines are known beforehand."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = dict(entries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return [*self.entries, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a command."""
        if name not in self.entries:
            return super().get_command(ctx, name)
        module, _, attribute = self.entries[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and help lines without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in self.entries.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; a wrong name is answered without quoting control characters back."""
        if args:
            args = [printable(args[0]), *args[1:]]
        return super().resolve_command(ctx, args)


class Root(LazyGroup):
    """The top of the command line; here every error gets its words and its exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **kwargs: Any) -> NoReturn:
        """Run a command and exit; never returns."""
        given = list(sys.argv[1:] if args is None else args)
        kwargs["standalone_mode"] = False
        try:
            result = super().main(given, *rest, **kwargs)
        except Exception as error:  # noqa: BLE001  # the last place: here a bug becomes a sentence and a code
            sys.exit(tell(error, debug="--debug" in given))
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        sys.exit(result if isinstance(result, int) else 0)


def tell(error: Exception, *, debug: bool) -> int:
    """Say an error on stderr and return its exit code."""
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            click.echo("stopped", err=True)
            return INTERRUPTED
        case LogError():
            failed = VerificationFailed(error.message, error.hint or None)
            _say(error.code, failed.message, failed.hint)
        case ShowcauseError():
            _say(error.code, error.message, error.hint)
        case BrokenPipeError():
            sys.stderr.close()  # whoever read us has gone; Python would complain once more at its end
            return 0
        case OSError():
            _say("input-output", f"the machine refused: {type(error).__name__}: {error.strerror}", _DISK)
        case _:
            _say("bug", f"something is wrong in Showcause itself ({type(error).__name__})", _BUG)
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    return exit_code(error)


_DISK = "Look at permissions, free space and the disk; nothing was stored by half."
_BUG = "Repeat it with --debug and report what it shows, after removing personal data from it."


def exit_code(error: Exception) -> int:
    """Return the exit code of an error's family."""
    match error:
        case Refused() | LogError():
            return REFUSED
        case Unavailable():
            return UNAVAILABLE
        case Broken():
            return BROKEN
        case _:
            return BROKEN


def _say(code: str, message: str, hint: str) -> None:
    head = click.style(f"error ({code}):", fg="red", bold=True)
    click.echo(f"{head} {printable(message)}", err=True)
    if hint:
        click.echo(f"hint: {printable(hint)}", err=True)


def printable(text: str) -> str:
    """Return a text that cannot write to the terminal of whoever reads it: hidden characters become escapes."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape", "surrogatepass").decode()
        for c in text
    )
