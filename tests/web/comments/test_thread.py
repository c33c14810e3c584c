"""The thread's page, as everybody sees it: in its frame, on a page of its own, and one comment's place."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from showcause.comments import articles, posting
from showcause.comments.values import Mode
from showcause.domain.report import Report
from tests.house import fresh_id
from tests.web.comments.paper import LEAF, SITE, Paper, read
from tests.web.comments.scene import LONG, everything, staff


def test_a_thread_is_complete_without_scripts_and_sets_no_cookie(paper: Paper) -> None:
    root = paper.comment("Well said, see https://example.org/a(b).")
    paper.comment("I disagree.", by="Bo Lind", to=root)
    for address in (paper.home, paper.frame, paper.asked(), f"/comments/c/{root.id}"):
        answer = paper.client.get(address)
        page = read(answer)
        assert answer.status_code == 200
        assert not answer.cookies
        assert "Set-Cookie" not in answer.headers
        for words in ("Well said", "I disagree.", "2 comments"):
            assert words in page
        assert 'rel="nofollow ugc noopener noreferrer" target="_blank">https://example.org/a(b)</a>.' in page


def test_the_frame_may_stand_on_the_newspapers_sites_alone(paper: Paper) -> None:
    framed, own = paper.client.get(paper.frame), paper.client.get(paper.home)
    assert f"frame-ancestors {SITE}" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    assert "script-src 'self'; style-src 'self'" in framed["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in own["Content-Security-Policy"]
    assert own["X-Frame-Options"] == "DENY"
    for page in (read(framed), read(own)):
        assert not re.search(r"style=|<style|onclick=|javascript:", page)
        assert set(re.findall(r'(?:src|href)="(https?://[^/"]+)', page)) <= {SITE}


def test_the_first_who_opens_an_article_makes_it_known_and_nobody_renames_it(paper: Paper) -> None:
    address = f"{SITE}/budget.html"
    paper.client.get(paper.asked(article="budget", address=address, title="The budget", lang="fr"))
    made = articles.find(paper.section, "budget")
    assert made is not None
    assert (made.title, made.address, made.language) == ("The budget", address, "fr")
    paper.client.get(paper.asked(article="budget", address=f"{SITE}/other", title="Nonsense"))
    known = articles.find(paper.section, "budget")
    assert known == made


def test_an_article_elsewhere_is_refused_on_a_page_that_the_frame_can_show(paper: Paper) -> None:
    for nonsense in (
        "http://[",
        "javascript:alert(1)",
        "//",
        "x" * 5_000,
        "https://courrier.example@evil.example/",
    ):
        assert paper.client.get(paper.asked(article="x", address=nonsense)).status_code == 422
    answer = paper.client.get(paper.asked(article="x", address="https://evil.example/x", lang="fr"))
    assert answer.status_code == 422
    assert "Cet article ne se trouve pas sur un site auquel cet espace appartient." in read(answer)
    assert f"frame-ancestors {SITE}" in answer["Content-Security-Policy"]


def test_the_link_without_scripts_leads_to_the_threads_own_page(paper: Paper) -> None:
    answer = paper.client.get(paper.asked().replace("/comments/frame", "/comments/of"))
    assert (answer.status_code, answer["Location"]) == (302, paper.home)


def test_a_site_without_a_section_has_no_such_pages(paper: Paper) -> None:
    paper.stand.pages.site.comments = None  # type: ignore[attr-defined]  # the tests' site
    for address in ("/comments/embed.js", paper.home, paper.asked(), "/comments/mine"):
        assert paper.client.get(address).status_code == 404


def test_threads_sort_by_newest_oldest_and_most_answered(paper: Paper) -> None:
    first = paper.comment("Aaa first")
    paper.comment("Bbb second")
    paper.comment("A reply", to=first)
    last = paper.comment("Ccc third")
    paper.comment("One", to=last)
    paper.comment("Two", to=last)
    for order, wanted in (("newest", "CBA"), ("oldest", "ABC"), ("answered", "CAB"), ("nonsense", "CBA")):
        page = read(paper.client.get(f"{paper.home}?order={order}"))
        found = re.findall(r'<p dir="auto">(A)aa first|(B)bb second|(C)cc third', page)
        assert "".join("".join(each) for each in found) == wanted, order


def test_pages_follow_each_other_and_keep_order_and_language(paper: Paper) -> None:
    for number in range(53):
        paper.comment(f"Number {number:02}.")
    page = read(paper.client.get(f"{paper.home}?lang=fr"))
    [further] = re.findall(r'<a class="button plain" href="([^"]+)">', page)
    rest = read(paper.client.get(further.replace("&amp;", "&")))
    assert "Number 03." in page
    assert "Number 02." not in page
    assert "Number 00." in rest
    assert "Retour à la première page" in rest


def test_long_comments_are_folded_and_lose_no_word(paper: Paper) -> None:
    paper.comment(LONG)
    page = read(paper.client.get(paper.home))
    shown, _, folded = page.partition('<details class="long">')
    assert "J’ai travaillé vingt ans" in shown
    assert "Une étude, ce n’est pas un train." in folded
    said = re.sub(r"<summary>.*?</summary>|<[^>]+>|…", " ", page[page.index('<div class="said"') :])
    assert " ".join(LONG.split()) in " ".join(said.split())


def test_many_replies_are_folded_and_the_rest_is_one_link_away(paper: Paper) -> None:
    root = paper.comment("The question.")
    replies = [paper.comment(f"Answer {number}.", by="Bo Lind", to=root) for number in range(6)]
    paper.comment("To the third.", to=replies[2])
    page = read(paper.client.get(paper.home))
    assert '<details class="replies"><summary>7 replies</summary>' in page
    [further] = re.findall(r'<p class="further"><a href="([^"]+)">([^<]+)', page)
    assert further[1] == "4 more replies"
    rest = read(paper.client.get(further[0].replace("&amp;", "&")))
    assert "Answer 5." in rest
    assert "To the third." in rest


def test_a_permalink_shows_the_comment_where_it_stands(paper: Paper) -> None:
    root = paper.comment("The question.")
    reply = paper.comment("The answer.", by="Bo Lind", to=root)
    paper.comment("Something else altogether.")
    page = read(paper.client.get(f"/comments/c/{reply.id}"))
    assert "The question." in page
    assert "Something else" not in page
    assert re.search(f'class="comment focus" id="comment-{reply.id}"', page)
    assert f'<a href="{paper.home}">See the whole thread</a>' in page
    assert paper.client.get(f"/comments/c/{fresh_id()}").status_code == 404


def test_an_old_link_into_a_thread_still_shows_the_thread(paper: Paper) -> None:
    paper.comment("Still here.")
    answer = paper.client.get(paper.asked(comment=fresh_id()))
    assert answer.status_code == 200
    assert "Still here." in read(answer)


def test_a_hidden_comment_leaves_its_place_the_rule_and_the_decision_and_its_replies_stay(
    paper: Paper,
) -> None:
    hidden = paper.comment("You are all fools.", by="Troll")
    paper.comment("Why so angry?", to=hidden)
    paper.hide(hidden)
    for address in (paper.home, f"/comments/c/{hidden.id}"):
        page = read(paper.client.get(address))
        assert "fools" not in page
        assert "Troll" not in page
        assert "This comment is hidden. It was found to break a rule:" in page
        assert 'href="/rules/comments.insult">Insult</a>' in page
        assert f'href="/decisions/{LEAF}">Read the decision</a>' in page
        assert "Why so angry?" in page
    assert "Ce commentaire est masqué." in read(paper.client.get(f"{paper.home}?lang=fr"))


def test_after_a_reversal_the_mark_says_so_and_the_words_are_back(paper: Paper) -> None:
    hidden = paper.comment("A fair point.")
    paper.hide(hidden)
    paper.show_again(hidden)
    page = read(paper.client.get(paper.home))
    assert "A fair point." in page
    assert "This comment was hidden and is shown again: the decision was reversed." in page


def test_deleting_and_erasing_are_told_apart_from_moderation(paper: Paper) -> None:
    gone = paper.comment("Away with it.", by="Paul")
    paper.comment("A reply.", to=gone)
    posting.delete(paper.section, paper.stand.house.now, paper.author("Paul"), gone.id)
    page = read(paper.client.get(paper.home))
    assert "Deleted by its author." in page
    assert "Away with it." not in page
    assert "Paul" not in page
    assert "This comment is hidden" not in page


def test_nonsense_in_an_address_shows_the_thread_or_says_that_nothing_is_there(paper: Paper) -> None:
    paper.comment("Still here.")
    for asked in (
        "comment=%00",
        "reply=%00%FF",
        "comment=" + "z" * 900,
        "sent=%00.x",
        "theme=%00&lang=%00",
        "order=%00",
    ):
        answer = paper.client.get(f"{paper.frame}?{asked}")
        assert (answer.status_code, "Still here." in read(answer)) == (200, True), asked
    assert paper.client.get(f"{paper.frame}?after=%00").status_code == 422
    assert paper.client.get(f"{paper.frame}/news?upto=%00").json()["new"] == 1
    assert paper.client.get(paper.asked(article="\0strike")).status_code == 200


def test_markup_and_deceiving_signs_are_text(paper: Paper) -> None:
    paper.comment('<script>alert(1)</script> <b onmouseover="x">"bold"</b> javascript:alert(1)', by="<i>Eve")
    page = read(paper.client.get(paper.home))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "&lt;i&gt;Eve" in page
    assert 'href="javascript' not in page


def test_what_the_newsroom_writes_pins_and_picks_bears_its_marks(paper: Paper) -> None:
    everything(paper)
    page = read(paper.client.get(f"{paper.home}?lang=fr"))
    assert "Épinglé par la rédaction" in page
    assert "Le choix de la rédaction" in page
    assert '<span class="badge accent">La rédaction</span>' in page


def test_before_anybody_checked_a_comment_the_page_says_so(paper: Paper) -> None:
    seen = paper.comment("A thought.")
    assert "visible subject to validation" in read(paper.client.get(paper.home))
    paper.accept(seen)
    assert "visible subject to validation" not in read(paper.client.get(paper.home))


def test_new_comments_are_counted_and_nothing_else_is_told(paper: Paper) -> None:
    paper.comment("Here before.")
    [news] = re.findall(r'data-news="([^"]+)"', read(paper.client.get(paper.frame)))
    assert paper.client.get(news).json() == {"new": 0, "comments": 1}
    paper.comment("New.", by="Bo Lind")
    answer = paper.client.get(news, HTTP_ORIGIN=SITE)
    assert answer.json() == {"new": 1, "comments": 2}
    assert answer["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Origin" not in paper.client.get(news, HTTP_ORIGIN="https://evil.example")


def test_closed_articles_keep_what_was_written_and_take_nothing_new(paper: Paper) -> None:
    paper.comment("Written in time.")
    articles.close(paper.section, paper.article)
    page = read(paper.client.get(paper.home))
    assert "Comments under this article are closed. What was written stays." in page
    assert "Written in time." in page
    assert "<textarea" not in page
    assert "data-reply" not in page
    articles.reopen(paper.section, paper.article)
    articles.schedule(paper.section, paper.article, datetime(2027, 1, 24, tzinfo=UTC), None)
    assert "open on 24 January 2027" in read(paper.client.get(paper.home))


def test_a_breach_of_the_rules_is_reported_in_two_clicks_without_an_account(paper: Paper) -> None:
    about = paper.comment("You are all fools.", by="Troll")
    page = read(paper.client.get(paper.frame))
    [door] = re.findall(r'<a class="report" href="([^"]+)" rel="nofollow" target="_blank">', page)
    form = read(paper.client.get(door.replace("&amp;", "&")))
    assert about.id in form
    [clause] = re.findall(r'name="clause" value="(comments.insult@[^"]+)">Insult</button>', form)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', form))
    paper.stand.house.now += timedelta(seconds=5)
    sent = paper.client.post("/report/rules", fields | {"clause": clause})
    assert sent.status_code == 302
    [report] = paper.stand.house.all(Report)
    assert (report.reporter, report.hint) == (None, clause)
    assert report.number in read(paper.client.get(sent["Location"]))


@pytest.mark.parametrize("roots", [5, 40])
def test_a_page_asks_the_database_a_fixed_number_of_times(paper: Paper, roots: int) -> None:
    for number in range(roots):
        root = paper.comment(f"Root {number}")
        paper.comment("Reply", by="Bo Lind", to=root)
    for address, most in ((paper.home, 10), (paper.frame, 10), (f"{paper.frame}/news?upto=1", 2)):
        with CaptureQueriesContext(connections[paper.section.database.alias]) as asked:
            assert paper.client.get(address).status_code == 200
        reading = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
        assert len(reading) <= most, reading
    main = connections[paper.stand.house.store.database.alias]
    with CaptureQueriesContext(main) as asked:
        paper.client.get(paper.home)
    assert len(asked) == 0


def test_the_newsroom_answers_under_its_own_badge(paper: Paper) -> None:
    staff(paper, "We asked; the answer comes tomorrow.")
    page = read(paper.client.get(paper.home))
    assert '<bdi>La Rédaction</bdi></h3> <span class="badge accent">Newsroom</span>' in page


def test_the_form_says_how_comments_are_read_here(paper: Paper) -> None:
    for mode, said in (
        (Mode.BEFORE, "The newsroom reads comments before they are published."),
        (Mode.AFTER, "Comments appear at once, and the newsroom reads them afterwards."),
        (Mode.TRUST, "The newsroom reads the first comments of a new author before they are published."),
    ):
        articles.set_mode(paper.section, paper.article, mode)
        assert said in read(paper.client.get(paper.home))
