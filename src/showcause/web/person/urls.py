"""Addresses: a person's own page behind its signed link, and what they publish of it."""

from django.urls import URLPattern, path

from showcause.web.person import entry, kept, published, views

urlpatterns: list[URLPattern] = [
    path("s/", entry.find),
    path("s/<str:token>", views.page),
    path("s/<str:token>/appeal", views.appeal),
    path("s/<str:token>/withdraw", views.withdraw),
    path("s/<str:token>/new-link", views.new_link),
    path("s/<str:token>/proof/<str:leaf>", views.proof),
    path("s/<str:token>/file/<str:attachment>", views.file),
    path("s/<str:token>/publish", published.choose),
    path("s/<str:token>/unpublish", published.withdraw),
    path("h/<str:token>", kept.page),
    path("p/<str:publication>", published.page),
    path("p/<str:publication>/proof", published.proof),
    path("p/<str:publication>/status", published.status),
    path("p/<str:publication>/status.json", published.status_json),
]
