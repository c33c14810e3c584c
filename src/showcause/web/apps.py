"""The pages as a Django application: templates, static files and template tags; it has no models."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Names the application `web`."""

    name = "showcause.web"
    label = "showcause_web"

    def ready(self) -> None:
        """Let logins leave their lines."""
        from showcause.web.accounts.traces import listen

        listen()
