"""The parts of the window by themselves: charts, differences, history, and the index over a large log."""

import time
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.domain.errors import LogInconsistent, StoreBusy
from showcause.domain.lifecycle import PolicyState
from showcause.domain.site import PolicyVersion, Setting
from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.export import files_of
from showcause.transparency.kinds import Kind
from showcause.transparency.leaf import Leaf, encode
from showcause.transparency.merkle import leaf_hash, root_of
from showcause.transparency.tiles import Read
from showcause.web.window import facts
from showcause.web.window.chart import Bar, chart, ticks
from showcause.web.window.counts import Day, as_csv, window
from showcause.web.window.index import Index, PublicDocument
from showcause.web.window.record import Head, Record, record
from showcause.web.window.terms import terms_of
from showcause.web.window.wording import changes
from tests.web.stand import Stand


@given(st.integers(0, 10**9))
def test_a_scale_is_round_and_reaches_over_the_largest_value(largest: int) -> None:
    scale = ticks(largest)
    step = scale[1]
    assert scale[0] == 0
    assert scale[-1] >= largest
    assert len(scale) <= 6
    assert str(step).rstrip("0") in ("1", "2", "5")


def test_a_chart_is_whole_and_escapes_what_it_is_given() -> None:
    drawn = chart("<b>", 'a "day"', [Bar("one & all", 3), Bar("none", None)], ("first", "last"))
    tree = ElementTree.fromstring(drawn)
    assert tree.get("role") == "img"
    assert tree[0].text == "<b>"
    assert "style=" not in drawn
    assert [each.get("class") for each in tree.iter("rect")] == ["chart-bar", "chart-none"]
    assert ElementTree.fromstring(chart("nothing", "nothing", [], ("", ""))) is not None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_no_bar_leaves_the_picture(values: list[int]) -> None:
    tree = ElementTree.fromstring(chart("t", "s", [Bar("x", value) for value in values], ("a", "b")))
    for bar in tree.iter("rect"):
        assert float(bar.get("y", 0)) >= 0
        assert float(bar.get("x", 0)) + float(bar.get("width", 0)) <= 560


def clause(version: int, rule: str = "Be kind.") -> dict[str, Any]:
    texts = [{"language": "en", "text": rule}]
    return {
        "id": "care.kind", "version": version, "titles": texts, "rules": texts, "whys": texts, "elements": [],
        "ladder": [], "evidence_needed": {"needed": []}, "examples_in": [], "examples_out": [], "exceptions": [],
        "ground": "terms", "law_reference": None, "category": "X", "needs_ground": False, "snapshot": "allowed",
        "automation": "open-case",
    }  # fmt: skip


def told(place: int, event: str, at: str | None, version: int) -> PublicDocument:
    value = {
        "format": "showcause/v1 policy",
        "event": event,
        "clause": clause(version),
        "digest": "d",
        "holds-from": at,
    }
    return PublicDocument(place, "setting", f"{place:064x}", value)


def test_the_history_of_a_rule_follows_its_documents() -> None:
    monday, tuesday, friday = "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z", "2026-11-27T10:00:00Z"
    documents = [told(3, "in-force", monday, 1), told(7, "announced", friday, 2)]
    term = terms_of(documents)["care.kind"]
    assert term.current is not None
    assert term.announced is not None
    assert (term.current.number, term.announced.number) == (1, 2)
    taken_back = terms_of([*documents, told(8, "taken-back", None, 2)])["care.kind"]
    assert taken_back.announced is None
    second = terms_of([*documents, told(9, "in-force", tuesday, 2)])["care.kind"]
    assert [(each.number, each.since, each.until) for each in second.versions] == [
        (1, monday, tuesday),
        (2, tuesday, None),
    ]
    ended = terms_of([*documents, told(9, "end-announced", friday, 1), told(10, "retired", friday, 1)])[
        "care.kind"
    ]
    assert ended.current is None
    assert ended.versions[0].until == friday


def test_a_difference_shows_what_went_and_what_came() -> None:
    found = changes(clause(1, "Be kind to people."), clause(2, "Be fair to people."), "en")
    pieces = [(piece.mark, piece.text) for piece in found[1].pieces]
    assert pieces == [("same", "Be "), ("old", "kind "), ("new", "fair "), ("same", "to people.")]
    assert changes(clause(1), clause(2), "fr") == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_difference_loses_no_word(old: str, new: str) -> None:
    for change in changes(clause(1, old), clause(2, new), "en")[1:2]:
        assert "".join(piece.text for piece in change.pieces if piece.mark != "new") == old
        assert "".join(piece.text for piece in change.pieces if piece.mark != "old") == new


