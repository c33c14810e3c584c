"""Guarantee 9: every automatic result can be replayed, or it is said precisely what is missing."""

import json
import random

import pytest

from showcause.casework import event_schemas, founding
from showcause.casework.rulework.replaying import ReplayCode, Replayed, ReplayResult
from showcause.connectors.simulator import MEASURES
from showcause.domain.rule import Piece, RuleVersion
from showcause.domain.site import Mode
from showcause.domain.subject import Subject, SubjectKind
from showcause.store.verdicts import KeptSet, Verdict, keep_set
from showcause.stream.forgetting import forget
from tests.casework.judged_site import COUNTERS, JudgedSite, post, random_events, random_rule
from tests.house import PLATFORM, House
from tests.rules.folders import RULE, SCHEMA

FLOOD = {
    "rules/night_links.yaml": RULE.replace("links > 0", "links > 0 and posts_10m >= 3")
    .replace("links: 1}}", "links: 1}}\n    counters: {posts_10m: 3}")
    .replace("links: 0}}", "links: 0}}\n    counters: {posts_10m: 1}")
}


@pytest.fixture
def site(house: House) -> JudgedSite:
    return JudgedSite(house)


def codes(found: Replayed) -> list[ReplayCode]:
    return [each.code for each in found.findings]


def flooded(site: JudgedSite) -> Verdict:
    """Let a rule hit somebody's third post; return its verdict."""
    site.act(FLOOD, "night_links")
    site.happen([post("rita"), post(), post(), post()])
    [found] = site.verdicts()
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_rules_and_whatever_happens_each_verdict_is_replayed_identically(
    seed: int, site: JudgedSite
) -> None:
    chance = random.Random(seed)
    names = [f"rule_{number}" for number in range(8)]
    rules = {f"rules/{name}.yaml": random_rule(chance, name) for name in names}
    site.happen(
        random_events(chance, 60)
    )  # before any rule acted: it fills windows, and nothing is said of it
    site.act(COUNTERS | rules, *names[:5])
    site.happen(random_events(chance, 150), pause=20)
    site.act(COUNTERS | rules, *names[5:])
    site.happen(random_events(chance, 150), pause=20)
    made = site.verdicts()
    assert len({each.rules for each in made}) > 1, "by more than one rule set"
    assert len(made) > 100
    found = site.replayed()
    assert [each.verdict for each in found] == made
    assert {each.result for each in found} == {ReplayResult.IDENTICAL}, [each.findings for each in found]
    one = chance.choice([each for each in made if each.counters])
    assert [each.result for each in site.replayed(one)] == [ReplayResult.IDENTICAL], "alone as among all"


def test_a_verdict_is_replayed_with_the_list_of_its_time(site: JudgedSite) -> None:
    listed = RULE.replace("links > 0", "links > 0 and content.domain in blocked").replace(
        "links: 1}}", "links: 1, domain: bad.example}}"
    )
    rule = {"rules/night_links.yaml": listed}
    site.life.through(site.life.propose(rule).id)
    site.judging.round()
    site.happen([post(domain="bad.example"), post(domain="new.example")])
    later = "name: blocked\nversion: 2\ntype: text\nentries: [bad.example, new.example]\n"
    site.life.through(site.life.propose(rule | {"lists/blocked.yaml": later}, "blocked").id)
    site.judging.round()
    site.happen([post(domain="new.example")])
    found = site.replayed()
    assert [(each.verdict.event, each.result) for each in found] == [
        (1, ReplayResult.IDENTICAL),
        (3, ReplayResult.IDENTICAL),
    ]
    versions = [each.loaded.lists["blocked"].version.version for each in found if each.loaded]
    assert versions == [1, 2]


def test_two_platforms_with_the_same_rules_are_each_replayed_with_their_own_events(
    site: JudgedSite,
) -> None:
    site.house.run(founding.connect_platform, "harbour", "simulator", MEASURES, "ada", mode=Mode.ENFORCE)
    site.house.run(event_schemas.declare, "harbour", site.declared, "ada")
    harbour = FLOOD | {"schema.yaml": SCHEMA.replace("platform: commons", "platform: harbour")}
    site.act(harbour, "night_links")
    site.act(FLOOD, "night_links")
    for number in range(6):
        line = json.dumps({"id": f"h{number}", "data": post()}).encode()
        site.judging.intake.take("harbour", site.declared, [line], site.house.now)
        site.happen([post()])
    found = site.replayed()
    assert len({each.verdict.rules for each in found}) == 1
    assert [each.verdict.event for each in found] == [5, 6, 7, 8, 9, 10, 11, 12]
    assert {each.result for each in found} == {ReplayResult.IDENTICAL}, [each.findings for each in found]


def test_after_a_person_was_forgotten_what_is_missing_is_named_and_nothing_of_them_is_shown(
    site: JudgedSite,
) -> None:
    flooded(site)
    hashed = site.judging.intake.log.read(3, 1)[0].body
    assert hashed is not None
    forget(site.judging.intake, [Subject(PLATFORM, SubjectKind.ACCOUNT, "mallory")])
    [found] = site.replayed()
    assert (found.result, codes(found)) == (ReplayResult.INCOMPLETE, [ReplayCode.FORGOTTEN])
    said = " ".join(each.said for each in found.findings)
    assert "mallory" not in said
    assert json.loads(hashed)["data"]["actor"]["id"] not in repr(found)


