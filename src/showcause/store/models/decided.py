# ruff: noqa: DJ001 - tables without behaviour: null is no state's empty text, and nothing prints a row
"""Tables of what goes out: decisions, their grounds, restrictions, enforcements, statements and campaigns."""

from django.db import models
from django.db.models import Q

from showcause.store.models.record import Record


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
    interim_decision = models.TextField(null=True)

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
            models.Index(fields=["restriction"], name="ground_links_by_restrict"),
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
            models.Index(fields=["decision", "state"], name="enforcements_by_decision"),
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
            models.Index(fields=["decision", "person"], name="statements_by_decision"),
            models.Index(fields=["person"], name="statements_by_person"),
            models.Index(fields=["reference"], name="statements_by_reference"),
            models.Index(fields=["state"], name="statements_by_state"),
            models.Index(fields=["filing"], name="statements_by_filing"),
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
    reference = models.TextField(unique=True)
    sampled = models.BooleanField()
    review = models.TextField()

    class Meta:
        db_table = "campaign_items"
        constraints = (models.UniqueConstraint(fields=["campaign", "index"], name="campaign_item_once"),)
        indexes = (
            models.Index(fields=["subject"], name="campaign_items_by_subject"),
            models.Index(fields=["campaign", "sampled", "review"], name="campaign_items_by_review"),
            models.Index(fields=["restriction"], name="campaign_items_by_restrict"),
        )


class CampaignOutcomeRow(Record):
    campaign = models.TextField()
    about = models.TextField()
    phase = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "campaign_outcomes"
        constraints = (
            models.UniqueConstraint(fields=["campaign", "about", "phase"], name="campaign_outcome_once"),
        )
