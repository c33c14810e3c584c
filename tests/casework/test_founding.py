"""Founding the site, changing its settings, its people and its platforms."""

import hashlib

import pytest

from showcause.casework import founding
from showcause.casework.ports import Capability
from showcause.connectors.simulator import MEASURES
from showcause.domain.errors import AlreadyExists, BadInput, Forgotten, NotFound, NotPermitted
from showcause.domain.people import SYSTEM, Moderator, Role
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Document, Mode, Setting
from showcause.transparency.leaf import Kind, Slot
from tests.casework.sites import EVERYTHING, ORIGIN, Site, connect, log_key


def some(*measures: Measure) -> dict[Measure, Capability]:
    """Return a card with some of the simulator's measures."""
    return {measure: MEASURES[measure] for measure in measures}


def found(site: Site, **changed: str) -> tuple[Setting, ...]:
    values = {
        "origin": ORIGIN,
        "contact": "desk@example.org",
        "tier": "small",
        "log_key": log_key(),
        **changed,
    }
    return site.run(founding.found, **values)


def test_the_first_leaf_of_a_log_publishes_its_key(empty_site: Site) -> None:
    found(empty_site)
    first, *rest = empty_site.leaves()
    assert first.kind == Kind.KEY
    assert empty_site.document(first) == {"format": "showcause/v1 key", "origin": ORIGIN, "key": log_key()}
    assert {leaf.kind for leaf in rest} == {Kind.SETTING}


def test_every_setting_of_a_new_site_is_a_leaf_with_a_document(empty_site: Site) -> None:
    settings = found(empty_site)
    told = {(d["name"], d["value"]) for d in map(empty_site.document, empty_site.leaves()[1:])}
    assert told == {(each.name, each.value) for each in settings}
    assert ("single-operator", "on") in told


def test_a_leaf_commits_to_the_sha256_of_its_documents_canonical_text(site: Site) -> None:
    for held in site.find(Document):
        assert hashlib.sha256(held.text.encode()).hexdigest() == held.digest


def test_a_site_is_founded_once(site: Site) -> None:
    before = site.size
    with pytest.raises(AlreadyExists):
        found(site, tier="micro")
    assert site.size == before
    assert site.setting("tier") == "small"


