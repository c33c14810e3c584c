"""Comments from WordPress: its export file (WXR, an RSS feed with elements of its own), read as a stream.

Whatever its version: elements are known by their local names, since the namespace carries the version's number. Only
comments by people are taken, those that were accepted or still wait.

Source: what WordPress 4 to 6 write under Tools, Export.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from showcause.comments.arriving import Arriving, ArrivingArticle, Misfit, Why, plain, unescaped
from showcause.domain.errors import BadInput

AT_ONCE: Final = 65_536
MOST_DECLARED: Final = 4_096
"""So far into the file a document type would have to stand; WordPress writes none, and none is read."""
_WAITING, _ACCEPTED = "0", "1"
_NOT_TAKEN: Final = {"spam": Why.SPAM, "trash": Why.DELETED, "post-trashed": Why.DELETED}
_BY_PEOPLE: Final = frozenset({"", "comment"})

Progress = Callable[[int, int], None]


def read(file: Path, progress: Progress = lambda done, of: None) -> Iterator[Arriving | Misfit]:
    """Yield every comment of an export, article by article, those that are answered before their answers.

    Raises: BadInput when the file is no export of WordPress, or is cut off; what came before was yielded.
    """
    whole, done, seen = file.stat().st_size, 0, False
    with file.open("rb") as opened:
        _refuse_types(opened)
        for item in _items(opened):
            seen = True
            yield from _comments(item)
            done = opened.tell()
            progress(done, whole)
    if not seen:
        raise BadInput(
            f"{file.name} holds no article of a WordPress export",
            "In WordPress: Tools, Export, All content. The file begins with <?xml and holds <rss>.",
        )
    progress(whole, whole)


def _refuse_types(opened: BinaryIO) -> None:
    """Refuse a document type before anything is parsed: entities are how a small file becomes a huge one."""
    if b"<!DOCTYPE" in opened.read(MOST_DECLARED).upper():
        raise BadInput("the export declares a document type, which WordPress does not", "Export it again.")
    opened.seek(0)


def _items(opened: BinaryIO) -> Iterator[Element]:
    parser: XMLPullParser[Element] = XMLPullParser(events=("start", "end"))
    path: list[Element] = []
    try:
        while piece := opened.read(AT_ONCE):
            parser.feed(piece)
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                if event == "start":
                    path.append(element)
                    continue
                path.pop()
                if _local(element) == "item":
                    yield element
                    element.clear()
                    if path:
                        path[-1].remove(element)
        parser.close()
    except ParseError as error:
        raise BadInput(
            f"the export is not whole: {error}", "Export it again; what came before this place was taken."
        ) from None


def _comments(item: Element) -> Iterator[Arriving | Misfit]:
    article = _article(item)
    found = [each for each in item if _local(each) == "comment"]
    for each in sorted(found, key=lambda each: _number(_text(each, "comment_id"))):
        yield _comment(each, article)


def _article(item: Element) -> ArrivingArticle | None:
    address = _text(item, "link")
    number = _text(item, "post_id")
    if not address.startswith(("http://", "https://")) or not number.isdigit():
        return None
    parts = [each for each in item if _local(each) == "category" and each.get("domain") == "category"]
    part = unescaped(parts[0].text or "") if parts else ""
    return ArrivingArticle(f"wordpress-{number}", address, unescaped(_text(item, "title")), part)


def _comment(found: Element, article: ArrivingArticle | None) -> Arriving | Misfit:
    source, approved = _text(found, "comment_id"), _text(found, "comment_approved")
    created = _moment(_text(found, "comment_date_gmt"))
    text = plain(_text(found, "comment_content"))
    if _text(found, "comment_type") not in _BY_PEOPLE:
        return Misfit(source, Why.LINK_BACK)
    if approved in _NOT_TAKEN:
        return Misfit(source, _NOT_TAKEN[approved])
    if article is None:
        return Misfit(source, Why.NO_ARTICLE)
    if created is None or approved not in (_WAITING, _ACCEPTED) or not source:
        return Misfit(source, Why.UNREADABLE)
    if not text:
        return Misfit(source, Why.EMPTY)
    parent = _text(found, "comment_parent")
    return Arriving(
        source=source,
        parent=parent if parent not in ("", "0") else None,
        article=article,
        name=unescaped(_text(found, "comment_author")),
        mail=_text(found, "comment_author_email"),
        text=text,
        created_at=created,
        waiting=approved == _WAITING,
    )


def _moment(text: str) -> int | None:
    try:
        at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp()) * 1_000_000


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _text(element: Element, name: str) -> str:
    return next(((each.text or "").strip() for each in element if _local(each) == name), "")


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
