"""What the events of a platform hold is declared in public, and no field changes what it means."""

import json
from typing import Any

import pytest

from showcause.casework.event_schemas import declare, declared_of, schema_of
from showcause.domain.errors import BadInput, NotFound, NotPermitted
from showcause.domain.site import Document
from showcause.rules.declared import FORMAT, Declaration
from showcause.rules.schema import Field, Schema, Type
from showcause.transparency.leaf import Kind
from tests.house import PLATFORM, House

KIND = Field("kind", Type.TEXT, nullable=False, words=(("en", "the kind"),))
ACTOR = Field("actor.id", Type.TEXT, sensitive=True)
FLAGS = Field("actor.flags", Type.INT, from_reports=True)
FIRST = Declaration(Schema((KIND, ACTOR, FLAGS)), account="actor.id")


def published(house: House) -> list[dict[str, Any]]:
    return [json.loads(each.text) for each in house.all(Document) if FORMAT in each.text]


def test_a_declaration_is_a_leaf_with_a_public_document(house: House) -> None:
    before = house.log_size()
    assert house.run(declare, PLATFORM, FIRST, "ada")
    assert house.log_kinds()[before:] == [Kind.SETTING]
    [told] = published(house)
    assert told["platform"] == PLATFORM
    assert told["fields"]["actor.id"]["personal"] is True
    with house.store.read() as view:
        assert schema_of(view, PLATFORM) == FIRST


def test_the_same_declaration_again_changes_nothing(house: House) -> None:
    house.run(declare, PLATFORM, FIRST, "ada")
    before = house.log_size()
    assert not house.run(declare, PLATFORM, FIRST, "ada")
    assert house.log_size() == before


def test_without_a_declaration_there_are_no_events(house: House) -> None:
    with house.store.read() as view:
        assert declared_of(view, PLATFORM, None) is None
        with pytest.raises(NotFound, match="nothing is declared"):
            schema_of(view, PLATFORM)


@pytest.mark.parametrize(
    "changed",
    [
        Field("actor.id", Type.TEXT),
        Field("actor.id", Type.INT),
        Field("actor.flags", Type.INT),
    ],
    ids=["personal becomes plain", "text becomes a number", "reports lose their mark"],
)
def test_no_field_changes_what_it_means(house: House, changed: Field) -> None:
    house.run(declare, PLATFORM, FIRST, "ada")
    others = [each for each in FIRST.schema if each.path != changed.path]
    with pytest.raises(BadInput, match=changed.path):
        house.run(declare, PLATFORM, Declaration(Schema((*others, changed))), "ada")


def test_fields_may_come_and_go(house: House) -> None:
    house.run(declare, PLATFORM, FIRST, "ada")
    later = Declaration(Schema((KIND, Field("content.text", Type.TEXT))))
    assert house.run(declare, PLATFORM, later, "ada")
    with house.store.read() as view:
        assert schema_of(view, PLATFORM) == later


def test_who_is_named_is_named_by_a_personal_field() -> None:
    """An account's name that is not hashed would lie open in the log of events."""
    with pytest.raises(BadInput, match="personal"):
        Declaration(Schema((Field("actor.id", Type.TEXT),)), account="actor.id")


def test_only_an_operator_declares(house: House) -> None:
    with pytest.raises(NotPermitted):
        house.run(declare, PLATFORM, FIRST, "bea")
