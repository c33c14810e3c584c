"""Which rules refer to which, and in what order they stand, so that each refers to earlier ones only."""

from collections.abc import Container, Mapping
from graphlib import CycleError, TopologicalSorter

from showcause.rules.messages import BadRule
from showcause.rules.scanning import Kind, scan
from showcause.rules.sheet import Node


def referred(root: Node, rules: Container[str]) -> set[str]:
    """Return the rules that a condition names, as far as it can be read."""
    try:
        tokens = [each for each in scan(root.at("when").value.rstrip()) if each.kind is not Kind.SPACE]
    except BadRule:
        return set()
    return {
        each.text
        for each, before in zip(tokens, [None, *tokens], strict=False)
        if each.kind is Kind.NAME and each.text in rules and not (before and before.text == ".")
    }


def in_order(referred: Mapping[str, set[str]]) -> tuple[list[str], dict[str, str]]:
    """Return the rules in an order in which each refers to earlier ones, and those in circles with their circle."""
    waiting = {id: set(others) for id, others in sorted(referred.items())}
    cycles: dict[str, str] = {}
    while True:
        try:
            sorter = TopologicalSorter(waiting)
            sorter.prepare()
        except CycleError as error:
            # The circle comes with its first rule repeated at its end, each referring to the one before it.
            circle = list(reversed(error.args[1]))
            way = " → ".join(circle)
            cycles |= dict.fromkeys(circle, way)
            for id in circle:
                waiting[id] = waiting[id] - set(circle)
            continue
        order: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            order += ready
            sorter.done(*ready)
        return order, cycles


def in_a_circle(way: str) -> str:
    """Return what is wrong with rules that refer to each other, or with one that refers to itself."""
    if way.count("→") == 1:
        return "the rule refers to itself"
    return f"rules refer to each other in a circle: {way}"
