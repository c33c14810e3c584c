"""Keys of programs: who is let in, for what, until when, and what a stranger learns."""

import logging
from datetime import timedelta

import pytest

from showcause.casework import api_keys
from showcause.domain.api_key import ApiKey, Scope
from showcause.domain.errors import AlreadyExists, BadInput, NotPermitted
from showcause.domain.logbook import LeafNote
from showcause.web.limits import LIMITS
from tests.house import fresh_id
from tests.web.api.program import Program, program, report
from tests.web.stand import Stand

NO_ID, NO_REFERENCE = "0" * 32, "0000-0000-0000-0000-0000-0000-00"
ADDRESSES = (
    ("POST", "/reports", report(), Scope.REPORTS),
    ("POST", "/reports/batch", {"reports": [report()]}, Scope.REPORTS),
    ("GET", f"/reports/{NO_REFERENCE}", None, Scope.REPORTS),
    ("POST", "/events", {"id": "e-1", "data": {}}, Scope.EVENTS),
    ("PUT", "/subjects", {"kind": "account", "ref": "sam"}, Scope.SUBJECTS),
    ("GET", "/cases", None, Scope.CASES),
    ("GET", f"/cases/{NO_ID}", None, Scope.CASES),
    ("GET", "/decisions", None, Scope.DECISIONS),
    ("GET", f"/decisions/{NO_ID}", None, Scope.DECISIONS),
    ("GET", f"/proofs/{NO_REFERENCE}", None, Scope.DECISIONS),
    ("GET", f"/receipts/{NO_ID}", None, Scope.ORDERS),
    ("POST", "/appeals", {"reference": NO_REFERENCE, "text": "no"}, Scope.APPEALS),
    ("GET", f"/appeals/{NO_REFERENCE}", None, Scope.APPEALS),
)


def test_every_address_asks_for_its_own_scope_and_for_no_other(stand: Stand) -> None:
    programs = {scope: program(stand, (scope,), name=f"bot-{scope}") for scope in Scope}
    for method, path, body, needed in ADDRESSES:
        for scope, calling in programs.items():
            answer = calling.send(method, path, body)
            may = answer.status_code != 403
            assert may == (scope is needed), (path, scope, answer.content)
            assert may or answer.json()["code"] == "not-permitted"


def test_without_a_key_nothing_is_told_but_how_to_get_in(stand: Stand) -> None:
    for method, path, _, _ in ADDRESSES:
        answer = stand.client.generic(method, f"/api/v1{path}", b"{}", content_type="application/json")
        assert answer.status_code == 401, path
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["hint"]


def test_what_is_no_key_is_answered_like_no_key(stand: Stand) -> None:
    for header in ("", "Bearer", "Basic YTpi", "Bearer sck_short", "Bearer " + "x" * 5000, "ÿ"):
        assert stand.client.get("/api/v1/cases", HTTP_AUTHORIZATION=header).status_code == 401, header


def test_a_revoked_key_is_worthless_at_once(stand: Stand) -> None:
    calling = program(stand)
    assert calling.get("/cases").status_code == 200
    stand.house.run(api_keys.revoke, calling.key.name, "ada")
    answer = calling.get("/cases")
    assert (answer.status_code, "revoked" in answer.json()["detail"]) == (401, True)


def test_a_key_ends_when_its_time_is_over(stand: Stand) -> None:
    calling = program(stand, expires_at=stand.house.now + timedelta(days=1))
    assert calling.get("/cases").status_code == 200
    stand.house.now += timedelta(days=1)
    assert calling.get("/cases").status_code == 401


def test_a_key_is_stored_as_a_digest_and_written_nowhere_else(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        calling = program(stand)
        wrong = Program(stand, calling.key, "sck_" + "A" * 43)
        said = [calling.get("/cases").content, wrong.get("/cases").content]
    secret = calling.text.removeprefix("sck_")
    assert len(secret) == 43
    files = [file.read_bytes() for file in stand.pages.public.parent.iterdir() if file.is_file()]
    assert not any(secret.encode() in data for data in (*files, *said))
    assert secret not in caplog.text
    assert "A" * 43 not in caplog.text
    [held] = stand.house.all(ApiKey)
    assert held.digest == api_keys.digest_of(calling.text)


def test_making_and_revoking_a_key_are_entries_of_the_log(stand: Stand) -> None:
    before = stand.house.log_kinds().count("right")
    calling = program(stand)
    stand.house.run(api_keys.revoke, calling.key.id, "ada")
    stand.house.run(api_keys.revoke, calling.key.id, "ada")
    assert stand.house.log_kinds().count("right") == before + 2
    assert len([note for note in stand.house.all(LeafNote) if note.about == calling.key.id]) == 2


def test_only_an_operator_makes_keys(stand: Stand) -> None:
    with pytest.raises(NotPermitted):
        stand.house.run(api_keys.add, "bot", (Scope.REPORTS,), "plaza", "bea")


def test_a_name_belongs_to_one_key_until_it_is_revoked(stand: Stand) -> None:
    first = program(stand)
    with pytest.raises(AlreadyExists):
        program(stand)
    stand.house.run(api_keys.revoke, first.key.name, "ada")
    assert program(stand).get("/cases").status_code == 200


def test_a_key_without_a_platform_reads_numbers_and_nothing_else(stand: Stand) -> None:
    with pytest.raises(BadInput):
        program(stand, (Scope.CASES,), platform=None)
    assert program(stand, (Scope.METRICS,), platform=None).get("/cases").status_code == 403


def test_guessing_keys_is_limited_and_does_not_shut_out_who_has_one(stand: Stand) -> None:
    honest = program(stand)
    codes = [
        stand.client.get("/api/v1/cases", HTTP_AUTHORIZATION=f"Bearer sck_{fresh_id()}{'a' * 11}").status_code
        for _ in range(LIMITS["api-guess"].burst + 1)
    ]
    assert codes == [401] * LIMITS["api-guess"].burst + [429]
    assert honest.get("/cases").status_code == 200


def test_a_key_that_comes_too_often_is_told_how_long_to_wait(stand: Stand) -> None:
    calling, other = program(stand), program(stand, name="other-bot")
    first = calling.get("/cases")
    most = LIMITS["api"].burst
    assert first["RateLimit-Policy"] == f'"api";q={most};w=60'
    assert first["RateLimit"] == f'"api";r={most - 1}'
    spend(calling.key, most - 1)
    refused = calling.get("/cases")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
    assert int(refused["Retry-After"]) >= 1
    assert other.get("/cases").status_code == 200


def spend(key: ApiKey, calls: float) -> None:
    """Use up what a key has left."""
    from showcause.web.limits import BUCKETS

    BUCKETS.take("api", key.id, calls)


def test_cookies_mean_nothing_here(stand: Stand) -> None:
    from django.contrib.auth import get_user_model

    person = get_user_model()._default_manager.create_user("ada")  # type: ignore[attr-defined]  # Django's manager
    stand.client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    assert stand.client.get("/api/v1/cases").status_code == 401
    answer = program(stand).post("/reports", report())
    assert answer.status_code == 201
    assert not answer.cookies
