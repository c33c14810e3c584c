"""Articles: the newspaper's pages that readers may write under.

An article has the newspaper's own stable key. Its address may change: the key finds it as before, and so do all
addresses that it ever had.
"""

import urllib.parse
from datetime import datetime
from typing import Final

from showcause.casework.ports import Ids
from showcause.comments import article_rows, reading
from showcause.comments.beginning import mode_of
from showcause.comments.section import Section, micros
from showcause.comments.values import Article, Mode, NotTaken, Numbers, Problem
from showcause.comments.vouching import claimed_text
from showcause.comments.vouching import vouched as vouched_claims
from showcause.comments.wording import plain_line
from showcause.domain.errors import NotFound

MOST_KEY: Final = 200
MOST_ADDRESS: Final = 2_000
MOST_TITLE: Final = 300
PAGE: Final = 50


def meet(
    section: Section,
    now: datetime,
    ids: Ids,
    *,
    key: str,
    address: str,
    title: str = "",
    part: str = "",
    language: str = "",
    vouched: bool = False,
) -> Article:
    """Return the article of a key, made at its first view. An empty key: its address is the key.

    What a reader's browser says of a known article changes nothing about it: anybody could say it. Only what the
    newspaper vouches for is taken over. Only addresses on the newspaper's own sites are taken.

    Raises: NotTaken for an address elsewhere; StoreBusy, StoreFull.
    """
    address = checked_address(section, address)
    key = plain_line(key, MOST_KEY)
    said = (address, plain_line(title, MOST_TITLE), plain_line(part, MOST_KEY), _language(section, language))
    with section.reading() as run:
        known = article_rows.known(run, key, address)
    if known is not None and (not vouched or article_rows.says(known, said)):
        return known
    with section.changing() as run:
        run.lock_head()
        known = article_rows.known(run, key, address)
        if known is None:
            article_rows.make(run, ids(), now, key or address, said)
        elif vouched:
            article_rows.correct(run, known, said)
        return article_rows.known(run, key, address) or _missing(key)


def vouched_for(section: Section, now: datetime, ids: Ids, token: str) -> Article | None:
    """Take over what a token of the newspaper says of an article: `article`, `address`, and `title`, `section` if they
    are there; None where it speaks of no article.

    Raises: NotTaken for a token that does not hold, or an address elsewhere.
    """
    claims = vouched_claims(section, now, token)
    if "article" not in claims:
        return None
    key = claimed_text(claims, "article", MOST_KEY)
    address = claimed_text(claims, "address", MOST_ADDRESS)
    title, part = (
        claimed_text(claims, name, most) if name in claims else ""
        for name, most in (("title", MOST_TITLE), ("section", MOST_KEY))
    )
    there = find(section, key)
    said = {"title": title, "part": part, "language": there.language if there is not None else ""}
    return meet(section, now, ids, key=key, address=address, vouched=True, **said)


def correct(
    section: Section, article: Article, address: str = "", title: str = "", part: str = ""
) -> Article:
    """Change what the newspaper says of an article; what is empty stays. All its former addresses still find it.

    Raises: NotTaken for an address elsewhere.
    """
    address = checked_address(section, address) if address else article.address
    with section.changing() as run:
        run.lock_head()
        article_rows.correct(
            run, article, (address, plain_line(title, MOST_TITLE), plain_line(part, MOST_KEY), "")
        )
    return by_id(section, article.id)


def checked_address(section: Section, address: str) -> str:
    """Return an article's address without fragment. Raises: NotTaken for one that is not on the newspaper's sites."""
    try:
        parts = urllib.parse.urlsplit(address[:MOST_ADDRESS])
    except ValueError:
        parts = urllib.parse.urlsplit("")
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if parts.scheme not in ("http", "https") or origin not in section.settings.origins:
        raise NotTaken(
            Problem.UNKNOWN_SITE,
            "this address is on no site of this comment section",
            "The operator names the newspaper's sites in the settings of the platform.",
        )
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))


def find(section: Section, key_or_address: str) -> Article | None:
    """Return the article that has this key, or has or had this address."""
    with section.reading() as run:
        return article_rows.find(run, key_or_address)


def by_id(section: Section, article: str) -> Article:
    """Return an article by its id. Raises: NotFound."""
    rows = section.rows(f"SELECT {reading.ARTICLE} FROM {{p}}article k WHERE k.id = %s", article)
    return reading.article(rows[0]) if rows else _missing(article)


