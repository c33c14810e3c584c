"""What pages say: keyed sentences like those of letters, one file an area and language, complete in both.

`report.en.yaml` and `report.fr.yaml` hold the same ids, each beginning with the area's name. A template writes
`{% say "report.title" %}`; arguments are typed as in letters: `{count:number}`, `{when:minute}`.
"""

import functools
from pathlib import Path

import yaml

from showcause.casework.catalogue import house_sentences
from showcause.domain.errors import BadInput
from showcause.domain.sentences import Arg, Book, render

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "fr")


@functools.cache
def pages() -> Book:
    """Return the sentences of pages: id -> language -> template, read once."""
    book: dict[str, dict[str, str]] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        area, language, _ = file.name.split(".")
        for id_, text in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
            if not str(id_).startswith(f"{area}."):
                raise BadInput(f"{file.name}: {id_} does not begin with {area}.")
            book.setdefault(str(id_), {})[language] = str(text)
    return book


@functools.cache
def book() -> Book:
    """Return the sentences of pages and of letters in one book, so that a page may name a measure in words."""
    letters = house_sentences()
    return {**{id_: dict(texts) for id_, texts in letters.items()}, **pages()}


def say(language: str, id_: str, /, **args: Arg) -> str:
    """Return a sentence in a language.

    Raises: BadInput for an unknown sentence, or arguments that it does not take.
    """
    return render(book(), id_, args, language)
