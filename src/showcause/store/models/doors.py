# ruff: noqa: DJ001, DJ008 - tables without behaviour: null is no state's empty text, and nothing prints a row
"""Tables of the doors: links, keys of programs, webhooks, attachments, publications, replies to repeated requests."""

from django.db import models

from showcause.store.models.record import Record


class LinkMarkRow(Record):
    about = models.TextField(unique=True)
    generation = models.IntegerField()

    class Meta:
        db_table = "link_marks"


class ApiKeyRow(Record):
    digest = models.TextField(unique=True)
    platform = models.TextField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_keys"


class WebhookRow(Record):
    active = models.BooleanField()

    class Meta:
        db_table = "webhooks"


class AttachmentRow(Record):
    state = models.TextField()
    about = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "attachments"
        indexes = (models.Index(fields=["about"], name="attachments_by_about"),)


class PublicationRow(Record):
    statement = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "publications"
        indexes = (models.Index(fields=["statement"], name="publications_by_statement"),)


class ReplyRow(models.Model):
    """What an idempotency key was answered with: the request's digest, and the ids of the records that it made."""

    seq = models.BigAutoField(primary_key=True)
    key = models.TextField(unique=True)
    digest = models.TextField()
    records = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "replies"
        indexes = (models.Index(fields=["at"], name="replies_by_time"),)
