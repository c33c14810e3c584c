"""Logins: by invitation alone, once, for who works here; guarded against guessing, theft and misuse."""

import logging
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.utils import timezone

from showcause.casework import founding, logins, staffing
from showcause.domain.errors import LinkEnded, NeedsConfirmation, NotPermitted
from showcause.domain.people import Moderator
from tests.web.logins import PASSWORD, code_of, invited, log_in, welcomed
from tests.web.stand import Stand


def test_nobody_signs_up_and_nothing_is_done_by_mail(stand: Stand) -> None:
    for path in (
        "signup/", "email/", "password/reset/", "password/set/", "phone/change/", "confirm-email/",
        "login/code/", "2fa/webauthn/login/", "2fa/webauthn/signup/", "3rdparty/signup/", "3rdparty/",
    ):  # fmt: skip
        assert stand.client.get(f"/accounts/{path}").status_code == 404, path


def test_an_invitation_sets_a_password_once_and_looking_at_it_uses_nothing_up(stand: Stand) -> None:
    link = invited(stand)
    for _ in range(2):
        assert "bea" in stand.client.get(link).content.decode()
    welcome = stand.client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert welcome["Location"] == "/accounts/2fa/"
    assert stand.client.get("/accounts/2fa/").status_code == 200
    used = Client(HTTP_HOST=stand.client.defaults["HTTP_HOST"]).get(link)
    assert used.status_code == 404
    assert "This link does not work" in used.content.decode()


def test_a_weak_password_is_refused_beside_the_field_and_the_invitation_still_works(stand: Stand) -> None:
    link = invited(stand)
    for weak in ("bea", "password", "1234567890"):
        answer = stand.client.post(link, {"new_password1": weak, "new_password2": weak})
        assert answer.status_code == 200
        assert 'class="wrong"' in answer.content.decode()
    assert not User.objects.exists()
    assert stand.client.get(link).status_code == 200


def test_an_invitation_ends_after_a_day_with_a_newer_one_and_with_the_rights(stand: Stand) -> None:
    old = invited(stand)
    newer = invited(stand)
    assert stand.client.get(old).status_code == 404
    assert stand.client.get(newer).status_code == 200
    stand.house.run(staffing.retire_moderator, "bea", "ada")
    assert stand.client.get(newer).status_code == 404
    late = invited(stand, "cleo")
    stand.house.now += logins.LIFE
    assert stand.client.get(late).status_code == 404


def test_only_an_operator_invites_and_only_who_works_here(stand: Stand) -> None:
    with pytest.raises(NotPermitted):
        stand.house.run(logins.invite, "cleo", "bea")
    stand.house.run(staffing.retire_moderator, "cleo", "ada")
    with pytest.raises(NotPermitted):
        stand.house.run(logins.invite, "cleo", "ada")


def test_taking_over_a_login_needs_the_word_reset_and_leaves_a_leaf_before_it_works(stand: Stand) -> None:
    welcomed(stand)
    before = stand.house.log_size()
    with pytest.raises(NeedsConfirmation):
        stand.house.run(logins.invite, "bea", "ada")
    assert stand.house.log_size() == before
    invited(stand, reset=True)
    stand.house.work()
    assert stand.house.log_kinds()[before:] == ["right"]


def test_a_reset_replaces_password_and_second_factors_and_ends_sessions(stand: Stand) -> None:
    bea = welcomed(stand)
    _add_app(bea)
    link = invited(stand, reset=True)
    other = "quite another set of words"
    fresh = Client(HTTP_HOST=stand.client.defaults["HTTP_HOST"])
    assert fresh.post(link, {"new_password1": other, "new_password2": other}).status_code == 302
    assert bea.get("/accounts/2fa/").status_code == 302
    assert log_in(stand.client) == 200
    assert log_in(stand.client, password=other) == 302
    assert not Authenticator.objects.exists()


def test_the_password_is_kept_by_argon2_and_no_address_is_kept_anywhere(stand: Stand) -> None:
    bea = welcomed(stand)
    log_in(stand.client, password="wrong")
    bea.post("/accounts/2fa/totp/activate/", {"code": "000000"}, REMOTE_ADDR="203.0.113.77")
    assert log_in(stand.client, REMOTE_ADDR="203.0.113.77") == 302
    user = User.objects.get()
    assert user.password.startswith("argon2$argon2id$")
    assert (user.email, user.first_name, user.last_name) == ("", "", "")
    kept = "".join(str(session.get_decoded()) for session in Session.objects.all())
    dump = "\n".join(connections["default"].connection.iterdump())
    for trace in ("203.0.113.77", "127.0.0.1", "Mozilla", PASSWORD):
        assert trace not in kept + dump


