"""What somebody filled into a form: read, bounded and checked field by field, and kept when something is wrong.

A fault is the id of a sentence with its arguments, shown beside its field. Invisible characters that can deceive are
taken out and the cleaned text is shown again, so that nobody has to hunt for what they cannot see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.http import HttpRequest

from showcause.casework.notices import MOST_ITEMS
from showcause.casework.pointers import MOST as MOST_REF
from showcause.casework.pointers import point
from showcause.domain.errors import BadInput
from showcause.domain.mail import MOST as MOST_EMAIL
from showcause.domain.mail import check_address
from showcause.domain.site import ConnectedPlatform
from showcause.domain.subject import Subject, SubjectKind, check_text

MOST_REASON: Final = 5_000
MOST_NAME: Final = 200
MOST_TYPED: Final = 50_000
"""What of a field is looked at, and shown again, whatever came."""
OTHER: Final = "other"
FIELDS: Final = ("platform", "kind", "ref", "refs", "clause", "reason", "name", "email", "life", "good_faith")
BEFOREHAND: Final = ("platform", "kind", "ref")
"""What a link may say beforehand: what it is about, and nothing in anybody's name."""

Fault = tuple[str, Mapping[str, int]]


@dataclass
class Filled:
    """The fields of one form as they were typed, and what is wrong with each."""

    values: dict[str, str]
    wrong: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> "Filled":
        """Return what came with a form, or what the link that opened it says beforehand."""
        sent = request.POST if request.method == "POST" else request.GET
        taken = FIELDS if request.method == "POST" else BEFOREHAND
        lines = {name: sent.get(name, "").replace("\r\n", "\n").replace("\r", "\n") for name in taken}
        filled = cls({name: lines.get(name, "")[:MOST_TYPED] for name in FIELDS})
        for name in FIELDS:
            filled._clean(name)
        return filled

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def fault(self, name: str, sentence: str, **args: int) -> None:
        """Note what is wrong with a field; what was noted first stays."""
        self.wrong.setdefault(name, (f"report.wrong.{sentence}", args))

    def text(self, name: str, most: int, empty: str = "") -> str:
        """Return a text without white space around it; `empty` is the fault of one that is missing."""
        value = self[name].strip()
        if not value and empty:
            self.fault(name, empty)
        if len(value) > most:
            self.fault(name, "too-long", most=most)
        return value

    def ticked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return bool(self[name])

    def email(self, *, needed: bool) -> str:
        """Return the e-mail address, in the form in which letters go out."""
        value = self.text("email", MOST_EMAIL, "email-needed" if needed else "")
        try:
            return check_address(value) if value and "email" not in self.wrong else ""
        except BadInput:
            self.fault("email", "email")
            return ""

    def items(self, name: str, platforms: Mapping[str, ConnectedPlatform]) -> tuple[Subject, ...]:
        """Return what is reported: the one item of `ref`, or the lines of `refs`."""
        at, kind = platforms.get(self["platform"]), self._kind()
        if at is None:
            self.fault("platform", "platform")
        lines = [line.strip() for line in self[name].split("\n") if line.strip()]
        if not lines:
            self.fault(name, name)
        if len(lines) > MOST_ITEMS:
            self.fault(name, "too-many", most=MOST_ITEMS)
        if any(len(line) > MOST_REF for line in lines):
            self.fault(name, "line-too-long" if name == "refs" else "too-long", most=MOST_REF)
        if at is None or kind is None or name in self.wrong:
            return ()
        return self._pointed(name, at, lines, kind)

    def _pointed(
        self, name: str, at: ConnectedPlatform, lines: list[str], kind: SubjectKind
    ) -> tuple[Subject, ...]:
        try:
            return tuple(point(at.name, at.kind, line, kind) for line in lines)
        except BadInput:
            self.fault(name, "hidden")
            return ()

    def _kind(self) -> SubjectKind | None:
        try:
            return SubjectKind(self["kind"])
        except ValueError:
            self.fault("kind", "kind")
            return None

    def _clean(self, name: str) -> None:
        try:
            check_text(name, self[name], MOST_TYPED)
        except BadInput:
            self.values[name] = "".join(filter(_may_stand, self[name]))
            self.fault(name, "hidden")


def _may_stand(char: str) -> bool:
    """Tell whether a character may stand in a text; the law of texts says which."""
    try:
        check_text("text", char, 1)
    except BadInput:
        return False
    return True
