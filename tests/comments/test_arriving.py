"""What the exports of other comment systems hold: taken word by word, or named as what does not fit."""

import sqlite3
from pathlib import Path

import pytest

from showcause.comments import arriving_isso, arriving_wordpress
from showcause.comments.arriving import Arriving, Misfit, Why, plain
from showcause.domain.errors import BadInput

WXR = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>Le Courrier du port</title>
{items}
</channel>
</rss>
"""
ITEM = """<item>
<title>Le phare s&amp;#8217;allume</title>
<link>https://courrier.example/2026/11/le-phare/</link>
<wp:post_id>41</wp:post_id>
<category domain="post_tag" nicename="mer"><![CDATA[Mer]]></category>
<category domain="category" nicename="ville"><![CDATA[Ville &amp; port]]></category>
{comments}
</item>"""


def comment(number: int, **given: str) -> str:
    values = {
        "comment_id": str(number),
        "comment_author": "<![CDATA[Anna]]>",
        "comment_author_email": "anna@reader.example",
        "comment_author_IP": "192.0.2.7",
        "comment_date_gmt": "2026-11-03 08:15:00",
        "comment_content": "<![CDATA[Bravo !]]>",
        "comment_approved": "1",
        "comment_type": "comment",
        "comment_parent": "0",
    } | given
    inside = "".join(f"<wp:{name}>{value}</wp:{name}>" for name, value in values.items())
    return f"<wp:comment>{inside}</wp:comment>"


def export(folder: Path, *comments: str) -> Path:
    file = folder / "export.xml"
    file.write_text(WXR.format(items=ITEM.format(comments="".join(comments))), encoding="utf-8")
    return file


def test_a_comment_of_wordpress_keeps_author_time_article_and_section(tmp_path: Path) -> None:
    [found] = arriving_wordpress.read(export(tmp_path, comment(7)))
    assert isinstance(found, Arriving)
    assert (found.source, found.parent, found.name, found.text) == ("7", None, "Anna", "Bravo !")
    assert found.mail == "anna@reader.example"
    assert found.created_at == 1_793_693_700_000_000
    assert not found.waiting
    assert found.article.key == "wordpress-41"
    assert found.article.address == "https://courrier.example/2026/11/le-phare/"
    assert (found.article.title, found.article.part) == ("Le phare s’allume", "Ville & port")


def test_network_addresses_of_an_export_are_not_read(tmp_path: Path) -> None:
    [found] = arriving_wordpress.read(export(tmp_path, comment(7)))
    assert isinstance(found, Arriving)
    assert "192.0.2.7" not in "".join(str(getattr(found, each)) for each in Arriving.__slots__)
    assert "reader.example" not in repr(found)


def test_an_answer_comes_after_what_it_answers_however_the_file_is_ordered(tmp_path: Path) -> None:
    file = export(tmp_path, comment(12, comment_parent="9"), comment(9))
    assert [(each.source, getattr(each, "parent", None)) for each in arriving_wordpress.read(file)] == [
        ("9", None),
        ("12", "9"),
    ]


@pytest.mark.parametrize(
    "given,why",
    [
        ({"comment_approved": "spam"}, Why.SPAM),
        ({"comment_approved": "trash"}, Why.DELETED),
        ({"comment_type": "pingback"}, Why.LINK_BACK),
        ({"comment_content": "<![CDATA[<script>x()</script>]]>"}, Why.EMPTY),
        ({"comment_date_gmt": "0000-00-00 00:00:00"}, Why.UNREADABLE),
        ({"comment_approved": "maybe"}, Why.UNREADABLE),
    ],
)
def test_what_does_not_fit_is_named_with_its_reason(tmp_path: Path, given: dict[str, str], why: Why) -> None:
    assert list(arriving_wordpress.read(export(tmp_path, comment(7, **given)))) == [Misfit("7", why)]


def test_a_comment_that_waited_in_wordpress_waits_here(tmp_path: Path) -> None:
    [found] = arriving_wordpress.read(export(tmp_path, comment(7, comment_approved="0")))
    assert isinstance(found, Arriving)
    assert found.waiting


def test_an_export_that_is_cut_off_says_so_after_what_could_be_read(tmp_path: Path) -> None:
    whole = WXR.format(items=ITEM.format(comments=comment(1)) + ITEM.format(comments=comment(2)))
    file = tmp_path / "export.xml"
    file.write_text(whole[: whole.index("comment_id>2") + 4], encoding="utf-8")
    found = arriving_wordpress.read(file)
    assert next(found).source == "1"
    with pytest.raises(BadInput, match="not whole"):
        list(found)


def test_a_file_that_declares_entities_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    file.write_text('<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>', encoding="utf-8")
    with pytest.raises(BadInput, match="document type"):
        list(arriving_wordpress.read(file))


def test_a_file_without_articles_is_no_export(tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    file.write_text("<rss><channel/></rss>", encoding="utf-8")
    with pytest.raises(BadInput, match="no article"):
        list(arriving_wordpress.read(file))


def test_the_words_of_markup_are_kept_and_a_link_shows_where_it_leads() -> None:
    fragment = '<p>Un <b>mot</b> &amp; <a href="https://a.example/x">ceci</a></p><p>deux<br>lignes</p><style>p{}</style>'
    assert plain(fragment) == "Un mot & ceci (https://a.example/x)\n\ndeux\nlignes"
    assert plain('<a href="javascript:alert(1)">ici</a>') == "ici"


ISSO = """
CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256));
CREATE TABLE comments (tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL,
  modified FLOAT, mode INTEGER, remote_addr VARCHAR, text VARCHAR NOT NULL, author VARCHAR, email VARCHAR,
  website VARCHAR, likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL, notification INTEGER);
