"""Rule sets as folders: what is read, what its digest depends on, and that no file does anything but be refused."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.casework.rule_files import load, read_texts
from showcause.domain.errors import BadRules
from showcause.domain.restriction import Measure
from showcause.rules.folder import Loaded
from showcause.rules.powers import EffectKind, powers_of
from tests.docs.pages import ROOT
from tests.rules.folders import BASE, RULE, SCHEMA, changed, with_when

EXAMPLE = ROOT / "docs" / "examples" / "rules"


def loaded(texts: Mapping[str, str]) -> Loaded:
    """Return a rule set that is expected to be without fault."""
    found, faults = read_texts(texts)
    assert found is not None, "\n".join(map(str, faults))
    return found


def test_the_example_that_comes_with_the_documentation_is_without_fault() -> None:
    example = load(EXAMPLE)
    assert [each.id for each in example.rules] == [
        "blocked_links", "flood", "links_from_new_accounts", "reported_often",
    ]  # fmt: skip
    assert example.platform.name == "commons"


def test_a_rule_stands_after_the_rules_that_it_refers_to() -> None:
    first, last = with_when("z_last"), RULE.replace("night_links", "z_last")
    found = loaded(changed({"rules/night_links.yaml": first, "rules/z_last.yaml": last}))
    assert [each.id for each in found.rules] == ["z_last", "night_links"]


def test_spaces_comments_names_and_owners_make_no_new_version() -> None:
    before = loaded(BASE)
    text = "# Why: ...\n" + with_when("kind=='post'   # posts\nand (content.links>0)")
    text = text.replace("owner: policy", "owner: ada").replace("Links at night", "Links by night")
    assert loaded({**BASE, "rules/night_links.yaml": text}).digest == before.digest


@pytest.mark.parametrize(
    "change",
    [
        {"when": "kind == 'post' and content.links >= 1"},
        {"effects": "order-review"},
        {"rules/night_links.yaml": RULE.replace("severity: low", "severity: high")},
        {"rules/night_links.yaml": RULE.replace("2 in 1000", "3 in 1000")},
        {"rules/night_links.yaml": RULE.replace("spam@1", "spam@2")},
        {"thresholds/new_account.yaml": "name: new_account\nversion: 1\nvalue: 86401\n"},
        {"lists/blocked.yaml": "name: blocked\nversion: 1\ntype: text\nentries: [bad.example]\n"},
        {"lists/blocked.yaml": BASE["lists/blocked.yaml"].replace("version: 1", "version: 2")},
        {"counters/posts_10m.yaml": BASE["counters/posts_10m.yaml"].replace("10 min", "11 min")},
    ],
    ids=str,
)
def test_whatever_decides_is_in_the_digest(change: dict[str, str]) -> None:
    assert loaded(changed(change)).digest != loaded(BASE).digest


def test_rates_are_exact_however_they_are_written() -> None:
    for written in ("2 in 1000", "0.002", "0.2 %", "1 in 500"):
        found = loaded({**BASE, "rules/night_links.yaml": RULE.replace("2 in 1000", written)})
        assert str(found.rules[0].metadata.expected) == "1/500"


def test_effects_are_read_with_measure_and_end() -> None:
    found = loaded(changed({"effects": "{restrict: limit, for: 24 h}"}))
    [rule] = found.rules
    [effect] = rule.metadata.effects
    assert (effect.kind, effect.measure, effect.seconds) == (EffectKind.RESTRICT, Measure.LIMIT, 86_400)
    powers = powers_of((effect,))
    assert (powers.restricts, powers.on_account, powers.approvers, powers.budget) == (True, True, 2, True)


def test_a_long_list_lies_in_a_text_file_beside_its_own() -> None:
    entries = "# one a line\n" + "\n".join(f"site{number}.example" for number in range(50_000))
    meta = "name: blocked\nversion: 1\ntype: text\nentries_file: blocked.txt\n"
    found = loaded({**BASE, "lists/blocked.yaml": meta, "lists/blocked.txt": entries})
    assert len(found.lists["blocked"].version.entries) == 50_000


def test_a_hundred_rules_are_read_in_a_moment() -> None:
    rules = {
        f"rules/r{n}.yaml": with_when(f"kind == 'post' and content.links > {n % 7} and actor.age_s < {n}").replace(
            "night_links", f"r{n}"
        ).partition("expect:")[0]
        + "expect:\n  - hit: a\n    event: {kind: post, content: {links: 9}, actor: {age_s: -1}}\n"
        "  - miss: b\n    event: {kind: dm}\n"
        for n in range(100)
    }  # fmt: skip
    before = time.process_time()
    found = loaded({**BASE, **rules})
    assert len(found.rules) == 101
    assert time.process_time() - before < 2.0


def test_a_folder_without_a_schema_is_no_rule_set(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"there is no schema\.yaml"):
        load(tmp_path)


def test_a_folder_is_refused_with_every_fault_at_once(tmp_path: Path) -> None:
    for name, text in {**BASE, "schema.yaml": SCHEMA.replace("platform: commons\n", "")}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "lists" / "blocked.yaml").write_bytes(b"\xff")
    with pytest.raises(BadRules) as refused:
        load(tmp_path)
    assert "`platform` is missing" in refused.value.message
    assert "byte 1 is not UTF-8" in refused.value.message
    assert refused.value.message.startswith("2 faults in ")


STYLES = {
    "when: |\n  kind == 'post' and\n  content.linkz > 0\n": (11, 3),
    "when: |2\n    kind == 'post' and\n    content.linkz > 0\n": (11, 5),
    "when: >-\n  kind == 'post' and\n\n  content.linkz > 0\n": (12, 3),
    "when: kind == 'post' and\n  content.linkz > 0\n": (10, 3),
    "when: \"kind == 'post' and\n  content.linkz > 0\"\n": (10, 3),
    "when: 'kind == ''é'' and content.linkz > 0'\n": (9, 26),
    'when: "kind == \\"post\\" and content.linkz > 0"\n': (9, 7),
}


@pytest.mark.parametrize("when", STYLES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fault_is_found_however_the_condition_is_written(when: str, end: str) -> None:
    text = RULE.replace("when: |\n  kind == 'post' and content.links > 0\n", when).replace("\n", end)
    _, [fault] = read_texts({**BASE, "rules/night_links.yaml": text})
    assert (fault.place.line, fault.place.column) == STYLES[when]
    assert "\r" not in str(fault)


def test_a_file_that_nobody_reads_is_named(tmp_path: Path) -> None:
    for name, text in {**BASE, "rules/more.yml": RULE, "rule/odd.yaml": RULE, "notes.yaml": "a: b"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "rules" / "night_links.yaml.old").write_text("old")
    with pytest.raises(BadRules) as refused:
        load(tmp_path)
    assert [line.partition(":")[0] for line in refused.value.message.splitlines() if "nothing is read" in line] == [
        "notes.yaml", "rule/odd.yaml", "rules/more.yml",
    ]  # fmt: skip


PIECES = ["id", ":", " ", "\n", "  ", "- ", "{", "}", "[", "]", "'", '"', "|", ">", "when", "and", "&a", "*a", "!!",
          "#", "null", "1", "é", "\t", "?", "effects", "restrict", "\u202e", "expect", ",", "0x1", "~"]  # fmt: skip


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_no_change_of_a_file_does_anything_but_be_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(BASE)))
    text = BASE[name]
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))
    put = "".join(data.draw(st.lists(st.sampled_from(PIECES), max_size=4)))
    found, faults = read_texts({**BASE, name: text[:at] + put + text[at + cut :]})
    assert (found is None) == bool(faults)
    for each in faults:
        assert str(each)


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_text_is_a_file_that_breaks_the_reader(text: str) -> None:
    found, faults = read_texts(dict.fromkeys(BASE, text))
    assert (found, bool(faults)) == (None, True)
