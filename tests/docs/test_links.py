"""Whoever follows a link in our pages arrives somewhere."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, anchors, links, pages, read


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_heading_that_exist(page: Path) -> None:
    dead = [link for link in links(page.read_text(encoding="utf-8")) if not _leads_somewhere(page, link)]
    assert dead == []


def _leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith(("https://", "http://", "mailto:")):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(target.read_text(encoding="utf-8"))


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        inside = (link.partition("#")[0] for link in links(page.read_text(encoding="utf-8")))
        near = [(page.parent / link).resolve() for link in inside if link and "://" not in link]
        folders = [each for target in near if target.is_dir() for each in target.glob("*.md")]
        waiting += [target for target in (*near, *folders) if target.suffix == ".md"]
    unreached = [str(page.relative_to(ROOT)) for page in pages() if page not in reached]
    assert unreached == []


def test_a_link_to_a_heading_that_is_gone_is_noticed() -> None:
    assert not _leads_somewhere(ROOT / "README.md", "docs/decision-cycle.md#no-such-heading")
    assert _leads_somewhere(ROOT / "README.md", "docs/decision-cycle.md#fenced")
    assert "fenced" in anchors(read("docs/decision-cycle.md"))