def test_who_is_retired_neither_logs_in_nor_stays_logged_in(stand: Stand) -> None:
    bea = welcomed(stand)
    assert bea.get("/accounts/2fa/").status_code == 200
    stand.house.run(staffing.retire_moderator, "bea", "ada")
    assert bea.get("/accounts/2fa/").status_code == 302
    assert "accounts/inactive" in str(stand.client.post("/accounts/login/", _bea())["Location"])
    assert stand.client.get("/accounts/2fa/").status_code == 302


def _bea(**more: str) -> dict[str, str]:
    return {"login": "bea", "password": PASSWORD, **more}


def test_a_login_gets_a_new_session_and_logging_out_ends_it(stand: Stand) -> None:
    welcomed(stand)
    planted = "a" * 32
    stand.client.cookies["session"] = planted
    assert log_in(stand.client) == 302
    cookie = stand.client.cookies["session"]
    assert cookie.value != planted
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    kept = stand.client.cookies["session"].value
    stand.client.get("/accounts/logout/")
    assert stand.client.get("/accounts/2fa/").status_code == 200, "a GET logs nobody out"
    stand.client.post("/accounts/logout/")
    stand.client.cookies["session"] = kept
    assert stand.client.get("/accounts/2fa/").status_code == 302


def test_over_https_the_cookies_are_secure_and_bound_to_the_host(stand: Stand) -> None:
    from dataclasses import replace

    from django.conf import settings

    from showcause.web.configuration import serve_house

    serve_house(replace(stand.pages, address="https://safe.example"))
    assert settings.SESSION_COOKIE_NAME == "__Host-session"
    assert settings.CSRF_COOKIE_NAME == "__Host-csrf"
    assert settings.SESSION_COOKIE_SECURE
    assert settings.CSRF_COOKIE_SECURE
    serve_house(stand.pages)


def test_guessing_ends_after_a_few_tries_for_the_name_and_for_the_visitor(stand: Stand) -> None:
    welcomed(stand)
    for _ in range(5):
        assert log_in(stand.client, password="wrong") == 200
    assert "Too many failed" in stand.client.post("/accounts/login/", _bea()).content.decode()
    for _ in range(25):
        last = log_in(stand.client, handle="nobody", password="wrong")
    assert last == 429


def test_an_unknown_name_is_answered_like_a_wrong_password(stand: Stand) -> None:
    welcomed(stand)
    known = stand.client.post("/accounts/login/", {"login": "bea", "password": "wrong"})
    unknown = stand.client.post("/accounts/login/", {"login": "bob", "password": "wrong"})
    assert known.status_code == unknown.status_code == 200
    assert _without_token(known.content, "bea") == _without_token(unknown.content, "bob")


def _without_token(page: bytes, name: str) -> list[str]:
    lines = page.decode().replace(f'value="{name}"', "").splitlines()
    return [line for line in lines if "csrf" not in line]


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_nobody_is_led_away_after_logging_in(stand: Stand, away: str) -> None:
    welcomed(stand)
    answer = stand.client.post("/accounts/login/", _bea(next=away))
    assert answer["Location"] == "/desk/"
    again = stand.client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": away})
    assert again["Location"] == "/desk/"
    out = stand.client.post("/accounts/logout/", {"next": away})
    assert out["Location"] == "/"


def test_a_form_from_elsewhere_logs_nobody_in_or_out(stand: Stand) -> None:
    welcomed(stand)
    strict = Client(enforce_csrf_checks=True, HTTP_HOST=stand.client.defaults["HTTP_HOST"])
    for path in ("/accounts/login/", "/accounts/logout/", invited(stand, "cleo")):
        answer = strict.post(path, _bea(), HTTP_ORIGIN="https://evil.example")
        assert answer.status_code == 403
        assert "cross-site" in answer.content.decode()


def test_no_page_of_logins_can_be_framed_and_every_one_asks_not_to_be_indexed(stand: Stand) -> None:
    bea = welcomed(stand)
    for path in ("/accounts/login/", "/accounts/2fa/", invited(stand, "cleo")):
        visitor = stand.client if path != "/accounts/2fa/" else bea
        answer = visitor.get(path)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert 'content="noindex"' in answer.content.decode()


def test_a_password_alone_does_not_open_the_desk_unless_the_record_says_so(stand: Stand) -> None:
    bea = welcomed(stand)
    assert bea.get("/desk/").headers.get("Location") == "/accounts/2fa/"
    stand.house.run(founding.change_setting, "second-factor", "asked", "ada")
    assert bea.get("/desk/").headers.get("Location") != "/accounts/2fa/"
    stand.house.run(founding.change_setting, "second-factor", "required", "ada")
    _add_app(bea)
    assert bea.get("/desk/").headers.get("Location") != "/accounts/2fa/"


