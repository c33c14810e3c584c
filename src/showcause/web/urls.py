"""Every address of the pages, by door."""

from django.urls import include, path

from showcause.web import frame, health, metrics

urlpatterns = [
    path("api/v1/", include("showcause.web.api.urls")),
    path("accounts/", include("showcause.web.accounts.logins")),
    path("welcome/", include("showcause.web.accounts.urls")),
    path("desk/", include("showcause.web.console.urls")),
    path("comments/", include("showcause.web.comments.urls")),
    path("demo/", include("showcause.web.demo.urls")),
    path("", include("showcause.web.reporting.urls")),
    path("", include("showcause.web.person.urls")),
    path("", include("showcause.web.window.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language", frame.set_language, name="language"),
]

handler400 = "showcause.web.answers.bad_request"
handler403 = "showcause.web.answers.not_permitted"
handler404 = "showcause.web.answers.no_such_page"
handler500 = "showcause.web.answers.broken"
