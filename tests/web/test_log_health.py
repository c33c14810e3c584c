"""The page *health of the log*: growth, missing numbers, open effects and ages, all from the public files."""

import re

import pytest

from showcause.casework.log import watching
from showcause.domain.policy import Urgent
from showcause.domain.restriction import Measure
from showcause.domain.witness import Demand, Level
from showcause.transparency import checkpoint, leaf, merkle
from showcause.web.window.index import Index
from tests.house import PLATFORM
from tests.services.browser import WIDTHS, Browser, Scheme, faults, leave_picture
from tests.transparency.logs import LOG_KEY, WITNESS_KEY, Log, plain_leaf
from tests.web.record import count_the_day, lived_in, name_the_paper, witnessed
from tests.web.stand import Stand


def indexed(*leaves: leaf.Leaf) -> Index:
    log = Log([leaf.encode(each) for each in leaves])
    files, index = log.files(), Index()
    tree = checkpoint.Checkpoint(
        LOG_KEY.name, len(leaves), merkle.root_of(map(merkle.leaf_hash, log.entries))
    )
    index.advance(files.get, tree)
    return index


def numbered(name: str, first: int, count: int = 1, connector: str = "matrix") -> leaf.Leaf:
    return plain_leaf(name, "decision", leaf.Numbers(connector, first, count))


def test_a_number_that_was_left_out_is_a_gap_at_its_entry() -> None:
    found = indexed(
        numbered("a", 1, 2), numbered("b", 3), numbered("p", 1, 1, "press"), numbered("c", 6)
    ).numbers
    assert (found["matrix"].last, found["matrix"].gaps, found["matrix"].repeats) == (6, 1, 0)
    assert found["matrix"].faults == [(3, 4, 6)]
    assert (found["press"].last, found["press"].faults) == (1, [])


def test_a_number_that_comes_twice_is_a_repetition() -> None:
    found = indexed(numbered("a", 1, 3), numbered("b", 2)).numbers["matrix"]
    assert (found.last, found.gaps, found.repeats, found.faults) == (3, 0, 1, [(1, 4, 2)])


def test_a_decision_is_open_until_an_effect_names_it() -> None:
    first, second, mild = numbered("a", 1), numbered("b", 2), plain_leaf("mild")
    effect = plain_leaf("e", "effect", re=first.id)
    appeal = plain_leaf("ap", "appeal", re=second.id)
    index = indexed(first, second, mild, effect, appeal)
    assert index.unanswered(5) == [1]
    assert index.unanswered(3) == [0, 1], "a visitor with an older head sees what that head held"


def text_of(stand: Stand, language: str = "en") -> str:
    answer = stand.client.get("/log/health", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_has_plots_with_the_same_numbers_in_tables(lived: Stand) -> None:
    text = text_of(lived)
    assert text.count('<svg class="chart"') == 1, "nothing is open, so that there is nothing to plot of it"
    rows = re.findall(r'<tr><th scope="row"><time.*?</tr>', text)
    entries = [int(re.findall(r'class="number">(\d+)<', row)[0]) for row in rows if 'class="number"' in row]
    since = int(re.findall(r"Since the last count</th><td class=\"number\">(\d+)<", text)[0])
    size = int(re.findall(r"<dt>entries</dt><dd>(\d+)<", text)[0])
    assert sum(entries) + since == size, "every public entry stands in one row"
    assert "No witness is named" in text
    assert "Every decision that restricts somebody has a confirmed effect" in text
    assert len(set(re.findall(r' id="([^"]+)"', text))) == len(re.findall(r' id="([^"]+)"', text))
    assert "Aucun témoin n’est nommé" in text_of(lived, "fr")


def test_urgent_acts_that_no_witness_covered_in_time_are_told_as_the_daily_counts_have_them(
    stand: Stand,
) -> None:
    home = stand.house
    assert "below their level" not in text_of(stand)
    name_the_paper(stand)
    home.run(watching.set_level, Measure.SUSPEND, Demand(Level.R1), "ada")
    token = home.urgent_token("bea")
    home.platform.urgent(token, Urgent.THREAT_TO_LIFE, home.account("mad-max"), Measure.SUSPEND)
    home.worker.enter_urgent(PLATFORM)
    home.work()
    home.wait(hours=24)
    home.wait(minutes=5)
    count_the_day(stand)
    stand.publish()
    assert "below their level when their time was over: 1." in text_of(stand)
    assert "Actes urgents restés sous leur niveau" in text_of(stand, "fr")


def test_a_decision_that_no_platform_confirmed_is_listed(stand: Stand) -> None:
    home = stand.house
    home.platform.faults.down = True
    proposed = home.suspended("slow-one")
    stand.publish()
    page = stand.client.get(f"/decisions/{proposed.leaf}").content.decode()
    [place] = set(re.findall(r'href="/log/(\d+)"', page))
    assert f'<li><a href="/log/{place}">' in text_of(stand)
    home.platform.faults.down = False
    home.wait(hours=1)
    stand.publish()
    assert f'<li><a href="/log/{place}">' not in text_of(stand)
    assert "Every decision that restricts somebody has a confirmed effect" in text_of(stand)


def test_a_witness_is_shown_with_who_runs_it_and_the_age_of_what_it_signed(stand: Stand) -> None:
    witnessed(stand)
    text = text_of(stand)
    assert "3 hours old" in text
    assert "The Garden Paper" in text
    assert WITNESS_KEY.name in text
    assert text.count('<svg class="chart"') == 1, "nothing was counted yet"
    assert stand.client.get("/log/witnesses.json").json() == {str(WITNESS_KEY.verifier): "The Garden Paper"}


def test_a_witness_whose_key_is_not_pinned_counts_for_nothing(stand: Stand) -> None:
    name_the_paper(stand)
    text = text_of(stand)
    assert "The Garden Paper" in text
    assert "not pinned on this server yet" in text


@pytest.mark.browser
def test_the_page_is_accessible_and_fits_a_phone(site: Stand, browser: Browser) -> None:
    lived_in(site)
    visits: tuple[tuple[str, Scheme, str], ...] = (("phone", "dark", "fr"), ("desk", "light", "en"))
    for width, scheme, language in visits:
        with browser.open(
            f"{site.address}/log/health", width=WIDTHS[width], scheme=scheme, language=language
        ) as page:
            assert faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            leave_picture(page, f"health-{width}-{scheme}")
