"""The guided story, as a newcomer plays it: by one command, told there, or opened in a real browser."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from showcause.web.demo.cast import OPEN, PASSWORD
from tests.e2e.demo_site import become, command, environment, it_worked, opened, take_time, thread
from tests.services.browser import WIDTHS, Browser, Sight, check_in, faults, follow

SIGHTS: tuple[Sight, ...] = (("light", "desk"), ("dark", "phone"))
WAITING = "Le lien vers la décision, sous l’article"
RUDE = "vous êtes un pauvre type"
HIDDEN = "Je trouve ces mots indignes"
REFUSED = "comme une gamine de sixième"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one demo, for all who come here; each of them plays a part that nobody else plays."""
    with opened(tmp_path_factory.mktemp("story")) as address:
        yield address


def test_the_guided_story_plays_through_and_reports_in_one_json_object(tmp_path: Path) -> None:
    done = subprocess.run(
        command("--once", "--json"), cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["flipped_byte_refused"] is True
    assert told["receipts_verified"] > 0


# --- The newspaper ---------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_reader_sees_what_was_decided_and_nothing_that_was_never_published(
    story: str, browser: Browser
) -> None:
    with browser.open(f"{story}/demo/journal/", language="fr") as page:
        become(page, "reader")
        expect(page).to_have_title(re.compile("Marche des lanternes"))
        inside = thread(page)
        for shown in (
            "Épinglé par la rédaction",
            "J’étais sur le quai",
            "Déjà examiné",
            "de l’association, page 9",
        ):
            expect(inside.get_by_text(shown).first).to_be_visible()
        for unseen in (REFUSED, RUDE):
            expect(inside.get_by_text(unseen)).to_have_count(0)
        expect(page.locator("[data-most] ol:visible")).to_have_count(2)
        expect(page.locator("[data-most] li").first).to_contain_text("Marche des lanternes")
        assert "comments" not in {each["name"] for each in page.context.cookies()}
        follow(page.get_by_role("link", name="Un article dont les commentaires sont fermés"))
        expect(thread(page).get_by_text("Les commentaires de cet article sont fermés")).to_be_visible()
        expect(page.get_by_role("heading", name="Le bac de minuit")).to_be_visible()


@pytest.mark.browser
def test_what_an_author_sends_again_is_accepted_by_one_key_and_published(
    story: str, browser: Browser
) -> None:
    better = "Deux heures de limitation en plein direct : qui indemnise l’association ?"
    with browser.open(f"{story}/demo/journal/", language="fr") as page:
        inside = thread(page)
        expect(inside.locator(".badge", has_text="visible sous réserve de validation")).to_be_visible()
        expect(inside.locator(".badge", has_text="non publié")).to_be_visible()
        inside.get_by_role("link", name="Modifier et renvoyer").click()
        expect(inside.get_by_label("Votre commentaire")).to_have_value(re.compile(REFUSED))
        inside.get_by_label("Votre commentaire").fill(better)
        take_time(page)
        inside.get_by_role("button", name="Envoyer").click()
        expect(inside.get_by_text("Votre nouvelle version est bien arrivée")).to_be_visible()
        become(page, "validator")
        _validate_by_keys(page)
        page.goto(f"{story}/desk/comments/?author=known")
        _the_next_is(page, better)
        page.keyboard.press("f")
        expect(page.locator("#sending")).to_have_text("Tout est envoyé.")
        become(page, "author")
        expect(thread(page).get_by_text(better)).to_be_visible()
        follow(page.get_by_role("link", name="Tout ce que vous avez écrit ici"))
        expect(page.locator(".mine-list .badge.good")).to_have_count(3)


def _the_next_is(page: Page, words: str) -> None:
    expect(page.locator(".card-comment:visible .comment-text")).to_contain_text(words)
    expect(page.locator(".card-comment:visible")).to_have_count(1)


def _validate_by_keys(page: Page) -> None:
    """Accept one, and refuse the next for one of its sentences."""
    _the_next_is(page, WAITING)
    page.keyboard.press("f")
    _the_next_is(page, RUDE)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    _the_next_is(page, "Lanternes LED")
    expect(page.locator("#sending")).to_have_text("Tout est envoyé.")


@pytest.mark.browser
def test_a_reader_without_an_account_reports_a_comment(story: str, browser: Browser) -> None:
    with browser.open(f"{story}/demo/journal/", language="fr", width=WIDTHS["phone"]) as page:
        become(page, "flagger")
        inside = thread(page)
        expect(inside.get_by_text("dix pour cent de remise")).to_be_visible()
        with page.context.expect_page() as form:
            inside.get_by_role("link", name="Signaler (Rémy Toussaint)").click()
        report = form.value
        expect(report.get_by_text("dix pour cent de remise")).to_be_visible()
        take_time(report)
        follow(report.get_by_role("button", name="Publicité"))
        expect(report.get_by_text("Merci. Nous l’avons bien reçu.")).to_be_visible()


