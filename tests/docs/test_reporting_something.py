"""The guide for who reports: what it says of links, fields, settings and limits is what is there."""

import html
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from showcause.casework.founding import BY_PEOPLE
from showcause.casework.notices import MOST_ITEMS
from showcause.casework.pointers import MOST, PATTERNS
from showcause.comments.besides import LONGEST
from showcause.domain.subject import SubjectKind
from tests.docs.pages import ROOT
from tests.web.stand import open_stand

GUIDE = (ROOT / "docs/reporting-something.md").read_text(encoding="utf-8")


def test_the_link_that_platforms_copy_opens_a_form_that_knows_what_it_is_about(tmp_path: Path) -> None:
    found = re.search(r'<a href="([^"]+)">Report</a>', GUIDE)
    assert found is not None
    link = urlsplit(html.unescape(found[1]))
    assert set(parse_qs(link.query)) == {"platform", "kind", "ref"}
    with open_stand(tmp_path) as stand:
        page = stand.client.get(f"{link.path}?{link.query}").content.decode()
        assert 'type="hidden" name="ref" value="post-17"' in page
        for place in ("/report/", "/report/status", "/contact/"):
            assert f"`{place}`" in GUIDE
            assert stand.client.get(place).status_code == 200


def test_its_numbers_and_names_are_those_of_the_code() -> None:
    assert MOST_ITEMS == 20
    assert "up to twenty" in GUIDE
    assert f"at most {MOST} characters" in GUIDE
    assert all(f"`{kind}`" in GUIDE for kind in SubjectKind)
    assert set(PATTERNS) == {"matrix", "comments"}
    assert f"up to {LONGEST:,} characters" in " ".join(GUIDE.split())
    for setting in ("contact", "authority-contact", "contact-languages", "legal-representative"):
        assert setting in BY_PEOPLE
        assert f"`{setting}`" in GUIDE
