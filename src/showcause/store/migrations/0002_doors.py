# ruff: noqa: RUF012 - written by makemigrations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0001_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKeyRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("digest", models.TextField(unique=True)),
                ("platform", models.TextField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "api_keys",
            },
        ),
        migrations.CreateModel(
            name="LinkMarkRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("about", models.TextField(unique=True)),
                ("generation", models.IntegerField()),
            ],
            options={
                "db_table": "link_marks",
            },
        ),
        migrations.CreateModel(
            name="WebhookRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("active", models.BooleanField()),
            ],
            options={
                "db_table": "webhooks",
            },
        ),
        migrations.CreateModel(
            name="AttachmentRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("about", models.TextField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "db_table": "attachments",
                "indexes": [models.Index(fields=["about"], name="attachments_by_about")],
            },
        ),
        migrations.CreateModel(
            name="PublicationRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("statement", models.TextField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "publications",
                "indexes": [models.Index(fields=["statement"], name="publications_by_statement")],
            },
        ),
        migrations.CreateModel(
            name="ReplyRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.TextField(unique=True)),
                ("digest", models.TextField()),
                ("records", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "replies",
                "indexes": [models.Index(fields=["at"], name="replies_by_time")],
            },
        ),
        migrations.CreateModel(
            name="VerdictRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("event", models.BigIntegerField()),
                ("rule", models.TextField()),
                ("version", models.CharField(max_length=64)),
                ("rules", models.CharField(max_length=64)),
                ("at", models.BigIntegerField()),
                ("body", models.JSONField()),
            ],
            options={
                "db_table": "verdicts",
                "indexes": [models.Index(fields=["rule", "event"], name="verdicts_by_rule")],
                "constraints": [
                    models.UniqueConstraint(fields=["event", "rule", "version"], name="verdict_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleSetRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("platform", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("body", models.JSONField()),
            ],
            options={
                "db_table": "rule_sets",
                "constraints": [models.UniqueConstraint(fields=["digest", "platform"], name="rule_set_once")],
            },
        ),
        migrations.CreateModel(
            name="StreamRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.TextField(unique=True)),
                ("sequence", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("erased", models.BigIntegerField()),
                ("registry", models.CharField(max_length=64)),
                ("rules", models.CharField(max_length=64)),
                ("told", models.CharField(max_length=64)),
                ("body", models.JSONField()),
            ],
            options={"db_table": "streams"},
        ),
        migrations.CreateModel(
            name="RuleVersionRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("state", models.TextField()),
                ("platform", models.TextField()),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("number", models.IntegerField()),
                ("digest", models.TextField()),
                ("proposer", models.TextField()),
                ("brought_by", models.TextField(null=True)),
                ("pushed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "rule_versions",
                "indexes": [
                    models.Index(fields=["state"], name="rule_versions_by_state"),
                    models.Index(fields=["platform", "kind", "name"], name="rule_versions_by_name"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["platform", "kind", "name", "number"],
                        condition=models.Q(("state", "returned"), _negated=True),
                        name="rule_version_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BacktestRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("rid", models.CharField(db_column="id", max_length=32, unique=True)),
                ("revision", models.IntegerField()),
                ("body", models.JSONField()),
                ("body_version", models.IntegerField()),
                ("version", models.TextField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "db_table": "backtests",
                "indexes": [models.Index(fields=["version"], name="backtests_by_version")],
            },
        ),
        migrations.AddField(model_name="reportrow", name="notice", field=models.TextField(null=True)),
        migrations.AddIndex(
            model_name="reportrow",
            index=models.Index(fields=["notice"], name="reports_by_notice"),
        ),
    ]
