"""The script and the examples that a newspaper copies: small, strict, alone, and leading where they say."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from showcause.comments import articles
from tests.web.comments.paper import Paper, newspaper, read
from tests.web.stand import Stand

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "comments"
HOME = "https://comments.example"


class Page(HTMLParser):
    """Collects elements and what they say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = {name: value or "" for name, value in attrs}


def test_the_script_is_small_loads_anywhere_and_needs_nothing_that_a_strict_policy_refuses(
    paper: Paper,
) -> None:
    answer = paper.client.get("/comments/embed.js")
    script = read(answer)
    assert len(answer.content) < 5_000
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "max-age=" in answer["Cache-Control"]
    assert not answer.cookies
    for refused in (
        "eval(",
        "new Function",
        "innerHTML",
        "document.write",
        ".style.",
        "cssText",
        "localStorage",
    ):
        assert refused not in script
    assert "document.cookie" not in script
    assert set(re.findall(r"https?://[^\s\"'`]+", script)) == set()


def test_the_plain_page_leads_to_its_thread_with_and_without_scripts(stand: Stand, tmp_path: Path) -> None:
    page = Page((EXAMPLES / "article.html").read_text(encoding="utf-8"))
    element, link = page.found["showcause-comments"], page.found["a"]["href"]
    assert page.found["script"] == {"async": "", "src": f"{HOME}/comments/embed.js"}
    canonical = page.found["link"]["href"]
    with newspaper(stand, tmp_path, "https://courrier.example") as paper:
        asked = urlsplit(link)
        assert f"{asked.scheme}://{asked.netloc}" == HOME
        led = paper.client.get(f"{asked.path}?{asked.query}")
        made = articles.find(paper.section, element["article"])
        assert made is not None
        assert (led["Location"], made.address, made.language) == (f"/comments/a/{made.id}", canonical, "fr")


def test_the_theme_file_escapes_all_it_writes_and_names_the_same_article_in_both_ways() -> None:
    text = (EXAMPLES / "comments.php").read_text(encoding="utf-8")
    written = re.findall(r"<\?php echo (.*?) \?>", text)
    assert len(written) == 8
    for each in written:
        assert each.startswith(("esc_attr(", "esc_url(", "'fr' === $showcause_language ?")), each
    assert text.startswith("<?php\n")
    assert text.count("<?php") == text.count("?>")
    page = Page(re.sub(r"<\?php.*?\?>", "X", text, flags=re.DOTALL))
    assert set(page.found["showcause-comments"]) == {"article", "address", "headline", "section", "lang"}
    assert page.found["script"].keys() == {"async", "src"}
    assert "'/comments/of?' . http_build_query( $showcause_about )" in text
    for name in ("article", "address", "title", "section", "lang"):
        assert f"'{name}'" in text
