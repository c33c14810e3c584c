"""Logging in through an identity provider: a real one, in a real browser, for people of the house alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.db import connections
from playwright.sync_api import Page, expect

from showcause.casework import staffing
from showcause.web.configuration import serve_house
from tests.services.browser import Browser, follow
from tests.services.openid import CLIENT, PASSWORD, SECRET, running_provider
from tests.web.stand import Stand

CALLBACK = "/accounts/oidc/house/login/callback/"


@pytest.fixture
def provided(site: Stand, tmp_path: Path) -> Iterator[Stand]:
    """A house that trusts a provider."""
    with running_provider(tmp_path / "provider", site.address + CALLBACK) as address:
        login = {"name": "Example SSO", "server": address, "client": CLIENT, "secret": SECRET}
        serve_house(replace(site.pages, login=login))
        yield site


def _through(page: Page, name: str) -> None:
    """Log in through the provider as somebody whom it knows."""
    follow(page.get_by_role("link", name="Log in with Example SSO"))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign In"))


@pytest.mark.browser
def test_the_provider_lets_in_who_works_here_binds_them_and_makes_nobody(
    provided: Stand, browser: Browser
) -> None:
    login = provided.address + "/accounts/login/"
    with browser.open(login) as page:
        _through(page, "bea")
        expect(page).to_have_url(re.compile(rf"^{provided.address}/desk/"))
        page.goto(provided.address + "/accounts/2fa/")
        expect(page.locator(".lead")).to_contain_text("bea")
    with browser.open(login) as page:
        _through(page, "mallory")
        expect(page).to_have_url(login)
        expect(page.locator("main")).to_contain_text("nobody of that name works here")
    assert [user.get_username() for user in User.objects.all()] == ["bea"]
    bound = SocialAccount.objects.get()
    assert bound.extra_data == {}
    assert not SocialToken.objects.exists()
    dump = "\n".join(connections["default"].connection.iterdump())
    assert "provider.example" not in dump
    assert "Real" not in dump

    SocialAccount.objects.update(uid="somebody else at the provider")
    with browser.open(login) as page:
        _through(page, "bea")
        expect(page).to_have_url(login)
    SocialAccount.objects.update(uid=bound.uid)
    provided.house.run(staffing.retire_moderator, "bea", "ada")
    with browser.open(login) as page:
        _through(page, "bea")
        expect(page).to_have_url(login)
        page.goto(provided.address + "/accounts/2fa/")
        expect(page).to_have_url(re.compile(r"/accounts/login/"))


def test_an_answer_that_nobody_asked_the_provider_for_lets_nobody_in(stand: Stand) -> None:
    login = {"name": "Example SSO", "server": "http://localhost:1", "client": CLIENT, "secret": SECRET}
    serve_house(replace(stand.pages, login=login))
    answer = stand.client.get(CALLBACK + "?code=stolen&state=made-up")
    assert answer.status_code == 401
    assert "did not work" in answer.content.decode()
    assert not User.objects.exists()
