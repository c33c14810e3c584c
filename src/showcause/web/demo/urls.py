"""Addresses of the demo."""

from django.urls import path

from showcause.web.demo import views

urlpatterns = [
    path("", views.story, name="demo"),
    path("engineer", views.engineer, name="demo-engineer"),
    path("end", views.end, name="demo-end"),
    path("play", views.play, name="demo-play"),
]
