# ruff: noqa: DJ001 - tables without behaviour: null is no state's empty text, and nothing prints a row
"""Tables of what comes in and is worked on: subjects, people, reports, cases, appeals, urgent acts, letters."""

from django.db import models
from django.db.models import Q

from showcause.store.models.record import Record


class SubjectRow(Record):
    platform = models.TextField()
    kind = models.TextField()
    owner = models.TextField()
    author = models.TextField(null=True)

    class Meta:
        db_table = "subjects"
        indexes = (models.Index(fields=["owner"], name="subjects_by_owner"),)


class ModeratorRow(Record):
    handle = models.TextField(unique=True)
    active = models.BooleanField()

    class Meta:
        db_table = "moderators"


class ReportRow(Record):
    state = models.TextField()
    subject = models.TextField()
    platform = models.TextField()
    intake = models.TextField()
    external_key = models.TextField()
    number = models.TextField()
    received_at = models.DateTimeField()
    case = models.TextField(null=True)
    reporter = models.TextField(null=True)
    notice = models.TextField(null=True)

    class Meta:
        db_table = "reports"
        constraints = (
            models.UniqueConstraint(fields=["platform", "external_key"], name="report_taken_once"),
        )
        indexes = (
            models.Index(fields=["case"], name="reports_by_case"),
            models.Index(fields=["subject"], name="reports_by_subject"),
            models.Index(fields=["reporter"], name="reports_by_reporter"),
            models.Index(fields=["number"], name="reports_by_number"),
            models.Index(fields=["notice"], name="reports_by_notice"),
            models.Index(fields=["state"], name="reports_by_state"),
        )


class CaseRow(Record):
    state = models.TextField()
    subject = models.TextField()
    platform = models.TextField()
    opened_at = models.DateTimeField()
    tier = models.IntegerField()
    urgent = models.BooleanField()
    reports = models.IntegerField()
    claimed_by = models.TextField(null=True)
    claimed_until = models.DateTimeField(null=True)
    merged_into = models.TextField(null=True)

    class Meta:
        db_table = "cases"
        indexes = (
            models.Index(fields=["subject", "state"], name="cases_by_subject"),
            models.Index(fields=["state", "opened_at"], name="cases_by_state"),
        )


class AppealRow(Record):
    state = models.TextField()
    decision = models.TextField()
    appellant = models.TextField()
    person = models.TextField()
    lodged_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    time_critical = models.BooleanField()
    reference = models.TextField()
    statement = models.TextField(null=True)
    report = models.TextField(null=True)
    item = models.IntegerField(null=True)
    reviewer = models.TextField(null=True)
    review_until = models.DateTimeField(null=True)
    overdue = models.BooleanField()

    class Meta:
        db_table = "appeals"
        constraints = (
            models.UniqueConstraint(
                fields=["decision", "person"],
                condition=Q(item__isnull=True) & ~Q(state="withdrawn"),
                name="appeal_once_per_person",
            ),
            models.UniqueConstraint(
                fields=["decision", "person", "item"],
                condition=Q(item__isnull=False) & ~Q(state="withdrawn"),
                name="appeal_once_per_item",
            ),
        )
        indexes = (
            models.Index(fields=["state", "promised_at"], name="appeals_by_state"),
            models.Index(fields=["person"], name="appeals_by_person"),
            models.Index(fields=["reference"], name="appeals_by_reference"),
        )


class UrgentRow(Record):
    state = models.TextField()
    spool = models.TextField(unique=True)
    platform = models.TextField()
    subject = models.TextField()
    category = models.TextField()
    actor = models.TextField()
    acted_at = models.DateTimeField()
    confirm_by = models.DateTimeField()
    decision = models.TextField()
    overdue = models.BooleanField()

    class Meta:
        db_table = "urgent_entries"
        indexes = (
            models.Index(fields=["state", "confirm_by"], name="urgent_by_state"),
            models.Index(fields=["decision"], name="urgent_by_decision"),
        )


class LetterRow(Record):
    state = models.TextField()
    kind = models.TextField()
    person = models.TextField()
    about = models.TextField()
    reference = models.TextField()
    drafted_at = models.DateTimeField()

    class Meta:
        db_table = "letters"
        indexes = (
            models.Index(fields=["about"], name="letters_by_about"),
            models.Index(fields=["person"], name="letters_by_person"),
            models.Index(fields=["reference"], name="letters_by_reference"),
            models.Index(fields=["state"], name="letters_by_state"),
        )