def test_what_asks_again_keeps_nothing_of_the_form_and_leads_back_to_its_page(stand: Stand) -> None:
    bea = welcomed(stand)
    secret = _add_app(bea)
    log_in(stand.client)
    stand.client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, _later())})
    page = stand.address + "/accounts/2fa/"
    sent = {"note": "about a person"}
    asked = stand.client.post("/accounts/2fa/totp/deactivate/", sent, HTTP_REFERER=page)
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2F2fa%2F"
    assert all("about a person" not in str(each.get_decoded()) for each in Session.objects.all())
    foreign = stand.client.post("/accounts/2fa/totp/deactivate/", HTTP_REFERER="https://evil.example/x")
    assert foreign["Location"].endswith("next=%2Fdesk%2F")


def _later() -> float:
    import time

    return time.time() + 30


def test_sessions_that_ended_are_gone_with_the_next_login(stand: Stand) -> None:
    welcomed(stand)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    log_in(stand.client)
    assert Session.objects.count() == 1


def test_a_new_password_ends_the_sessions_elsewhere(stand: Stand) -> None:
    bea = welcomed(stand)
    assert log_in(stand.client) == 302
    changed = {"oldpassword": PASSWORD, "password1": "seven lamps under a pelican"}
    changed["password2"] = changed["password1"]
    assert bea.post("/accounts/password/", changed).status_code == 302
    assert bea.get("/accounts/2fa/").status_code == 200
    assert stand.client.get("/accounts/2fa/").status_code == 302


def test_the_second_factor_is_asked_for_and_its_secret_is_not_readable_in_the_database(stand: Stand) -> None:
    bea = welcomed(stand)
    secret = _add_app(bea)
    assert secret not in "\n".join(connections["default"].connection.iterdump())
    assert log_in(stand.client) == 302
    assert stand.client.get("/accounts/2fa/").status_code == 302, "not before the second factor"
    assert stand.client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    answer = stand.client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, _later())})
    assert answer["Location"] == "/desk/"
    assert stand.client.get("/accounts/2fa/").status_code == 200


def test_a_recovery_code_works_once(stand: Stand) -> None:
    bea = welcomed(stand)
    _add_app(bea)
    codes = bea.get("/accounts/2fa/recovery-codes/download/").content.decode().split()
    code = next(each for each in codes if len(each) == 8 and each.isalnum())
    for expected in (302, 200):
        visitor = Client(HTTP_HOST=stand.client.defaults["HTTP_HOST"])
        assert log_in(visitor) == 302
        assert visitor.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected


def test_lines_about_logins_carry_ids_and_no_name(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    with stand.house.store.read() as view:
        bea = view.first(Moderator, handle="bea")
    assert bea is not None
    with caplog.at_level(logging.INFO):
        welcomed(stand)
        log_in(stand.client, password="wrong")
        log_in(stand.client)
        stand.client.post("/accounts/logout/")
    said = "\n".join(line for line in caplog.messages if "log" in line)
    assert f"login: {bea.id}" in said
    assert "login failed" in said
    assert f"logout: {bea.id}" in said
    assert "bea" not in caplog.text.replace(bea.id, "")


def test_every_page_of_logins_is_in_french_too(stand: Stand) -> None:
    bea = welcomed(stand)
    for path, word in (
        ("/accounts/2fa/", "Clés de sécurité"),
        ("/accounts/2fa/totp/activate/", "Application d’authentification"),
        ("/accounts/2fa/webauthn/add/", "Ajouter une clé de sécurité"),
        ("/accounts/password/", "mot de passe"),
    ):
        assert word in bea.get(path, HTTP_ACCEPT_LANGUAGE="fr").content.decode(), path
    page = stand.client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE="fr").content.decode()
    assert "Mot de passe ou second facteur perdu" in page


def _add_app(client: Client) -> str:
    """Set up an authenticator app and return its secret."""
    found = re.search(
        r'id="secret" value="([A-Z2-7]+)"', client.get("/accounts/2fa/totp/activate/").content.decode()
    )
    assert found
    secret = found.group(1)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    return secret


def test_a_link_that_the_house_did_not_make_is_refused(stand: Stand) -> None:
    with pytest.raises(LinkEnded), stand.house.store.read() as view:
        logins.invited(view, stand.house.now + timedelta(0), "A" * 44)
