"""What the author of a policy file reads when it is refused, word for word."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.casework.catalogue import load, load_file
from showcause.casework.clause_file import read_clause
from showcause.casework.marked_yaml import MAX_BYTES, Page
from showcause.domain.errors import BadCatalogue

GOOD = (Path(__file__).parent / "catalogue" / "good.yaml").read_text(encoding="utf-8")

SLIPS: dict[str, tuple[str, str, str]] = {
    "a key twice": (
        "version: 1\n",
        "version: 1\nversion: 2\n",
        "noise.yaml:3:1: the key 'version' is already in line 2\n    Keep one of the two.",
    ),
    "an unknown key": (
        "ground: terms\n",
        "ground: terms\nseverity: high\n",
        "noise.yaml:27:1: unknown key 'severity'\n"
        "    Known here: id, version, title, rule, why, elements, examples_in, examples_out, evidence_needed, ladder, "
        "ground, category, keywords, sentences, presets, exceptions, slots, law_reference, keyword_other, "
        "needs_ground, urgent_category, snapshot, automation.",
    ),
    "a missing part": (
        'why: {en: "Others sleep.", fr: "Les autres dorment."}\n',
        "",
        "noise.yaml:1:1: 'why' is missing\n    Write `why:` here.",
    ),
    "a missing language": (
        'fr: "Ne faites pas de bruit."',
        'de: "Seid leise."',
        "noise.yaml:4:7: 'fr' is missing\n    Write `fr:` here.\n"
        "noise.yaml:4:31: unknown key 'de'\n    Known here: en, fr.",
    ),
    "an empty text": (
        '"Do not be loud."',
        '" "',
        "noise.yaml:4:12: the text is empty\n    Write it out.",
    ),
    "an anchor": (
        "title: {en:",
        "title: &title {en:",
        "noise.yaml:3:8: anchors and aliases are not allowed\n    Write each value out.",
    ),
    "an alias": (
        "[KEYWORD_OTHER]",
        "*other",
        "noise.yaml:28:11: anchors and aliases are not allowed\n    Write each value out.",
    ),
    "a tag": (
        "version: 1",
        "version: !!python/name:os.system 1",
        "noise.yaml:2:10: tags are not allowed\n    Write each value out.",
    ),
    "an invisible character": (
        "A drum at night.",
        "A drum \u202eat night.",
        "noise.yaml:9:18: the invisible character U+202E\n    Remove it, or write what is meant.",
    ),
    "broken YAML": (
        'why: {en: "Others sleep."',
        'why: {en: "Others sleep.',
        "noise.yaml:5:32: expected ',' or '}', but got '<scalar>'\n    Check indentation, quotes and colons here.",
    ),
    "a number that is a text": (
        "version: 1",
        'version: "1"',
        "noise.yaml:2:10: a text where a whole number is needed\n    Write up to nine digits, without quotes.",
    ),
    "a text that YAML reads as a truth value": (
        '{en: "Noise"',
        "{en: No",
        "noise.yaml:3:13: true or false where a text is needed\n    Put the text between quotes.",
    ),
    "a list that is none": (
        "[KEYWORD_OTHER]",
        "KEYWORD_OTHER",
        "noise.yaml:28:11: a text where a list is needed\n    Begin each item with `- `.",
    ),
    "an unknown measure": (
        "measure: suspend",
        "measure: banish",
        "noise.yaml:21:14: unknown measure 'banish'\n"
        "    Known: suspend, lock, limit, label, hide, remove, block-space.",
    ),
    "a duration in no unit": (
        "duration: 7 d",
        "duration: a week",
        "noise.yaml:22:15: 'a week' is not a duration\n"
        "    Write `30 min`, `72 h`, `7 d`; `open` for no end date.",
    ),
    "one person who suspends alone": (
        "second: always",
        "second: never",
        "noise.yaml:23:13: one person alone would suspend an account\n"
        "    Write `second: always`, or `by-reach` if the measure is short.",
    ),
    "an unknown category": (
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        "STATEMENT_CATEGORY_NOISE",
        "noise.yaml:27:11: 'STATEMENT_CATEGORY_NOISE' is no category of the EU's vocabulary\n"
        "    Categories: STATEMENT_CATEGORY_ANIMAL_WELFARE, STATEMENT_CATEGORY_CONSUMER_INFORMATION, "
        "STATEMENT_CATEGORY_CYBER_VIOLENCE, STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN, "
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS, STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH, "
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS, "
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS, "
        "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE, STATEMENT_CATEGORY_OTHER_VIOLATION_TC, "
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS, STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY, "
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD, STATEMENT_CATEGORY_SELF_HARM, "
        "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS, STATEMENT_CATEGORY_VIOLENCE.",
    ),
    "a keyword of another category": (
        "[KEYWORD_OTHER]",
        "[KEYWORD_OTHER, KEYWORD_SUICIDE]",
        "noise.yaml:28:27: KEYWORD_SUICIDE is not a keyword of STATEMENT_CATEGORY_OTHER_VIOLATION_TC\n"
        "    Keywords of STATEMENT_CATEGORY_OTHER_VIOLATION_TC: KEYWORD_ADULT_SEXUAL_MATERIAL, "
        "KEYWORD_AGE_SPECIFIC_RESTRICTIONS, KEYWORD_GEOGRAPHICAL_REQUIREMENTS, KEYWORD_GOODS_SERVICES_NOT_PERMITTED, "
        "KEYWORD_LANGUAGE_REQUIREMENTS, KEYWORD_NUDITY, KEYWORD_OTHER.",
    ),
    "no words beside the keyword other": (
        'keyword_other: "Noise"\n',
        "",
        "noise.yaml:28:11: KEYWORD_OTHER says nothing by itself\n    Write `keyword_other`, in a few words.",
    ),
    "evasion without a ground": (
        "id: integrity.noise",
        "id: integrity.evasion",
        "noise.yaml:1:1: the clause speaks of an earlier restriction, but a decision need not name one\n"
        "    Write `needs_ground: true`; then it falls when the earlier decision is reversed.",
    ),
    "a preset that names nothing known": (
        "elements: [loud], rung: hide",
        "elements: [silent], rung: shout",
        "noise.yaml:33:59: there is no element 'silent'\n    Known: loud.\n"
        "noise.yaml:33:74: there is no rung 'shout'\n    Rungs: hide, suspend-7d.",
    ),
    "a fact of another kind": (
        "reached {level:number}",
        "reached {level:text}",
        "noise.yaml:31:5: the languages do not take the same arguments\n    Use the same slots in all.\n"
        "noise.yaml:31:24: {level:text} is no slot of this clause\n    Slots: {level:number}.",
    ),
    "a stray brace": (
        "{level:number} decibels",
        "{level:number decibels",
        "noise.yaml:31:5: the languages do not take the same arguments\n    Use the same slots in all.\n"
        "noise.yaml:31:24: a brace that is no argument; write {name:kind}\n    Arguments are written {slot:kind}.",
    ),
    "a law that nobody names": (
        "ground: terms",
        "ground: law",
        "noise.yaml:26:9: a clause of the law names no law\n"
        "    Write `law_reference`, or ask for it with a required slot `legal_reference`.",
    ),
    "automation that restricts": (
        "ground: terms\n",
        "ground: terms\nautomation: hold\n",
        "noise.yaml:27:13: automation would restrict without a person\n"
        "    Write `open-case`; holding needs a measured rate of false alarms, which a file cannot claim.",
    ),
    "an address that would be copied": (
        "ground: terms\n",
        "ground: terms\nurgent_category: private-address\n",
        "noise.yaml:27:18: material of the category private-address would be copied as evidence\n"
        "    Write `snapshot: never`; a hash and a sealed reference are kept instead.",
    ),
    "nothing at all": (
        GOOD,
        "",
        "noise.yaml:1:1: the file is empty\n    Write a clause, or remove the file.",
    ),
}


def refusal(folder: Path) -> str:
    with pytest.raises(BadCatalogue) as caught:
        load(folder)
    return caught.value.message


@pytest.mark.parametrize("slip", list(SLIPS))
def test_a_slip_is_refused_with_file_line_column_and_what_to_do(slip: str, tmp_path: Path) -> None:
    old, new, golden = SLIPS[slip]
    assert old in GOOD
    (tmp_path / "noise.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    message, _, closing = refusal(tmp_path).rpartition("\n")
    assert message == golden
    assert closing.endswith("; nothing was loaded")


def test_the_file_without_slips_is_taken(tmp_path: Path) -> None:
    (tmp_path / "noise.yaml").write_text(GOOD, encoding="utf-8")
    assert load(tmp_path).clauses[0].ref == "integrity.noise@1"
    assert load_file(tmp_path / "noise.yaml") == load(tmp_path).clauses[0]


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("version: 1", "version: one"), encoding="utf-8")
    bad = GOOD.replace("hide, measure: hide", "hide, measure: hid").replace("7 d", "7")
    (tmp_path / "b.yaml").write_text(bad.replace("ground: terms", "ground: taste"), encoding="utf-8")
    lines = refusal(tmp_path).splitlines()
    assert [line.split(": ")[0] for line in lines if not line.startswith("    ")] == [
        "a.yaml:2:10",
        "b.yaml:19:27",
        "b.yaml:22:15",
        "b.yaml:26:9",
        "4 problems; nothing was loaded",
    ]


@given(
    st.integers(0, len(GOOD)), st.integers(0, 40), st.text(alphabet="{}[]:-&*!|>\"'#?, \n\tab1é", max_size=8)
)
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(at: int, length: int, put: str) -> None:
    page = Page("noise.yaml")
    root = page.compose(GOOD[:at] + put + GOOD[at + length :])
    clause = read_clause(page, root) if root is not None else None
    assert (clause is None) is bool(page.problems)


def test_one_clause_stands_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("version: 1", "version: 2"), encoding="utf-8")
    assert refusal(tmp_path).startswith("b.yaml:1:1: integrity.noise is also in a.yaml\n")


@pytest.mark.parametrize(
    "data,message",
    [
        (b"id: \xff", "noise.yaml:1:1: byte 5 is not UTF-8"),
        (b"#" * (MAX_BYTES + 1), f"noise.yaml:1:1: the file is larger than {MAX_BYTES} bytes"),
        (b"[" * 5_000, "noise.yaml:1:9: nested too deeply"),
        (b"a: 1\n---\nb: 2\n", "noise.yaml:2:1: but found another document"),
        (b"- a\n", "noise.yaml:1:1: a list where keys and values are needed"),
    ],
)
def test_what_is_no_policy_file_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "noise.yaml").write_bytes(data)
    assert refusal(tmp_path).startswith(message + "\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "noise.yaml").mkdir()
    assert refusal(tmp_path).startswith("noise.yaml:1:1: the file cannot be read: Is a directory\n")


def test_a_folder_without_policy_files_is_refused(tmp_path: Path) -> None:
    assert "no policy files here" in refusal(tmp_path)
    assert "no policy files here" in refusal(tmp_path / "nowhere")


def test_sentences_say_the_same_in_every_language_or_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sentences.en.yaml").write_text(
        'language: en\nsentences:\n  a.one: "By {by:day}."\n  a.two: "Yes, {really:noise}."\n',
        encoding="utf-8",
    )
    (tmp_path / "sentences.fr.yaml").write_text(
        'language: fr\nsentences:\n  a.one: "Le {by:minute}."\n', encoding="utf-8"
    )
    assert refusal(tmp_path) == (
        "sentences.en.yaml:4:10: a.two: argument 'really' has the unknown kind 'noise'\n"
        "    Arguments are written {name:kind}.\n"
        "sentences.en.yaml:4:10: a.two: no text in 'fr'\n    Write it in sentences.fr.yaml.\n"
        "sentences.fr.yaml:3:10: a.one: not the same arguments as in 'en'\n    Use the same in all.\n"
        "3 problems; nothing was loaded"
    )


def test_a_file_of_sentences_is_named_for_its_language(tmp_path: Path) -> None:
    (tmp_path / "sentences.en.yaml").write_text('language: fr\nsentences: {a.b: "Oui."}\n', encoding="utf-8")
    assert "sentences.en.yaml:1:1: the file says 'fr'\n" in refusal(tmp_path)
