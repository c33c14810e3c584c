"""The comment section as people meet it: under an article of another origin, on a phone, and without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from showcause.comments.values import Mode
from tests.services.browser import WIDTHS, Browser, Sight, check_in, follow, leave_picture
from tests.web.comments.article import ArticlePage, article_page
from tests.web.comments.paper import Paper, minting, newspaper
from tests.web.comments.scene import everything
from tests.web.stand import Stand

pytestmark = pytest.mark.browser
FORGE = """new Promise(heard => {
    addEventListener("message", heard);
    postMessage({showcause: "comments", height: 9000, at: 9000});
})"""
"""Says what the frame says, from another window than the frame's, and waits until everybody has heard it."""


@dataclass
class Kiosk:
    """A newspaper's article and, on another origin, the house that has its comments."""

    paper: Paper
    host: ArticlePage

    def wait(self) -> None:
        """Let people read as long as they do before they send a form."""
        self.paper.stand.house.now += timedelta(minutes=1)

    def before(self) -> None:
        """Let the newsroom read comments before they are published."""
        self.paper.section.settings = replace(self.paper.section.settings, mode=Mode.BEFORE)


@pytest.fixture
def kiosk(site: Stand, tmp_path: Path) -> Iterator[Kiosk]:
    with article_page() as host, newspaper(site, tmp_path, host.address, "fr") as paper:
        host.home = site.address
        yield Kiosk(paper, host)


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("showcause-comments iframe")


def test_an_author_is_refused_sends_again_and_is_read_by_everybody(kiosk: Kiosk, browser: Browser) -> None:
    kiosk.before()
    paper = kiosk.paper
    with browser.open(kiosk.host.strike, language="fr", width=WIDTHS["phone"]) as page:
        thread = frame_of(page)
        page.locator("showcause-comments").scroll_into_view_if_needed()
        expect(thread.get_by_role("heading", name="Pas encore de commentaire")).to_be_visible()
        assert page.context.cookies() == []
        thread.get_by_label("Votre commentaire").fill("Vous mentez. Le dépôt n’est pas fermé.")
        thread.get_by_label("Votre nom").fill("Ada Petit")
        thread.get_by_label("Votre adresse e-mail").fill("ada@reader.example")
        kiosk.wait()
        thread.get_by_role("button", name="Envoyer").click()
        expect(thread.get_by_text("Votre commentaire est bien arrivé")).to_be_visible()
        expect(
            thread.locator(".comment .badge", has_text="visible sous réserve de validation")
        ).to_be_visible()

        [(sent,)] = paper.section.rows("SELECT id FROM {p}comment")
        from showcause.comments import threads

        paper.refuse(threads.by_id(paper.section, sent), "Vous mentez.")
        thread.get_by_role("link", name="Vos commentaires").click()
        expect(thread.get_by_text("Non publié")).to_be_visible()
        expect(thread.get_by_role("link", name="Les motifs, et comment les contester")).to_be_visible()
        thread.get_by_role("link", name="Modifier et renvoyer").click()
        expect(thread.get_by_label("Votre commentaire")).to_have_value(
            "Vous mentez. Le dépôt n’est pas fermé."
        )
        thread.get_by_label("Votre commentaire").fill("Le dépôt n’est pas fermé : j’y étais.")
        kiosk.wait()
        thread.get_by_role("button", name="Envoyer").click()
        expect(thread.get_by_text("Votre nouvelle version est bien arrivée")).to_be_visible()

        [(again,)] = paper.section.rows("SELECT id FROM {p}comment WHERE again IS NOT NULL")
        paper.accept(threads.by_id(paper.section, again))
    with browser.open(f"{kiosk.host.strike}#comment-{again}", language="fr") as page:
        expect(frame_of(page).get_by_text("j’y étais")).to_be_in_viewport()
        expect(frame_of(page).get_by_text("Vous mentez.")).to_have_count(0)
        assert page.context.cookies() == []


def test_the_frame_is_as_high_as_its_thread_and_new_comments_move_nothing(
    kiosk: Kiosk, browser: Browser
) -> None:
    scene = everything(kiosk.paper)
    with browser.open(kiosk.host.strike, language="fr") as page:
        thread = frame_of(page)
        page.locator("showcause-comments").scroll_into_view_if_needed()
        expect(thread.locator(".count")).to_have_text("11 commentaires")
        inside = page.frames[1]
        page.wait_for_function(
            "least => Number(document.querySelector('showcause-comments').frame.height) >= least",
            arg=inside.evaluate("document.body.scrollHeight"),
        )
        kiosk.paper.comment("Tout nouveau.", by="Bo Lind")
        read = thread.locator(f"#comment-{scene['back'].id}")
        before = read.bounding_box()
        inside.evaluate("look()")
        expect(thread.get_by_role("link", name="Voir 1 nouveau commentaire")).to_be_visible()
        assert read.bounding_box() == before
        thread.get_by_role("link", name="Voir 1 nouveau commentaire").click()
        expect(thread.get_by_text("Tout nouveau.")).to_be_visible()
        thread.get_by_text("Lire la suite").click()
        expect(thread.get_by_text("Une étude, ce n’est pas un train.")).to_be_visible()
        thread.get_by_role("link", name="Répondre (Bo Lind)").first.click()
        expect(thread.get_by_text("Vous répondez à Bo Lind.")).to_be_visible()
        leave_picture(page, "comments-article")
        expect(thread.get_by_label("Votre commentaire")).to_be_focused()


