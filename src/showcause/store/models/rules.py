# ruff: noqa: DJ001 - tables without behaviour: null is no state's empty text, and nothing prints a row
"""Tables of what rules say and of what they would have done."""

from django.db import models
from django.db.models import Q

from showcause.store.models.record import Record


class RuleVersionRow(Record):
    state = models.TextField()
    platform = models.TextField()
    kind = models.TextField()
    name = models.TextField()
    number = models.IntegerField()
    digest = models.TextField()
    proposer = models.TextField()
    brought_by = models.TextField(null=True)
    pushed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rule_versions"
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "kind", "name", "number"],
                condition=~Q(state="returned"),
                name="rule_version_once",
            ),
        )
        indexes = (
            models.Index(fields=["state"], name="rule_versions_by_state"),
            models.Index(fields=["platform", "kind", "name"], name="rule_versions_by_name"),
        )


class BacktestRow(Record):
    version = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "backtests"
        indexes = (models.Index(fields=["version"], name="backtests_by_version"),)
