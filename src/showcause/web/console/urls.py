"""Addresses of the desk."""

from django.urls import path

from showcause.web.console import acting, appeals, cases, deciding, decisions, lists, people, platforms, rules

urlpatterns = [
    path("", lists.home),
    path("queue/", cases.queue),
    path("case/<str:id>/", cases.case),
    path("case/<str:id>/open", cases.open_file),
    path("case/<str:id>/propose", deciding.propose),
    path("proposals/", decisions.proposals),
    path("find", decisions.find),
    path("decision/<str:id>/", decisions.decision),
    path("decision/<str:id>/open", decisions.open_file),
    path("statement/<str:id>/read", decisions.read_statement),
    path("appeals/", appeals.appeals),
    path("appeal/<str:id>/", appeals.appeal),
    path("appeal/<str:id>/open", appeals.open_file),
    path("file/<str:token>", appeals.opened),
    path("appeal/<str:id>/amend", deciding.amend),
    path("urgent/", lists.urgent),
    path("falls/", lists.falls),
    path("orders/", lists.orders),
    path("letters/", lists.letters),
    path("jobs/", lists.jobs),
    path("numbers/", lists.numbers),
    path("policies/", rules.policies),
    path("policy/<str:id>/", rules.policy),
    path("platforms/", platforms.platforms),
    path("platform/<str:name>/doctor", platforms.doctor),
    path("people/", people.people),
    path("people/add", people.add),
    path("people/<str:id>/roles", people.roles),
    path("people/<str:id>/invite", people.invite),
    path("people/<str:id>/retire", people.retire),
    path("settings/", people.settings),
    path("settings/change", people.change),
    path("<str:kind>/<str:id>/<str:verb>", acting.act),
]