def test_the_hosts_styles_reach_nothing_and_nothing_reaches_the_host(kiosk: Kiosk, browser: Browser) -> None:
    kiosk.paper.comment("Toujours lisible.")
    with browser.open(f"{kiosk.host.address}/hostile.html", language="fr") as page:
        body = page.locator("#body")
        plain = body.evaluate("each => getComputedStyle(each).fontSize")
        words = frame_of(page).get_by_text("Toujours lisible.")
        expect(words).to_be_visible()
        assert words.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > 15
        page.wait_for_function("document.querySelector('showcause-comments').shown")
        box = page.locator("showcause-comments iframe").bounding_box()
        assert box is not None
        assert box["width"] > 600
        assert box["height"] > 320
        assert body.evaluate("each => getComputedStyle(each).fontSize") == plain
        page.evaluate(FORGE)
        assert page.locator("showcause-comments iframe").bounding_box() == box


def test_everything_works_without_scripts(kiosk: Kiosk, browser: Browser) -> None:
    everything(kiosk.paper)
    with browser.open(kiosk.host.strike, language="fr", scripts=False, width=320) as page:
        follow(page.get_by_role("link", name="Lire les commentaires"))
        expect(page.get_by_role("heading", name="11 commentaires")).to_be_visible()
        page.get_by_text("Lire la suite").click()
        expect(page.get_by_text("Une étude, ce n’est pas un train.")).to_be_visible()
        follow(page.get_by_role("link", name="Répondre (Nadia)"))
        expect(page.get_by_role("heading", name="Répondre à Nadia")).to_be_visible()
        page.get_by_label("Votre commentaire").fill("Sans un script.")
        page.get_by_label("Votre nom").fill("Inès")
        page.get_by_label("Votre adresse e-mail").fill("ines@reader.example")
        kiosk.wait()
        follow(page.get_by_role("button", name="Envoyer"))
        expect(page.get_by_text("Votre commentaire est dans le fil.")).to_be_visible()
        expect(page.get_by_text("Sans un script.")).to_be_visible()
        follow(page.get_by_role("link", name="Vos commentaires"))
        expect(page.get_by_text("Publié", exact=True)).to_be_visible()


def test_the_pages_are_accessible_in_light_and_dark_at_each_width(kiosk: Kiosk, browser: Browser) -> None:
    everything(kiosk.paper)
    site = kiosk.paper.stand
    kiosk.before()
    kiosk.paper.comment("Un commentaire qui attend.", by="Ada Petit")
    kiosk.paper.refuse(kiosk.paper.comment("Encore un, refusé.", by="Ada Petit"))
    known = kiosk.paper.known("Ada Petit").cookies["comments"].value
    sights: tuple[Sight, ...] = (("light", "desk"), ("dark", "phone"))
    with browser.open(site.address + kiosk.paper.frame, language="fr") as page:
        check_in(page, "comments-frame", sights)
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth <= 320")
        page.context.add_cookies([{"name": "comments", "value": known, "url": f"{site.address}/comments/"}])
        for name, path in (
            ("own", kiosk.paper.home),
            ("mine", "/comments/mine"),
        ):
            page.goto(site.address + path)
            check_in(page, f"comments-{name}", sights)


def test_a_reader_with_an_account_of_the_newspaper_writes_by_it_and_is_not_stuck_when_it_is_over(
    kiosk: Kiosk, browser: Browser
) -> None:
    mint = minting(kiosk.paper)
    kiosk.host.token = mint()
    with browser.open(kiosk.host.strike, language="fr") as page:
        thread = frame_of(page)
        expect(
            thread.get_by_text("Vous écrivez avec votre compte, sous le nom de Léa Marin.")
        ).to_be_visible()
        expect(thread.get_by_label("Votre nom")).to_have_count(0)
        kiosk.paper.stand.house.now += timedelta(hours=1)
        thread.get_by_label("Votre commentaire").fill("Écrit lentement.")
        thread.get_by_role("button", name="Envoyer").click()
        expect(thread.get_by_text("Votre compte au journal n’a pas pu être reconnu.")).to_be_visible()
        expect(thread.get_by_label("Votre nom")).to_be_visible()
        page.locator("showcause-comments").evaluate(
            "(each, token) => each.setAttribute('token', token)", mint()
        )
        expect(thread.get_by_label("Votre nom")).to_have_count(0)
        thread.get_by_role("button", name="Envoyer").click()
        expect(thread.locator(".comment").get_by_text("Écrit lentement.")).to_be_visible()
        expect(thread.locator(".comment h3", has_text="Léa Marin")).to_be_visible()
