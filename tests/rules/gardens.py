"""A fictional platform for the tests of the language: what its events hold, and names to refer to."""

from showcause.rules.names import Marked, Scope
from showcause.rules.schema import Field, Schema, Type

FIELDS = (
    Field("kind", Type.TEXT, nullable=False),
    Field("actor.id", Type.TEXT, nullable=False, sensitive=True),
    Field("actor.age_s", Type.INT),
    Field("actor.verified", Type.BOOL),
    Field("actor.score", Type.FLOAT),
    Field("actor.reports", Type.INT, from_reports=True),
    Field("target.id", Type.TEXT, sensitive=True),
    Field("content.text", Type.TEXT),
    Field("content.domain", Type.TEXT),
    Field("content.links", Type.INT),
)
SCHEMA = Schema(FIELDS)
SCOPE = Scope(
    SCHEMA,
    lists={"blocked": Marked(Type.TEXT), "numbers": Marked(Type.INT), "reported": Marked(Type.TEXT, True)},
    thresholds={"new_account": Type.INT},
    counters={"posts_10m": Marked(Type.INT), "reports_1h": Marked(Type.INT, True)},
    rules={"links_early": False, "reported_often": True},
)
