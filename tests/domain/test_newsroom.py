"""Who may do what to comments, articles and authors: one table, and what the state of each allows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from showcause.domain.errors import IllegalStep, NotPermitted, SamePerson
from showcause.domain.newsroom import Article, Author, Comment, Section, Standing, attack_until
from showcause.domain.people import Moderator, Role
from showcause.domain.permissions import Action, actions_for, check_action

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEA = Moderator("b" * 32, "bea", (Role.MODERATOR,), True, NOON, "ob")
THREADS = {
    "comment pin",
    "comment highlight",
    "article reopen",
    "article schedule",
    "article mode",
    "article correct",
    "article close",
}
ALL = THREADS | {"comment accept", "comment refuse", "author trust", "section attack", "section calm"}
MAY = {Role.MODERATOR: ALL, Role.SENIOR: ALL, Role.NEWSROOM: THREADS}
RECORDS = (
    Comment("c", Standing.WAITING),
    Comment("c", Standing.PUBLISHED),
    Article("a", open=True),
    Article("a", open=False),
    Author("w"),
    Section("paper"),
    Section("paper", NOON + timedelta(hours=1), BEA.id),
)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_the_table_says(role: Role) -> None:
    who = replace(BEA, roles=(role,))
    assert {str(action) for each in RECORDS for action in actions_for(who, each, NOON)} == MAY.get(
        role, set()
    )
    gone = replace(who, active=False)
    assert not {action for each in RECORDS for action in actions_for(gone, each, NOON)}


@pytest.mark.parametrize("state", list(Standing))
def test_what_a_comment_allows_follows_from_how_it_stands(state: Standing) -> None:
    allowed = {str(action).partition(" ")[2] for action in actions_for(BEA, Comment("c", state), NOON)}
    shown = {"pin", "highlight", "accept", "refuse"}
    assert allowed == {Standing.WAITING: {"accept", "refuse"}, Standing.PUBLISHED: shown}.get(state, set())


def test_what_was_checked_is_not_accepted_twice_and_can_still_be_refused() -> None:
    checked = Comment("c", Standing.PUBLISHED, checked=True)
    with pytest.raises(IllegalStep, match="accepted this comment already"):
        check_action(BEA, checked, Action.COMMENT_ACCEPT, NOON)
    check_action(BEA, checked, Action.COMMENT_REFUSE, NOON)


def test_a_thread_is_closed_once_and_opened_once() -> None:
    with pytest.raises(IllegalStep):
        check_action(BEA, Article("a", open=False), Action.ARTICLE_CLOSE, NOON)
    with pytest.raises(IllegalStep):
        check_action(BEA, Article("a", open=True), Action.ARTICLE_REOPEN, NOON)


def test_a_forgotten_author_is_neither_trusted_nor_distrusted() -> None:
    with pytest.raises(IllegalStep):
        check_action(BEA, Author("w", forgotten=True), Action.AUTHOR_TRUST, NOON)


def test_an_action_belongs_to_one_kind_of_record() -> None:
    with pytest.raises(NotPermitted, match="does not apply"):
        check_action(BEA, Article("a"), Action.COMMENT_ACCEPT, NOON)


def test_one_person_lets_attack_mode_hold_for_four_hours_and_no_longer() -> None:
    assert attack_until(Section("paper"), "bea", NOON) == NOON + timedelta(hours=4)
    held = Section("paper", NOON + timedelta(hours=4), "bea")
    for hours in (3, 4, 7):
        with pytest.raises(SamePerson):
            attack_until(held, "bea", NOON + timedelta(hours=hours))
    later = NOON + timedelta(hours=8)
    assert attack_until(held, "bea", later) == later + timedelta(hours=4)


def test_a_second_person_lets_it_hold_for_longer() -> None:
    held = Section("paper", NOON + timedelta(hours=4), "bea")
    assert attack_until(held, "cleo", NOON + timedelta(hours=3)) == NOON + timedelta(hours=27)
    over = NOON + timedelta(hours=5)
    assert attack_until(held, "cleo", over) == over + timedelta(hours=4)


def test_what_does_not_hold_is_not_ended() -> None:
    with pytest.raises(IllegalStep):
        check_action(BEA, Section("paper", NOON, BEA.id), Action.SECTION_CALM, NOON)
