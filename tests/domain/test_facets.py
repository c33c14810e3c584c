"""The rule of cells, for any decisions on any days: nobody is alone, nobody is opened twice, all are counted."""

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.facets import LEAST_POSSIBLE, LEVELS, ORDINARY, SENSITIVE, TELLING, Cell, Waiting, cells
from showcause.dsa.vocabulary import vocabulary

FRAUD, SPEECH = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"

kinds = st.sampled_from(["decision", "hold", "urgent"])
matters = st.sampled_from([FRAUD, "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", SPEECH])
measures = st.sampled_from([["hide"], ["suspend"], []])
automated = st.sampled_from(["not", "partially"])


@st.composite
def days(draw: st.DrawFn) -> list[list[Waiting]]:
    """Draw some days of decisions, most of them alike."""
    drawn, number = [], 0
    for _ in range(draw(st.integers(1, 4))):
        day = []
        for category, measure, kind, how, many in draw(
            st.lists(st.tuples(matters, measures, kinds, automated, st.integers(1, 14)), max_size=6)
        ):
            for _ in range(many):
                number += 1
                values = {
                    "category": category,
                    "clause": [category[19:24]],
                    "measures": measure,
                    "decision": how,
                }
                day.append(Waiting(f"{number:032x}", kind, "plaza", values, category not in ORDINARY))
        drawn.append(day)
    return drawn


def opened_by_day(several: list[list[Waiting]], smallest: int) -> tuple[list[list[Cell]], list[Waiting]]:
    """Return what is opened on each day, and what waits at the end: what finds no cell is pooled with later days."""
    made, waiting = [], list[Waiting]()
    for day in several:
        waiting = [*waiting, *day]
        today = cells(waiting, smallest)
        gone = {member.leaf for cell in today for member in cell.members}
        waiting = [each for each in waiting if each.leaf not in gone]
        made.append(today)
    return made, waiting


def opened_values(cell: Cell) -> list[object]:
    return [[member.values.get(name) for name in cell.fields] for member in cell.members]


@given(days(), st.integers(LEAST_POSSIBLE, 12))
def test_no_cell_is_smaller_than_the_rule_and_within_it_all_say_the_same(
    several: list[list[Waiting]], smallest: int
) -> None:
    made, _ = opened_by_day(several, smallest)
    for cell in (cell for day in made for cell in day):
        assert len(cell.members) >= smallest
        assert cell.fields in LEVELS
        assert opened_values(cell) == [opened_values(cell)[0]] * len(cell.members)
        assert len({(member.kind, member.connector) for member in cell.members}) == 1


@given(days(), st.integers(LEAST_POSSIBLE, 12))
def test_everybody_is_opened_once_or_counted_as_unopened(several: list[list[Waiting]], smallest: int) -> None:
    made, waiting = opened_by_day(several, smallest)
    opened = [member.leaf for day in made for cell in day for member in cell.members]
    everybody = [each.leaf for day in several for each in day]
    assert len(opened) == len(set(opened))
    assert sorted([*opened, *(each.leaf for each in waiting)]) == sorted(everybody)


@given(days(), st.integers(LEAST_POSSIBLE, 12))
def test_of_a_sensitive_matter_neither_category_nor_clause_is_opened_nor_does_their_absence_tell(
    several: list[list[Waiting]], smallest: int
) -> None:
    made, _ = opened_by_day(several, smallest)
    for cell in (cell for day in made for cell in day):
        sensitive = sum(member.sensitive for member in cell.members)
        assert not (sensitive and TELLING.intersection(cell.fields))
        assert sensitive * 2 <= len(cell.members)


@given(days(), st.integers(LEAST_POSSIBLE, 12))
def test_whoever_lays_two_days_beside_each_other_learns_of_nobody_alone(
    several: list[list[Waiting]], smallest: int
) -> None:
    """The attack: subtract what was public on one day from what was public on another, in every field and every mix."""
    made, _ = opened_by_day(several, smallest)
    public = [Counter[str]() for _ in made]
    for at, day in enumerate(made):
        for cell in day:
            key = f"{cell.members[0].kind} {cell.fields} {opened_values(cell)[0]}"
            for later in public[at:]:  # what is public stays so
                later[key] += len(cell.members)
    for earlier, later in combinations(public, 2):
        difference = later - earlier
        assert not earlier - later, "nothing is taken back"
        assert all(count >= smallest for count in difference.values())


@given(days(), st.integers(LEAST_POSSIBLE, 12))
def test_whether_one_person_was_decided_on_changes_no_published_number_by_one(
    several: list[list[Waiting]], smallest: int
) -> None:
    """The attack of somebody who knows everybody but one: that one is in a cell of many, or is not shown at all."""
    made, waiting = opened_by_day(several, smallest)
    shown = {member.leaf: len(cell.members) for day in made for cell in day for member in cell.members}
    assert all(count >= smallest for count in shown.values())
    assert shown.keys().isdisjoint(each.leaf for each in waiting)


def test_a_sensitive_matter_may_hide_among_as_many_others_and_never_outnumber_them() -> None:
    values = {"measures": ["hide"], "ground": "INCOMPATIBLE_CONTENT"}
    ordinary = [Waiting(f"o{n}", "decision", "plaza", values | {"category": f"C{n}"}) for n in range(6)]
    sensitive = [Waiting(f"s{n}", "decision", "plaza", values | {"category": SPEECH}, True) for n in range(9)]
    [cell] = cells([*sensitive, *ordinary], 10)
    assert cell.fields == ("measures", "ground")
    assert Counter(member.sensitive for member in cell.members) == {True: 6, False: 6}
    assert cells(sensitive, 5) == []


def test_every_category_is_ordinary_or_sensitive_with_a_reason() -> None:
    known = set(vocabulary().categories)
    assert known <= ORDINARY | SENSITIVE.keys()
    assert not ORDINARY & SENSITIVE.keys()
    assert all(SENSITIVE.values())
