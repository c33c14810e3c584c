"""The kinds of values that the API takes and gives, each said once with its bounds."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StrictBool, StrictInt

from showcause.domain.subject import SubjectKind

ID_FORM: Final = "^[0-9a-f]{32}$"
REFERENCE_FORM: Final = "^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}-[0-9A-HJKMNP-TV-Z]{2}$"
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
MOST_COUNT: Final = 10**12


def _moment(value: object) -> object:
    """Return the time that a text of RFC 3339 says; a number of seconds is none."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or _RFC3339.fullmatch(value) is None:
        raise ValueError("not a date and time of RFC 3339 with a time zone")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such date and time") from None


def rfc3339(value: datetime) -> str:
    """Return a time as the API writes it: UTC, with a Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[datetime, BeforeValidator(_moment), PlainSerializer(rfc3339, return_type=str, when_used="always"),
                   Field(examples=["2026-03-02T10:00:00Z"], json_schema_extra={"format": "date-time"})]  # fmt: skip
Id = Annotated[str, Field(pattern=ID_FORM, description="An id of this house: 32 hexadecimal digits.")]
Reference = Annotated[
    str, Field(pattern=REFERENCE_FORM, description="A reference as it stands in a letter, with its dashes.")
]
Ref = Annotated[
    str, Field(min_length=1, max_length=512, description="Your own id of an account or a piece of content.")
]
Flag = StrictBool
Count = Annotated[StrictInt, Field(ge=0, le=MOST_COUNT)]
Language = Annotated[Literal["en", "fr"], Field(description="The language in which somebody is written to.")]
Plain = dict[str, Any]


class Sent(BaseModel):
    """A body that a program sends: nothing that is not named is taken."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What a program is told."""

    model_config = ConfigDict(from_attributes=True)


class SubjectName(Sent):
    """An account, a piece of content, a space (room, group) or a media file of your platform."""

    kind: SubjectKind
    ref: Ref


class SubjectTold(Told):
    """A subject; `ref` is null when its person was forgotten."""

    id: Id
    kind: SubjectKind
    ref: str | None
