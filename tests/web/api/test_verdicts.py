"""Verdicts through the API: a platform sees its own, why they came about, and whether they would again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from showcause.domain.api_key import Scope
from showcause.domain.errors import BadInput
from showcause.domain.subject import Subject, SubjectKind
from showcause.store import verdicts
from showcause.stream.forgetting import forget
from showcause.web.api import versions
from showcause.web.limits import BUCKETS, LIMITS
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM
from tests.rules.folders import RULE
from tests.web.api.program import Program, of_another_platform, program
from tests.web.stand import Stand

FLOOD = {
    "rules/night_links.yaml": RULE.replace("links > 0", "links > 0 and posts_10m >= 2")
    .replace("links: 1}}", "links: 1}}\n    counters: {posts_10m: 2}")
    .replace("links: 0}}", "links: 0}}\n    counters: {posts_10m: 1}")
}


@dataclass
class Door:
    """A site whose rule fired on two posts of one person, and the platform's program."""

    site: JudgedSite
    calling: Program

    @property
    def first(self) -> str:
        return self.site.verdicts()[0].id

    def got(self, path: str) -> Any:
        answer = self.calling.get(path)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture
def door(stand: Stand) -> Iterator[Door]:
    site = JudgedSite(stand.house)
    site.act(FLOOD, "night_links")
    site.happen([post("rita"), post(), post(), post()])
    yield Door(site, program(stand, (Scope.VERDICTS,)))
    site.judging.close()


def test_a_platform_lists_what_rules_said_of_its_events(door: Door) -> None:
    found = door.got("/verdicts")
    assert [(each["event"], each["rule"], each["counters"]) for each in found["items"]] == [
        (3, "night_links", {"posts_10m": 2}),
        (4, "night_links", {"posts_10m": 3}),
    ]
    assert found["next"] is None
    one = door.got("/verdicts?limit=1")
    assert ([each["event"] for each in one["items"]], one["next"]) == ([3], 3)
    assert [each["event"] for each in door.got("/verdicts?after=3")["items"]] == [4]
    assert door.got(f"/verdicts/{door.first}") == found["items"][0]


def test_what_one_of_several_processes_said_is_listed_when_all_came_so_far(door: Door) -> None:
    """Who asks on from the last event that was listed would miss what a slower one says of earlier events."""
    with door.site.house.store.transaction() as tx:
        verdicts.share_out(tx, PLATFORM, verdicts.places(tx, PLATFORM), 2)
    door.site.happen([post()])
    with door.site.house.store.transaction() as tx:
        first, _ = verdicts.places(tx, PLATFORM)
        [one, _] = verdicts.verdicts(tx)
        [fifth] = door.site.judging.intake.log.read(4, 1)
        verdicts.add(tx, [one._replace(event=5, at=fifth.at)])
        verdicts.move(tx, PLATFORM, first, replace(first, sequence=5))
    assert [each["event"] for each in door.got("/verdicts")["items"]] == [3, 4]
    with door.site.house.store.transaction() as tx:
        verdicts.move(
            tx, PLATFORM, (second := verdicts.places(tx, PLATFORM)[1]), replace(second, sequence=5), 2
        )
    assert [each["event"] for each in door.got("/verdicts")["items"]] == [3, 4, 5]


def test_it_is_told_why_a_rule_fired_and_nobodys_name(door: Door) -> None:
    found = door.got(f"/verdicts/{door.first}/explanation")
    assert found["result"] == "identical"
    assert [each["text"] for each in found["decided"]] == [
        "kind == 'post'", "content.links > 0", "posts_10m >= 2",
    ]  # fmt: skip
    assert set(found["decided"][0]["words"]) == {"en", "fr"}
    [counter] = found["counters"]
    assert [each["id"] for each in counter["events"]] == ["e1", "e2"]
    assert "people" not in found, "who works in the house is no business of a program"
    assert "mallory" not in str(found)
    assert "~" not in str(found)


def test_it_may_have_a_verdict_made_once_more_until_its_person_is_forgotten(door: Door) -> None:
    found = door.got(f"/verdicts/{door.first}/replay")
    assert (found["result"], found["findings"]) == ("identical", [])
    forget(door.site.judging.intake, [Subject(PLATFORM, SubjectKind.ACCOUNT, "mallory")])
    found = door.got(f"/verdicts/{door.first}/replay")
    assert found["result"] == "incomplete"
    assert [each["code"] for each in found["findings"]] == ["event-forgotten"]
    assert door.got(f"/verdicts/{door.first}/explanation")["decided"] == []


def test_another_platform_finds_none_of_it(door: Door, stand: Stand) -> None:
    other = of_another_platform(stand)
    assert other.get("/verdicts").json() == {"items": [], "next": None}
    for path in ("", "/explanation", "/replay"):
        assert other.get(f"/verdicts/{door.first}{path}").status_code == 404
    assert door.calling.get("/verdicts/3.nothing").status_code == 404
    assert door.calling.get("/verdicts/nonsense").status_code == 422


def test_a_key_without_the_scope_sees_none_and_replays_are_limited(door: Door, stand: Stand) -> None:
    assert program(stand, (Scope.EVENTS,), name="other").get("/verdicts").status_code == 403
    for _ in range(LIMITS["replay"].burst):
        BUCKETS.take("replay", door.calling.key.id)
    assert door.calling.get(f"/verdicts/{door.first}/replay").status_code == 429
    assert door.calling.get(f"/verdicts/{door.first}").status_code == 200


def test_it_asks_whom_a_version_would_have_hit_and_what_another_changes(door: Door, stand: Stand) -> None:
    found = door.got("/rules/night_links@1/hits")
    assert (found["events"], found["hits"], found["accounts"], found["sample"]) == (4, 2, 1, ["e2", "e3"])
    wider = {name: text.replace(">= 2", ">= 1") for name, text in FLOOD.items()}
    wider = {name: text.replace("{posts_10m: 1}", "{posts_10m: 0}") for name, text in wider.items()}
    door.site.life.propose(wider, "night_links")
    found = door.got("/rules/night_links@2/hits/night_links@1?from=2026-11-20T00:00:00Z")
    assert (found["new"], found["lost"], found["unchanged"], found["accounts_new"]) == (2, 0, 2, 1)
    assert "~" not in str(found)
    assert door.got("/rules/night_links@1/hits?to=2026-11-01T00:00:00Z")["events"] == 0
    other = of_another_platform(stand)
    assert other.get("/rules/night_links@1/hits").status_code == 404
    assert door.calling.get("/rules/posts_10m@1/hits").status_code in (404, 422)


def test_a_period_with_more_events_than_may_be_read_is_refused(door: Door) -> None:
    log = door.site.judging.intake.log
    versions.check_span(log, 0, 2**60, 4)
    with pytest.raises(BadInput, match="at most 3"):
        versions.check_span(log, 0, 2**60, 3)
