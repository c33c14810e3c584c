"""Rules as sentences: what each says in English and French, exactly and plainly, word for word.

`sentences.txt` has a condition and what is said of it; read it aloud after every change.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.casework.rule_files import load, read_texts
from showcause.domain.restriction import Measure
from showcause.rules.folder import Loaded
from showcause.rules.phrases import PHRASES, fill
from showcause.rules.powers import EFFECTS, Effect, EffectKind
from showcause.rules.sentences import Style, effects_in_words, sentence
from showcause.rules.words import LANGUAGES
from tests.rules.folders import BASE, RULE, with_when
from tests.rules.test_rule_files import EXAMPLE

GOLDEN = Path(__file__).parent / "sentences.txt"


def golden() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each condition with its sentences by language and style."""
    for block in GOLDEN.read_text(encoding="utf-8").strip().split("\n\n"):
        condition, *said = block.splitlines()
        yield condition, dict(line.strip().split(": ", 1) for line in said)


def example(**conditions: str) -> Loaded:
    """Return the example of the documentation with further rules, by id."""
    texts = {
        path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(EXAMPLE.rglob("*.yaml"))
    }
    bare = RULE.replace("kind: post, content", "content")
    for id, condition in conditions.items():
        texts[f"rules/{id}.yaml"] = with_when(condition, base=bare).replace("night_links", id)
    loaded, faults = read_texts(texts, cases=False)
    assert loaded is not None, "\n".join(map(str, faults))
    return loaded


def said_of(loaded: Loaded, id: str) -> dict[str, str]:
    """Return every sentence of a rule."""
    return {f"{lang} {style}": sentence(loaded, id, lang, style) for lang in LANGUAGES for style in Style}


@pytest.fixture(scope="module")
def every() -> Loaded:
    return example(**{f"g{number}": condition for number, (condition, _) in enumerate(golden())})


@pytest.mark.parametrize("number", range(len(list(golden()))))
def test_it_reads(every: Loaded, number: int) -> None:
    condition, expected = list(golden())[number]
    said = {key: text.replace(f"`g{number}`", "`x`") for key, text in said_of(every, f"g{number}").items()}
    assert said == expected, condition


def test_both_languages_say_everything() -> None:
    for language in LANGUAGES:
        phrases = PHRASES[language]
        assert phrases.effects.keys() == EFFECTS.keys()
        assert phrases.measures.keys() == set(Measure)


def test_french_is_typeset_with_its_own_signs(every: Loaded) -> None:
    for rule in every.rules:
        for style in Style:
            text = sentence(every, rule.id, "fr", style)
            if "{b}" not in text and "`(?" not in text:
                assert [sign for sign in ("'", " »", "« ", " %", " :", " ;") if sign in text] == [], text


def test_effects_read_as_a_sentence() -> None:
    effects = (
        Effect(EffectKind.OPEN_CASE), Effect(EffectKind.HOLD), Effect(EffectKind.PROPOSE, Measure.LIMIT, 86_400),
    )  # fmt: skip
    assert effects_in_words(effects, "en") == (
        "It then opens a case, holds the content back until a person has looked at it and "
        "proposes to limit the account for 1 day."
    )
    assert effects_in_words(effects, "fr") == (
        "Alors elle ouvre un dossier, retient le contenu jusqu’à ce qu’une personne l’ait vu et "
        "propose de limiter le compte pendant 1 jour."
    )


def test_names_without_words_are_shown_as_they_are_written() -> None:
    loaded, _ = read_texts({**BASE, "rules/night_links.yaml": with_when("not actor.verified")}, cases=False)
    assert loaded is not None
    assert (
        sentence(loaded, "night_links", "en") == "The rule `night_links` fires when `actor.verified` is no."
    )
    assert sentence(loaded, "night_links", "fr") == (
        "La règle `night_links` se déclenche quand `actor.verified` vaut non."
    )


@given(st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_what_stands_in_a_part_is_never_read_as_a_phrase(text: str) -> None:
    assert fill("{a}, {b}", a=text, b="b") == f"{text}, b"
    assert fill("{que:a}|{b}", a=text, b=text).endswith(f"|{text}")


def random_condition(dice: random.Random, depth: int = 3) -> str:
    """Return a condition on the example's names."""
    leaf = dice.choice(
        [
            "actor.verified", "kind == 'post'", "kind in ['a', 'b', 'c']", "content.links - 1 > posts_10m * 2",
            "actor.age_s < new_account", "content.domain in blocked_sites", "contains(content.text, '{a} (')",
            "flood", "model.spam >= 0.5", "matches(content.text, 'a')", "length(content.text) != 3",
        ]
    )  # fmt: skip
    if depth == 0 or dice.random() < 0.3:
        return leaf
    parts = [random_condition(dice, depth - 1) for _ in range(dice.randint(2, 3))]
    joined = f" {dice.choice(['and', 'or'])} ".join(f"({part})" for part in parts)
    return f"not ({joined})" if dice.random() < 0.3 else joined


def test_whatever_can_be_written_can_be_said() -> None:
    dice = random.Random(5)
    loaded = example(**{f"r{number}": random_condition(dice) for number in range(150)})
    for rule in loaded.rules:
        for text in said_of(loaded, rule.id).values():
            bare = text.replace("{a} (", "").replace(r"(?i)\b(free|cheap) (coins|followers)\b", "")
            assert text.endswith("."), text
            assert bare.count("(") == bare.count(")"), text
            assert "  " not in text, text
            assert "{" not in bare, text


def test_the_sentences_of_the_example_are_those_of_the_guide() -> None:
    loaded = load(EXAMPLE)
    assert sentence(loaded, "links_from_new_accounts", "en", Style.PLAIN) == (
        "The rule applies when the kind of event is “post”, the age of the account is less than 1 day, the number of "
        "links is at least 1 and the account is not verified."
    )
