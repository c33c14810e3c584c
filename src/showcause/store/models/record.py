"""What every table of records has."""

from django.db import models


class Record(models.Model):
    """What every record's table has. `seq` orders rows by insertion; `rid` is the record's own random id."""

    seq = models.BigAutoField(primary_key=True)
    rid = models.CharField(max_length=32, unique=True, db_column="id")
    revision = models.IntegerField()
    body = models.JSONField()
    body_version = models.IntegerField()

    class Meta:
        abstract = True
