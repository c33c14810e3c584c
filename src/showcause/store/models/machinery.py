# ruff: noqa: DJ008 - tables without behaviour: null is no state's empty text, and nothing prints a row
"""Tables that are no records: journal, sealed values, jobs, the rows of the log, and the arrows."""

from django.db import models
from django.db.models import Q


class JournalRow(models.Model):
    """One line for every change, in the same transaction; ids and codes only, for ever."""

    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    verb = models.TextField()
    actor = models.TextField()
    kind = models.TextField()
    record = models.TextField()
    revision = models.IntegerField(null=True)
    codes = models.JSONField()

    class Meta:
        db_table = "journal"
        indexes = (
            models.Index(fields=["record"], name="journal_by_record"),
            models.Index(fields=["at"], name="journal_by_time"),
        )


class SealedRow(models.Model):
    """Personal text, readable only with its owner's key, which is kept elsewhere."""

    id = models.CharField(max_length=32, primary_key=True)
    owner = models.CharField(max_length=32)
    purpose = models.TextField()
    nonce = models.BinaryField()
    ciphertext = models.BinaryField()
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)

    class Meta:
        db_table = "sealed"
        indexes = (
            models.Index(fields=["owner"], name="sealed_by_owner"),
            models.Index(fields=["expires"], name="sealed_by_expiry"),
        )


class JobRow(models.Model):
    """One thing to do outside, or later; the payload is ids and codes. See `jobs.py`."""

    seq = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    key = models.TextField(unique=True)
    record = models.TextField()
    lane = models.TextField()
    args = models.JSONField()
    due = models.DateTimeField()
    state = models.TextField()
    lease = models.DateTimeField(null=True)
    attempts = models.IntegerField()
    error = models.TextField()

    class Meta:
        db_table = "jobs"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["ready", "done", "dead", "void"]), name="job_state_known"
            ),
        )
        indexes = (
            models.Index(fields=["due", "seq"], condition=Q(state="ready"), name="jobs_ready"),
            models.Index(fields=["lane", "seq"], condition=Q(state="ready"), name="jobs_in_lane"),
            models.Index(fields=["record"], name="jobs_by_record"),
        )


class LogEntryRow(models.Model):
    """One leaf: its bytes as published and their hash."""

    idx = models.BigIntegerField(primary_key=True)
    leaf_id = models.CharField(max_length=32, unique=True)
    hash = models.BinaryField()
    leaf = models.BinaryField()

    class Meta:
        db_table = "log_entry"


class LogTileRow(models.Model):
    """One full tile of 256 hashes and the root over them."""

    seq = models.BigAutoField(primary_key=True)
    level = models.IntegerField()
    n = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        db_table = "log_tile"
        constraints = (models.UniqueConstraint(fields=["level", "n"], name="log_tile_once"),)


class LogStateRow(models.Model):
    """The tree head and the right edge: one row, locked by whoever appends."""

    id = models.IntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    peaks = models.BinaryField()
    generation = models.BigIntegerField()
    fenced = models.BooleanField()

    class Meta:
        db_table = "log_state"
        constraints = (models.CheckConstraint(condition=Q(id=1), name="log_state_is_one_row"),)


class LogQueueRow(models.Model):
    """Leaves that wait, without an index, until the log is no longer fenced."""

    seq = models.BigAutoField(primary_key=True)
    leaf_id = models.CharField(max_length=32, unique=True)
    leaf = models.BinaryField()

    class Meta:
        db_table = "log_queue"


class ArrowRow(models.Model):
    """The lifecycles as the triggers read them; written by `migrate` alone."""

    seq = models.BigAutoField(primary_key=True)
    machine = models.CharField(max_length=32)
    src = models.CharField(max_length=32)
    dst = models.CharField(max_length=32)

    class Meta:
        db_table = "arrow"
        constraints = (models.UniqueConstraint(fields=["machine", "src", "dst"], name="arrow_once"),)
