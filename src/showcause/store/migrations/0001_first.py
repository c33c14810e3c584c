# ruff: noqa: RUF012 - written by makemigrations

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LogEntryRow",
            fields=[
                ("idx", models.BigIntegerField(primary_key=True, serialize=False)),
                ("leaf_id", models.CharField(max_length=32, unique=True)),
                ("hash", models.BinaryField()),
                ("leaf", models.BinaryField()),
            ],
            options={
                "db_table": "log_entry",
            },
        ),
        migrations.CreateModel(
            name="LogQueueRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("leaf_id", models.CharField(max_length=32, unique=True)),
                ("leaf", models.BinaryField()),
            ],
            options={
                "db_table": "log_queue",
            },
        ),
        migrations.CreateModel(
            name="ModeratorRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("handle", models.TextField(unique=True)),
                ("active", models.BooleanField()),
            ],
            options={
                "db_table": "moderators",
            },
        ),
        migrations.CreateModel(
            name="PlatformRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("name", models.TextField(unique=True)),
                ("kind", models.TextField()),
                ("mode", models.TextField()),
                ("last_number", models.BigIntegerField()),
            ],
            options={
                "db_table": "platforms",
            },
        ),
        migrations.CreateModel(
            name="SettingRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("name", models.TextField(unique=True)),
            ],
            options={
                "db_table": "settings",
            },
        ),
        migrations.CreateModel(
            name="AppealRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("decision", models.TextField()),
                ("appellant", models.TextField()),
                ("person", models.TextField()),
                ("lodged_at", models.DateTimeField()),
                ("promised_at", models.DateTimeField()),
                ("time_critical", models.BooleanField()),
                ("reference", models.TextField()),
                ("statement", models.TextField(null=True)),
                ("report", models.TextField(null=True)),
                ("item", models.IntegerField(null=True)),
                ("reviewer", models.TextField(null=True)),
                ("review_until", models.DateTimeField(null=True)),
                ("overdue", models.BooleanField()),
            ],
            options={
                "db_table": "appeals",
                "indexes": [
                    models.Index(fields=["state", "promised_at"], name="appeals_by_state"),
                    models.Index(fields=["person"], name="appeals_by_person"),
                    models.Index(fields=["reference"], name="appeals_by_reference"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("item__isnull", True), models.Q(("state", "withdrawn"), _negated=True)
                        ),
                        fields=("decision", "person"),
                        name="appeal_once_per_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("item__isnull", False), models.Q(("state", "withdrawn"), _negated=True)
                        ),
                        fields=("decision", "person", "item"),
                        name="appeal_once_per_item",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArrowRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("machine", models.CharField(max_length=32)),
                ("src", models.CharField(max_length=32)),
                ("dst", models.CharField(max_length=32)),
            ],
            options={
                "db_table": "arrow",
                "constraints": [models.UniqueConstraint(fields=("machine", "src", "dst"), name="arrow_once")],
            },
        ),
        migrations.CreateModel(
            name="BaselineEntryRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("baseline", models.TextField()),
                ("platform", models.TextField()),
                ("subject", models.TextField()),
                ("measure", models.TextField()),
                ("cause", models.TextField(null=True)),
            ],
            options={
                "db_table": "baseline_entries",
                "indexes": [
                    models.Index(fields=["platform", "subject"], name="baseline_by_subject"),
                    models.Index(fields=["baseline"], name="baseline_by_import"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BaselineRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("platform", models.TextField()),
                ("imported_at", models.DateTimeField()),
                ("leaf", models.TextField()),
            ],
            options={
                "db_table": "baselines",
                "indexes": [models.Index(fields=["platform"], name="baselines_by_platform")],
            },
        ),
        migrations.CreateModel(
            name="CampaignItemRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("campaign", models.TextField()),
                ("index", models.IntegerField()),
                ("subject", models.TextField()),
                ("restriction", models.TextField()),
                ("leaf", models.TextField()),
                ("reference", models.TextField(unique=True)),
                ("sampled", models.BooleanField()),
                ("review", models.TextField()),
            ],
            options={
                "db_table": "campaign_items",
                "indexes": [
                    models.Index(fields=["subject"], name="campaign_items_by_subject"),
                    models.Index(fields=["campaign", "sampled", "review"], name="campaign_items_by_review"),
                    models.Index(fields=["restriction"], name="campaign_items_by_restrict"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "index"), name="campaign_item_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignOutcomeRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("campaign", models.TextField()),
                ("about", models.TextField()),
                ("phase", models.TextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "campaign_outcomes",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "about", "phase"), name="campaign_outcome_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("decision", models.TextField()),
                ("count", models.IntegerField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "campaigns",
                "indexes": [models.Index(fields=["decision"], name="campaigns_by_decision")],
            },
        ),
        migrations.CreateModel(
            name="CaseRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("subject", models.TextField()),
                ("platform", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("tier", models.IntegerField()),
                ("urgent", models.BooleanField()),
                ("reports", models.IntegerField()),
                ("claimed_by", models.TextField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("merged_into", models.TextField(null=True)),
            ],
            options={
                "db_table": "cases",
                "indexes": [
                    models.Index(fields=["subject", "state"], name="cases_by_subject"),
                    models.Index(fields=["state", "opened_at"], name="cases_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DecisionRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("case", models.TextField(null=True)),
                ("subject", models.TextField()),
                ("platform", models.TextField()),
                ("outcome", models.TextField()),
                ("cause", models.TextField()),
                ("proposer", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("reference", models.TextField(unique=True)),
                ("leaf", models.TextField(unique=True)),
                ("hold_until", models.DateTimeField(null=True)),
                ("supersedes", models.TextField(null=True)),
                ("appeal", models.TextField(null=True)),
                ("urgent", models.TextField(null=True)),
                ("campaign", models.TextField(null=True)),
                ("approver", models.TextField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("commit_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("interim_decision", models.TextField(null=True)),
            ],
            options={
                "db_table": "decisions",
                "indexes": [
                    models.Index(fields=["case"], name="decisions_by_case"),
                    models.Index(fields=["subject", "state"], name="decisions_by_subject"),
                    models.Index(fields=["state", "commit_at"], name="decisions_by_state"),
                    models.Index(fields=["supersedes"], name="decisions_by_supersedes"),
                    models.Index(fields=["appeal"], name="decisions_by_appeal"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("digest", models.TextField()),
                ("kind", models.TextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "documents",
                "indexes": [models.Index(fields=["digest"], name="documents_by_digest")],
            },
        ),
        migrations.CreateModel(
            name="EnforcementRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("restriction", models.TextField(unique=True)),
                ("decision", models.TextField()),
                ("subject", models.TextField()),
                ("platform", models.TextField()),
                ("measure", models.TextField()),
                ("until", models.DateTimeField(null=True)),
                ("number", models.BigIntegerField()),
                ("ordered_at", models.DateTimeField()),
                ("attempts", models.IntegerField()),
                ("observed", models.BooleanField()),
            ],
            options={
                "db_table": "enforcements",
                "indexes": [
                    models.Index(fields=["decision", "state"], name="enforcements_by_decision"),
                    models.Index(fields=["subject", "state"], name="enforcements_by_subject"),
                    models.Index(fields=["state", "until"], name="enforcements_by_state"),
                    models.Index(fields=["platform", "number"], name="enforcements_by_number"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FallHoldRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("decision", models.TextField()),
                ("ground", models.TextField()),
                ("held_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("settled", models.TextField()),
            ],
            options={
                "db_table": "fall_holds",
                "indexes": [
                    models.Index(fields=["decision"], name="fall_holds_by_decision"),
                    models.Index(fields=["settled", "due_at"], name="fall_holds_by_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroundLinkRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("decision", models.TextField()),
                ("ground", models.TextField()),
                ("restriction", models.TextField()),
            ],
            options={
                "db_table": "ground_links",
                "indexes": [
                    models.Index(fields=["ground"], name="ground_links_by_ground"),
                    models.Index(fields=["decision"], name="ground_links_by_decision"),
                    models.Index(fields=["restriction"], name="ground_links_by_restrict"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("key", models.TextField(unique=True)),
                ("record", models.TextField()),
                ("lane", models.TextField()),
                ("args", models.JSONField()),
                ("due", models.DateTimeField()),
                ("state", models.TextField()),
                ("lease", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField()),
                ("error", models.TextField()),
            ],
            options={
                "db_table": "jobs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "ready")), fields=["due", "seq"], name="jobs_ready"
                    ),
                    models.Index(
                        condition=models.Q(("state", "ready")), fields=["lane", "seq"], name="jobs_in_lane"
                    ),
                    models.Index(fields=["record"], name="jobs_by_record"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["ready", "done", "dead", "void"])),
                        name="job_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("verb", models.TextField()),
                ("actor", models.TextField()),
                ("kind", models.TextField()),
                ("record", models.TextField()),
                ("revision", models.IntegerField(null=True)),
                ("codes", models.JSONField()),
            ],
            options={
                "db_table": "journal",
                "indexes": [
                    models.Index(fields=["record"], name="journal_by_record"),
                    models.Index(fields=["at"], name="journal_by_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeafNoteRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("kind", models.TextField()),
                ("about", models.TextField()),
            ],
            options={
                "db_table": "leaf_notes",
                "indexes": [models.Index(fields=["about"], name="leaf_notes_by_about")],
            },
        ),
        migrations.CreateModel(
            name="LetterRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("kind", models.TextField()),
                ("person", models.TextField()),
                ("about", models.TextField()),
                ("reference", models.TextField()),
                ("drafted_at", models.DateTimeField()),
            ],
            options={
                "db_table": "letters",
                "indexes": [
                    models.Index(fields=["about"], name="letters_by_about"),
                    models.Index(fields=["person"], name="letters_by_person"),
                    models.Index(fields=["reference"], name="letters_by_reference"),
                    models.Index(fields=["state"], name="letters_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LogStateRow",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("peaks", models.BinaryField()),
                ("generation", models.BigIntegerField()),
                ("fenced", models.BooleanField()),
            ],
            options={
                "db_table": "log_state",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="log_state_is_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="LogTileRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("level", models.IntegerField()),
                ("n", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
            options={
                "db_table": "log_tile",
                "constraints": [models.UniqueConstraint(fields=("level", "n"), name="log_tile_once")],
            },
        ),
        migrations.CreateModel(
            name="OrphanRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("platform", models.TextField()),
                ("subject", models.TextField()),
                ("measure", models.TextField()),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("gone_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "orphans",
                "indexes": [models.Index(fields=["platform", "subject"], name="orphans_by_subject")],
            },
        ),
        migrations.CreateModel(
            name="PolicyRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("clause_id", models.TextField()),
                ("version", models.IntegerField()),
                ("digest", models.TextField()),
                ("proposer", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("approver", models.TextField(null=True)),
                ("in_force_from", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "policies",
                "indexes": [models.Index(fields=["state"], name="policies_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "returned"), _negated=True),
                        fields=("clause_id", "version"),
                        name="policy_version_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("subject", models.TextField()),
                ("platform", models.TextField()),
                ("intake", models.TextField()),
                ("external_key", models.TextField()),
                ("number", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("case", models.TextField(null=True)),
                ("reporter", models.TextField(null=True)),
            ],
            options={
                "db_table": "reports",
                "indexes": [
                    models.Index(fields=["case"], name="reports_by_case"),
                    models.Index(fields=["subject"], name="reports_by_subject"),
                    models.Index(fields=["reporter"], name="reports_by_reporter"),
                    models.Index(fields=["number"], name="reports_by_number"),
                    models.Index(fields=["state"], name="reports_by_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("platform", "external_key"), name="report_taken_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RestrictionRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("decision", models.TextField()),
                ("subject", models.TextField()),
                ("platform", models.TextField()),
                ("measure", models.TextField()),
                ("until", models.DateTimeField(null=True)),
                ("number", models.BigIntegerField()),
            ],
            options={
                "db_table": "restrictions",
                "indexes": [
                    models.Index(fields=["decision"], name="restrictions_by_decision"),
                    models.Index(fields=["subject"], name="restrictions_by_subject"),
                    models.Index(fields=["until"], name="restrictions_by_until"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number__gt", 0)),
                        fields=("platform", "number"),
                        name="number_given_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SealedRow",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("owner", models.CharField(max_length=32)),
                ("purpose", models.TextField()),
                ("nonce", models.BinaryField()),
                ("ciphertext", models.BinaryField()),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "sealed",
                "indexes": [
                    models.Index(fields=["owner"], name="sealed_by_owner"),
                    models.Index(fields=["expires"], name="sealed_by_expiry"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatementRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("filing", models.TextField()),
                ("decision", models.TextField()),
                ("subject", models.TextField()),
                ("person", models.TextField()),
                ("reference", models.TextField()),
                ("drafted_at", models.DateTimeField()),
                ("served_at", models.DateTimeField(null=True)),
                ("window_until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "statements",
                "indexes": [
                    models.Index(fields=["decision", "person"], name="statements_by_decision"),
                    models.Index(fields=["person"], name="statements_by_person"),
                    models.Index(fields=["reference"], name="statements_by_reference"),
                    models.Index(fields=["state"], name="statements_by_state"),
                    models.Index(fields=["filing"], name="statements_by_filing"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubjectRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("platform", models.TextField()),
                ("kind", models.TextField()),
                ("owner", models.TextField()),
                ("author", models.TextField(null=True)),
            ],
            options={
                "db_table": "subjects",
                "indexes": [models.Index(fields=["owner"], name="subjects_by_owner")],
            },
        ),
        migrations.CreateModel(
            name="UrgentRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("spool", models.TextField(unique=True)),
                ("platform", models.TextField()),
                ("subject", models.TextField()),
                ("category", models.TextField()),
                ("actor", models.TextField()),
                ("acted_at", models.DateTimeField()),
                ("confirm_by", models.DateTimeField()),
                ("decision", models.TextField()),
                ("overdue", models.BooleanField()),
            ],
            options={
                "db_table": "urgent_entries",
                "indexes": [
                    models.Index(fields=["state", "confirm_by"], name="urgent_by_state"),
                    models.Index(fields=["decision"], name="urgent_by_decision"),
                ],
            },
        ),
    ]