@pytest.mark.browser
def test_an_author_whose_comment_was_hidden_wrongly_appeals_and_has_it_back(
    story: str, browser: Browser
) -> None:
    with browser.open(f"{story}/demo/journal/") as page:
        become(page, "wronged")
        inside = thread(page)
        expect(inside.get_by_text("This comment is hidden")).to_be_visible()
        expect(inside.get_by_text("le compte rendu est en ligne")).to_be_visible()
        expect(inside.get_by_text(HIDDEN)).to_have_count(0)
        follow(page.get_by_role("link", name="The reasons that you were given"))
        expect(page.get_by_text("Bande de clowns").first).to_be_visible()
        page.locator("textarea").first.fill("I quoted it in order to criticise it.")
        follow(page.locator("form:has(textarea) button").first)
        expect(page.locator("form textarea")).to_have_count(0)
        become(page, "second")
        _hear_and_reverse(page, story)
        become(page, "wronged")
        _read_again(page)


def _hear_and_reverse(page: Page, story: str) -> None:
    page.goto(f"{story}/accounts/reauthenticate/?next=/desk/appeals/")
    page.locator("input[type=password]").fill(PASSWORD)
    follow(page.locator("main form:has(input[type=password]) button").first)
    follow(page.get_by_role("link", name="By the person concerned").first)
    follow(page.get_by_role("button", name="Hear it"))
    page.locator("summary", has_text="Reverse the decision").click()
    page.get_by_label("What the person is told").first.fill("It is a quotation, and a criticism of it.")
    follow(page.get_by_role("button", name="Reverse the decision"))
    it_worked(page)


def _read_again(page: Page) -> None:
    """Look until the worker has carried it out: the words are back, and the mark says so."""
    inside = thread(page)
    for _ in range(100):
        if inside.get_by_text(HIDDEN).count():
            break
        page.wait_for_timeout(300)
        page.reload()
        thread(page)
    expect(inside.get_by_text(HIDDEN)).to_be_visible()
    expect(inside.locator(".mark", has_text="is shown again")).to_be_visible()


@pytest.mark.browser
def test_the_article_and_its_comments_look_right_everywhere(story: str, browser: Browser) -> None:
    with browser.open(f"{story}/demo/journal/", language="fr") as page:
        thread(page)
        check_in(page, "demo-journal", SIGHTS)
        assert faults(page.frames[1]) == []
        page.get_by_role("button", name="English").click()
        expect(page.get_by_text("You are Camille Roche")).to_be_visible()
        expect(thread(page).get_by_label("Your comment")).to_be_visible()


@pytest.mark.browser
def test_the_newspaper_and_its_comments_need_no_scripts(story: str, browser: Browser) -> None:
    with browser.open(f"{story}/demo/journal/", language="fr", scripts=False, width=WIDTHS["phone"]) as page:
        become(page, "reader")
        expect(page.get_by_role("link", name="Voir cette liste")).to_have_count(2)
        follow(page.locator("showcause-comments").get_by_role("link", name="Lire les commentaires"))
        expect(page.get_by_text("J’étais sur le quai")).to_be_visible()
        follow(page.get_by_role("link", name="Répondre (Lucie Amar)"))
        page.get_by_label("Votre commentaire").fill("Par le lien de la lettre, sans mot de passe.")
        page.get_by_label("Votre nom").fill("Iris Maurel")
        page.get_by_label("Votre adresse e-mail").fill("iris@lecteurs.example")
        take_time(page)
        follow(page.get_by_role("button", name="Envoyer"))
        expect(page.get_by_text("visible sous réserve de validation")).to_be_visible()


# --- The night on Plaza ----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_every_part_of_the_story_can_be_looked_up_and_gone_on_with_in_the_browser(
    story: str, browser: Browser
) -> None:
    with browser.open(f"{story}/demo/", language="fr", width=WIDTHS["phone"]) as page:
        expect(page).to_have_title(re.compile("Une nuit sur Plaza"))
        assert faults(page) == []
        page.goto(f"{story}/demo/end")
        assert faults(page) == []
    with browser.open(f"{story}/demo/") as page:
        _look_everything_up(page, story)
        _appeal_as_the_person(page, story)
        _approve_as_the_second(page, story)


def play(page: Page, address: str, part: str) -> None:
    page.goto(f"{address}/demo/")
    follow(page.locator(f".cards button[value={part}]"))


def _look_everything_up(page: Page, address: str) -> None:
    """Follow every button of every chapter: none leads nowhere."""
    for part in OPEN:
        play(page, address, part)
        it_worked(page)
    page.goto(f"{address}/demo/")
    for at in range(page.locator(".looks button").count()):
        follow(page.locator(".looks button").nth(at))
        it_worked(page)
        page.goto(f"{address}/demo/")


def _appeal_as_the_person(page: Page, address: str) -> None:
    play(page, address, "person")
    page.locator("textarea").first.fill("Each of them had asked for the timetable of the boats.")
    follow(page.locator("form:has(textarea) button").first)
    it_worked(page)
    expect(page.locator("form textarea")).to_have_count(0)


def _approve_as_the_second(page: Page, address: str) -> None:
    """Approve the suspension that Bea proposed; the desk asks for the password first, and leads back."""
    play(page, address, "second")
    follow(page.get_by_role("link", name="Approve"))
    page.locator("input[type=password]").fill(PASSWORD)
    follow(page.locator("main form:has(input[type=password]) button").first)
    follow(page.get_by_role("button", name="Approve"))
    expect(page.get_by_text("Approved. It takes force in thirty seconds")).to_be_visible()
