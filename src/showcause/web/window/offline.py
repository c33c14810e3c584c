"""The checker of proofs as one HTML file, made from the same modules that the pages use: same sources, same bytes.

It names no site and no key, so that its digest is the same wherever this version runs, and can be compared.
"""

import base64
import functools
import hashlib
import json
import re
from pathlib import Path
from typing import Final

from showcause.web.texts import LANGUAGES, book

NAME: Final = "verify.html"
_WEB: Final = Path(__file__).parents[1]
_STATIC: Final = _WEB / "static" / "showcause"
_MODULES: Final = ("verify.js", "verify-page.js", "verify-offline.js")
_STYLES: Final = ("offline.css", "verify.css")
_PARTS: Final = ("window.verify.", "window.kind.")
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./[a-z-]+\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=async function|function|class|const)", re.MULTILINE)


def words(language: str, parts: tuple[str, ...] = _PARTS) -> dict[str, str]:
    """Return the sentences that the verifier needs in one language, by id without the area."""
    chosen = ((id_, texts[language]) for id_, texts in sorted(book().items()) if id_.startswith(parts))
    return {id_.removeprefix("window."): text for id_, text in chosen}


@functools.cache
def verifier() -> bytes:
    """Return the file."""
    script, style = _script(), "".join(_read(_STATIC / each) for each in _STYLES)
    known = {each: words(each, (*_PARTS, "window.offline.")) for each in LANGUAGES}
    data = json.dumps(known, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    page = _read(_WEB / "templates" / "window" / "offline.html")
    filled = {"@POLICY@": security(), "@STYLE@": style, "@WORDS@": data, "@SCRIPT@": script}
    return re.sub("|".join(filled), lambda found: filled[found.group()], page).encode()


def digest() -> str:
    """Return the SHA-256 of the file, in hex."""
    return hashlib.sha256(verifier()).hexdigest()


@functools.cache
def security() -> str:
    """Return what the file lets a browser do: run this script and this style, and ask nobody for anything."""
    script, style = _script(), "".join(_read(_STATIC / each) for each in _STYLES)
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _script() -> str:
    """Return the modules as one: each imports only from those before it."""
    several = (_EXPORT.sub("", _IMPORT.sub("", _read(_STATIC / each))) for each in _MODULES)
    return "\n".join(several)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
