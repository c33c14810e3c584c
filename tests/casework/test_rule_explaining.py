"""An explanation says which condition decided and what it read, in words, and shows nobody's name."""

import pytest

from showcause.casework.rulework import explaining
from showcause.casework.rulework.explaining import Explained
from showcause.casework.rulework.replaying import ReplayCode, ReplayResult
from showcause.domain.subject import Subject, SubjectKind
from showcause.stream.forgetting import forget
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM, House
from tests.rules.folders import RULE

WHEN = "kind == 'post' and content.links > 0"
LISTED = {
    "rules/night_links.yaml": RULE.replace(
        WHEN,
        "kind == 'post' and (posts_10m >= 3 or actor.verified) and content.domain in blocked "
        "and not (content.links > 9)",
    )
    .replace(
        "{kind: post, content: {links: 1}}",
        "{kind: post, actor: {verified: false}, content: {links: 1, domain: bad.example}}\n"
        "    counters: {posts_10m: 3}",
    )
    .replace("links: 0}}", "links: 10}}\n    counters: {posts_10m: 3}")
}


@pytest.fixture
def site(house: House) -> JudgedSite:
    made = JudgedSite(house)
    made.act(LISTED, "night_links")
    made.happen([post("rita"), post(), post(), post(domain="bad.example")])
    return made


def explained(site: JudgedSite, *, texts: bool = False) -> Explained:
    [verdict] = site.verdicts()
    with site.house.store.read() as view:
        return explaining.explain(view, site.judging.intake.log, verdict, texts=texts)


def test_it_says_what_decided_with_what_was_read_and_leaves_out_what_did_not(site: JudgedSite) -> None:
    found = explained(site)
    assert [(each.text, each.read) for each in found.decided] == [
        ("kind == 'post'", {"kind": "post"}),
        ("posts_10m >= 3", {"posts_10m": 3}),
        ("content.domain in blocked", {"content.domain": "bad.example"}),
        ("not content.links > 9", {"content.links": 1}),
    ]
    for each in found.decided:
        assert set(each.words) == {"en", "fr"}
    assert "9" in found.decided[3].words["en"]
    assert found.decided[3].words["en"] != found.decided[3].words["fr"]
    assert found.says["en"].startswith("`night_links`") or "night_links" in found.says["en"]


def test_a_number_is_explained_by_the_events_behind_it(site: JudgedSite) -> None:
    [counter] = explained(site).counters
    assert (counter.name, counter.value, counter.made_of, counter.why) == ("posts_10m", 3, 3, "")
    assert [(each.sequence, each.id) for each in counter.events] == [(2, "e1"), (3, "e2"), (4, "e3")]


def test_a_list_is_named_with_its_version_and_the_entry_that_matched(site: JudgedSite) -> None:
    [listed] = explained(site).lists
    assert (listed.name, listed.version, listed.matched) == ("blocked", 1, "bad.example")
    assert len(listed.digest) == 64


def test_the_tree_shows_what_was_looked_at_and_who_stands_behind_the_rule(site: JudgedSite) -> None:
    found = explained(site)
    assert found.tree[0] == "true: all of"
    assert "  true: kind == 'post'   [kind = \"post\"]" in found.tree
    assert "    true: posts_10m >= 3   [posts_10m = 3]" in found.tree
    assert "    false: content.links > 9   [content.links = 1]" in found.tree
    assert found.people == {"proposed": "bea"}
    assert (found.number, found.clause, found.result) == (1, "integrity.spam@1", ReplayResult.IDENTICAL)


def test_nobody_is_named_not_even_by_a_hash(house: House) -> None:
    text = RULE.replace(WHEN, f"{WHEN} and (actor.id == actor.id or kind == 'never')")
    site = JudgedSite(house)
    site.act({"rules/night_links.yaml": text.replace("content: {links: 1}", "actor: {id: x}, content: {links: 1}")},
             "night_links")  # fmt: skip
    site.happen([post()])
    found = explained(site)
    assert any(each.read == {"actor.id": explaining.PERSONAL} for each in found.decided)
    said = "\n".join(explaining.lines(found)) + repr(found)
    assert "mallory" not in said
    assert "~" not in said


def test_what_somebody_wrote_is_told_only_to_who_asks_for_it(house: House) -> None:
    text = RULE.replace(WHEN, "matches(content.text, 'boat') and not (content.domain == 'other.example')")
    hit = text.replace("{links: 1}", "{text: a boat, domain: x.example}").replace(
        "{links: 0}", "{text: a train}"
    )
    site = JudgedSite(house)
    site.act({"rules/night_links.yaml": hit}, "night_links")
    site.happen([post(text="my boat is for sale", domain="mine.example")])
    found = explained(site)
    assert [each.read for each in found.decided] == [
        {"content.text": "(19 characters)"},
        {"content.domain": "(12 characters)"},
    ]
    said = "\n".join(explaining.lines(found)) + repr(found)
    assert "for sale" not in said
    assert "mine.example" not in said
    opened = explained(site, texts=True)
    assert opened.decided[0].read == {"content.text": "my boat is for sale"}


def test_of_somebody_who_was_forgotten_the_rule_and_its_numbers_are_left(site: JudgedSite) -> None:
    forget(site.judging.intake, [Subject(PLATFORM, SubjectKind.ACCOUNT, "mallory")])
    found = explained(site)
    assert (found.result, [each.code for each in found.missing]) == (
        ReplayResult.INCOMPLETE,
        [ReplayCode.FORGOTTEN],
    )
    assert (found.decided, found.tree, found.lists) == ((), (), ())
    [counter] = found.counters
    assert (counter.value, counter.events) == (3, ())
    assert "cannot be found again" in counter.why
    assert found.says["fr"], "the rule is no secret of the person's"
    said = "\n".join(explaining.lines(found))
    assert "bad.example" not in said
    assert "e3" not in said