INSERT INTO threads VALUES (1, '/le-phare/', 'Le phare');
INSERT INTO comments VALUES
  (1, 1, NULL, 1793693700.25, NULL, 1, '192.0.2.0', 'Bravo **à tous**', 'Anna', 'anna@reader.example', NULL,
    3, 0, x'00', 0),
  (1, 2, 1, 1793693800.0, 1793693900.5, 2, '192.0.2.0', 'Merci', NULL, NULL, NULL, 0, 0, x'00', 0),
  (1, 3, NULL, 1793693801.0, NULL, 4, '192.0.2.0', '', NULL, NULL, NULL, 0, 0, x'00', 0),
  (9, 4, NULL, 1793693801.0, NULL, 1, '192.0.2.0', 'sans page', NULL, NULL, NULL, 0, 0, x'00', 0);
"""


def test_comments_of_isso_keep_their_page_their_answers_and_their_waiting(tmp_path: Path) -> None:
    file = tmp_path / "comments.db"
    with sqlite3.connect(file) as database:
        database.executescript(ISSO)
    database.close()
    told: list[tuple[int, int]] = []
    first, second, *rest = arriving_isso.read(
        file, "https://courrier.example", lambda *counted: told.append(counted)
    )
    assert isinstance(first, Arriving)
    assert isinstance(second, Arriving)
    assert first.article.address == "https://courrier.example/le-phare/"
    assert (first.name, first.text, first.created_at) == ("Anna", "Bravo **à tous**", 1_793_693_700_250_000)
    assert (second.parent, second.waiting, second.edited_at) == ("1", True, 1_793_693_900_500_000)
    assert {each.source: each.why for each in rest if isinstance(each, Misfit)} == {
        "3": Why.DELETED,
        "4": Why.NO_ARTICLE,
    }
    assert told[-1] == (4, 4)


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\x00 and nothing more"])
def test_a_file_that_is_no_database_of_isso_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "comments.db"
    file.write_bytes(content)
    with pytest.raises(BadInput):
        list(arriving_isso.read(file, "https://courrier.example"))
