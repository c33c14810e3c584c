"""What can be wrong with something that claims to come from a log.

LogError
 ├─ Malformed      these bytes are not of the format
 ├─ Unverified     well-formed, but not proven: signature, quorum, inclusion, opening
 │   ├─ Mismatched   proven, but about something else than what was asked
 │   └─ Replayed     proven and about this, but already used
 ├─ Inconsistent   two views of one log contradict each other: keep both as evidence
 └─ Missing        a file that the log owes was not there
"""

from typing import ClassVar


class LogError(ValueError):
    """Something claimed about a log does not hold; `code` is stable, `hint` says what to do next."""

    code: ClassVar[str] = "log_error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Malformed(LogError):
    """The bytes are not of the format that they claim."""

    code = "log_malformed"


class Unverified(LogError):
    """The bytes are well-formed and prove nothing: treat the content as not said."""

    code = "log_unverified"


class Mismatched(Unverified):
    """The proof holds, but for something else than what it was presented for."""

    code = "log_mismatched"


class Replayed(Unverified):
    """The proof holds for this order, which was carried out before or overtaken by a newer one."""

    code = "log_replayed"


class Inconsistent(LogError):
    """Two statements of the same log contradict each other: both together are the evidence."""

    code = "log_inconsistent"


class Missing(LogError):
    """A file that the log must serve at this size is not there."""

    code = "log_missing"