def listed(section: Section, part: str | None = None, order: str = "newest", page: int = 0) -> list[Article]:
    """Return a page of articles, of one part or of all: the newest first, or by `order` "commented"."""
    where = "" if part is None else " WHERE k.part = %s"
    by = "k.published DESC, k.no DESC" if order == "commented" else "k.no DESC"
    sql = f"SELECT {reading.ARTICLE} FROM {{p}}article k{where} ORDER BY {by} LIMIT {PAGE} OFFSET %s"
    values = [] if part is None else [part]
    return [reading.article(row) for row in section.rows(sql, *values, page * PAGE)]


def parts(section: Section) -> list[str]:
    """Return the names of all parts that have articles."""
    return [name for (name,) in section.rows("SELECT DISTINCT part FROM {p}article ORDER BY part")]


def set_mode(section: Section, article: Article, mode: Mode | None) -> None:
    """Say when this article's comments are validated; None follows its part."""
    _change(section, article, "mode = %s", mode)


def mode(section: Section, article: Article) -> Mode:
    """Return when an article's comments are validated: as it says itself, as its part does, as the section does."""
    if article.mode is not None or not article.part:
        return mode_of(article, {}, section.settings)
    sql = "SELECT name, mode FROM {p}part WHERE name = %s AND mode IS NOT NULL"
    parts = {name: Mode(mode) for name, mode in section.rows(sql, article.part)}
    return mode_of(article, parts, section.settings)


def set_part_mode(section: Section, part: str, mode: Mode | None) -> None:
    """Say when the comments of a part are validated; None follows the section."""
    sql = "INSERT INTO {p}part (name, mode) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET mode = excluded.mode"
    with section.changing() as run:
        run(sql, part, mode)


def schedule(section: Section, article: Article, opens: datetime | None, closes: datetime | None) -> None:
    """Say from when to when comments are taken; None means always."""
    _change(section, article, "opens = %s, closes = %s", _or_none(opens), _or_none(closes))


def close(section: Section, article: Article) -> None:
    """Take no more comments until it is reopened."""
    _change(section, article, "closed = 1")


def reopen(section: Section, article: Article) -> None:
    """Take comments again, within its schedule."""
    _change(section, article, "closed = 0")


def is_open(article: Article, now: datetime) -> bool:
    """Tell whether comments are taken now."""
    opened = article.opens_at is None or article.opens_at <= now
    return opened and not article.closed and (article.closes_at is None or now < article.closes_at)


def check_open(article: Article, now: datetime) -> None:
    """Do nothing if comments are taken now. Raises: NotTaken, saying whether it is too early or over."""
    if article.opens_at is not None and now < article.opens_at and not article.closed:
        raise NotTaken(Problem.NOT_OPEN_YET, f"comments are taken from {article.opens_at:%Y-%m-%d %H:%M} UTC")
    if not is_open(article, now):
        raise NotTaken(Problem.CLOSED, "comments under this article are closed")


def numbers(section: Section, article: Article | None = None, part: str | None = None) -> Numbers:
    """Count the comments of an article, of a part, or of everything, by state."""
    where, values = _narrowed(article, part)
    sql = (
        "SELECT c.state, COUNT(*), SUM(CASE WHEN c.checked IS NULL THEN 1 ELSE 0 END)"
        f" FROM {{p}}comment c JOIN {{p}}article k ON k.no = c.article{where} GROUP BY c.state"
    )
    found = {state: (int(count), int(unchecked)) for state, count, unchecked in section.rows(sql, *values)}
    counts = {state: found.get(state, (0, 0))[0] for state in ("waiting", "hidden", "refused", "deleted")}
    published, unchecked = found.get("published", (0, 0))
    return Numbers(published=published, unchecked=unchecked, **counts)


def _narrowed(article: Article | None, part: str | None) -> tuple[str, list[str | int]]:
    if article is not None:
        return " WHERE c.article = %s", [article.no]
    return ("", []) if part is None else (" WHERE k.part = %s", [part])


def _change(section: Section, article: Article, what: str, *values: object) -> None:
    with section.changing() as run:
        run(f"UPDATE {{p}}article SET {what} WHERE no = %s", *values, article.no)


def _language(section: Section, language: str) -> str:
    known = section.settings.languages
    return language if language in known else (known[0] if known else "en")


def _or_none(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _missing(what: str) -> Article:
    raise NotFound(f"there is no article {what[:40]}")