@pytest.mark.parametrize(
    "changed",
    [
        {"log_key": "nonsense"},
        {"log_key": log_key("another.example.org")},
        {"origin": "two\nlines"},
        {"tier": "huge"},
        {"contact": ""},
        {"contact": "desk\u202e@example.org"},
    ],
)
def test_a_site_is_not_founded_by_half(empty_site: Site, changed: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        found(empty_site, **changed)
    assert empty_site.size == 0
    assert empty_site.find(Setting) == []


def test_nobody_is_added_before_the_site_is_founded(empty_site: Site) -> None:
    with pytest.raises(NotFound):
        empty_site.run(founding.add_moderator, "ada", EVERYTHING, SYSTEM)


@pytest.mark.parametrize(
    "name, value",
    [("contact", "help@example.org"), ("tier", "vlop"), ("high-reach", "500"), ("public-interval", "60")],
)
def test_a_change_of_a_setting_is_public_and_says_what_holds_now(site: Site, name: str, value: str) -> None:
    before = site.size
    site.run(founding.change_setting, name, value, "ada")
    [leaf] = site.leaves(before)
    assert (leaf.kind, site.setting(name)) == (Kind.SETTING, value)
    assert site.document(leaf) == {"format": "showcause/v1 setting", "name": name, "value": value}


def test_who_changed_a_setting_is_committed_and_not_published(site: Site) -> None:
    site.run(founding.change_setting, "tier", "micro", "ada")
    leaf, [ada] = site.leaves()[-1], site.find(Moderator, handle="ada")
    assert site.opened(leaf, Slot.ACTOR) == {"proposer": ada.id, "approver": None}
    assert "ada" not in str(site.document(leaf))
    assert ada.id not in str(site.document(leaf))


def test_the_same_value_again_changes_nothing(site: Site) -> None:
    before = site.size
    site.run(founding.change_setting, "tier", "small", "ada")
    assert site.size == before


@pytest.mark.parametrize("name", ["origin", "rules-digest", "policies-digest", "single-operator"])
def test_what_follows_from_the_record_is_set_by_nobody(site: Site, name: str) -> None:
    with pytest.raises(NotPermitted):
        site.run(founding.change_setting, name, "off", "ada")


@pytest.mark.parametrize(
    "name, value",
    [
        ("colour", "red"),
        ("tier", "huge"),
        ("high-reach", "99"),
        ("high-reach", "-500"),
        ("high-reach", "5e3"),
        ("high-reach", "٥٠٠"),
        ("public-interval", "59"),
        ("public-interval", "86401"),
        ("contact", "a" * 201),
        ("contact", "two\nlines"),
    ],
)
def test_an_unknown_setting_or_a_value_out_of_bounds_is_refused(site: Site, name: str, value: str) -> None:
    before = site.size
    with pytest.raises(BadInput):
        site.run(founding.change_setting, name, value, "ada")
    assert site.size == before


def test_only_an_operator_changes_settings(site: Site) -> None:
    site.run(founding.add_moderator, "ben", (Role.MODERATOR, Role.POLICY), "ada")
    with pytest.raises(NotPermitted):
        site.run(founding.change_setting, "tier", "micro", "ben")


def test_the_journal_keeps_the_old_value_unless_it_could_name_somebody(site: Site) -> None:
    site.run(founding.change_setting, "tier", "micro", "ada")
    site.run(founding.change_setting, "contact", "someone@example.org", "ada")
    with site.store.read(site.now) as view:
        tier, contact = (view.first(Setting, name=name) for name in ("tier", "contact"))
        assert tier is not None
        assert contact is not None
        assert [line.codes for line in view.journal(tier.id) if line.verb == "set-from"] == [
            {"name": "tier", "old": "small"}
        ]
        assert "example.org" not in str(view.journal(contact.id))


def test_the_first_person_of_a_house_is_an_operator(empty_site: Site) -> None:
    found(empty_site)
    with pytest.raises(NotPermitted):
        empty_site.run(founding.add_moderator, "ada", (Role.MODERATOR,), SYSTEM)
    empty_site.run(founding.add_moderator, "ada", (Role.OPERATOR,), SYSTEM)
    with pytest.raises(NotPermitted):
        empty_site.run(founding.add_moderator, "eve", (Role.OPERATOR,), SYSTEM)


def test_adding_a_person_leaves_a_right_leaf_that_names_nobody_in_public(site: Site) -> None:
    before = site.size
    site.run(founding.add_moderator, "ben", (Role.MODERATOR,), "ada")
    leaf = site.leaves(before)[0]
    [ada], [ben] = site.find(Moderator, handle="ada"), site.find(Moderator, handle="ben")
    assert (leaf.kind, leaf.doc, leaf.re) == (Kind.RIGHT, None, None)
    assert site.opened(leaf, Slot.SUBJECT) == {"platform": None, "kind": "moderator", "ref": "ben"}
    assert site.opened(leaf, Slot.FACTS)["text"] == {"id": ben.id, "roles": ["moderator"]}
    assert site.opened(leaf, Slot.ACTOR)["proposer"] == ada.id


def test_what_a_right_leaf_says_of_a_person_dies_with_that_persons_key(site: Site) -> None:
    site.run(founding.add_moderator, "ben", (Role.AUDITOR,), "ada")
    leaf, [ben] = site.leaves()[-1], site.find(Moderator, handle="ben")
    site.store.keys.forget(ben.owner)
    assert site.opened(leaf, Slot.ACTOR)["proposer"]
    with pytest.raises(Forgotten):
        site.opened(leaf, Slot.SUBJECT)


def test_single_operator_mode_ends_with_the_second_moderator_and_begins_again_in_public(site: Site) -> None:
    assert site.setting("single-operator") == "on"
    before = site.size
    site.run(founding.add_moderator, "ben", (Role.MODERATOR,), "ada")
    assert [leaf.kind for leaf in site.leaves(before)] == [Kind.RIGHT, Kind.SETTING]
    assert site.document(site.leaves()[-1])["value"] == "off"
    site.run(founding.change_roles, "ben", (Role.AUDITOR,), "ada")
    assert site.setting("single-operator") == "on"
    site.run(founding.change_roles, "ben", (Role.SENIOR,), "ada")
    site.run(founding.retire_moderator, "ben", "ada")
    assert site.setting("single-operator") == "on"
    assert site.document(site.leaves()[-1])["value"] == "on"


def test_a_third_moderator_changes_no_mode(two: Site) -> None:
    before = two.size
    two.run(founding.add_moderator, "cleo", (Role.MODERATOR,), "ada")
    assert [leaf.kind for leaf in two.leaves(before)] == [Kind.RIGHT]


def test_a_house_always_has_an_operator(site: Site) -> None:
    site.run(founding.add_moderator, "ben", (Role.MODERATOR,), "ada")
    before = site.size
    with pytest.raises(NotPermitted):
        site.run(founding.retire_moderator, "ada", "ada")
    with pytest.raises(NotPermitted):
        site.run(founding.change_roles, "ada", (Role.MODERATOR,), "ada")
    assert site.size == before
    assert site.find(Moderator, handle="ada")[0].active


def test_who_was_retired_acts_no_more_and_keeps_their_handle_for_ever(two: Site) -> None:
    two.run(founding.retire_moderator, "ben", "ada")
    with pytest.raises(NotPermitted):
        two.run(founding.change_setting, "tier", "micro", "ben")
    with pytest.raises(AlreadyExists):
        two.run(founding.add_moderator, "ben", EVERYTHING, "ada")
    before = two.size
    two.run(founding.retire_moderator, "ben", "ada")
    assert two.size == before


@pytest.mark.parametrize(
    "handle", ["", "a", "Ada", "ada b", "a\u202eb", "system", "automation", "0" * 32, "é" * 3]
)
def test_a_handle_is_a_plain_word_and_nobody_elses(site: Site, handle: str) -> None:
    with pytest.raises(BadInput):
        site.run(founding.add_moderator, handle, EVERYTHING, "ada")


def test_a_person_without_any_role_is_not_added(site: Site) -> None:
    with pytest.raises(BadInput):
        site.run(founding.add_moderator, "ben", (), "ada")


def test_connecting_a_platform_is_public_and_enforces_nothing_yet(site: Site) -> None:
    before = site.size
    site.run(founding.connect_platform, "example", "simulator", some(Measure.SUSPEND, Measure.HIDE), "ada")
    [leaf], [held] = site.leaves(before), site.find(ConnectedPlatform)
    assert (held.mode, held.last_number) == (Mode.OBSERVE, 0)
    assert site.document(leaf) == {
        "format": "showcause/v1 platform",
        "name": "example",
        "kind": "simulator",
        "mode": "observe",
        "measures": {"hide": ["content"], "suspend": ["account"]},
    }


@pytest.mark.parametrize("name", ["", "-a", "A", "a" * 33, "a.b", "a b", "é"])
def test_a_platforms_name_fits_into_a_leaf(site: Site, name: str) -> None:
    with pytest.raises(BadInput):
        site.run(founding.connect_platform, name, "simulator", some(Measure.HIDE), "ada")


def test_a_platforms_name_is_never_given_twice(site: Site) -> None:
    connect(site)
    with pytest.raises(AlreadyExists):
        connect(site)


def test_switching_between_observing_and_enforcing_is_public(site: Site) -> None:
    connect(site, mode=Mode.OBSERVE)
    before = site.size
    site.run(founding.switch_mode, "example", Mode.ENFORCE, "ada")
    site.run(founding.switch_mode, "example", Mode.ENFORCE, "ada")
    site.run(founding.switch_mode, "example", Mode.OBSERVE, "ada")
    assert [site.document(leaf)["mode"] for leaf in site.leaves(before)] == ["enforce", "observe"]
