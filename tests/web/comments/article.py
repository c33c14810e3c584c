"""A newspaper's own server: one article on an origin of its own, strict about what its page may load, with styles that
would break anything that they reach.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ELEMENT = '<showcause-comments article="strike" lang="{lang}">{link}</showcause-comments>'
LINK = '<a href="{home}/comments/of?article=strike&amp;lang={lang}">{words}</a>'
WORDS = {"en": "Read the comments", "fr": "Lire les commentaires"}
POLICY = "default-src 'none'; script-src {home}; frame-src {home}; style-src 'self'; img-src 'self'; form-action 'none'"
HOSTILE = """
body { font: 18px serif; }
body * { letter-spacing: 1em !important; font-size: 3px !important; color: red !important; opacity: .2 !important; }
showcause-comments, showcause-comments *, iframe { display: none !important; height: 1px !important; }
form, button, textarea { display: none !important; }
"""


@dataclass
class ArticlePage:
    """The server of one article; `home` is where its comments come from."""

    address: str
    home: str = ""
    lang: str = "fr"
    token: str = ""

    @property
    def strike(self) -> str:
        return f"{self.address}/strike.html"

    def html(self, hostile: bool) -> str:
        """Return the article with its thread beneath."""
        element = ELEMENT.format(
            lang=self.lang, link=LINK.format(home=self.home, lang=self.lang, words=WORDS[self.lang])
        ).replace(
            "<showcause-comments ",
            f'<showcause-comments token="{self.token}" ' if self.token else "<showcause-comments ",
            1,
        )
        style = '<link rel="stylesheet" href="/hostile.css">' if hostile else ""
        return (
            f'<!doctype html><html lang="{self.lang}"><meta charset="utf-8"><title>La grève</title>{style}'
            f'<link rel="canonical" href="{self.strike}">'
            f'<script async src="{self.home}/comments/embed.js"></script>'
            f'<h1>La grève</h1><p id="body">{"Le dépôt est fermé depuis lundi. " * 40}</p>{element}'
        )


@contextmanager
def article_page() -> Iterator[ArticlePage]:
    """Serve the article on an origin of its own."""
    page = ArticlePage("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body, kind = (
                (HOSTILE, "text/css")
                if path.endswith(".css")
                else (page.html("hostile" in path), "text/html")
            )
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY.format(home=page.home))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    page.address = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield page
    server.shutdown()
    thread.join()
    server.server_close()
