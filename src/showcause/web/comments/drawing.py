"""Writes the places of a thread as HTML. A page has up to two hundred; a template would take most of its time for them.

Everything that somebody wrote goes through `escape`; what is of the kind `SafeString` was escaped when it was made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

from django.utils.safestring import SafeString

from showcause.web.comments.pages import Door
from showcause.web.comments.showing import Shown, Twig
from showcause.web.comments.telling import Moment, Told
from showcause.web.comments.words import NOBODY, counted, words


@dataclass(frozen=True, slots=True)
class Drawing:
    """One page: its door, the comment that it is about, the form that stands under the comment that is answered."""

    door: Door
    focus: str = ""
    here: str = ""
    history: tuple[Moment, ...] = ()
    form_under: str = ""
    form: str = ""
    w: Mapping[str, str] = field(default_factory=dict)
    away: str = ""
    name: str = ""
    reply: str = ""

    @classmethod
    def of(cls, door: Door, **more: Any) -> "Drawing":
        """Return a page's drawing, its words looked up and escaped once."""
        said = {name: escape(text) for name, text in words(door.language).items()}
        away, name = ' target="_blank"' if door.framed else "", quote(door.section.name)
        return cls(door, w=said, away=away, name=name, reply=escape(door.to(reply=NOBODY)), **more)

    def branches(self, found: Iterable[Twig]) -> SafeString:
        """Write branches as items of a list."""
        return SafeString("".join(f'<li class="branch">{self._branch(each)}</li>\n' for each in found))

    def _branch(self, twig: Twig) -> str:
        root = self._comment(twig.root)
        if not twig.replies and not twig.more:
            return root
        inside = "".join(f"<li>{self._comment(each)}</li>\n" for each in twig.replies)
        below = f"<ol>\n{inside}</ol>{self._further(twig)}"
        if not twig.folded:
            return f'{root}<div class="replies">{below}</div>'
        count = escape(counted(self.door.language, "comments.replies", twig.count))
        return f'{root}<details class="replies"><summary>{count}</summary>{below}</details>'

    def _further(self, twig: Twig) -> str:
        if not twig.more:
            return ""
        address = escape(self.door.to(comment=twig.root.id, after=twig.after))
        said = escape(counted(self.door.language, "comments.replies.more", twig.more))
        return f'<p class="further"><a href="{address}">{said}</a></p>'

    def _comment(self, it: Shown) -> str:
        names = (
            ("own", it.own),
            ("picked", it.highlighted),
            ("gone", it.is_gone),
            ("focus", it.id == self.focus),
        )
        kinds = " ".join(["comment", *(name for name, holds in names if holds)])
        here = " data-here" if it.id == self.here else ""
        inside = (
            self._label(it), self._by(it), "" if it.is_gone else self._said(it),
            "".join(self._mark(it, each) for each in it.marks), "".join(map(self._beside, it.beside)),
            self._history(it), "" if it.is_gone else self._acts(it),
        )  # fmt: skip
        form = self.form if it.id == self.form_under else ""
        return f'<article class="{kinds}" id="comment-{it.id}" tabindex="-1"{here}>{"".join(inside)}</article>{form}'

    def _label(self, it: Shown) -> str:
        said = [self.w["pinned"]] if it.pinned else []
        said += [f'<span class="picked">{self.w["picked"]}</span>'] if it.highlighted else []
        return f'<p class="label">{" · ".join(said)}</p>' if said else ""

    def _by(self, it: Shown) -> str:
        w = self.w
        if it.is_gone:
            name = f'<h3 class="unseen">{w["place"]}</h3>'
        else:
            name = f"<h3><bdi>{escape(it.name)}</bdi></h3>"
            name += f' <span class="badge accent">{w["staff"]}</span>' if it.staff else ""
            name += f' <span class="badge">{w["yours"]}</span>' if it.own else ""
        when = (
            f' <a class="when" href="/comments/c/{it.id}"{self.away}><span class="unseen">{w["link"]}: </span>'
            f'<time datetime="{it.stamp}">{escape(it.when)}</time></a>'
        )
        if it.edited and not it.is_gone:
            address = escape(self.door.to(comment=it.id))
            when += f' <a class="when" href="{address}#history">{w["edited"]}</a>'
        when += f' <span class="unchecked">{w["unchecked"]}</span>' if it.unchecked else ""
        return f'<header class="by">{name}{when}{self._answers(it)}</header>'

    def _answers(self, it: Shown) -> str:
        if not it.answers:
            return ""
        link = f'<a href="#comment-{it.parent}"><bdi>{escape(it.answers)}</bdi></a>'
        return f' <span class="answers"><span aria-hidden="true">↪</span> {self.w["answers"]} {link}</span>'

    def _said(self, it: Shown) -> str:
        badge = f'<span class="badge {it.tone}">{escape(it.badge)}</span> {escape(it.note)}'
        subject = f'<p class="subject">{badge}</p>' if it.badge else ""
        rest = self.long(it.rest) if it.rest else ""
        return f'{subject}<div class="said" lang="{escape(it.language)}">{it.first}{rest}</div>'

    def long(self, rest: str) -> str:
        """Write what *read more* opens."""
        w = self.w
        summary = f'<span class="shut">{w["more"]}</span><span class="open">{w["less"]}</span>'
        return f'<details class="long"><summary>{summary}</summary>{rest}</details>'

    def _mark(self, it: Shown, mark: Told) -> str:
        rule = (
            f' <a class="rule" href="/rules/{quote(mark.clause)}"{self.away}>{escape(mark.title)}</a>.'
            if mark.title
            else ""
        )
        shown = mark.leaf and not it.refused
        link = (
            f' <a href="/decisions/{quote(mark.leaf or "")}"{self.away}>{self.w["decision"]}</a>'
            if shown
            else ""
        )
        kind = "mark judged" if mark.found_nothing else "mark"
        return f'<p class="{kind}">{escape(mark.says)}{rule}{link}</p>'

    def _history(self, it: Shown) -> str:
        if it.id != self.focus or it.is_gone or not self.history:
            return ""
        told = "".join(
            f'<p class="when">{self.w["former"]} <time datetime="{each.stamp}">{escape(each.when)}</time></p>'
            f'<div class="said">{each.text}</div>'
            for each in self.history
        )
        return f'<details class="history" id="history" open><summary>{self.w["before"]}</summary>{told}</details>'

    def _acts(self, it: Shown) -> str:
        w, name, acts = self.w, escape(it.name), list[str]()
        if it.may_reply:
            address = self.reply.replace(NOBODY, it.id)
            acts.append(
                f'<a href="{address}#write" data-reply="{it.id}" data-name="{name}">{w["reply"]}'
                f'<span class="unseen"> ({name})</span></a>'
            )
        if it.refused:
            acts.append(self._link(f"/again/{it.id}", w["sent_again"]))
            acts.append(self._link("/mine", w["statement"], f"#comment-{it.id}"))
        if it.may_edit:
            acts.append(self._link(f"/edit/{it.id}", w["edit"]))
        if it.own:
            acts.append(self._link(f"/delete/{it.id}", w["delete"]))
        elif it.may_report:
            acts.append(self._report(it, name))
            about = escape(self.door.to(f"/about/{it.id}"))
            acts.append(f'<a class="about" href="{about}" rel="nofollow">{w["about"]}</a>')
        return f'<p class="acts">{"".join(acts)}</p>'

    def _link(self, path: str, said: str, place: str = "") -> str:
        return f'<a href="{escape(self.door.to(path))}{place}">{said}</a>'

    def _report(self, it: Shown, name: str) -> str:
        address = self._reporting(it.id)
        said = f'{self.w["report"]}<span class="unseen"> ({name})</span>'
        return f'<a class="report" href="{address}" rel="nofollow"{self.away}>{said}</a>'

    def _beside(self, each: Moment) -> str:
        """Write what somebody published beside a comment that is about them."""
        name = f" · <bdi>{escape(each.name)}</bdi>" if each.name else ""
        link = f'<a href="{self._reporting(each.id)}" rel="nofollow"{self.away}>{self.w["report"]}</a>'
        when = f'<p class="when"><time datetime="{each.stamp}">{escape(each.when)}</time> · {link}</p>'
        return (
            f'<aside class="beside" id="beside-{each.id}"><h4>{escape(each.title)}{name}</h4>'
            f'<div lang="{escape(each.language)}">{each.text}</div>{when}</aside>'
        )

    def _reporting(self, id_: str) -> str:
        return f"/report/?platform={self.name}&amp;kind=content&amp;ref={id_}&amp;quick=yes"
