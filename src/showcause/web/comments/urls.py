"""Addresses: `f` stands in a frame, `a` is the page of its own."""

from django.urls import path, re_path

from showcause.web.comments import changing, concerned, embed, entering, feeds, lists, mine, quieting, thread

THREAD = r"^(?P<where>[af])/(?P<article>[0-9a-f]{32})"
LIST = r"^lists/(?P<what>read|commented)/(?P<span>day|week)"
COMMENT = r"(?P<comment>[0-9a-f]{32})$"

urlpatterns = [
    path("embed.js", embed.embed, name="comments-embed"),
    path("frame", thread.frame, name="comments-frame"),
    path("of", thread.of, name="comments-of"),
    path("mine", mine.mine, name="comments-mine"),
    path("mine/<str:token>", entering.enter, name="comments-enter"),
    path("confirm/<str:token>", entering.confirm, name="comments-confirm"),
    path("quiet/<str:token>", quieting.quiet, name="comments-quiet"),
    path("letters", quieting.ask, name="comments-letters"),
    path("feed.atom", feeds.whole, name="comments-feed"),
    re_path(LIST + "$", lists.page, name="comments-list"),
    re_path(LIST + r"\.json$", lists.data, name="comments-list-data"),
    re_path(r"^c/" + COMMENT, thread.permalink, name="comment"),
    re_path(THREAD + "$", thread.thread, name="comments-thread"),
    re_path(THREAD + r"/feed\.atom$", feeds.of_article, name="comments-thread-feed"),
    re_path(THREAD + "/news$", thread.news, name="comments-news"),
    re_path(THREAD + "/mine$", mine.mine, name="comments-mine-here"),
    re_path(THREAD + "/letters$", quieting.ask, name="comments-letters-here"),
    re_path(THREAD + "/about/" + COMMENT, concerned.about, name="comment-about"),
    re_path(THREAD + "/edit/" + COMMENT, changing.edit, name="comment-edit"),
    re_path(THREAD + "/delete/" + COMMENT, changing.delete, name="comment-delete"),
    re_path(THREAD + "/again/" + COMMENT, changing.again, name="comment-again"),
]
