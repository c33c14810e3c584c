"""Guarantee 7: changes of rules, settings, rights and platforms are log entries, in the same transaction as the change.

The list of commands below is held against the modules: a new verb that is in neither list makes a test fail.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from showcause.casework import baselines, founding, orphans, policies, staffing
from showcause.casework.log import ledger
from showcause.casework.ports import Ids
from showcause.connectors.simulator import MEASURES
from showcause.domain.baseline import Baseline, BaselineEntry, Orphan
from showcause.domain.errors import Refused
from showcause.domain.logbook import LeafNote
from showcause.domain.people import Moderator, Role
from showcause.domain.policy import said
from showcause.domain.restriction import Measure
from showcause.domain.site import ConnectedPlatform, Document, Mode, PolicyVersion, Setting
from showcause.domain.subject import SubjectKind
from showcause.store.store import Store
from showcause.store.tx import Tx
from showcause.transparency.commitments import check
from showcause.transparency.leaf import DOCUMENTED, Leaf, Slot, decode, slot_digest
from tests.casework.sites import Site, log_key
from tests.databases import durable_store, fresh_memory
from tests.house import PLATFORM, House, opened_house, shipped

__all__ = ["durable_store"]

Command = Callable[[House], object]

MODULES: tuple[ModuleType, ...] = (founding, staffing, policies, baselines, orphans)

WITHOUT_POWER = {
    "propose": "a proposal changes nothing until it is approved",
    "load": "it only proposes",
    "review_entry": "it opens a case, which restricts nobody",
}


@dataclass(frozen=True)
class Power:
    """A command of power: its verb, how it is given, and the kinds of the leaves that it must leave.

    `event` is committed in the slot facts of the first of them; `by` is the handle of who gave it, None for a timer.
    """

    verb: Callable[..., object]
    kinds: tuple[str, ...]
    event: str
    prepare: Callable[[House], tuple[Any, ...]]
    by: str | None = "ada"


def _proposed(house: House) -> PolicyVersion:
    spam = replace(house.clause("integrity.spam@1"), version=2, whys=said(en="Otherwise.", fr="Autrement."))
    return house.run(policies.propose, spam, "bea")


def _announced(house: House) -> PolicyVersion:
    """Return a version that one person alone announced a day ago."""
    for handle in ("bea", "cleo", "dan"):
        house.run(staffing.change_roles, handle, (Role.POLICY,), "ada")
    version = house.run(policies.approve, _proposed(house).id, "cleo")
    assert version.in_force_from is not None
    house.now += timedelta(hours=24)
    return version


def _in_force(house: House) -> PolicyVersion:
    return house.all(PolicyVersion, clause_id="integrity.spam")[0]


def _ending(house: House) -> PolicyVersion:
    return house.run(policies.retire, _in_force(house).id, "bea")


def _banned(house: House) -> list[Any]:
    house.account("old-one")
    house.world.impose(SubjectKind.ACCOUNT, "old-one", Measure.SUSPEND)
    return list(house.platform.restricted())


def _caused(house: House) -> tuple[Any, ...]:
    house.run(baselines.import_baseline, PLATFORM, _banned(house), "ada")
    [entry] = house.all(BaselineEntry)
    decision = house.decide(house.run(baselines.review_entry, entry.id, "bea"), rung="suspend")
    return entry.id, decision.id, "bea"


def _added(house: House) -> tuple[Any, ...]:
    return "eve", (Role.AUDITOR,), "ada"


def _leaving_one(house: House) -> tuple[Any, ...]:
    """Leave one person who decides besides Bea."""
    for handle in ("cleo", "dan"):
        house.run(staffing.retire_moderator, handle, "ada")
    return "bea", "ada"


def _connected(house: House) -> tuple[Any, ...]:
    return "second", "simulator", {Measure.HIDE: MEASURES[Measure.HIDE]}, "ada"


POWERS: dict[str, Power] = {
    "change a setting": Power(
        founding.change_setting, ("setting",), "setting", lambda h: ("tier", "small", "ada")
    ),
    "connect a platform": Power(founding.connect_platform, ("setting",), "connect", _connected),
    "switch a platform's mode": Power(
        founding.switch_mode, ("setting",), "mode", lambda h: (PLATFORM, Mode.OBSERVE, "ada")
    ),
    "add a person": Power(staffing.add_moderator, ("right",), "add", _added),
    "change somebody's roles": Power(
        staffing.change_roles, ("right",), "roles", lambda h: ("bea", (Role.AUDITOR,), "ada")
    ),
    "retire a person": Power(staffing.retire_moderator, ("right",), "retire", lambda h: ("bea", "ada")),
    "retire the last but one who decides": Power(
        staffing.retire_moderator, ("right", "setting"), "retire", _leaving_one
    ),
    "put a policy in force": Power(
        policies.approve, ("setting",), "policy-in-force", lambda h: (_proposed(h).id, "cleo"), "bea"
    ),
    "let an announced policy hold": Power(
        policies.take_hold, ("setting",), "policy-in-force", lambda h: (_announced(h).id,), "bea"
    ),
    "take an announced policy back": Power(
        policies.return_, ("setting",), "policy-taken-back", lambda h: (_announced(h).id, "cleo"), "cleo"
    ),
    "announce the end of a policy": Power(
        policies.retire, ("setting",), "policy-end-announced", lambda h: (_in_force(h).id, "bea"), "bea"
    ),
    "keep a policy after all": Power(
        policies.keep, ("setting",), "policy-end-taken-back", lambda h: (_ending(h).id, "cleo"), "cleo"
    ),
    "import what was there before": Power(
        baselines.import_baseline, ("baseline",), "baseline", lambda h: (PLATFORM, _banned(h), "ada")
    ),
    "record the cause of an old ban": Power(baselines.record_cause, ("cause",), "cause", _caused, "bea"),
    "search for what goes round": Power(
        orphans.scan, ("tally",), "orphans", lambda h: (PLATFORM, _banned(h)), None
    ),
}

BY_TIMER = (policies.take_hold, orphans.scan)
BY_HAND = [name for name, power in POWERS.items() if power.verb not in BY_TIMER]

RECORDS = (Setting, Moderator, ConnectedPlatform, PolicyVersion, Baseline, BaselineEntry, Orphan, Document)


class PulledPlug(Exception):
    """The machine stops after the leaf was written and before the commit."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with four people."""
    with fresh_memory() as store, opened_house(store, tmp_path) as opened:
        yield opened


