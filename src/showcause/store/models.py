"""The tables. Definitions without behaviour: no methods, no signals, no defaults that decide anything.

A record's table has columns for what is filtered, joined or constrained; all other fields stand in one JSON `body`.
A column has the name of the record's field. What may change, and from which state to which, is said in `tables.py`
and held by triggers.
"""

from django.db import models
from django.db.models import Q


class Record(models.Model):
    """What every record's table has. `seq` orders rows by insertion; `rid` is the record's own random id."""

    seq = models.BigAutoField(primary_key=True)
    rid = models.CharField(max_length=32, unique=True, db_column="id")
    revision = models.IntegerField()
    body = models.JSONField()
    body_version = models.IntegerField()

    class Meta:
        abstract = True


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


class DecisionRow(Record):
    state = models.TextField()
    case = models.TextField(null=True)
    subject = models.TextField()
    platform = models.TextField()
    outcome = models.TextField()
    cause = models.TextField()
    proposer = models.TextField()
    proposed_at = models.DateTimeField()
    reference = models.TextField(unique=True)
    leaf = models.TextField(unique=True)
    hold_until = models.DateTimeField(null=True)
    supersedes = models.TextField(null=True)
    appeal = models.TextField(null=True)
    urgent = models.TextField(null=True)
    campaign = models.TextField(null=True)
    approver = models.TextField(null=True)
    approved_at = models.DateTimeField(null=True)
    commit_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    interim_decision = models.BooleanField()

    class Meta:
        db_table = "decisions"
        indexes = (
            models.Index(fields=["case"], name="decisions_by_case"),
            models.Index(fields=["subject", "state"], name="decisions_by_subject"),
            models.Index(fields=["state", "commit_at"], name="decisions_by_state"),
            models.Index(fields=["supersedes"], name="decisions_by_supersedes"),
            models.Index(fields=["appeal"], name="decisions_by_appeal"),
        )


class GroundLinkRow(Record):
    decision = models.TextField()
    ground = models.TextField()
    restriction = models.TextField()

    class Meta:
        db_table = "ground_links"
        indexes = (
            models.Index(fields=["ground"], name="ground_links_by_ground"),
            models.Index(fields=["decision"], name="ground_links_by_decision"),
        )


class FallHoldRow(Record):
    decision = models.TextField()
    ground = models.TextField()
    held_at = models.DateTimeField()
    due_at = models.DateTimeField()
    settled = models.TextField()

    class Meta:
        db_table = "fall_holds"
        indexes = (
            models.Index(fields=["decision"], name="fall_holds_by_decision"),
            models.Index(fields=["settled", "due_at"], name="fall_holds_by_due"),
        )


class RestrictionRow(Record):
    decision = models.TextField()
    subject = models.TextField()
    platform = models.TextField()
    measure = models.TextField()
    until = models.DateTimeField(null=True)
    number = models.BigIntegerField()

    class Meta:
        db_table = "restrictions"
        constraints = (
            # Observe mode gives no number: 0.
            models.UniqueConstraint(
                fields=["platform", "number"], condition=Q(number__gt=0), name="number_given_once"
            ),
        )
        indexes = (
            models.Index(fields=["decision"], name="restrictions_by_decision"),
            models.Index(fields=["subject"], name="restrictions_by_subject"),
            models.Index(fields=["until"], name="restrictions_by_until"),
        )


class EnforcementRow(Record):
    state = models.TextField()
    restriction = models.TextField(unique=True)
    decision = models.TextField()
    subject = models.TextField()
    platform = models.TextField()
    measure = models.TextField()
    until = models.DateTimeField(null=True)
    number = models.BigIntegerField()
    ordered_at = models.DateTimeField()
    attempts = models.IntegerField()
    observed = models.BooleanField()

    class Meta:
        db_table = "enforcements"
        indexes = (
            models.Index(fields=["decision"], name="enforcements_by_decision"),
            models.Index(fields=["subject", "state"], name="enforcements_by_subject"),
            models.Index(fields=["state", "until"], name="enforcements_by_state"),
            models.Index(fields=["platform", "number"], name="enforcements_by_number"),
        )


class StatementRow(Record):
    state = models.TextField()
    filing = models.TextField()
    decision = models.TextField()
    subject = models.TextField()
    person = models.TextField()
    reference = models.TextField()
    drafted_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True)
    window_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "statements"
        indexes = (
            models.Index(fields=["decision"], name="statements_by_decision"),
            models.Index(fields=["person"], name="statements_by_person"),
            models.Index(fields=["reference"], name="statements_by_reference"),
            models.Index(fields=["state"], name="statements_by_state"),
            models.Index(fields=["filing"], name="statements_by_filing"),
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
    reviewer = models.TextField(null=True)
    review_until = models.DateTimeField(null=True)
    overdue = models.BooleanField()

    class Meta:
        db_table = "appeals"
        constraints = (
            models.UniqueConstraint(
                fields=["decision", "person"], condition=~Q(state="withdrawn"), name="appeal_once_per_person"
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


class CampaignRow(Record):
    decision = models.TextField()
    count = models.IntegerField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "campaigns"
        indexes = (models.Index(fields=["decision"], name="campaigns_by_decision"),)


class CampaignItemRow(Record):
    campaign = models.TextField()
    index = models.IntegerField()
    subject = models.TextField()
    restriction = models.TextField()
    leaf = models.TextField()
    sampled = models.BooleanField()

    class Meta:
        db_table = "campaign_items"
        constraints = (models.UniqueConstraint(fields=["campaign", "index"], name="campaign_item_once"),)
        indexes = (
            models.Index(fields=["subject"], name="campaign_items_by_subject"),
            models.Index(fields=["restriction"], name="campaign_items_by_restrict"),
        )


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


class PlatformRow(Record):
    name = models.TextField(unique=True)
    kind = models.TextField()
    mode = models.TextField()
    last_number = models.BigIntegerField()

    class Meta:
        db_table = "platforms"


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
        indexes = (models.Index(fields=["record"], name="journal_by_record"),)


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


class SlotOwnerRow(models.Model):
    """Whose key gives the seed of one slot of one leaf."""

    seq = models.BigAutoField(primary_key=True)
    leaf = models.CharField(max_length=32)
    slot = models.TextField()
    owner = models.CharField(max_length=32)

    class Meta:
        db_table = "slot_owners"
        constraints = (models.UniqueConstraint(fields=["leaf", "slot"], name="slot_has_one_owner"),)


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
