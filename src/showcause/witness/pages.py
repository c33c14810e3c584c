"""What a witness shows people: which logs it watches, how fresh each is, every fork, and a root to print.

Two pages of plain HTML, without a script and without a third party. Everything of a log is escaped: nothing in a
checkpoint is shown that was not verified.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from typing import Final

import qrcode
import qrcode.image.svg

from showcause.transparency.encoding import b64
from showcause.witness.memory import Fork, Memory, Seen, Watched

FRESH: Final = 26 * 3600
"""After so many seconds without a cosignature a log is called stale: a day, and two hours for a late visit."""
STYLE: Final = (
    ":root{color-scheme:light dark}body{font:1.05rem/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}code{overflow-wrap:anywhere}th,td{text-align:left;padding:.4rem .8rem;vertical-align:top;"
    "border-bottom:1px solid gray}.bad{font-weight:700}svg{width:14rem;height:14rem;background:#fff}"
    "@media print{.no-print{display:none}}"
)


WITNESS: Final = (
    "I am a witness. I remember the largest tree that each of these logs has shown me, and sign only trees that "
    "continue it. I do not read what is in them, and do not say that it is right."
)
MIRROR: Final = (
    "I am a mirror. I keep every entry of these logs, and sign a tree when all of it lies here and continues what I "
    "was shown before. I do not say that what is in them is right."
)


def overview(memory: Memory, newest: Callable[[str], Seen | None], kind: str, now: int) -> str:
    """Return the page *logs I watch*; `newest` gives the tree of a log that was cosigned last."""
    keys = memory.keys
    rows = "".join(_row(log, newest(log.origin), memory.forks(log.origin), now) for log in memory.watched())
    ours = "".join(f"<li><code>{escape(str(key.verifier))}</code></li>" for key in keys)
    name = escape(keys[0].name) if keys else "?"
    return _page(
        f"{name}: logs I watch",
        f"<h1>{name}</h1><p>{kind}</p>"
        f"<h2>Logs I watch</h2><table><thead><tr><th>Log<th>Entries<th>Last cosigned<th>Forks</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f"<h2>My keys</h2><p>Take them from somewhere else than from here, if you can.</p><ul>{ours}</ul>",
    )


def _row(log: Watched, seen: Seen | None, forks: Sequence[Fork], now: int) -> str:
    place = sha256(log.origin.encode()).hexdigest()
    name = f'<a href="/{place}/root">{escape(log.origin)}</a>' if seen else escape(log.origin)
    when = "never" if seen is None else _moment(seen.at)
    if seen is not None and now - seen.at > FRESH:
        when += ' <span class="bad">stale: the log stands still or is withheld from me</span>'
    found = (
        f'<a class="bad" href="/{place}/forks">{len(forks)}: it signed a tree that does not continue its own</a>'
        if forks
        else "none"
    )
    return f"<tr><td>{name}<td>{seen.size if seen else '-'}<td>{when}<td>{found}</tr>"


def root(origin: str, seen: Seen, name: str) -> str:
    """Return a page to print and file: the root of a log, in words and as a QR code."""
    text = f"{origin}\n{seen.size}\n{b64(seen.root)}\n"
    code = qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage).to_string(encoding="unicode")
    return _page(
        f"{origin}: {seen.size} entries",
        f"<h1>{escape(origin)}</h1><p>On {_moment(seen.at)} {escape(name)} saw this log with "
        f"<b>{seen.size}</b> entries under the root</p><p><code>{b64(seen.root)}</code></p>"
        f"<figure>{code}<figcaption>The three lines of the checkpoint</figcaption></figure>"
        "<p>Who keeps this sheet can show later whether the log still contains everything that it contained today.</p>"
        '<p class="no-print"><a href="/">Back to the logs I watch</a></p>',
    )


def forks(origin: str, found: Sequence[Fork]) -> str:
    """Return the evidence against a log: what it signed, and what it had signed before."""
    items = "".join(
        f"<li><p>Seen on {_moment(fork.at)}: {escape(fork.why)}</p><pre>{escape(fork.note)}</pre>"
        f"<p>What I had cosigned before:</p><pre>{escape(fork.known)}</pre></li>"
        for fork in found
    )
    return _page(
        f"{origin}: forks",
        f"<h1>{escape(origin)}</h1><p>The log signed these checkpoints and did not show that they continue what it had "
        "signed before. Two signed checkpoints of one size with two roots prove by themselves that it keeps two "
        f"histories.</p><ol>{items}</ol>",
    )


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %B %Y, %H:%M} UTC"


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>{body}</body></html>"
    )
