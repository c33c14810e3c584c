"""Events at the door: what is taken is in one form, what is not is refused with a code and a hint."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.rules.arriving import (
    HINTS,
    MOST_BYTES,
    MOST_FIELDS,
    Arrival,
    Reason,
    Refusal,
    door,
    pseudonym,
    reader,
)
from showcause.rules.schema import Field, Schema, Type

KEY = bytes(range(32))
SCHEMA = Schema(
    (
        Field("kind", Type.TEXT, nullable=False),
        Field("score", Type.FLOAT),
        Field("actor.id", Type.TEXT, sensitive=True),
        Field("actor.age_s", Type.INT),
        Field("target.id", Type.TEXT, sensitive=True),
        Field("content.text", Type.TEXT),
        Field("content.hidden", Type.BOOL),
    )
)


def line(id: Any = "e1", **data: Any) -> bytes:
    return json.dumps({"id": id, "data": {"kind": "post", **data}}).encode()


def taken(sent: bytes, platform: str = "plaza") -> Arrival:
    arrived = door(platform, SCHEMA, KEY).arrive(sent)
    assert isinstance(arrived, Arrival), arrived
    return arrived


def refused(sent: bytes) -> Refusal:
    arrived = door("plaza", SCHEMA, KEY).arrive(sent)
    assert isinstance(arrived, Refusal)
    return arrived


def test_an_event_is_written_in_one_way() -> None:
    sent = b'{ "data": {"kind":"post","score":2,"actor":{"age_s":5,"id":null},"content":{}}, "id":"e1" }'
    assert (
        taken(sent).body == b'{"data":{"actor":{"age_s":5},"kind":"post","score":2.0},"id":"e1","time":null}'
    )


def test_what_was_stored_is_read_back_with_every_field_of_the_schema() -> None:
    arrived = taken(line(actor={"id": "mallory", "age_s": 3}, content={"text": "hello"}))
    assert reader(SCHEMA)(arrived.body) == arrived.event
    assert arrived.event["target"] == {"id": None}
    assert arrived.event["score"] is None


def test_text_is_stored_in_one_form_whatever_form_was_sent() -> None:
    composed, apart = "caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9")
    assert taken(line(content={"text": apart})).body == taken(line(content={"text": composed})).body
    assert (
        taken(line(actor={"id": apart})).event["actor"] == taken(line(actor={"id": composed})).event["actor"]
    )


def test_a_sensitive_field_never_gets_past_the_door() -> None:
    arrived = taken(line(actor={"id": "mallory"}, target={"id": "mallory"}))
    assert b"mallory" not in arrived.body
    assert arrived.event["actor"]["id"] == arrived.event["target"]["id"] == pseudonym(KEY, "plaza", "mallory")
    elsewhere = taken(line(actor={"id": "mallory"}), "agora").event["actor"]["id"]
    assert elsewhere not in (arrived.event["actor"]["id"], "mallory")


def test_what_the_schema_does_not_name_is_not_kept_and_that_is_said() -> None:
    arrived = taken(line(colour="red", actor={"email": "mallory@plaza.example"}))
    assert arrived.dropped == ("actor.email", "colour")
    assert b"red" not in arrived.body
    assert b"mallory" not in arrived.body


def test_the_time_on_the_platform_is_kept_in_microseconds() -> None:
    sent = b'{"id":"e1","time":"2024-07-29T12:00:00.5+02:00","data":{"kind":"post"}}'
    assert taken(sent).happened_at == 1_722_247_200_500_000


DEEP = b'{"id":"e1","data":{"kind":"post","a":' + b"[" * 9 + b"]" * 9 + b"}}"
REFUSED: dict[str, tuple[bytes, Reason, str]] = {
    "larger than allowed": (
        line(content={"text": "x" * MOST_BYTES}),
        Reason.TOO_LARGE,
        "the event has 65599 bytes",
    ),
    "not UTF-8": (b'{"id":"\xff"}', Reason.NOT_UTF8, "byte 8 is not UTF-8"),
    "cut short": (b'{"id":"e1",', Reason.NOT_JSON, "not JSON at character 12"),
    "empty": (b"", Reason.NOT_JSON, "not JSON at character 1"),
    "two objects": (line() + line(), Reason.NOT_JSON, f"not JSON at character {len(line()) + 1}"),
    "a name twice": (
        b'{"id":"e1","data":{"kind":"a","kind":"b"}}',
        Reason.NAMED_TWICE,
        "one object names a field twice",
    ),
    "deep": (DEEP, Reason.TOO_DEEP, "the event is nested more than 8 levels deep"),
    "bottomless": (b"[" * 60_000, Reason.TOO_DEEP, "nested too deeply to be read"),
    "many fields": (
        line(**{f"f{n}": n for n in range(MOST_FIELDS + 1)}),
        Reason.TOO_MANY_FIELDS,
        "the event has more than 1000 fields",
    ),
    "no object": (b"[]", Reason.OUT_OF_FORM, "the event is not an object"),
    "no data": (b'{"id":"e1"}', Reason.OUT_OF_FORM, "data is missing or no object"),
    "more beside": (
        b'{"id":"e1","data":{},"kind":"post"}',
        Reason.OUT_OF_FORM,
        "beside id, time and data stands 'kind'",
    ),
    "no id": (b'{"data":{}}', Reason.BAD_ID, "the id is missing, too long, or no printable text"),
    "a number as id": (line(7), Reason.BAD_ID, "the id is missing, too long, or no printable text"),
    "half a character as id": (
        line("\ud800"),
        Reason.BAD_ID,
        "the id is missing, too long, or no printable text",
    ),
    "a time without zone": (
        b'{"id":"e1","time":"2024-07-29T10:00:00","data":{"kind":"post"}}',
        Reason.BAD_TIME,
        "the time is not a moment with a time zone",
    ),
    "a time as a number": (
        b'{"id":"e1","time":1722247200,"data":{"kind":"post"}}',
        Reason.BAD_TIME,
        "the time is not a moment with a time zone",
    ),
    "NaN": (b'{"id":"e1","data":{"kind":"post","score":NaN}}', Reason.BAD_VALUE, "NaN is no number of JSON"),
    "-Infinity": (
        b'{"id":"e1","data":{"kind":"post","score":-Infinity}}',
        Reason.BAD_VALUE,
        "-Infinity is no number of JSON",
    ),
    "beyond doubles": (
        b'{"id":"e1","data":{"kind":"post","score":1e999}}',
        Reason.BAD_VALUE,
        "score is not a finite number",
    ),
    "beyond 2^53": (
        line(actor={"age_s": 2**53 + 1}),
        Reason.BAD_VALUE,
        "actor.age_s is a whole number beyond 2^53, which not every reader keeps exactly",
    ),
    "thousands of digits": (
        b'{"id":"e1","data":{"kind":"post","actor":{"age_s":' + b"9" * 5000 + b"}}}",
        Reason.BAD_VALUE,
        "a number has thousands of digits",
    ),
    "half a character": (
        line(content={"text": "\ud83d"}),
        Reason.BAD_VALUE,
        "content.text is not valid Unicode",
    ),
    "half a character in a sensitive field": (
        line(actor={"id": "\udc00"}),
        Reason.BAD_VALUE,
        "actor.id is not valid Unicode",
    ),
    "yes as a number": (
        line(actor={"age_s": True}),
        Reason.BAD_VALUE,
        "actor.age_s must be a whole number, not bool",
    ),
    "a group that is none": (line(actor="mallory"), Reason.BAD_VALUE, "actor must be an object"),
    "a field that must not be missing": (
        b'{"id":"e1","data":{}}',
        Reason.BAD_VALUE,
        "the event lacks kind",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str) -> None:
    sent, reason, detail = REFUSED[name]
    assert refused(sent) == Refusal(reason, detail)


def test_every_reason_has_a_hint_of_its_own() -> None:
    assert set(HINTS) == set(Reason)
    assert len(set(HINTS.values())) == len(Reason)
    assert {reason for _, reason, _ in REFUSED.values()} == set(Reason) - {Reason.DIFFERS, Reason.FORGOTTEN}


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange_to_be_answered(sent: bytes) -> None:
    assert isinstance(door("plaza", SCHEMA, KEY).arrive(sent), Arrival | Refusal)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    PLAIN, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3)
)
NAMES = st.sampled_from(["kind", "score", "actor", "content", "id", "age_s", "text", "hidden"])


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, ANYTHING, max_size=3) | ANYTHING))
def test_whatever_is_taken_is_in_the_form_of_the_schema(data: dict[str, Any]) -> None:
    """Taking the stored form in again changes nothing: it is already what it should be."""
    arrived = door("plaza", SCHEMA, KEY).arrive(json.dumps({"id": "e", "data": data}).encode())
    if isinstance(arrived, Arrival):
        assert reader(SCHEMA)(arrived.body) == arrived.event
        stored = json.loads(arrived.body)
        assert (
            arrived.body
            == json.dumps(
                stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
            ).encode()
        )


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
EDGES = st.sampled_from([0.0, -0.0, 1e-4, 9.9e-5, -1e-4, 1e15, 9.9e14, -1e15, 1e16, 1.0, 0.1, 2.0**53])


@given(st.text(max_size=20), FLOATS | EDGES, st.text(max_size=5), st.integers(-(2**53), 2**53), st.booleans())
def test_a_whole_event_is_written_as_the_standard_library_writes_it(
    text: str, score: float, name: str, number: int, hidden: bool
) -> None:
    """Every field is there, so the quick encoder writes it where it may."""
    data = {
        "kind": text, "score": score, "actor": {"id": name, "age_s": number}, "target": {"id": name},
        "content": {"text": text, "hidden": hidden},
    }  # fmt: skip
    sent = {"id": "e", "time": "2024-07-29T10:00:00Z", "data": data}
    arrived = door("plaza", SCHEMA, KEY).arrive(json.dumps(sent).encode())
    if isinstance(arrived, Arrival):
        again = {"data": arrived.event, "id": "e", "time": arrived.happened_at}
        written = json.dumps(again, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert arrived.body == written.encode()
        assert reader(SCHEMA)(arrived.body) == arrived.event


GAPS = st.sampled_from(["", "", " ", "\t", "\n", "\r ", "  "])
WRITTEN = st.sampled_from(
    [
        '"post"',
        '"a: b"',
        '"\\":"',
        '"http://x.example"',
        "null",
        "1.5",
        "{}",
        '{"a" :1}',
        '{"id": ":"}',
        "[1, 2]",
    ]
)
SPELT = st.sampled_from(['"kind"', '"k\\u0069nd"', '"score"', '"actor"', '"other"', '":"'])


@given(st.lists(st.tuples(SPELT, GAPS, GAPS, WRITTEN), max_size=5))
def test_a_field_that_is_named_twice_is_refused_however_it_is_spelt(
    pairs: list[tuple[str, str, str, str]],
) -> None:
    body = ", ".join(f"{name}{before}:{after}{value}" for name, before, after, value in pairs)
    sent = f'{{"id": "e", "data": {{{body}}}}}'
    names = [json.loads(name) for name, *_ in pairs]
    arrived = door("plaza", SCHEMA, KEY).arrive(sent.encode())
    is_twice = isinstance(arrived, Refusal) and arrived.reason is Reason.NAMED_TWICE
    assert is_twice == (len(set(names)) < len(names))


def test_no_field_beside_the_data_is_named_twice_either() -> None:
    twice = '"data": {"kind": "a"}'
    assert refused(f'{{"id": "e", {twice}, {twice}}}'.encode()).reason is Reason.NAMED_TWICE
    assert refused(b'{"id": "e", "id" : "f", "data": {"kind": ":"}}').reason is Reason.NAMED_TWICE
    inside = b'{"id": "e", "data": {"kind": "a", "actor": {"age_s" :1, "age_s": 2}}}'
    assert refused(inside).reason is Reason.NAMED_TWICE


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 40))
def test_fractions_are_read_exactly_however_many_digits_they_have(number: float, digits: int) -> None:
    """Whatever reads them, the double is the nearest one."""
    for text in (repr(number), f"{number:.{digits}e}", f"{number:.{digits}f}"):
        sent = f'{{"id": "e", "data": {{"kind": "post", "score": {text}}}}}'.encode()
        arrived = door("plaza", SCHEMA, KEY).arrive(sent)
        nearest = json.loads(text)
        if isinstance(nearest, float) and abs(nearest) != float("inf"):
            assert isinstance(arrived, Arrival)
            assert arrived.event["score"] == nearest
            assert reader(SCHEMA)(arrived.body)["score"] == nearest
