"""What the log says of its keys: each change is an entry, follows from the ones before, and says when."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from showcause.casework import founding, rotating
from showcause.casework.log.keys import KeyBook, NotSaid, after, as_file, key_book, key_entries
from showcause.domain.errors import BadInput, Fenced, IllegalStep, NotPermitted
from showcause.domain.people import Role
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.policy import parse_policy
from tests.casework.sites import ORIGIN, Site, log_key
from tests.logbook import secret

DAYS = timedelta(days=14)


def made(name: str, kind: KeyKind = KeyKind.ED25519, origin: str = ORIGIN) -> str:
    return str(SigningKey(origin, kind, secret(name)).verifier)


OLD, NEW, SECOND = log_key(), made("new"), made("second", KeyKind.ML_DSA_44)


def book(site: Site) -> KeyBook:
    with site.store.read() as view:
        return key_book(view)


def test_the_first_entry_names_the_key_that_signs_from_the_beginning(site: Site) -> None:
    found = book(site)
    assert (found.origin, found.signing, found.principal, found.coming) == (ORIGIN, (OLD,), OLD, "")
    assert [(each.key, each.entry, each.ended_entry) for each in found.rows] == [(OLD, 0, None)]


def test_a_rotation_names_both_keys_from_its_beginning_and_one_from_its_end(site: Site) -> None:
    site.run(rotating.begin, NEW, "ada")
    both = book(site)
    assert (both.signing, both.coming) == ((OLD, NEW), NEW)
    began = both.row(NEW).since
    site.wait(DAYS)
    site.run(rotating.finish, "ada")
    ended = book(site)
    assert (ended.signing, ended.coming) == ((NEW,), "")
    assert ended.row(NEW).since == began
    old = ended.row(OLD)
    assert old.ended_entry == ended.changed_entry > ended.row(NEW).entry
    assert old.until > began
    with site.store.read() as view:
        assert key_book(view, ended.changed_entry) == both, "as the log said it before its newest entry"


def test_the_old_key_does_not_end_before_both_have_signed_for_the_days_that_are_set(site: Site) -> None:
    site.run(rotating.begin, NEW, "ada")
    site.wait(DAYS - timedelta(hours=1))
    with pytest.raises(IllegalStep, match="both keys sign until"):
        site.run(rotating.finish, "ada")
    site.wait(timedelta(hours=1))
    site.run(rotating.finish, "ada")
    assert book(site).signing == (NEW,)


def test_the_overlap_is_a_public_setting_of_at_least_one_day(site: Site) -> None:
    for wrong in ("0", "367", "soon"):
        with pytest.raises(BadInput):
            site.run(founding.change_setting, "rotation-days", wrong, "ada")
    site.run(founding.change_setting, "rotation-days", "1", "ada")
    site.run(rotating.begin, NEW, "ada")
    site.wait(timedelta(days=1))
    site.run(rotating.finish, "ada")


def test_a_rotation_can_be_given_up_and_begun_again_with_another_key(site: Site) -> None:
    site.run(rotating.begin, NEW, "ada")
    site.run(rotating.cancel, "ada")
    assert book(site).signing == (OLD,)
    assert book(site).row(NEW).ended_entry is not None
    site.run(rotating.begin, made("third"), "ada")
    assert book(site).signing == (OLD, made("third"))
    site.wait(DAYS)
    site.run(rotating.finish, "ada")
    assert [each.key for each in book(site).ended()] == [NEW, OLD], "in the order in which they ended"


def test_a_second_key_of_another_kind_stays_beside_whichever_is_the_first(site: Site) -> None:
    site.run(rotating.add_second, SECOND, "ada")
    site.run(rotating.begin, NEW, "ada")
    assert book(site).signing == (OLD, NEW, SECOND)
    site.wait(DAYS)
    site.run(rotating.finish, "ada")
    assert (book(site).signing, book(site).second) == ((NEW, SECOND), SECOND)
    site.run(rotating.end_second, "ada")
    assert book(site).signing == (NEW,)


STEPS: dict[str, Callable[[Site], object]] = {
    "a second rotation": lambda site: site.run(rotating.begin, made("third"), "ada"),
    "an end of nothing": lambda site: site.run(rotating.end_second, "ada"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_does_not_follow_is_refused(site: Site, step: str) -> None:
    site.run(rotating.begin, NEW, "ada")
    with pytest.raises(IllegalStep):
        STEPS[step](site)


def test_nothing_can_be_ended_that_has_not_begun(site: Site) -> None:
    for verb in (rotating.finish, rotating.cancel, rotating.end_second):
        with pytest.raises(IllegalStep):
            site.run(verb, "ada")


@pytest.mark.parametrize("key", [made("x", origin="other.example"), SECOND, OLD, "nonsense"])
def test_only_another_key_of_the_first_kind_and_of_this_name_can_be_coming(site: Site, key: str) -> None:
    with pytest.raises(BadInput):
        site.run(rotating.begin, key, "ada")
    with pytest.raises(BadInput):
        site.run(rotating.add_second, OLD, "ada")
    assert book(site).signing == (OLD,)


def test_only_an_operator_changes_keys_and_nobody_while_the_log_is_fenced(site: Site) -> None:
    site.run(founding.add_moderator, "eve", [Role.MODERATOR], "ada")
    with pytest.raises(NotPermitted):
        site.run(rotating.begin, NEW, "eve")
    with site.store.transaction() as tx:
        tx.log.fence()
    with pytest.raises(Fenced):
        site.run(rotating.begin, NEW, "ada")


def test_the_public_file_of_keys_is_a_policy_that_trusts_what_signs_now(site: Site) -> None:
    site.run(rotating.begin, NEW, "ada")
    both = as_file(book(site))
    assert [str(each) for each in parse_policy(both.encode()).logs] == [OLD, NEW]
    site.wait(DAYS)
    site.run(rotating.finish, "ada")
    ended = book(site)
    text = as_file(ended)
    assert [str(each) for each in parse_policy(text.encode()).logs] == [NEW]
    assert f"until {ended.row(OLD).until} (entry {ended.changed_entry}), and no longer: {OLD}" in text


def test_entries_that_do_not_follow_from_each_other_are_found(site: Site) -> None:
    site.run(rotating.begin, NEW, "ada")
    site.run(rotating.cancel, "ada")
    with site.store.read() as view:
        first, begins, cancelled = ((at, dict(value)) for at, value in key_entries(view))
    founded = after(KeyBook(), *first)
    for wrong in (
        {**begins[1], "signing": [NEW]},
        {**begins[1], "signing": [OLD, NEW, made("third")]},
        {**begins[1], "key": NEW},
        {**begins[1], "coming": made("third")},
        {**begins[1], "origin": "other.example"},
        {**begins[1], "event": "rotation-ends"},
        {**begins[1], "event": "found"},
        {**begins[1], "event": "stolen"},
        {**begins[1], "format": "another"},
        {},
        cancelled[1],
        first[1],
    ):
        with pytest.raises(NotSaid):
            after(founded, 9, json.loads(json.dumps(wrong)))
    places = [first[0], begins[0], cancelled[0]]
    assert all(one < other for one, other in pairwise(places))
