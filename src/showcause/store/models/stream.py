# ruff: noqa: DJ008 - tables without behaviour: nothing prints a row
"""Tables of the stream: what rules said of events, and how far each platform's events were judged."""

from django.db import models


class VerdictRow(models.Model):
    """One rule that fired on one event, in one version. It derives from the event alone, and is never changed."""

    seq = models.BigAutoField(primary_key=True)
    event = models.BigIntegerField()
    rule = models.TextField()
    version = models.CharField(max_length=64)
    rules = models.CharField(max_length=64)
    at = models.BigIntegerField()
    body = models.JSONField()

    class Meta:
        db_table = "verdicts"
        constraints = (models.UniqueConstraint(fields=["event", "rule", "version"], name="verdict_once"),)
        indexes = (models.Index(fields=["rule", "event"], name="verdicts_by_rule"),)


class RuleSetRow(models.Model):
    """What a platform's rule set was made of, under the digest by which verdicts name it. It is never changed."""

    seq = models.BigAutoField(primary_key=True)
    platform = models.TextField()
    digest = models.CharField(max_length=64)
    body = models.JSONField()

    class Meta:
        db_table = "rule_sets"
        constraints = (models.UniqueConstraint(fields=["digest", "platform"], name="rule_set_once"),)


class StreamRow(models.Model):
    """How far one platform's events were judged, by which counters and rules, and the digest of what they were told."""

    seq = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True)
    sequence = models.BigIntegerField()
    at = models.BigIntegerField()
    erased = models.BigIntegerField()
    registry = models.CharField(max_length=64)
    rules = models.CharField(max_length=64)
    told = models.CharField(max_length=64)
    body = models.JSONField()

    class Meta:
        db_table = "streams"
