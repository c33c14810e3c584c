"""A process that floods one article from several threads, and says each comment that was acknowledged.

python -m tests.comments.flooding URL COUNT
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from showcause.comments import articles, authors, posting, threads
from showcause.comments.opening import open_section
from showcause.comments.section import Section
from showcause.comments.values import Article, Author, Draft
from tests.comments.conftest import KEY, NOON, SETTINGS, SITE, fresh_id

WRITERS = 16
Tell = Callable[[str], object]


def flood(section: Section, count: int, tell: Tell | None = None) -> dict[str, str]:
    """Post `count` different comments under one article at once; return id by form. `tell` hears of each at once."""
    article = articles.meet(section, NOON, fresh_id, key="flooded", address=f"{SITE}/flooded")
    people = [
        authors.guest(section, NOON, fresh_id, f"Reader {n}", f"{n}@reader.example") for n in range(WRITERS)
    ]

    def write(writer: int) -> dict[str, str]:
        try:
            return dict(
                _one(section, article, people[writer], n, tell) for n in range(writer, count, WRITERS)
            )
        finally:
            section.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return dict(pair for made in pool.map(write, range(WRITERS)) for pair in made.items())


def _one(
    section: Section, article: Article, author: Author, number: int, tell: Tell | None
) -> tuple[str, str]:
    form = f"form-{number}"
    made = posting.post(section, NOON, fresh_id, Draft(article, author, f"{number} {fresh_id()}", form))
    if tell is not None:
        tell(f"{form} {made.id}\n")
    if number % 100 == 0:
        threads.page(section, article)
    return form, made.id


if __name__ == "__main__":
    flood(
        open_section(sys.argv[1], "courrier", KEY, SETTINGS),
        int(sys.argv[2]),
        lambda line: os.write(1, line.encode()),
    )
