"""Addresses."""

from django.urls import path

from showcause.web.reporting import contact, following, sending

urlpatterns = [
    path("report/", sending.fork, name="report"),
    path("report/rules", sending.rules, name="report-rules"),
    path("report/illegal", sending.illegal, name="report-illegal"),
    path("report/status", following.enter_number, name="report-status"),
    path("r/<str:token>", following.page, name="report-page"),
    path("r/<str:token>/contest", following.contest, name="report-contest"),
    path("r/<str:token>/withdraw", following.withdraw, name="report-withdraw"),
    path("r/<str:token>/withdraw-appeal", following.withdraw_appeal, name="report-withdraw-appeal"),
    path("r/<str:token>/link", following.link_again, name="report-link"),
    path("contact/", contact.contact, name="contact"),
]
