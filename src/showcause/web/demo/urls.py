"""Addresses of the demo."""

from django.urls import path

from showcause.web.demo import journal, views

urlpatterns = [
    path("", views.story, name="demo"),
    path("engineer", views.engineer, name="demo-engineer"),
    path("end", views.end, name="demo-end"),
    path("play", views.play, name="demo-play"),
    path("journal/", journal.front, name="demo-journal"),
    path("journal/<slug:slug>", journal.article, name="demo-article"),
]
