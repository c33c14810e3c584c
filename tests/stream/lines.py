"""Events as tests send them."""

import json
from datetime import UTC, datetime
from typing import Any

from showcause.rules.declared import Declaration
from showcause.rules.schema import Field, Schema, Type

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DECLARED = Declaration(
    Schema(
        (
            Field("kind", Type.TEXT, nullable=False),
            Field("actor.id", Type.TEXT, sensitive=True),
            Field("actor.ip", Type.TEXT, sensitive=True),
            Field("actor.age_s", Type.INT),
            Field("content.id", Type.TEXT, sensitive=True),
            Field("content.size", Type.INT),
        )
    ),
    account="actor.id",
    content="content.id",
)


def line(id: str, **data: Any) -> bytes:
    """Return one event as a line."""
    return json.dumps({"id": id, "data": {"kind": "post", **data}}).encode()