def test_a_window_that_counted_somebody_who_was_forgotten_says_so(site: JudgedSite) -> None:
    rule = FLOOD["rules/night_links.yaml"].replace("posts_10m", "domain_posts")
    counter = "name: domain_posts\nkind: count\nkey: content.domain\nwindow: 10 min\nwhere: kind == 'post'\n"
    site.act({"rules/night_links.yaml": rule, "counters/domain_posts.yaml": counter}, "night_links")
    site.happen([post(who, domain="bad.example") for who in ("ann", "mallory", "rita")])
    forget(site.judging.intake, [Subject(PLATFORM, SubjectKind.ACCOUNT, "mallory")])
    [found] = site.replayed()
    assert (found.result, codes(found)) == (ReplayResult.INCOMPLETE, [ReplayCode.WINDOW])
    assert found.findings[0].said == (
        "domain_posts said 3 and counts 2 now; an event of its window was emptied since"
    )


def test_what_was_judged_after_somebody_was_forgotten_misses_nothing(site: JudgedSite) -> None:
    flooded(site)
    forget(site.judging.intake, [Subject(PLATFORM, SubjectKind.ACCOUNT, "rita")])
    site.happen([post(), post()])
    assert [each.result for each in site.replayed()] == [ReplayResult.IDENTICAL] * 3


def test_an_event_that_was_changed_is_a_difference_and_no_gap(site: JudgedSite) -> None:
    flooded(site)
    with site.judging.intake.log._changing() as run:
        run("DROP TRIGGER event_update")
        run("UPDATE event SET body = CAST(replace(CAST(body AS TEXT), ':1', ':0') AS BLOB) WHERE seq = 4")
    [found] = site.replayed()
    assert found.result is ReplayResult.DIFFERS
    assert codes(found)[:2] == [ReplayCode.EVENT, ReplayCode.FIRES]


def test_other_events_behind_the_same_number_are_a_difference(site: JudgedSite) -> None:
    found = flooded(site)
    other = found._replace(counted={"posts_10m": "0" * 64})
    assert codes(site.replayed(other)[0]) == [ReplayCode.BEHIND]
    more = found._replace(counters={"posts_10m": 4})
    assert codes(site.replayed(more)[0]) == [ReplayCode.VALUE]
    less = found._replace(counters={"posts_10m": 2})
    assert codes(site.replayed(less)[0]) == [ReplayCode.FIRES, ReplayCode.VALUE]


def test_a_rule_set_that_was_not_kept_or_says_something_else_is_named(site: JudgedSite) -> None:
    found = flooded(site)
    assert codes(site.replayed(found._replace(rules="0" * 64))[0]) == [ReplayCode.NO_SET]
    assert codes(site.replayed(found._replace(version="0" * 64))[0]) == [ReplayCode.VERSION]
    live = [each.id for each in site.house.all(RuleVersion)]
    schema = [each.id for each in site.house.all(RuleVersion) if each.kind is Piece.SCHEMA]

    def keep(digest: str, semantics: int, made_of: list[str]) -> ReplayCode:
        site.house.run(
            lambda tx, now, ids: keep_set(tx, KeptSet(digest, PLATFORM, semantics, tuple(made_of)))
        )
        [code] = codes(site.replayed(found._replace(rules=digest))[0])
        return code

    assert keep("1" * 64, 2, live) is ReplayCode.SEMANTICS
    assert keep("2" * 64, 1, [*live, "f" * 32]) is ReplayCode.UNREADABLE
    assert keep("3" * 64, 1, [each for each in live if each not in schema]) is ReplayCode.UNREADABLE
    assert keep("4" * 64, 1, live) is ReplayCode.SET


def test_a_counter_that_had_no_room_is_no_alarm(site: JudgedSite) -> None:
    full = flooded(site)._replace(saturated=("posts_10m",))
    [found] = site.replayed(full)
    assert (found.result, codes(found)) == (ReplayResult.INCOMPLETE, [ReplayCode.NO_ROOM])


def test_a_verdict_whose_event_is_in_no_log_says_so(site: JudgedSite) -> None:
    found = flooded(site)
    assert codes(site.replayed(found._replace(event=99))[0]) == [ReplayCode.NO_EVENT]
    site.judging.intake.log.pass_over(9, found.at + 9, 0)  # five events are lost
    for lost in (7, 9):
        [missing] = site.replayed(found._replace(event=lost, at=found.at + 3))
        assert (missing.result, codes(missing)) == (ReplayResult.INCOMPLETE, [ReplayCode.NO_EVENT])
    site.happen([post(), post()])
    assert [each.result for each in site.replayed()] == [ReplayResult.IDENTICAL] * 3


def test_a_window_longer_than_may_be_read_is_said_instead_of_read(site: JudgedSite) -> None:
    found = flooded(site)
    assert codes(site.replayed(found, most=2)[0]) == [ReplayCode.TOO_LONG]
