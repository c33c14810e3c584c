"""A form of the section as it was sent: each field bounded, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from showcause.comments import proofs
from showcause.comments.values import NotTaken, Problem
from showcause.domain.errors import TooMany
from showcause.web.comments.words import Fault, Trapped, as_id, fault_of

MOST_TYPED: Final = 200_000
"""What of a field is looked at, and shown again, whatever came."""
MOST_FIELD: Final = 1_000
MOST_TOKEN: Final = 4_000


@dataclass
class Filled:
    """A form as it was sent, and what is wrong with it."""

    text: str = ""
    name: str = ""
    mail: str = ""
    parent: str = ""
    again: str = ""
    slip: str = ""
    token: str = ""
    proof: str = ""
    replies: bool = False
    written_to: bool = False
    wrong: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Filled":
        """Return what came with a form, each field bounded."""

        def took(name: str, most: int) -> str:
            return sent.get(name, "").replace("\r\n", "\n").replace("\r", "\n")[:most]

        return cls(
            text=took("text", MOST_TYPED),
            name=took("name", MOST_FIELD).strip(),
            mail=took("mail", MOST_FIELD).strip(),
            parent=as_id(took("parent", MOST_FIELD)),
            again=as_id(took("again", MOST_FIELD)),
            slip=took("slip", MOST_FIELD),
            token=took("token", MOST_TOKEN),
            proof=took("proof", proofs.MOST_ANSWER),
            replies=bool(sent.get("replies")),
        )

    def fault(self, error: NotTaken | TooMany | Trapped) -> None:
        """Note why the form was not taken, beside the field that it concerns."""
        where, said = fault_of(error)
        self.wrong.setdefault(where, said)
        if isinstance(error, NotTaken) and error.problem in (Problem.FORM_FORGED, Problem.FORM_TOO_OLD):
            self.slip = ""  # the next one is fresh