def leaves(house: House, since: int) -> list[Leaf]:
    with house.store.read() as view:
        return [decode(data) for data in view.log.leaves(since, view.log.state().size)]


def committed(house: House, leaf: Leaf, slot: Slot) -> dict[str, Any]:
    """Return what a leaf's slot commits to, checked against the leaf."""
    [opening] = house.run(lambda tx, now, ids: ledger.open_slots(tx, tx.get(LeafNote, leaf.id), {slot: None}))
    return dict(check(opening, slot_digest(leaf, slot)))


def everything(house: House) -> list[object]:
    return [record for cls in RECORDS for record in house.all(cls)]


@pytest.mark.parametrize("name", POWERS)
def test_every_command_of_power_leaves_its_leaf_and_names_nobody_in_public(house: House, name: str) -> None:
    power = POWERS[name]
    arguments = power.prepare(house)
    before = house.log_size()
    house.run(power.verb, *arguments)
    left = leaves(house, before)
    assert tuple(leaf.kind for leaf in left) == power.kinds
    for leaf in left:
        assert_public_and_nameless(house, leaf)
    assert committed(house, left[0], Slot.FACTS)["event"] == power.event
    proposer = committed(house, left[0], Slot.ACTOR)["proposer"]
    assert proposer == (house.all(Moderator, handle=power.by)[0].id if power.by else "system")


def assert_public_and_nameless(house: House, leaf: Leaf) -> None:
    """Check that what a leaf commits to in public can be read and names no person."""
    assert (leaf.doc is not None) == (leaf.kind in DOCUMENTED)
    people = [part for who in house.all(Moderator) for part in (who.id, who.handle, who.owner)]
    for document in house.all(Document, digest=leaf.doc):
        words = document.text.replace('"', " ").split()
        assert not [part for part in [*people, "old-one"] if part in words]
    assert house.all(Document, digest=leaf.doc) or leaf.doc is None


@pytest.mark.parametrize("name", POWERS)
def test_a_command_that_fails_at_the_log_changes_nothing(house: House, name: str) -> None:
    power = POWERS[name]
    arguments = power.prepare(house)
    before, size = everything(house), house.log_size()

    def and_then_the_plug_is_pulled(tx: Tx, now: datetime, ids: Ids) -> None:
        power.verb(tx, now, ids, *arguments)
        ledger.append(tx)
        assert tx.log.state().size > size
        raise PulledPlug

    with pytest.raises(PulledPlug):
        house.run(and_then_the_plug_is_pulled)
    assert everything(house) == before
    assert house.log_size() == size


@pytest.mark.parametrize("name", BY_HAND)
def test_who_works_here_no_more_commands_nothing(house: House, name: str) -> None:
    power = POWERS[name]
    arguments = list(power.prepare(house))
    house.run(staffing.retire_moderator, "dan", "ada")
    arguments[-1] = "dan"
    before, size = everything(house), house.log_size()
    with pytest.raises(Refused):
        house.run(power.verb, *arguments)
    assert (everything(house), house.log_size()) == (before, size)


def test_no_verb_of_these_modules_is_forgotten_here() -> None:
    verbs = {
        name
        for module in MODULES
        for name, verb in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and verb.__module__ == module.__name__
        and list(inspect.signature(verb).parameters)[:3] == ["tx", "now", "ids"]
    }
    listed = {power.verb.__name__ for power in POWERS.values()}
    assert verbs - {"found"} == listed | set(WITHOUT_POWER)


@pytest.mark.parametrize("name", WITHOUT_POWER)
def test_what_leaves_no_leaf_changes_nothing_that_holds(house: House, name: str) -> None:
    house.run(baselines.import_baseline, PLATFORM, _banned(house), "ada")
    spam = replace(house.clause("integrity.spam@1"), version=2, whys=said(en="Otherwise.", fr="Autrement."))
    commands: dict[str, Command] = {
        "propose": lambda h: h.run(policies.propose, spam, "bea"),
        "load": lambda h: h.run(policies.load, replace(shipped(), clauses=(spam,)), "bea"),
        "review_entry": lambda h: h.run(baselines.review_entry, h.all(BaselineEntry)[0].id, "bea"),
    }
    before, size = what_holds(house), house.log_size()
    commands[name](house)
    assert (what_holds(house), house.log_size()) == (before, size)


def what_holds(house: House) -> list[object]:
    """Return everything in force: settings, rights, platforms and the policies that hold."""
    records = [
        record for cls in (Setting, Moderator, ConnectedPlatform, BaselineEntry) for record in house.all(cls)
    ]
    return [*records, *house.all(PolicyVersion, state="in-force")]


def test_founding_the_site_is_in_the_log_before_anything_else(durable_store: Store) -> None:
    site = Site(durable_store)
    values = {"origin": "log.example.org/showcause", "contact": "desk@example.org", "tier": "small"}
    site.run(founding.found, **values, log_key=log_key())
    first = site.leaves()[0]
    assert (first.kind, site.document(first)["key"]) == ("key", log_key())
    assert len(site.leaves()) == 1 + len(site.find(Setting))
