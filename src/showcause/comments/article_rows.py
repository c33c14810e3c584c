"""Finding and writing the rows of articles: by key, and by any address that one ever had."""

from datetime import datetime

from showcause.comments import reading
from showcause.comments.section import Run, micros
from showcause.comments.values import Article

Said = tuple[str, str, str, str]
"""What is said of an article: address, title, part, language."""


def find(run: Run, key_or_address: str) -> Article | None:
    """Return the article that has this key, or has or had this address."""
    rows = run(f"SELECT {reading.ARTICLE} FROM {{p}}article k WHERE k.name = %s", key_or_address)
    rows = rows or run(
        f"SELECT {reading.ARTICLE} FROM {{p}}article k JOIN {{p}}article_address o ON o.article = k.no"
        " WHERE o.address = %s",
        key_or_address,
    )
    return reading.article(rows[0]) if rows else None


def known(run: Run, key: str, address: str) -> Article | None:
    """Return the article of a key; one that has none of the newspaper's own yet is found by its address."""
    if not key:
        return find(run, address)
    there = find(run, address)
    return find(run, key) or (there if there is not None and _has_no_key(there, address) else None)


def _has_no_key(there: Article, address: str) -> bool:
    """Tell whether an article was met without a key, or comes from another system, which called it what it liked."""
    imported = there.key.startswith("wordpress-") or (there.key[:1] == "/" and address.endswith(there.key))
    return there.key == there.address or (imported and there.address == address)


def says(known: Article, said: Said) -> bool:
    """Tell whether what is said of an article is what is known of it; what is empty says nothing."""
    there = (known.address, known.title, known.part, known.language)
    return all(new in ("", old) for old, new in zip(there, said, strict=True))


def make(run: Run, fresh: str, now: datetime, key: str, said: Said) -> None:
    """Write a new article."""
    address, title, part, language = said
    sql = (
        "INSERT INTO {p}article (id, name, address, title, part, language, created)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
    )
    run(sql, fresh, key, address, title or key, part, language, micros(now))
    _lead_here(run, address, key)


def correct(run: Run, known: Article, said: Said) -> None:
    """Change what is said of an article; what is empty stays."""
    address, title, part, language = said
    sql = "UPDATE {p}article SET address = %s, title = %s, part = %s, language = %s WHERE no = %s"
    run(sql, address, title or known.title, part or known.part, language or known.language, known.no)
    _lead_here(run, address, known.key)


def _lead_here(run: Run, address: str, key: str) -> None:
    sql = "INSERT INTO {p}article_address (address, article) SELECT %s, no FROM {p}article WHERE name = %s"
    run(sql + " ON CONFLICT (address) DO NOTHING", address, key)
