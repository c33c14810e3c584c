"""The lifecycles as tables: whole, reachable, and each refusal says what is possible instead."""

from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from showcause.domain.errors import IllegalStep
from showcause.domain.lifecycle import LIFECYCLES, Lifecycle

MACHINES = pytest.mark.parametrize("machine", LIFECYCLES.values(), ids=LIFECYCLES)
AnyMachine = Lifecycle[Any, Any]


def states(machine: AnyMachine) -> type[StrEnum]:
    return type(machine.start)


def events(machine: AnyMachine) -> type[StrEnum]:
    return type(next(iter(machine.arrows))[1])


@MACHINES
def test_every_pair_of_state_and_event_has_an_answer(machine: AnyMachine) -> None:
    for state, event in product(states(machine), events(machine)):
        if (state, event) in machine.arrows:
            assert machine.step(state, event) in states(machine)
        else:
            with pytest.raises(IllegalStep) as refused:
                machine.step(state, event)
            assert str(state) in refused.value.message
            for possible in machine.possible(state):
                assert str(possible) in refused.value.message


@MACHINES
def test_every_state_is_reachable_and_has_somebodys_turn(machine: AnyMachine) -> None:
    reached, waiting = {machine.start}, [machine.start]
    while waiting:
        state = waiting.pop()
        following = {b for (a, _), b in machine.arrows.items() if a == state} - reached
        reached |= following
        waiting += following
    assert reached == set(states(machine)) == set(machine.turn)


@MACHINES
def test_every_event_is_used_and_nobody_has_the_turn_in_a_closed_state_only(machine: AnyMachine) -> None:
    assert {event for _, event in machine.arrows} == set(events(machine))
    for state in states(machine):
        if machine.turn[state] in ("desk", "moderator", "second moderator", "system", "reviewer", "platform"):
            assert not machine.is_final(state), f"{state} waits for somebody who can do nothing"


@MACHINES
def test_an_illegal_step_changes_nothing(machine: AnyMachine) -> None:
    before = dict(machine.arrows)
    for state, event in product(states(machine), events(machine)):
        try:
            machine.step(state, event)
        except IllegalStep:
            assert dict(machine.arrows) == before


def test_the_number_of_arrows_is_pinned() -> None:
    assert {name: len(machine.arrows) for name, machine in LIFECYCLES.items()} == {
        "report": 7,
        "case": 10,
        "decision": 5,
        "enforcement": 14,
        "appeal": 10,
        "service": 5,
        "filing": 4,
        "urgent": 6,
        "attachment": 2,
        "policy": 3,
        "rule": 22,
    }
