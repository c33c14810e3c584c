"""The store as a Django application; it has models and migrations and nothing else."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Names the application `store`."""

    name = "showcause.store"
    label = "store"
