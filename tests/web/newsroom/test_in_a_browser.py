"""The desk of validation in a real browser: keys work at once, what they said is sent in order and never lost."""

import pytest
from playwright.sync_api import Page, expect

from showcause.comments.states import CommentState
from tests.services.browser import WIDTHS, Browser, Sight, check_in, follow, leave_picture
from tests.web.desk import at_desk
from tests.web.newsroom.conftest import SAID, Paper

RUDE = "Bonjour à tous. Vous êtes un âne ! Merci de votre attention."
SIGHTS: tuple[Sight, ...] = (("light", "desk"), ("dark", "phone"))


def card(page: Page, words: str) -> None:
    """Wait until the one comment to be read is this one."""
    expect(page.locator(".card-comment:visible .comment-text")).to_have_text(words)
    expect(page.locator(".card-comment:visible")).to_have_count(1)


@pytest.mark.browser
def test_a_moderator_validates_with_one_key_each(newspaper: Paper, browser: Browser) -> None:
    paper = newspaper
    first = paper.write(SAID[0], by="Omar Sall")
    paper.press(first, "accept")
    rude = paper.write(RUDE, to=first.id)
    made = [paper.write(words) for words in SAID[1:11]]
    with at_desk(browser, paper.stand, paper.desk(), "/desk/comments/") as page:
        card(page, RUDE)
        check_in(page, "validate", SIGHTS)
        page.set_viewport_size({"width": WIDTHS["desk"], "height": 900})
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        check_in(page, "validate-keys", SIGHTS[:1])
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_label("Vous êtes un âne !")).to_be_checked()
        page.keyboard.press("1")
        card(page, SAID[1])
        page.keyboard.press("f")
        card(page, SAID[2])
        page.keyboard.press("j")
        card(page, SAID[3])
        page.keyboard.press("k")
        card(page, SAID[2])
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
        assert paper.now_of(made[0]).state is CommentState.PUBLISHED
        [decision] = paper.decisions()
        with paper.house.store.read() as view:
            assert view.unseal(decision.facts)["quoted"] == "Vous êtes un âne !"
        page.keyboard.press("2")
        card(page, SAID[3])
        page.keyboard.press("u")
        card(page, SAID[2])
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
        page.locator("summary", has_text="Choose which").click()
        page.get_by_label("Why it waits").focus()
        page.keyboard.press("f")
        card(page, SAID[2])
        page.locator("h1").click()
        for words in SAID[2:11]:
            card(page, words)  # the ninth and those after it were asked for while the others were read
            page.keyboard.press("f")
        expect(page.locator("#end")).to_be_visible()
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
    assert {paper.now_of(each).state for each in made} == {CommentState.PUBLISHED}
    assert [str(each.state) for each in paper.decisions()] == ["proposed", "returned"]
    assert paper.now_of(rude).state is CommentState.WAITING


@pytest.mark.browser
def test_what_was_decided_is_not_lost_when_the_network_fails(newspaper: Paper, browser: Browser) -> None:
    paper = newspaper
    made = [paper.write(words) for words in SAID[:4]]
    with at_desk(browser, paper.stand, paper.desk(), "/desk/comments/") as page:
        card(page, SAID[0])
        page.context.route("**/desk/comments/act", lambda route: route.abort())
        page.keyboard.press("f")
        page.keyboard.press("1")
        card(page, SAID[2])
        expect(page.locator("#sending")).to_contain_text("Nothing is lost")
        assert {paper.now_of(each).state for each in made} == {CommentState.WAITING}
        page.context.unroute("**/desk/comments/act")
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
        card(page, SAID[2])
    assert [paper.now_of(each).state for each in made[:2]] == [CommentState.PUBLISHED, CommentState.WAITING]
    assert len(paper.decisions()) == 1


@pytest.mark.browser
def test_a_page_drawn_before_the_last_key_was_heard_does_not_ask_again(
    newspaper: Paper, browser: Browser
) -> None:
    paper = newspaper
    for words in SAID[:2]:
        paper.write(words)
    with at_desk(browser, paper.stand, paper.desk(), "/desk/comments/") as page:
        card(page, SAID[0])
        drawn = page.context.request.get(page.url)
        page.keyboard.press("f")
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
        page.route(page.url, lambda route: route.fulfill(response=drawn))
        page.reload()
        card(page, SAID[1])


@pytest.mark.browser
def test_a_refusal_of_the_house_is_shown_and_the_next_keys_go_on(newspaper: Paper, browser: Browser) -> None:
    paper = newspaper
    made = [paper.write(words) for words in SAID[:3]]
    with at_desk(browser, paper.stand, paper.desk(), "/desk/comments/") as page:
        card(page, SAID[0])
        paper.press(made[0], "refuse comments.insult reader", by="cleo")
        page.keyboard.press("f")
        page.keyboard.press("f")
        card(page, SAID[2])
        expect(page.locator("#troubles .notice")).to_contain_text("Not done:")
        expect(page.locator("#sending")).to_have_text("Everything is sent.")
    assert [paper.now_of(each).state for each in made[:2]] == [CommentState.WAITING, CommentState.PUBLISHED]


@pytest.mark.browser
def test_the_newsroom_s_pages_look_right_and_work_without_a_script(
    newspaper: Paper, browser: Browser
) -> None:
    paper = newspaper
    paper.article("gare", "La gare rouvre après deux ans de travaux", "Ville")
    made = [paper.write(words, by=("Nora Vidal", "Omar Sall")[n % 2]) for n, words in enumerate(SAID[:4])]
    paper.press(made[0], "accept")
    reply = paper.write("Le matin aussi !", by="Omar Sall", to=made[0].id)
    for each in (*made[1:3], reply):
        paper.press(each, "accept")
    paper.press(made[2], "refuse comments.off-topic other-matter")
    paper.house.wait(seconds=31)
    paper.house.wait(seconds=1)
    with at_desk(browser, paper.stand, paper.desk(), "/desk/newsroom/") as page:
        check_in(page, "newsroom", SIGHTS[:1])
        follow(page.get_by_role("link", name="Le phare s’allume"))
        check_in(page, "newsroom-article", SIGHTS[1:])
    with at_desk(browser, paper.stand, paper.desk(), "/desk/newsroom/", scripts=False) as page:
        follow(page.get_by_role("link", name="Le phare s’allume"))
        follow(page.get_by_role("button", name="Pin").first)
        expect(page.get_by_text("Pinned.")).to_be_visible()
        follow(page.get_by_role("button", name="Editors’ mark").first)
        leave_picture(page, "newsroom-article-marked")
        follow(page.get_by_role("link", name="validate them"))
        expect(page.get_by_text(SAID[3])).to_be_visible()
        follow(page.get_by_role("button", name="Accept"))
        expect(page.get_by_text("Accepted: 1.")).to_be_visible()
    assert paper.now_of(made[3]).state is CommentState.PUBLISHED
    with at_desk(browser, paper.stand, paper.desk(), "/desk/comments/list/", language="fr") as page:
        expect(page.get_by_text("Rien n’attend ici.")).to_be_visible()
