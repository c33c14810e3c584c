"""Which patterns `matches` takes: the part of RE2's syntax that means the same wherever RE2 runs.

A pattern is read here before any engine sees it, so that its author learns what is wrong at the character where it is.
What passes compiles in RE2 within its usual memory. Look-around and back-references are refused because RE2, which is
never slow, cannot have them; a few rarely used forms are refused because they only look as if they did something.

Source: the syntax of RE2 (github.com/google/re2/wiki/Syntax), of which this is a part.
"""

from dataclasses import dataclass

MAX_PATTERN = 1_000
"""Longest pattern, in code points."""

MAX_REPEAT = 1_000
"""RE2's bound for `{n,m}`, nested ones multiplied."""

MAX_SIZE = 20_000
"""Largest program by our estimate, a quarter of what RE2 takes by default."""

MAX_GROUPS = 30
"""How deep groups may be nested."""

_CLASSES = frozenset("dDsSwW")
_ASSERTIONS = frozenset("bBAz")
_CONTROLS = frozenset("tnrfva")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
_POSIX = frozenset({
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
})  # fmt: skip
_CATEGORIES = frozenset({
    "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi",
    "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zs", "Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari",
    "Georgian", "Greek", "Han", "Hangul", "Hebrew", "Hiragana", "Katakana", "Latin", "Thai",
})  # fmt: skip
_CHARACTER, _CLASS, _ANY, _CATEGORY = 1, 20, 15, 400
_NO_LOOKING = "RE2 cannot look around; write the text before or after into the pattern itself."


@dataclass(frozen=True, slots=True)
class PatternFault:
    """What is wrong with a pattern, and where: `start` and `end` count code points of the pattern."""

    start: int
    end: int
    what: str
    hint: str


class _Wrong(Exception):
    def __init__(self, start: int, end: int, what: str, hint: str) -> None:
        super().__init__(what)
        self.fault = PatternFault(start, end, what, hint)


@dataclass(slots=True)
class _Group:
    """One open group while it is read: how large it is so far, and its largest repetition."""

    start: int
    size: int = 0
    repeat: int = 1
    last: int = 0
    last_repeat: int = 0

    def add(self, size: int, repeat: int = 1) -> None:
        self.size += size
        self.last, self.last_repeat = size, repeat
        self.repeat = max(self.repeat, repeat)

    def nothing(self) -> None:
        self.last, self.last_repeat = 0, 0


