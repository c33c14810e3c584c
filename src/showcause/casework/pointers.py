"""Pointers: what somebody pastes into a form when they mean an account or something published, made a subject.

Connectors know references, people know links. For each kind of platform a small table says what its links look like and
which reference they stand for; whatever no pattern takes is kept as it was typed, for a person to follow. Nothing is
asked of the platform, and nothing behind a link is fetched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from showcause.domain.subject import Subject, SubjectKind

MOST: Final = 512
"""The longest reference, in characters; a subject has the same bound."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of link: a regular expression with named parts, what it leads to, and the reference made of its parts."""

    form: re.Pattern[str]
    kind: SubjectKind
    ref: str


def _pattern(form: str, kind: SubjectKind, ref: str) -> Pattern:
    return Pattern(re.compile(form), kind, ref)


_TAIL: Final = r"(?:\?\S*)?"
_HOST: Final = r"https://matrix\.to/#/"
_USER, _ROOM, _EVENT = r"@(?P<user>[^/?#\s]+)", r"!(?P<room>[^/?#\s]+)", r"\$(?P<event>[^/?#\s]+)"

_COMMENT: Final = r"(?P<comment>[0-9a-f]{32})"

PATTERNS: Final[Mapping[str, tuple[Pattern, ...]]] = {
    "matrix": (
        _pattern(f"{_HOST}{_ROOM}/{_EVENT}{_TAIL}", SubjectKind.CONTENT, "!{room}/${event}"),
        _pattern(f"{_HOST}{_USER}{_TAIL}", SubjectKind.ACCOUNT, "@{user}"),
        _pattern(f"{_HOST}{_ROOM}{_TAIL}", SubjectKind.SPACE, "!{room}"),
        _pattern(
            rf"matrix:roomid/(?P<room>[^/?#\s]+)/e/(?P<event>[^/?#\s]+){_TAIL}",
            SubjectKind.CONTENT,
            "!{room}/${event}",
        ),
        _pattern(rf"matrix:u/(?P<user>[^/?#\s]+){_TAIL}", SubjectKind.ACCOUNT, "@{user}"),
        _pattern(rf"matrix:roomid/(?P<room>[^/?#\s]+){_TAIL}", SubjectKind.SPACE, "!{room}"),
        _pattern(f"{_ROOM}/{_EVENT}", SubjectKind.CONTENT, "!{room}/${event}"),
        _pattern(r"@(?P<user>[^/?#\s:]+:[^/?#\s]+)", SubjectKind.ACCOUNT, "@{user}"),
    ),
    "comments": (
        _pattern(rf"(?:https?://\S+|/\S*)?#beside-{_COMMENT}", SubjectKind.CONTENT, "{comment}"),
        _pattern(
            rf"(?:https?://[^/?#\s]+)?/comments/c/{_COMMENT}(?:[?#]\S*)?", SubjectKind.CONTENT, "{comment}"
        ),
        _pattern(rf"(?:https?://\S+)?#comment-{_COMMENT}", SubjectKind.CONTENT, "{comment}"),
        _pattern(rf"https?://\S+/comments/\S*[?&]comment={_COMMENT}\S*", SubjectKind.CONTENT, "{comment}"),
    ),
}
"""What links look like, by kind of platform; the first pattern that fits the whole text counts.

Source: Matrix specification 1.11, Appendices, "URIs" (matrix.to navigation and the `matrix:` scheme).
"""


def point(platform: str, platform_kind: str, typed: str, kind: SubjectKind) -> Subject:
    """Return the subject that a typed link or name means on a platform; `kind` is what the sender says it is.

    Raises: BadInput for an empty, too long or deceiving text.
    """
    text = Subject(platform, kind, typed.strip()).ref  # checked before anything is looked for in it
    for each in PATTERNS.get(platform_kind, ()):
        if found := each.form.fullmatch(unquote(text)):
            return Subject(platform, each.kind, each.ref.format_map(found.groupdict()))
    return Subject(platform, kind, text)
