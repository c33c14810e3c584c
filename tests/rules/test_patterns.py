"""Patterns: what is taken compiles in RE2, and what RE2 lacks is refused at the character where it stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from showcause.domain.errors import BadInput
from showcause.rules.patterns import fault_of
from showcause.rules.searching import compiled

GOOD = [
    "a", "(?i)(free|cheap) (crypto|followers)", r"\bwin\b", r"^https?://[^/\s]+/", "a{2,5}?b+?", r"[\w.-]+@[a-z]",
    r"\p{Greek}+", "[[:alpha:]_-]", r"\x{1F600}", "(?:ab)*", "é+", "a|b|", "(?s:.)", r"[^\d]", "[a-]", r"\$\^\.",
    "x{1000}", "[-a]", "(?i:a)b", "(?m)^a$",
]  # fmt: skip
BAD = {
    "": 0, "(?=a)": 0, "a(?<!b)": 1, r"(a)\1": 3, "(?P<name>a)": 0, "a++": 2, "*a": 0, "a**": 2, "a{5,2}": 1,
    "[b-a]": 1, "[]": 0, "(a": 0, "a)": 1, "a{": 1, r"\Z": 0, "(?>a)": 0, r"\p{Klingon}": 0, "a\\": 1, "[a": 0,
    "(?x)a": 0, "(a{1000}){1000}": 9, r"[\w-z]": 1, "[[:beta:]]": 1, "^*": 1,
    r"\x{110000}": 0, "(?#c)": 0, "(?)": 0, "(?i-)": 0,
}  # fmt: skip


@pytest.mark.parametrize("pattern", GOOD)
def test_what_is_taken_compiles(pattern: str) -> None:
    assert fault_of(pattern) is None
    compiled(pattern)


@pytest.mark.parametrize("pattern", BAD)
def test_what_is_refused_is_refused_where_it_stands(pattern: str) -> None:
    fault = fault_of(pattern)
    assert fault is not None
    assert (fault.start, bool(fault.hint)) == (BAD[pattern], True)


SOURCE = st.lists(
    st.sampled_from(
        [*"abé(|)[]{}*+?.^$-,:\\dbwpx0123iIsm!=<>P ", "(?", "(?:", "(?i)", "\\p{L}", "[:", ":]", "{2,3}"]
    ),
    max_size=14,
).map("".join)


@given(st.one_of(SOURCE, st.text(max_size=12)))
@settings(max_examples=200, deadline=None)
def test_whatever_is_taken_compiles_in_re2(pattern: str) -> None:
    fault = fault_of(pattern)
    if fault is not None:
        assert 0 <= fault.start < fault.end
        return
    assert _compiles(pattern), pattern


def _compiles(pattern: str) -> bool:
    """Say whether RE2 takes a pattern, or refuses it for its size alone."""
    try:
        return bool(compiled(pattern))
    except BadInput as error:
        return "steps long" in error.message
