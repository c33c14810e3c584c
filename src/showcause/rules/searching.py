"""Patterns, compiled by RE2 and by nothing else (S-12).

RE2 takes time in proportion to pattern and text, whatever the two are. What it may take in memory is bounded here: the
program that a pattern becomes, and the states that it keeps while it searches.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import re2

from showcause.domain.errors import BadInput

LENGTH_AT_MOST = 1_000
PROGRAM_AT_MOST = 10_000
"""Instructions. `(?i)(free|cheap) (crypto|followers)` takes 31, `\\p{L}` some 1,200."""
MEMORY = 8 << 20
"""Bytes for one pattern. Many states of the largest program fit, which is what RE2 needs so as never to give up."""

Found: TypeAlias = Callable[[str], object]
"""Whether a pattern is found anywhere in a text, as something true or something false."""


@lru_cache(maxsize=10_000)
def compiled(pattern: str) -> Found:
    """Return the search for a pattern, unanchored, as fast as RE2 can be asked from here.

    A set of one pattern answers yes or no without looking for the place, which is half the work.

    Raises: BadInput when RE2 does not know the syntax, or when the program becomes too large.
    """
    if len(pattern) > LENGTH_AT_MOST:
        raise BadInput(f"a pattern has at most {LENGTH_AT_MOST} characters; this one has {len(pattern)}")
    options = _options()
    try:
        program = re2.compile(pattern, options)
        both = re2.Set.SearchSet(options)
        both.Add(pattern)
        both.Compile()
    except (re2.error, UnicodeEncodeError) as error:
        raise BadInput(f"RE2 refuses the pattern `{pattern}`: {_words(error)}") from error
    if (size := max(program.programsize, program.reverseprogramsize)) > PROGRAM_AT_MOST:
        raise BadInput(f"the pattern `{pattern}` becomes {size} steps long; at most {PROGRAM_AT_MOST}")
    found: Found = both.Match
    return found


@lru_cache(maxsize=10_000)
def compiled_for_bytes(pattern: str) -> Callable[[bytes], object]:
    """Return the same search for a text in UTF-8: what the search does before it asks RE2 takes as long as RE2 does.

    Raises: as `compiled`.
    """
    matcher: Any = getattr(compiled(pattern), "__self__")  # noqa: B009  of a bound method
    found: Callable[[bytes], object] = getattr(matcher, "_set", matcher).Match
    return found


def _options() -> Any:
    options = re2.Options()
    options.max_mem = MEMORY
    options.never_capture = True
    options.log_errors = False
    return options


def _words(error: Exception) -> str:
    words = error.args[0] if error.args else ""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(error)
