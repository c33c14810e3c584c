# ruff: noqa: DJ001 - tables without behaviour: null is no state's empty text, and nothing prints a row
"""Tables of the site itself: platforms, what was there before, settings, policies, public documents."""

from django.db import models
from django.db.models import Q

from showcause.store.models.record import Record


class PlatformRow(Record):
    name = models.TextField(unique=True)
    kind = models.TextField()
    mode = models.TextField()
    last_number = models.BigIntegerField()

    class Meta:
        db_table = "platforms"


class BaselineRow(Record):
    platform = models.TextField()
    imported_at = models.DateTimeField()
    leaf = models.TextField()

    class Meta:
        db_table = "baselines"
        indexes = (models.Index(fields=["platform"], name="baselines_by_platform"),)


class BaselineEntryRow(Record):
    baseline = models.TextField()
    platform = models.TextField()
    subject = models.TextField()
    measure = models.TextField()
    cause = models.TextField(null=True)

    class Meta:
        db_table = "baseline_entries"
        indexes = (
            models.Index(fields=["platform", "subject"], name="baseline_by_subject"),
            models.Index(fields=["baseline"], name="baseline_by_import"),
        )


class OrphanRow(Record):
    platform = models.TextField()
    subject = models.TextField()
    measure = models.TextField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orphans"
        indexes = (models.Index(fields=["platform", "subject"], name="orphans_by_subject"),)


class LeafNoteRow(Record):
    kind = models.TextField()
    about = models.TextField()

    class Meta:
        db_table = "leaf_notes"
        indexes = (models.Index(fields=["about"], name="leaf_notes_by_about"),)


class SettingRow(Record):
    name = models.TextField(unique=True)

    class Meta:
        db_table = "settings"


class PolicyRow(Record):
    state = models.TextField()
    clause_id = models.TextField()
    version = models.IntegerField()
    digest = models.TextField()
    proposer = models.TextField()
    proposed_at = models.DateTimeField()
    approver = models.TextField(null=True)
    in_force_from = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "policies"
        constraints = (
            models.UniqueConstraint(
                fields=["clause_id", "version"], condition=~Q(state="returned"), name="policy_version_once"
            ),
        )
        indexes = (models.Index(fields=["state"], name="policies_by_state"),)


class DocumentRow(Record):
    digest = models.TextField()
    kind = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "documents"
        indexes = (models.Index(fields=["digest"], name="documents_by_digest"),)
