"""Bodies that are not what they should be: each is refused with a code and a hint, before anything is stored."""

import json

from showcause.domain.report import Report
from tests.web.api.program import program, report
from tests.web.stand import Stand

DEEP = b'{"external_key": "r", "subject": {"kind": "account", "ref": "s"}, "evidence": '
MALFORMED = {
    "empty": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "a word": b"null",
    "not UTF-8": b'{"external_key": "\xff\xfe"}',
    "NaN": b'{"external_key": NaN}',
    "infinity": b'{"external_key": -Infinity}',
    "too large a number": b'{"external_key": 1e999}',
    "a number of many digits": b'{"external_key": ' + b"9" * 5_000 + b"}",
    "half a surrogate": b'{"external_key": "\\ud800"}',
    "half a surrogate as a name": b'{"\\udfff": 1}',
    "a field twice": b'{"external_key": "a", "external_key": "b"}',
    "nested too deeply": DEEP + b'{"a":' * 100 + b"1" + b"}" * 101,
    "nested without end": DEEP + b"[" * 100_000,
    "a byte order mark": b"\xef\xbb\xbf{}",
}

OUT_OF_BOUNDS: list[dict[str, object]] = [
    {"reason": "nul \x00"},
    {"reason": "turned \u202e round"},
    {"reason": "x" * 20_001},
    {"external_key": ""},
    {"external_key": "k\x1b[2J"},
    {"subject": {"kind": "account", "ref": "a\nb"}},
    {"subject": {"kind": "planet", "ref": "mars"}},
    {"subject": {"kind": "account", "ref": "a", "platform": "harbour"}},
    {"life": "yes"},
    {"life": 1},
    {"language": "xx"},
    {"intake": "trusted-flagger"},
    {"evidence": {"text": "x" * 40_000}},
    {"unknown": 1},
]


def test_a_malformed_body_is_refused_with_a_code_and_a_hint(stand: Stand) -> None:
    calling = program(stand)
    for what, body in MALFORMED.items():
        answer = calling.send("POST", "/reports", body)
        said = answer.json()
        assert (answer.status_code, said["code"], bool(said["hint"])) == (422, "bad-input", True), (
            what,
            said,
        )
    assert stand.house.all(Report) == []


def test_a_value_out_of_bounds_is_refused_and_named(stand: Stand) -> None:
    calling = program(stand)
    for change in OUT_OF_BOUNDS:
        answer = calling.post("/reports", report() | change)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-input"), change
    assert stand.house.all(Report) == []


def test_a_body_of_ten_megabytes_is_refused_by_its_length_alone(stand: Stand) -> None:
    answer = program(stand).send("POST", "/reports", b"{}", CONTENT_LENGTH=str(10 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-big")


def test_a_body_that_does_not_say_its_length_is_refused(stand: Stand) -> None:
    answer = program(stand).post("/reports", report(), HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 413


def test_what_is_not_declared_to_be_json_is_refused(stand: Stand) -> None:
    calling = program(stand)
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = calling.send("POST", "/reports", json.dumps(report()).encode(), content_type=kind)
        assert (answer.status_code, answer.json()["code"]) == (415, "wrong-content-type"), kind
    assert stand.house.all(Report) == []


def test_a_wrong_method_is_answered_with_the_right_ones(stand: Stand) -> None:
    answer = program(stand).send("DELETE", "/cases")
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, "GET", "method-not-allowed")
