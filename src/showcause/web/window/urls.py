"""Addresses."""

from django.urls import path
from django.views.generic import RedirectView

from showcause.web.window import checker, feed, find, health, home, log, numbers, rules, witnesses

urlpatterns = [
    path("", home.home, name="home"),
    path("robots.txt", home.robots),
    path("limits/", home.limits, name="limits"),
    path("rules/", rules.rules, name="rules"),
    path("rules.json", rules.terms_file),
    path("feed.atom", feed.feed),
    path("rules/<str:clause_id>", rules.rule, name="rule"),
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers.json", numbers.numbers_file),
    path("numbers.csv", numbers.numbers_table),
    path("log/", log.log, name="log"),
    path("log/checkpoint", log.checkpoint, name="checkpoint"),
    path("log/health", health.health, name="log-health"),
    path("log/witnesses.json", witnesses.witnesses_file),
    path("log/policy.txt", checker.policy, name="policy"),
    path("verify.html", checker.checker, name="checker"),
    path("log/<int:index>", log.log_entry, name="entry"),
    path("log/<int:index>.tlog-proof", log.log_proof),
    path("log/<int:index>.json", log.log_bytes),
    path("decisions/<str:leaf>", log.decision, name="decision"),
    path("find", find.find, name="find"),
    # What people type who take one of these addresses for one of the other kind.
    path("find/", RedirectView.as_view(url="/find")),
    *(path(each, RedirectView.as_view(url=f"/{each}/")) for each in ("limits", "log", "numbers", "rules")),
]
