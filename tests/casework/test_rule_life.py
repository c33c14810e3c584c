"""A rule goes live in steps, and there is no way round any of them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from showcause.casework.log import fsck
from showcause.casework.ports import Ids
from showcause.casework.reading import setting
from showcause.casework.rulework import (
    approving,
    ending,
    granting,
    in_force,
    proposing,
    running,
    telling,
    trying,
)
from showcause.domain.errors import (
    AlreadyExists,
    BadInput,
    BadRules,
    IllegalStep,
    NotFound,
    NotPermitted,
    PolicyNotInForce,
    SamePerson,
)
from showcause.domain.lifecycle import RuleState
from showcause.domain.rule import Backtest, Piece, RuleVersion, Seen
from showcause.domain.site import Document
from showcause.store.store import Store
from showcause.store.tx import Tx
from tests.casework.rule_life import ENOUGH, Life, folder
from tests.house import PLATFORM, House, opened_house
from tests.rules.folders import RULE

READS = {
    "rules/night_links.yaml": RULE.replace("links > 0", "links > 0 and posts_10m < 90").replace(
        "content: {links: 1}}", "content: {links: 1}}\n    counters: {posts_10m: 1}"
    )
}


@pytest.fixture
def life(house: House) -> Life:
    return Life(house)


def documents(house: House, kind: str = "rule") -> list[dict[str, Any]]:
    return [json.loads(each.text) for each in house.all(Document, kind=kind)]


def states(life: Life) -> dict[str, str]:
    return {each.ref: each.state for each in life.house.all(RuleVersion)}


# --- The way ------------------------------------------------------------------------------------------------


def test_a_rule_goes_from_draft_to_live_and_each_step_is_public(life: Life) -> None:
    draft = life.propose()
    assert draft.state is RuleState.DRAFT
    assert life.backtest(draft.id).state is RuleState.BACKTESTED
    assert life.shadow(draft.id).state is RuleState.SHADOW
    assert life.canary(draft.id).state is RuleState.CANARY
    held = life.live(draft.id)
    assert held.state is RuleState.LIVE
    told = [(each["name"], each["event"]) for each in documents(life.house) if each["name"] == "night_links"]
    assert told == [
        ("night_links", event) for event in ("proposed", "backtested", "shadow", "canary", "live")
    ]
    assert life.house.log_kinds()[-6:] == ["rule"] * 6  # the schema came along with the draft
    assert not fsck.fsck(life.house.store, hands=0).findings


def test_a_later_version_ends_the_live_one_in_the_same_moment(life: Life) -> None:
    first = life.through(life.propose().id)
    second = life.propose(CASES)
    assert life.get(first.id).state is RuleState.LIVE
    held = life.through(second.id)
    assert (held.number, life.get(first.id).state, life.get(first.id).retired_at) == (
        2,
        RuleState.RETIRED,
        held.live_from,
    )
    assert len(life.house.all(RuleVersion, state=RuleState.LIVE, kind=Piece.RULE)) == 1


STRICTER = RULE.replace("links > 0", "links > 0 and not actor.verified").replace(
    "links: 1}}", "links: 1}, actor: {verified: false}}"
)
CASES = {"rules/night_links.yaml": STRICTER}


def test_what_is_in_force_has_one_digest_that_every_entry_shows(life: Life) -> None:
    seen: list[str | None] = []

    def now() -> None:
        with life.house.store.read() as view:
            seen.append(setting(view, in_force.DIGEST))

    draft = life.propose()
    now()
    life.backtest(draft.id)
    now()
    for step in (life.shadow, life.canary, life.live):
        step(draft.id)
        now()
    assert seen[0] == seen[1], "a draft and its backtest put nothing in force"
    assert len(set(seen)) == 4
    assert documents(life.house)[-1]["rules"] == seen[-1]


def test_new_parts_come_along_with_the_rule_that_reads_them(life: Life) -> None:
    draft = life.propose(READS)
    assert states(life) == {"night_links@1": "draft", "schema@1": "draft", "posts_10m@1": "draft"}
    with pytest.raises(IllegalStep, match="goes with night_links@1"):
        life.shadow(next(each.id for each in life.house.all(RuleVersion) if each.kind is Piece.COUNTER))
    life.through(draft.id)
    assert set(states(life).values()) == {"live"}


# --- What a proposal has to be ------------------------------------------------------------------------------


def test_what_does_not_compile_or_whose_cases_fail_is_not_proposed(life: Life) -> None:
    with pytest.raises(BadRules, match="no field"):
        life.propose({"when": "kind == 'post' and content.linkz > 0"})
    with pytest.raises(BadRules, match="does not fire here"):
        life.propose({"when": "kind == 'post' and content.links > 1"})
    assert not life.house.all(RuleVersion)


def test_a_rule_that_does_more_than_order_reviews_on_reports_is_refused(life: Life) -> None:
    life.let_propose()
    rule = RULE.replace("spam@1", "spam@2")
    tainted = rule.replace("content.links > 0", "content.links > 0 and reports_24h >= 0").replace(
        "- open-case", "- propose: limit"
    )
    with pytest.raises(BadRules, match="reads `reports_24h`"):
        life.propose({"rules/night_links.yaml": tainted})


def test_what_comes_from_reports_cannot_lose_its_mark_in_another_schema(life: Life) -> None:
    draft = life.propose()
    life.through(draft.id)
    mark = "actor.reports: {type: int, from_reports: true}"
    schema = folder()["schema.yaml"].replace(mark, mark.replace("true", "false"))
    with pytest.raises(IllegalStep, match="the schema schema, which is live"):
        life.propose({**CASES, "schema.yaml": schema})


def test_two_new_rules_bring_the_same_part_and_whoever_is_first_makes_it_live(life: Life) -> None:
    first, second = life.propose(READS), life.propose({"rules/other.yaml": OTHER}, "other")
    assert set(second.brings) == set(first.brings)
    life.through(second.id)
    assert states(life) == {
        "night_links@1": "draft",
        "schema@1": "live",
        "posts_10m@1": "live",
        "other@1": "live",
    }
    life.house.run(ending.return_, first.id, "bea")
    assert states(life)["posts_10m@1"] == "live"


def test_a_part_ends_with_the_last_rule_that_brings_it(life: Life) -> None:
    first, second = life.propose(READS), life.propose({"rules/other.yaml": OTHER}, "other")
    life.house.run(ending.return_, first.id, "bea")
    assert states(life)["posts_10m@1"] == "draft"
    push(life, second.id)
    assert states(life)["posts_10m@1"] == "pushed"
    life.house.run(ending.retire, second.id, "bea")
    assert states(life)["posts_10m@1"] == "retired"


def test_no_later_schema_or_list_loses_the_mark_of_reports(life: Life) -> None:
    marked = "name: blocked\nversion: {}\ntype: text\nfrom_reports: {}\nentries: [{}.example]\n"
    listed = {"rules/night_links.yaml": LISTS, "lists/blocked.yaml": marked.format(1, "true", "bad")}
    life.through(life.propose(listed).id)
    with pytest.raises(BadInput, match="blocked came from reports in blocked@1"):
        life.propose(listed | {"lists/blocked.yaml": marked.format(2, "false", "worse")}, "blocked")
    schema, mark = folder()["schema.yaml"], "  actor.reports: {type: int, from_reports: true}\n"
    with pytest.raises(BadInput, match=r"actor\.reports came from reports in schema@1"):
        life.propose(listed | {"schema.yaml": schema.replace(mark, mark.replace("true", "false"))}, "schema")
    with pytest.raises(BadInput, match="kind report came from reports"):
        life.propose(listed | {"schema.yaml": schema.replace("values: [report]", "values: [flag]")}, "schema")
    gone = life.propose(listed | {"schema.yaml": schema.replace(mark, "")}, "schema")
    life.through(gone.id)
    with pytest.raises(BadInput, match=r"actor\.reports came from reports in schema@1"):
        life.propose(listed | {"schema.yaml": schema.replace(mark, mark.replace("true", "false"))}, "schema")
    wider = schema.replace("values: [report]", "values: [report, flag]")
    assert life.propose(listed | {"schema.yaml": wider}, "schema").number == 3


def test_what_is_over_does_not_act_however_late_its_timer_is(life: Life) -> None:
    push(life, life.propose().id)
    later = life.house.now + timedelta(hours=24)
    with life.house.store.read(life.house.now) as view:
        assert running.acting(view, PLATFORM).loaded is not None
    with life.house.store.read(later) as view:
        assert running.acting(view, PLATFORM).loaded is None


def test_a_rule_has_no_power_that_its_clause_does_not_grant(life: Life) -> None:
    with pytest.raises(NotPermitted, match="open cases and nothing more"):
        life.propose({"effects": "propose: limit"})
    with pytest.raises(NotPermitted, match="no power to hide"):
        life.propose({"effects": "restrict: hide"})
    with pytest.raises(NotPermitted, match="no power to hold"):
        life.propose({"effects": "hold-before-publication"})
    with pytest.raises(NotPermitted, match="certified budget"):
        life.propose(
            {"rules/night_links.yaml": RULE.replace("- open-case", "- restrict: limit\n    for: 24 h")}
        )
    life.let_propose()
    assert life.propose({"rules/night_links.yaml": PROPOSES}).second_needed


PROPOSES = RULE.replace("spam@1", "spam@2").replace("- open-case", "- propose: suspend")


def test_a_power_is_granted_by_two_people_and_taken_back_by_one(life: Life) -> None:
    run = life.house.run
    assert run(granting.grant, "integrity.spam", "hide", "bea") is granting.Granting.ASKED
    with pytest.raises(SamePerson):
        run(granting.grant, "integrity.spam", "hide", "bea")
    assert run(granting.grant, "integrity.spam", "hide", "cleo") is granting.Granting.GRANTED
    draft = life.propose({"effects": "restrict: hide"})
    life.backtest(draft.id)
    run(granting.take_back, "integrity.spam", "hide", "dan")
    with pytest.raises(NotPermitted, match="no power to hide"):
        life.shadow(draft.id)
    for what in ("suspend", "limit", "remove", "everything"):
        with pytest.raises(BadInput):
            run(granting.grant, "integrity.spam", what, "bea")


def test_a_clause_that_ended_carries_no_rule(life: Life) -> None:
    life.let_propose()  # version 2 replaces version 1, which the rule cites
    with pytest.raises(PolicyNotInForce):
        life.propose()


# --- No way round -------------------------------------------------------------------------------------------


def test_no_step_can_be_left_out(life: Life) -> None:
    draft = life.propose()
    for step in (life.shadow, life.canary, life.live):
        with pytest.raises(IllegalStep):
            step(draft.id)
    life.backtest(draft.id)
    for step in (life.canary, life.live):
        with pytest.raises(IllegalStep):
            step(draft.id)
    life.shadow(draft.id)
    with pytest.raises(IllegalStep):
        life.live(draft.id)


def test_a_backtest_speaks_for_nothing_but_what_it_was_made_with(life: Life) -> None:
    first = life.through(life.propose(READS).id)
    other = life.propose({"rules/other.yaml": OTHER}, "other")
    with pytest.raises(IllegalStep, match="not of other@1"):
        life.house.run(trying.record_backtest, other.id, life.forecast(first.id), "bea")
    with pytest.raises(IllegalStep, match="not of other@1"):
        life.backtest(other.id, whole="0" * 64)


OTHER = RULE.replace("night_links", "other").replace(
    "content.links > 0", "content.links > 0 and posts_10m < 50"
)
OTHER = OTHER.replace("content: {links: 1}}", "content: {links: 1}}\n    counters: {posts_10m: 1}")


def test_a_backtest_is_stale_when_what_the_rule_reads_has_changed(life: Life) -> None:
    listed = {"rules/night_links.yaml": LISTS}
    life.through(life.propose(listed).id)
    changed = {
        "rules/night_links.yaml": LISTS.replace("links > 0", "links > 0 and not actor.verified").replace(
            "domain: good.example}", "domain: good.example}, actor: {verified: false}"
        )
    }
    second = life.propose(changed)
    life.backtest(second.id)
    longer = {"lists/blocked.yaml": "name: blocked\nversion: 2\ntype: text\nentries: [bad.example]\n"}
    life.through(life.propose(listed | longer, "blocked").id)
    with pytest.raises(IllegalStep, match="has changed since its backtest"):
        life.shadow(second.id)
    life.backtest(second.id)
    life.shadow(second.id)


LISTS = RULE.replace("content.links > 0", "content.links > 0 and content.domain not in blocked").replace(
    "links: 1}", "links: 1, domain: good.example}"
)


def test_a_backtest_grows_old(life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id)
    life.house.wait(days=31)
    with pytest.raises(IllegalStep, match="too long ago"):
        life.shadow(draft.id)


def test_a_backtest_over_nothing_or_over_long_ago_or_the_future_is_none(life: Life) -> None:
    draft, now = life.propose(), life.house.now
    with pytest.raises(BadInput, match="days ago"):
        life.backtest(draft.id, since=now - timedelta(days=90), until=now - timedelta(days=60))
    with pytest.raises(BadInput, match="future"):
        life.backtest(draft.id, until=now + timedelta(days=1))
    with pytest.raises(BadInput, match="fit together"):
        life.backtest(draft.id, hits=1_001)
    life.backtest(draft.id, events=99, hits=0)
    with pytest.raises(IllegalStep, match="99 events"):
        life.shadow(draft.id)


def test_a_forecast_beyond_what_the_file_expects_goes_no_further(life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id, hits=40)
    with pytest.raises(IllegalStep, match="expects"):
        life.shadow(draft.id)


def test_a_trial_that_saw_too_little_or_hits_too_much_goes_no_further(life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id)
    life.shadow(draft.id)
    for seen in (Seen(0, 0), Seen(99, 0), Seen(500, 50)):
        with pytest.raises(IllegalStep):
            life.canary(draft.id, seen=seen)
    life.canary(draft.id)
    for seen in (Seen(0, 0), Seen(500, 50)):
        with pytest.raises(IllegalStep):
            life.live(draft.id, seen=seen)
    assert life.backtest(draft.id).state is RuleState.BACKTESTED, "a new backtest means a new trial"


@pytest.mark.parametrize("share", ["0", "1", "100 %", "0.9", "-1"])
def test_a_canary_of_nobody_or_of_all_is_refused(share: str, life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id)
    life.shadow(draft.id)
    with pytest.raises(BadInput):
        life.canary(draft.id, share=share)


def test_a_share_of_all_in_the_file_is_no_way_to_skip_the_canary(life: Life) -> None:
    rule = RULE.replace("when: |", "rollout: {share: 100 %, seed: spring, by: actor.id}\nwhen: |")
    draft = life.propose({"rules/night_links.yaml": rule})
    life.backtest(draft.id)
    life.shadow(draft.id)
    with pytest.raises(BadInput, match="more than nothing"):
        life.canary(draft.id, share="")
    assert life.canary(draft.id, share="1/4").canary_share == "1/4"


def test_nobody_approves_their_own(life: Life) -> None:
    life.let_propose()
    draft = life.propose({"rules/night_links.yaml": PROPOSES})
    with pytest.raises(IllegalStep, match="is draft"):
        life.approve(draft.id)
    life.backtest(draft.id)
    with pytest.raises(SamePerson):
        life.approve(draft.id, "bea")
    life.shadow(draft.id)
    with pytest.raises(IllegalStep, match="second person"):
        life.canary(draft.id)
    life.approve(draft.id, "cleo")
    life.canary(draft.id)
    assert life.live(draft.id).approver is not None


def test_another_backtest_needs_another_approval(life: Life) -> None:
    life.let_propose()
    draft = life.propose({"rules/night_links.yaml": PROPOSES})
    life.backtest(draft.id)
    life.approve(draft.id)
    life.backtest(draft.id, hits=1)
    life.shadow(draft.id)
    with pytest.raises(IllegalStep, match="second person"):
        life.canary(draft.id)


def test_a_list_that_a_restricting_rule_reads_needs_a_second_person_too(life: Life) -> None:
    life.grant("hide")
    rule = LISTS.replace("- open-case", "- restrict: hide")
    life.through(life.propose({"rules/night_links.yaml": rule}).id, "cleo")
    longer = {"lists/blocked.yaml": "name: blocked\nversion: 2\ntype: text\nentries: [bad.example]\n"}
    draft = life.propose({"rules/night_links.yaml": rule} | longer, "blocked")
    life.backtest(draft.id)
    life.shadow(draft.id)
    with pytest.raises(IllegalStep, match="second person"):
        life.canary(draft.id)


def test_a_list_must_not_break_the_cases_of_the_rules_that_read_it(life: Life) -> None:
    life.through(life.propose({"rules/night_links.yaml": LISTS}).id)
    with pytest.raises(BadRules, match="does not fire here"):
        life.propose(
            {
                "rules/night_links.yaml": LISTS,
                "lists/blocked.yaml": "name: blocked\nversion: 2\ntype: text\nentries: [good.example]\n",
            },
            "blocked",
        )


def test_a_changed_list_is_not_smuggled_in_with_a_rule(life: Life) -> None:
    life.through(life.propose({"rules/night_links.yaml": LISTS}).id)
    with pytest.raises(IllegalStep, match="the list blocked, which is live") as refused:
        life.propose(
            {
                "rules/night_links.yaml": LISTS.replace("links > 0", "links > 2").replace(
                    "links: 1", "links: 3"
                ),
                "lists/blocked.yaml": "name: blocked\nversion: 2\ntype: text\nentries: []\n",
            }
        )
    assert "propose it by itself" in str(refused.value.hint)


def test_thresholds_and_counters_have_versions_that_take_the_same_steps(life: Life) -> None:
    rule = READS["rules/night_links.yaml"].replace(
        "posts_10m < 90", "posts_10m < 90 and actor.age_s < new_account"
    )
    rule = rule.replace("content: {links: 1}}", "content: {links: 1}, actor: {age_s: 5}}")
    texts = {"rules/night_links.yaml": rule}
    held = life.through(life.propose(texts).id)
    texts["thresholds/new_account.yaml"] = "name: new_account\nversion: 2\nvalue: 3600\n"
    threshold = life.through(life.propose(texts, "new_account").id)
    counter = folder()["counters/posts_10m.yaml"].replace("10 min", "20 min")
    texts["counters/posts_10m.yaml"] = counter
    with pytest.raises(BadInput, match="not later than version 2"):
        life.propose(
            texts | {"thresholds/new_account.yaml": "name: new_account\nversion: 2\nvalue: 60\n"},
            "new_account",
        )
    life.through(life.propose(texts, "posts_10m").id)
    assert (threshold.number, life.get(held.id).state) == (2, RuleState.LIVE)
    assert states(life)["posts_10m@1"] == "retired"
    with life.house.store.read(life.house.now) as view:
        acting = running.acting(view, PLATFORM)
    assert acting.loaded is not None
    assert acting.loaded.thresholds["new_account"].version.value == 3600
    assert acting.loaded.counters["posts_10m"].counter.window == 20 * 60 * 1_000_000


def test_saving_under_another_name_makes_no_new_rule(life: Life) -> None:
    life.through(life.propose().id)
    with pytest.raises(AlreadyExists, match="under another id"):
        life.propose({"rules/other.yaml": RULE.replace("night_links", "other")}, "other")
    with pytest.raises(AlreadyExists, match="just this"):
        life.propose()


def test_a_new_title_is_no_new_version(life: Life) -> None:
    held = life.through(life.propose().id)
    words = RULE.replace("Links at night", "Many links").replace("owner: policy", "owner: ada")
    reworded = life.propose({"rules/night_links.yaml": words})
    assert (reworded.id, reworded.number, reworded.digest) == (held.id, held.number, held.digest)
    assert documents(life.house)[-1]["event"] == "reworded"


def test_one_version_of_a_rule_is_on_its_way_at_a_time(life: Life) -> None:
    draft = life.propose()
    with pytest.raises(IllegalStep, match="is on its way"):
        life.propose(CASES)
    life.house.run(ending.return_, draft.id, "bea")
    assert life.propose(CASES).number == 2
    with pytest.raises(IllegalStep):
        life.backtest(draft.id)


def test_what_is_read_is_not_retired(life: Life) -> None:
    held = life.through(life.propose(READS).id)
    [counter] = life.house.all(RuleVersion, kind=Piece.COUNTER)
    with pytest.raises(IllegalStep, match="read by night_links@1"):
        life.house.run(ending.retire, counter.id, "bea")
    life.house.run(ending.retire, held.id, "bea")
    assert life.house.run(ending.retire, counter.id, "bea").state is RuleState.RETIRED


def test_who_has_no_say_over_rules_takes_no_step(life: Life) -> None:
    from showcause.casework import staffing
    from showcause.domain.people import Role

    life.house.run(staffing.add_moderator, "eve", (Role.MODERATOR,), "ada")
    with pytest.raises(NotPermitted):
        life.propose(by="eve")
    draft = life.propose()
    for step in (life.backtest, life.shadow, life.approve, life.canary, life.live):
        with pytest.raises(NotPermitted):
            step(draft.id, "eve")


# --- In a hurry ---------------------------------------------------------------------------------------------


def push(
    life: Life, version: str, by: str = "bea", reason: str = "a wave of it since an hour"
) -> RuleVersion:
    return life.house.run(ending.push_urgently, version, by, reason=reason)


def test_a_push_is_flagged_narrower_and_ends_by_itself(life: Life) -> None:
    life.let_propose()
    draft = life.propose({"rules/night_links.yaml": PROPOSES})
    pushed = push(life, draft.id)
    assert (pushed.caps.hour, pushed.caps.day) == (50, 200) if pushed.caps else False
    assert "break-glass" in life.house.log_kinds()
    told = documents(life.house)[-1]
    assert (told["event"], told["urgent"], told["caps"]) == ("pushed", True, {"hour": 50, "day": 200})
    assert told["ends"] == "2026-11-23T12:00:00Z"
    assert "wave" not in json.dumps(documents(life.house)), "the reason may name somebody"
    life.house.wait(hours=23)
    assert life.get(draft.id).state is RuleState.PUSHED
    life.house.wait(hours=1, seconds=1)
    assert life.get(draft.id).state is RuleState.EXPIRED
    assert documents(life.house)[-1]["event"] == "expired"


def test_a_push_does_nothing_that_the_clause_does_not_grant(life: Life) -> None:
    life.grant("hide")
    draft = life.propose({"effects": "restrict: hide"})
    life.house.run(granting.take_back, "integrity.spam", "hide", "dan")
    with pytest.raises(NotPermitted):
        push(life, draft.id)
    with pytest.raises(BadInput):
        push(life, life.propose({"rules/other.yaml": OTHER}, "other").id, reason=" ")


def test_a_push_that_ended_leaves_the_live_version_as_it_was(life: Life) -> None:
    held = life.through(life.propose().id)
    pushed = push(life, life.propose(CASES).id)
    both = life.house.all(RuleVersion, kind=Piece.RULE, state=(RuleState.LIVE, RuleState.PUSHED))
    assert {each.id for each in both} == {held.id, pushed.id}
    life.house.wait(hours=25)
    assert (life.get(held.id).state, life.get(pushed.id).state) == (RuleState.LIVE, RuleState.EXPIRED)


def test_a_push_is_ratified_by_somebody_else_on_a_backtest(life: Life) -> None:
    before = life.through(life.propose().id)
    pushed = push(life, life.propose(CASES, by="cleo").id)
    with pytest.raises(IllegalStep, match="never backtested"):
        life.house.run(approving.ratify, pushed.id, "dan")
    life.backtest(pushed.id)
    for same in ("bea", "cleo"):  # who pushed, and who proposed
        with pytest.raises(SamePerson):
            life.house.run(approving.ratify, pushed.id, same)
    held = life.house.run(approving.ratify, pushed.id, "dan")
    assert (held.state, held.expires_at, life.get(before.id).state) == (
        RuleState.LIVE,
        None,
        RuleState.RETIRED,
    )
    life.house.wait(hours=30)
    assert life.get(pushed.id).state is RuleState.LIVE


def test_pushing_again_is_no_way_round(life: Life) -> None:
    draft = life.propose()
    push(life, draft.id)
    with pytest.raises(IllegalStep):
        push(life, draft.id)
    life.house.run(ending.retire, draft.id, "bea")
    again = life.propose(CASES)
    with pytest.raises(IllegalStep, match="nobody ratified"):
        push(life, again.id, "cleo")
    life.house.run(ending.return_, again.id, "bea")
    renamed = life.propose({"rules/other.yaml": RULE.replace("night_links", "other")}, "other")
    with pytest.raises(IllegalStep, match="nobody ratified"):
        push(life, renamed.id, "cleo")
    life.house.wait(days=8)
    assert push(life, renamed.id).state is RuleState.PUSHED


def test_one_push_after_the_other_is_no_way_round_either(life: Life) -> None:
    for number, name in enumerate(("one", "two", "three", "four")):
        rule = RULE.replace("night_links", name).replace(
            "links > 0", f"links > 0 and actor.age_s != {number}"
        )
        rule = rule.replace("content: {links: 1}}", "content: {links: 1}, actor: {age_s: 9}}")
        draft = life.propose({f"rules/{name}.yaml": rule}, name)
        if name != "four":
            push(life, draft.id)
    with pytest.raises(IllegalStep, match="3 pushes of 7 days were not ratified: one@1, two@1, three@1"):
        push(life, draft.id, "cleo")


# --- What runs ---------------------------------------------------------------------------------------------


def test_what_runs_is_what_is_live_or_pushed_and_trials_beside_it(life: Life) -> None:
    def ids() -> tuple[set[str], list[str]]:
        with life.house.store.read() as view:
            acting = running.acting(view, PLATFORM)
            return set(acting.loaded.by_id if acting.loaded else ()), [
                each.version.ref for each in running.trials(view, PLATFORM)
            ]

    assert ids() == (set(), [])
    first = life.propose()
    assert ids() == (set(), [])
    life.backtest(first.id)
    life.shadow(first.id)
    assert ids() == (set(), ["night_links@1"])
    life.canary(first.id)
    life.live(first.id)
    assert ids() == ({"night_links"}, [])
    pushed = push(life, life.propose(CASES).id)
    with life.house.store.read(life.house.now) as view:
        acting = running.acting(view, PLATFORM)
    assert acting.loaded is not None
    assert acting.versions["night_links"].id == pushed.id
    assert acting.loaded.rule_digest("night_links") == pushed.digest


def test_a_canary_acts_on_its_share_and_always_on_the_same_entities(life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id)
    shadow = life.shadow(draft.id)
    held = life.canary(draft.id, share="1/4")
    people = [f"u{number}" for number in range(2_000)]
    chosen = {each for each in people if running.acts_on(held, each)}
    assert 430 < len(chosen) < 570
    assert not any(running.acts_on(shadow, each) for each in people)
    live = life.live(draft.id)
    assert all(running.acts_on(live, each) for each in people)
    assert chosen == {each for each in people if running.acts_on(held, each)}


def test_the_steps_hold_on_every_database(durable_store: Store, tmp_path: Path) -> None:
    with opened_house(durable_store, tmp_path) as house:
        life = Life(house)
        first = life.through(life.propose(READS).id)
        pushed = push(life, life.propose(CASES).id)
        life.backtest(pushed.id)
        house.run(approving.ratify, pushed.id, "dan")
        assert life.get(first.id).state is RuleState.RETIRED
        assert not fsck.fsck(house.store, hands=0).findings


# --- One person alone ---------------------------------------------------------------------------------------


def test_one_person_alone_looks_twice_and_what_goes_live_lasts_a_week(lone_house: House) -> None:
    life = Life(lone_house)
    # The platform is connected, so a change of a clause is announced first.
    from dataclasses import replace

    from showcause.casework import policies
    from showcause.domain.policy import Power

    clause = replace(lone_house.clause("integrity.spam@1"), version=2, automation=Power.PROPOSE)
    lone_house.run(policies.approve, lone_house.run(policies.propose, clause, "ada").id, "ada")
    lone_house.wait(hours=24)
    draft = life.propose({"rules/night_links.yaml": PROPOSES}, by="ada")
    life.backtest(draft.id, "ada")
    life.shadow(draft.id, "ada")
    with pytest.raises(SamePerson, match="a day later"):
        life.approve(draft.id, "ada")
    lone_house.wait(hours=24)
    life.approve(draft.id, "ada")
    life.canary(draft.id, "ada")
    held = life.live(draft.id, "ada")
    assert held.expires_at == lone_house.now + timedelta(days=7)
    with pytest.raises(SamePerson):
        lone_house.run(approving.ratify, draft.id, "ada")
    lone_house.wait(days=7)
    assert life.get(draft.id).state is RuleState.EXPIRED


def test_one_person_alone_ratifies_a_push_by_a_second_look_a_day_later(lone_house: House) -> None:
    life = Life(lone_house)
    draft = life.propose(by="ada")
    push(life, draft.id, "ada")
    life.backtest(draft.id, "ada")
    with pytest.raises(SamePerson, match="a day after"):
        lone_house.run(approving.ratify, draft.id, "ada")
    lone_house.wait(hours=24)
    held = lone_house.run(approving.ratify, draft.id, "ada")
    assert held.expires_at == lone_house.now + timedelta(days=7)


# --- What the public sees -----------------------------------------------------------------------------------


def test_a_list_is_committed_to_so_that_nobody_can_try_names(life: Life) -> None:
    draft = life.propose({"rules/night_links.yaml": LISTS})
    [told] = documents(life.house, "list")
    [held] = life.house.all(RuleVersion, kind=Piece.LIST)
    text = json.dumps(documents(life.house) + documents(life.house, "list"))
    assert (told["entries"], len(told["commitments"])) == (2, 2)
    assert told["digest"] == held.commitment == telling.root_of(told["commitments"]) != held.digest
    assert "bad.example" not in text
    assert held.digest not in text
    assert draft.state is RuleState.DRAFT
    with life.house.store.read() as view:
        seed = view.keys.seed(view.keys.owner("house"), held.id, "list")
    opened = telling.commit(telling.salt_of(seed, "bad.example"), "bad.example")
    assert opened in told["commitments"], "with its salt, one entry can be shown to be in the list"


def test_a_long_list_is_committed_to_as_a_whole(life: Life) -> None:
    long = "\n".join(f"site{number}.example" for number in range(1_001))
    listed = "name: blocked\nversion: 1\ntype: text\nentries_file: blocked.txt\n"
    life.propose({"rules/night_links.yaml": LISTS, "lists/blocked.yaml": listed, "lists/blocked.txt": long})
    [told] = documents(life.house, "list")
    [held] = life.house.all(RuleVersion, kind=Piece.LIST)
    assert (told["entries"], told["commitments"], told["digest"]) == (1_001, [], held.commitment)
    assert held.commitment != held.digest


def test_what_a_backtest_names_stays_sealed(life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id)
    [found] = life.house.all(Backtest)
    told = documents(life.house)[-1]["backtest"]
    assert (told["events"], told["hits"], told["digest"]) == (1_000, 2, found.digest)
    assert told["at-most"] == "0.00628228"
    public = json.dumps(documents(life.house))
    assert "event-1" not in public
    assert "~ab" not in public
    with life.house.store.read() as view:
        assert view.unseal(found.sealed)["sample"] == ["event-1", "event-2"]


def test_the_files_of_a_version_are_kept_as_they_were_proposed(life: Life) -> None:
    draft = life.propose(READS)
    with life.house.store.read() as view:
        texts = in_force.texts_of(view, in_force.compared(view, draft).after)
    given = folder(READS)
    assert texts == {
        path: given[path] for path in ("schema.yaml", "counters/posts_10m.yaml", "rules/night_links.yaml")
    }
    assert ENOUGH.events > 0
    assert proposing.effects_of(draft)[0].kind == "open-case"


def test_the_sample_of_a_backtest_is_kept_for_its_purpose_and_no_longer(life: Life) -> None:
    draft = life.propose()
    life.backtest(draft.id)
    [found] = life.house.all(Backtest)
    life.house.now += timedelta(days=61)
    life.house.run(lambda tx, now, ids: tx.drop_expired())
    with life.house.store.read() as view, pytest.raises(NotFound):
        view.unseal(found.sealed)
    assert life.get(draft.id).backtest == found.id, "its numbers stay"


def test_files_that_are_not_what_their_digest_stands_for_are_found(life: Life) -> None:
    held = life.through(life.propose(READS).id)

    def wrong() -> list[str]:
        with life.house.store.read(life.house.now) as view:
            return [each.ref for each in running.differing(view, PLATFORM)]

    assert wrong() == []

    def tamper(tx: Tx, now: datetime, ids: Ids) -> None:
        files = {path: text.replace("< 90", "< 91") for path, text in tx.unseal(held.text)["files"].items()}
        text = tx.seal(tx.keys.owner("house"), "rule", {"files": files})
        tx.update(tx.get(RuleVersion, held.id), verb="reword", actor="nobody", text=text)

    life.house.run(tamper)
    assert wrong() == ["night_links@1"]
