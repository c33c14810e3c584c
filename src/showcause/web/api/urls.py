"""Addresses."""

from typing import Final

from showcause.web.api.api import build
from showcause.web.api.door import behind_the_door

API: Final = build()
urlpatterns = behind_the_door(API.urls[0])