def test_the_calendar_shows_days_without_a_count() -> None:
    days = [Day(date(2026, 11, day), {"reports": 1}, {}, day) for day in (1, 3)]
    assert [(day.day, counted is not None) for day, counted in window(days)] == [
        (1, True),
        (2, False),
        (3, True),
    ]
    assert window([]) == []
    assert as_csv(days).splitlines()[1] == "2026-11-01,reports,1,1"


def test_what_the_documents_add_up_to_is_what_the_house_holds(lived: Stand) -> None:
    known = record()
    assert known is not None
    in_force = lived.house.all(PolicyVersion, state=PolicyState.IN_FORCE)
    shown = [term.current for term in facts.terms(known).values() if term.current]
    assert {each.ref for each in shown} == {held.clause.ref for held in in_force}
    assert {each.digest for each in shown} == {held.digest for held in in_force}
    held = {each.name: each.value for each in lived.house.all(Setting)}
    told = {name: each.value for name, each in facts.settings(known).items()}
    assert told == {name: held[name] for name in told}
    assert {"origin", "contact", "tier", "high-reach", "public-interval", "single-operator"} <= told.keys()


# --- A large log ---------------------------------------------------------------------------------------------


def large(size: int) -> tuple[Read, Checkpoint, dict[str, bytes]]:
    """Return the files of a log of so many entries, held in memory."""
    slots = tuple(bytes([n]) * 32 for n in range(7))
    kinds = (Kind.DECISION, Kind.EFFECT, Kind.SERVICE)
    entries = [
        encode(
            Leaf(
                kinds[n % 3],
                f"{n + 1:032x}",
                "a" * 64,
                "b" * 64,
                slots,
                re=f"{n:032x}" if n % 3 == 1 else None,
            )
        )
        for n in range(size)
    ]
    head = Checkpoint("log.example/showcause", size, root_of(leaf_hash(entry) for entry in entries))
    files = dict(files_of(entries, f"{head.text}\n— log.example/showcause AAAAAAA=\n"))
    return files.get, head, files


def test_pages_of_a_large_log_read_few_files_and_are_quick() -> None:
    read, head, _ = large(20_000)
    asked: list[str] = []

    def watched(path: str) -> bytes | None:
        asked.append(path)
        return read(path)

    index, start = Index(), time.process_time()
    index.advance(watched, head)
    once = time.process_time() - start
    assert once < 3, "20,000 entries take 0.1 s on an idle core"
    assert index.counted == {"decision": 6667, "effect": 6667, "service": 6666}
    asked.clear()
    index.advance(watched, head)
    assert asked == [], "under the same head nothing is read again"
    known = Record(watched, Head("", head, (), "", None), index)  # type: ignore[arg-type]  # no page is drawn here
    start = time.process_time()
    for place in (0, 9_999, 19_999):
        asked.clear()
        known.proof(place)
        assert len(asked) <= 12, "an inclusion proof reads one bundle and a few tiles"
        assert index.place_of(f"{place + 1:032x}") == place
    assert index.newest(20_000, 3, "decision") == [19_998, 19_995, 19_992]
    assert index.referring_to(f"{1:032x}") == [1]
    assert time.process_time() - start < 1


def test_the_index_grows_by_what_is_new() -> None:
    read, head, _ = large(700)
    smaller = Checkpoint(head.origin, 300, root_of([leaf_hash(b"")] * 300))
    index = Index()
    index.advance(read, smaller)
    assert index.size == 300
    index.advance(lambda path: None if path == "tile/entries/000" else read(path), head)
    assert index.size == 700
    index.advance(read, smaller)
    assert index.size == 700, "a visitor who still has the older head disturbs nothing"


def test_a_log_that_is_another_one_under_the_same_size_is_refused() -> None:
    read, head, _ = large(300)
    index = Index()
    index.advance(read, head)
    with pytest.raises(LogInconsistent):
        index.advance(read, Checkpoint(head.origin, 300, b"x" * 32))


def test_a_very_large_log_is_read_in_bounded_parts() -> None:
    read, head, _ = large(1_000)
    index = Index(most=2)
    with pytest.raises(StoreBusy, match="512 of 1000"):
        index.advance(read, head)
    index.advance(read, head)
    assert index.size == 1_000


def test_a_bundle_that_is_missing_or_cut_is_said() -> None:
    path = "tile/entries/001.p/44"
    for kept in (0, -1):
        read, head, files = large(300)
        files[path] = files[path][:kept]
        with pytest.raises(LogInconsistent):
            Index().advance(read, head)
