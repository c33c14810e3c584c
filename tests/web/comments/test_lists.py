"""Most read, most commented, and feeds: for a newspaper's front page, without anybody being followed."""

from xml.etree import ElementTree

from showcause.comments.values import Mode
from tests.web.comments.paper import SITE, Paper, read

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ATOM = "{http://www.w3.org/2005/Atom}"


def test_opening_a_thread_counts_once_for_a_browser_and_never_for_a_program(paper: Paper) -> None:
    for agent in (BROWSER, BROWSER, "curl/8.5.0", "Mozilla/5.0 (compatible; Examplebot/2.1; x)"):
        paper.client.get(paper.frame, headers={"user-agent": agent})
    paper.client.get(paper.home, headers={"user-agent": BROWSER, "sec-purpose": "prefetch"})
    paper.client.head(paper.home, headers={"user-agent": BROWSER})
    told = paper.client.get("/comments/lists/read/day.json").json()
    assert [(each["address"], each["count"]) for each in told["articles"]] == [(f"{SITE}/strike.html", 1)]


def test_a_list_is_readable_in_both_languages_and_may_stand_in_the_papers_frames(paper: Paper) -> None:
    paper.comment("A word.")
    answer = paper.client.get("/comments/lists/commented/week?lang=fr&section=&most=5")
    page = read(answer)
    assert "Les plus commentés" in page
    assert "1 commentaire" in page
    assert f'href="{SITE}/strike.html"' in page
    assert 'href="day?section=&amp;most=5&amp;lang=fr"' in page
    assert f"frame-ancestors {SITE}" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_a_list_says_so_when_there_is_nothing(paper: Paper) -> None:
    assert "Nothing yet." in read(paper.client.get("/comments/lists/read/day?lang=en"))


def test_only_the_papers_own_pages_may_read_the_data(paper: Paper) -> None:
    ours = paper.client.get("/comments/lists/read/day.json", HTTP_ORIGIN=SITE)
    others = paper.client.get("/comments/lists/read/day.json", HTTP_ORIGIN="https://elsewhere.example")
    assert ours["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Origin" not in others


def test_a_list_of_nothing_known_is_no_page(paper: Paper) -> None:
    assert paper.client.get("/comments/lists/liked/day").status_code == 404
    assert paper.client.get("/comments/lists/read/year.json").status_code == 404


def test_feeds_hold_what_is_published_escaped_and_no_more(paper: Paper) -> None:
    paper.comment("<b>bold</b> & true", by="Ada Petit")
    hidden = paper.comment("An insult.")
    paper.hide(hidden)
    paper.section.settings = type(paper.section.settings)(origins=(SITE,), mode=Mode.BEFORE)
    paper.comment("Not read by anybody yet.")
    for address in ("/comments/feed.atom?lang=en", f"{paper.home}/feed.atom?lang=en"):
        answer = paper.client.get(address)
        assert answer["Content-Type"].startswith("application/atom+xml")
        feed = ElementTree.fromstring(answer.content)
        [entry] = feed.findall(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}content") == "<b>bold</b> & true"
        assert entry.findtext(f"{ATOM}title") == "Ada Petit on “The strike”"
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert paper.client.get(link.get("href", "").removeprefix(paper.stand.address)).status_code == 200
        assert "reader.example" not in answer.content.decode()


def test_an_empty_feed_is_a_feed(paper: Paper) -> None:
    feed = ElementTree.fromstring(paper.client.get("/comments/feed.atom").content)
    assert feed.findall(f"{ATOM}entry") == []
    assert feed.findtext(f"{ATOM}updated") == "0001-01-01T00:00:00Z"
