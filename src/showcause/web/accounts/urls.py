"""Invitations."""

from django.urls import path

from showcause.web.accounts.welcome import Welcome

urlpatterns = [path("<str:token>", Welcome.as_view(), name="welcome")]