def fault_of(pattern: str) -> PatternFault | None:
    """Return the first thing that is wrong with a pattern, or None if it may be used."""
    try:
        _Reader(pattern).read()
    except _Wrong as wrong:
        return wrong.fault
    return None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.text, self.at = pattern, 0
        self.open = [_Group(0)]

    def read(self) -> None:
        if not self.text:
            raise _Wrong(0, 1, "an empty pattern is found in every text", "Write what to look for.")
        if len(self.text) > MAX_PATTERN:
            what = f"the pattern has {len(self.text)} characters; at most {MAX_PATTERN}"
            raise _Wrong(0, 1, what, "Split it, or use a list.")
        while self.at < len(self.text):
            self._one()
        if len(self.open) > 1:
            at = self.open[-1].start
            raise _Wrong(
                at, at + 1, "this bracket is never closed", "Close it with ), or write \\( for the character."
            )

    def _one(self) -> None:
        start, here = self.at, self.text[self.at]
        self.at += 1
        match here:
            case "(":
                self._open(start)
            case ")":
                self._close(start)
            case "[":
                self._set(start)
            case "\\":
                self._escape(start)
            case "*" | "+" | "?" | "{":
                self._repeat(start, here)
            case "|" | "^" | "$":
                self.open[-1].nothing()
            case "}" | "]":
                raise _Wrong(start, start + 1, f"{here} closes nothing", f"Write \\{here} for the character.")
            case _:
                self._add(start, _ANY if here == "." else _CHARACTER)

    def _add(self, start: int, size: int) -> None:
        self.open[-1].add(size)
        self._bound(start)

    def _bound(self, start: int) -> None:
        if sum(each.size for each in self.open) > MAX_SIZE:
            raise _Wrong(start, self.at, "the pattern becomes too large", "Repeat less, or split it.")

    def _open(self, start: int) -> None:
        if len(self.open) > MAX_GROUPS:
            raise _Wrong(
                start, self.at, f"groups are nested more than {MAX_GROUPS} deep", "Split the pattern."
            )
        if self.text.startswith("?", self.at):
            self._special(start)
        else:
            self.open.append(_Group(start))

    def _special(self, start: int) -> None:
        rest = self.text[self.at + 1 : self.at + 4]
        if rest.startswith(("=", "!", "<=", "<!")):
            end = self.at + (2 if rest[0] in "=!" else 3)
            raise _Wrong(start, end, "there is no look-ahead and no look-behind", _NO_LOOKING)
        if rest.startswith((">", "(", "#", "P=", "P>", "R", "&", "|")):
            raise _Wrong(
                start,
                self.at + 2,
                f"RE2 has no group {self.text[start : self.at + 2]}",
                "Write (?: for a group.",
            )
        if rest.startswith(("P<", "<", "'")):
            raise _Wrong(start, self.at + 2, "groups need no names here", "Write (?: for a group.")
        end = self.at + 1
        while end < len(self.text) and self.text[end] not in ":)":
            end += 1
        flags = self.text[self.at + 1 : end]
        if end == len(self.text) or not _are_flags(flags, ends=self.text[end] == ")"):
            hint = "Write (?: for a group, (?i) to ignore case; the flags are i, m and s."
            raise _Wrong(start, min(end, self.at + 4), "this kind of group is not known", hint)
        self.at = end + 1
        if self.text[end] == ":":
            self.open.append(_Group(start))
        else:
            self.open[-1].nothing()

    def _close(self, start: int) -> None:
        if len(self.open) == 1:
            raise _Wrong(start, start + 1, ") closes nothing", "Write \\) for the character.")
        done = self.open.pop()
        self.open[-1].add(max(1, done.size), done.repeat)

    def _repeat(self, start: int, here: str) -> None:
        least, most = (
            {"*": (0, 1), "+": (1, 1), "?": (0, 1)}.get(here, (0, 0)) if here != "{" else self._counts(start)
        )
        group = self.open[-1]
        if not group.last:
            hint = f"Write a character or a group before it, or \\{here} for the character."
            raise _Wrong(start, self.at, "there is nothing to repeat here", hint)
        times = max(least, most, 1)
        if group.last_repeat * times > MAX_REPEAT:
            raise _Wrong(
                start, self.at, f"nothing is repeated more than {MAX_REPEAT} times", "Use a smaller number."
            )
        if self.text.startswith("?", self.at):
            self.at += 1
        elif self.text[self.at : self.at + 1] in ("*", "+") or _counted(self.text, self.at):
            raise _Wrong(
                self.at, self.at + 1, "a repetition cannot be repeated", "Put the first into a group (?: )."
            )
        group.size += group.last * (times - 1) + 1
        group.repeat = max(group.repeat, group.last_repeat * times)
        group.nothing()
        self._bound(start)

    def _counts(self, start: int) -> tuple[int, int]:
        end = self.text.find("}", self.at)
        inside = self.text[self.at : end] if end >= 0 else ""
        least, comma, most = inside.partition(",")
        if not _is_count(least) or (most and not _is_count(most)):
            raise _Wrong(
                start,
                start + 1,
                "{ begins no number of times",
                "Write {2}, {2,} or {2,5}, or \\{ for the character.",
            )
        self.at = end + 1
        if (comma and most and int(most) < int(least)) or (not comma and int(least) == 0) or most == "0":
            raise _Wrong(
                start,
                self.at,
                f"{self.text[start : self.at]} repeats nothing",
                "Write the smaller number first.",
            )
        return int(least), int(most) if most else int(least)

    def _escape(self, start: int) -> None:
        size = self._escaped(start, in_set=False)
        if size:
            self._add(start, size)
        else:
            self.open[-1].nothing()

    def _escaped(self, start: int, *, in_set: bool) -> int:
        """Read what follows a backslash and return its size: 0 for what is no character."""
        if self.at == len(self.text):
            raise _Wrong(start, start + 1, "the pattern ends in a backslash", "Write \\\\ for the character.")
        here = self.text[self.at]
        self.at += 1
        if here in _CLASSES:
            return _CLASS
        if here in _ASSERTIONS and not in_set:
            return 0
        if here in _CONTROLS or here in _PUNCTUATION:
            return _CHARACTER
        if here in "pP":
            return self._category(start)
        if here == "x":
            return self._hex(start)
        if here.isdigit():
            what = f"there are no back-references such as \\{here}"
            raise _Wrong(
                start, self.at, what, "RE2 cannot compare one part with another; write the text out."
            )
        raise _Wrong(start, self.at, f"\\{here} means nothing in RE2", f"Write {here} for the character.")

    def _category(self, start: int) -> int:
        found = (
            self.text[self.at : self.text.find("}", self.at)] if self.text.startswith("{", self.at) else None
        )
        name = found[1:] if found else self.text[self.at : self.at + 1]
        if name not in _CATEGORIES:
            hint = "Write \\p{L} for letters, \\p{N} for digits, \\p{Greek} for a script."
            raise _Wrong(start, self.at + 1, "this is no class of characters", hint)
        self.at += len(name) + (2 if found else 0)
        return _CATEGORY

    def _hex(self, start: int) -> int:
        braced = self.text.startswith("{", self.at)
        end = self.text.find("}", self.at) if braced else self.at + 2
        digits = self.text[self.at + 1 : end] if braced else self.text[self.at : end]
        good = 0 < len(digits) <= 6 and all(each in "0123456789abcdefABCDEF" for each in digits)
        if not good or (not braced and len(digits) != 2) or not _is_character(int(digits, 16)):
            raise _Wrong(start, self.at, "\\x begins no character", "Write \\x41 or \\x{1F600}.")
        self.at = end + (1 if braced else 0)
        return _CHARACTER

    def _set(self, start: int) -> None:
        if self.text.startswith("^", self.at):
            self.at += 1
        first, size = self.at, 0
        while not self.text.startswith("]", self.at) or self.at == first:
            if self.at == first and self.text.startswith("]", self.at):
                raise _Wrong(start, self.at + 1, "the class is empty", "Write \\] for the character.")
            if self.at >= len(self.text):
                raise _Wrong(start, start + 1, "this class is never closed", "Close it with ], or write \\[.")
            size += self._member()
        self.at += 1
        self._add(start, max(_CLASS, size))

    def _member(self) -> int:
        start = self.at
        if self.text.startswith("[:", start):
            return self._posix(start)
        low, size = self._end_of_range()
        if not self.text.startswith("-", self.at) or self.text.startswith("-]", self.at):
            return size
        if low is None:
            raise _Wrong(start, self.at + 1, "a range cannot begin here", "Write \\- for the character.")
        self.at += 1
        high, _ = self._end_of_range()
        if high is None or high < low:
            raise _Wrong(
                start,
                self.at,
                f"{self.text[start : self.at]} is no range",
                "Write the smaller character first.",
            )
        return _CLASS

    def _end_of_range(self) -> tuple[str | None, int]:
        start = self.at
        if self.at >= len(self.text):
            raise _Wrong(start - 1, start, "this class is never closed", "Close it with ].")
        self.at += 1
        here = self.text[start]
        if here == "[":
            raise _Wrong(start, self.at, "[ within a class is easily misread", "Write \\[ for the character.")
        if here != "\\":
            return here, _CHARACTER
        size = self._escaped(start, in_set=True)
        escaped = self.text[start + 1]
        if escaped in _PUNCTUATION:
            return escaped, size
        if escaped == "x":
            return chr(int(self.text[start + 2 : self.at].strip("{}"), 16)), size
        return None, size

    def _posix(self, start: int) -> int:
        end = self.text.find(":]", start)
        name = self.text[start + 2 : end].removeprefix("^") if end >= 0 else ""
        if name not in _POSIX:
            raise _Wrong(
                start,
                start + 2,
                "this is no class of characters",
                "Write [[:alpha:]], or \\[ for the character.",
            )
        self.at = end + 2
        return _CLASS


def _are_flags(flags: str, *, ends: bool) -> bool:
    on, minus, off = flags.partition("-")
    if minus and not off:
        return False
    return set(on + off) <= set("ims") and (bool(on + off) or not ends) and len(flags) <= 7


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _counted(text: str, at: int) -> bool:
    return text.startswith("{", at)


def _is_character(number: int) -> bool:
    return number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
