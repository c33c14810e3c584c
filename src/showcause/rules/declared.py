"""What a platform's events are, as it is declared, published and kept: the schema as one JSON document.

A field keeps its type and its marks from one declaration to the next: what was personal does not become plain, what
came from reports does not become free of them, and a number does not become a text. A field that should mean something
else gets another name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from showcause.domain.errors import BadInput, RecordCorrupt
from showcause.rules.schema import Field, Schema, Type

FORMAT: Final = "showcause/v1 event-schema"


@dataclass(frozen=True)
class Declaration:
    """One platform's schema, and which of its fields name the account that acts and the content that it is about.

    What they name is kept sealed beside the event, so that an effect can reach it; rules see the hash alone.
    """

    schema: Schema
    account: str | None = None
    content: str | None = None

    def __post_init__(self) -> None:
        """Put the fields in order, and check that whoever is named is named by a personal field. Raises: BadInput."""
        object.__setattr__(self, "schema", Schema(tuple(sorted(self.schema, key=lambda each: each.path))))
        for what, path in (("account", self.account), ("content", self.content)):
            if path is None:
                continue
            found = self.schema.get(path)
            if found is None or not found.sensitive:
                raise BadInput(
                    f"{path} names the {what} and is not a personal field of the schema",
                    "Mark it as personal: then it is hashed before anything is stored.",
                )

    @property
    def named(self) -> tuple[str, ...]:
        """Return the paths whose values are kept sealed."""
        return tuple(each for each in (self.account, self.content) if each is not None)


def document(platform: str, declared: Declaration) -> dict[str, Any]:
    """Return the public document of a declaration."""
    fields = {
        each.path: {
            "type": str(each.type),
            "needed": not each.nullable,
            "personal": each.sensitive,
            "from_reports": each.from_reports,
            "words": dict(each.words),
        }
        for each in declared.schema
    }
    return {
        "format": FORMAT,
        "platform": platform,
        "account": declared.account,
        "content": declared.content,
        "fields": fields,
    }


def read(document: Mapping[str, Any]) -> Declaration:
    """Return the declaration of a document that `document` made.

    Raises: RecordCorrupt when it is something else.
    """
    try:
        if document["format"] != FORMAT:
            raise RecordCorrupt("the document is no schema of events")
        fields = tuple(_field(path, each) for path, each in document["fields"].items())
        return Declaration(Schema(fields), document["account"], document["content"])
    except (KeyError, ValueError, TypeError, AttributeError, BadInput) as error:
        raise RecordCorrupt(f"the schema of events cannot be read: {error}") from None


def check_succession(before: Declaration, after: Declaration) -> None:
    """Check that no field changes what it means. Raises: BadInput."""
    for old in before.schema:
        new = after.schema.get(old.path)
        if new is None:
            continue
        for what, was, becomes in (
            ("its type", old.type, new.type),
            ("whether it is personal", old.sensitive, new.sensitive),
        ):
            if was != becomes:
                raise BadInput(
                    f"{old.path} changes {what}", "Give the field another name; the old one may go."
                )
        if old.from_reports and not new.from_reports:
            raise BadInput(f"{old.path} came from reports and would lose that mark", "Give it another name.")


def _field(path: str, parts: Mapping[str, Any]) -> Field:
    return Field(
        path,
        Type(parts["type"]),
        nullable=not parts["needed"],
        sensitive=parts["personal"],
        from_reports=parts["from_reports"],
        words=tuple(sorted(parts["words"].items())),
    )
