"""Logins in a real browser: first login, app, security key, asking again; light and dark, both languages."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.services.browser import Browser, check_in, check_page, follow
from tests.web.logins import PASSWORD, code_of, invited
from tests.web.stand import Stand


def _welcome(page: Page) -> None:
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password confirmation").fill(PASSWORD)
    follow(page.get_by_role("button", name="Set the password"))
    expect(page).to_have_url(re.compile(r"/accounts/2fa/$"))


def _log_in(page: Page, address: str) -> None:
    page.goto(address + "/accounts/login/")
    page.get_by_label("Username").fill("bea")
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Log in", exact=True))


def _log_out(page: Page, address: str) -> None:
    page.goto(address + "/accounts/logout/")
    follow(page.get_by_role("button", name="Log out"))


def _looked_at(page: Page, name: str) -> None:
    """Check the page as it is, dark on a phone and light on a desk."""
    check_in(page, name, [("dark", "phone"), ("light", "desk")])


@pytest.mark.browser
def test_the_doors_of_the_house_are_accessible_in_both_languages(site: Stand, browser: Browser) -> None:
    check_page(browser, site.address + "/accounts/login/", "login")
    check_page(browser, site.address + invited(site), "welcome-fr", language="fr")


@pytest.mark.browser
def test_first_login_app_recovery_codes_and_asking_again_without_scripts(
    site: Stand, browser: Browser
) -> None:
    with browser.open(site.address + invited(site), scripts=False) as page:
        _welcome(page)
        follow(page.get_by_role("link", name="Set up the app"))
        expect(page.locator(".qr svg")).to_have_count(1)
        secret = page.locator("#secret").input_value()
        page.get_by_label("Authenticator code").fill(code_of(secret))
        follow(page.get_by_role("button", name="Set up the app"))
        expect(page.locator("ul.codes code")).to_have_count(10)
        _log_out(page, site.address)
        _log_in(page, site.address)
        page.get_by_label("Code", exact=True).fill(_next_code(secret))
        follow(page.get_by_role("button", name="Log in", exact=True))
        expect(page).to_have_url(re.compile(r"/desk/"))
        page.goto(site.address + "/accounts/2fa/recovery-codes/")
        expect(page).to_have_url(re.compile(r"/accounts/reauthenticate/"))
        page.get_by_label("Password").fill(PASSWORD)
        follow(page.get_by_role("button", name="Confirm"))
        expect(page).to_have_url(site.address + "/accounts/2fa/recovery-codes/")


def _next_code(secret: str) -> str:
    import time

    return code_of(secret, time.time() + 30)


@pytest.mark.browser
def test_a_security_key_is_added_and_asked_for_at_login(site: Stand, browser: Browser) -> None:
    with browser.open(site.address + invited(site)) as page:
        key = page.context.new_cdp_session(page)
        key.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        _welcome(page)
        _looked_at(page, "security")
        follow(page.get_by_role("link", name="Add a security key"))
        _looked_at(page, "key-add")
        follow(page.get_by_role("button", name="Add"))
        page.wait_for_url(re.compile(r"/accounts/2fa/recovery-codes/$"))
        _looked_at(page, "codes")
        page.goto(site.address + "/accounts/2fa/webauthn/")
        _looked_at(page, "keys")
        page.goto(site.address + "/accounts/2fa/totp/activate/")
        _looked_at(page, "app")
        page.goto(site.address + "/accounts/password/")
        _looked_at(page, "password")
        _log_out(page, site.address)
        _log_in(page, site.address)
        expect(page).to_have_url(re.compile(r"/2fa/authenticate/$"))
        _looked_at(page, "second-factor")
        follow(page.get_by_role("button", name="Use a security key"))
        page.wait_for_url(re.compile(r"/desk/"))
        page.goto(site.address + "/accounts/reauthenticate/")
        _looked_at(page, "again")
        page.goto(site.address + "/accounts/2fa/webauthn/reauthenticate/?next=/accounts/2fa/")
        follow(page.get_by_role("button", name="Use a security key"))
        page.wait_for_url(re.compile(r"/accounts/2fa/$"))
