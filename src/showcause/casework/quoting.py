"""Cutting a text into its sentences, so that a refusal can say which one it concerns.

Cut generously: where it is unclear whether a full stop ends a sentence, it does. Each sentence stands in the text as it
is, so that it can be quoted.
"""

import re
from typing import Final

MOST: Final = 60
"""So many sentences can be chosen; what comes after them belongs to the last."""
_SENTENCE: Final = re.compile(r"\S(?:.*?[.!?…]++(?:\s?»|[”\"'’)\]])*(?=\s|$)|[^\n]*)", re.MULTILINE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of a text begins and ends, in order; at least one where the text says anything."""
    found: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text):
        begin, end = match.span()
        end = begin + len(text[begin:end].rstrip())
        if found and (_is_only_signs(text[begin:end]) or len(found) >= MOST):
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def _is_only_signs(piece: str) -> bool:
    """Tell whether a piece says nothing by itself: in French, a sign of exclamation stands behind a space."""
    return not any(char.isalnum() for char in piece) and len(piece) < 8


def sentence(text: str, chosen: int | None) -> str:
    """Return the sentence of this number, counted from 1; the whole text for None or a number that there is not."""
    places = sentences(text)
    if chosen is None or not 0 < chosen <= len(places):
        return text
    begin, end = places[chosen - 1]
    return text[begin:end]
