"""Addresses."""

from typing import Final

from django.urls import path

from showcause.web.api import reading
from showcause.web.api.api import build
from showcause.web.api.door import behind_the_door

API: Final = build()
urlpatterns = [
    *behind_the_door(API.urls[0]),
    path("openapi.json", reading.described, {"api": API}, name="api-description"),
    path("docs", reading.explained, {"api": API}, name="api-docs"),
]
