"""Names in plain text are found while they are known, and emptied when that is asked; unmarked fields are looked at."""

from datetime import timedelta

from showcause.domain.subject import Subject, SubjectKind
from showcause.rules.declared import Declaration
from showcause.rules.schema import Field, Schema, Type
from showcause.stream.forgetting import forget, forget_places
from showcause.stream.intake import Intake
from showcause.stream.looking import called_so, holding
from showcause.stream.mentions import mentions
from showcause.stream.moving import Moving
from showcause.stream.opening import history_of
from tests.stream.lines import NOW, line
from tests.stream.test_history import SCHEMA

OPEN = Declaration(
    Schema(
        (
            Field("kind", Type.TEXT),
            Field("actor.id", Type.TEXT, sensitive=True),
            Field("actor.display_name", Type.TEXT),
            Field("content.text", Type.TEXT),
            Field("content.by", Type.TEXT),
            Field("content.links", Type.INT),
        )
    ),
    account="actor.id",
)
TEXTS = (
    "ask mallory!",  # 1
    "mallory2 is another, and so is amallory",
    "nothing",
    'she said "mallory"\nand left',  # 4
    "Mallory with a capital is another word",
)


def account(ref: str) -> Subject:
    return Subject("plaza", SubjectKind.ACCOUNT, ref)


def take(intake: Intake, *, moved: bool) -> None:
    sent = [line(f"t{n}", actor={"id": "ann"}, content={"text": text}) for n, text in enumerate(TEXTS)]
    sent.append(line("by mallory", actor={"id": "ben"}))  # 6: in the id itself
    sent.append(line("own", actor={"id": "mallory"}, content={"text": "mallory was here"}))  # 7
    assert all(each.taken for each in intake.take("plaza", OPEN, sent, NOW))
    if moved:
        Moving(history_of(intake.log), 4).move("plaza", OPEN, SCHEMA, NOW + timedelta(days=9))


def test_a_name_is_found_as_a_word_wherever_events_lie(durable: Intake, intake: Intake) -> None:
    for each, moved in ((intake, False), (durable, True)):
        take(each, moved=moved)
        assert mentions(each, [account("mallory")]) == [1, 4, 6, 7]
        assert mentions(each, [account("ma"), account("nobody")]) == []
        assert mentions(each, []) == []


def test_what_others_wrote_stays_until_somebody_asks_for_it_to_go(durable: Intake) -> None:
    take(durable, moved=True)
    assert forget(durable, [account("mallory")]) == 1
    found = mentions(durable, [account("mallory")])
    assert found == [1, 4, 6]
    assert forget_places(durable, found) == 3
    assert [each.sequence for each in durable.log.read(0, 99) if each.body is not None] == [2, 3, 5]
    assert mentions(durable, [account("mallory")]) == []
    files = history_of(durable.log).folder.rglob("*.parquet")
    assert sum(b"ask mallory" in each.read_bytes() for each in files) == 0


def test_fields_that_are_called_as_if_they_named_somebody_are_said() -> None:
    assert called_so(OPEN.schema) == ["actor.display_name", "content.by"]


def test_fields_that_hold_what_looks_like_a_name_are_counted_and_not_shown(durable: Intake) -> None:
    texts = (
        "rita@example.org",
        "from 192.0.2.7 today",
        "@ann:example.org and +33 1 23 45 67 89",
        "1.2.3 and 12:30:45",
    )
    sent = [line(f"t{n}", content={"text": text, "by": "@ben"}) for n, text in enumerate(texts)]
    durable.take("plaza", OPEN, sent, NOW)
    assert holding(durable.log, "plaza", OPEN.schema) == {
        "content.by": {"name of an account": 4},
        "content.text": {
            "e-mail address": 1, "network address": 1, "name of an account": 1, "telephone number": 1
        },
    }  # fmt: skip
    assert holding(durable.log, "agora", OPEN.schema) == {}
