"""A server that answers out of form makes the connector wait; it never ends the service, and no clock overflows."""

import contextlib
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showcause.connectors.matrix_api import LONGEST_WAIT, _seconds, in_form
from showcause.connectors.matrix_reports import ReportPoller
from showcause.domain.errors import PlatformUnavailable

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


class Server:
    """A server that gives one answer to every question."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def get(self, where: str, query: Mapping[str, str | int] | None = None) -> Mapping[str, Any]:
        """Answer."""
        name = "event_reports" if "event" in where else "user_reports"
        return {name: self.rows, "total": len(self.rows)}


@given(st.lists(odd, max_size=3))
def test_rows_of_any_shape_are_passed_over_or_wait(rows: list[Any]) -> None:
    with contextlib.suppress(PlatformUnavailable), in_form():
        ReportPoller(Server(rows), "main").poll(None)


@pytest.mark.parametrize("after", [math.nan, math.inf, -math.inf, 10**40, -5, True, "7", None, 1500])
def test_however_long_a_server_asks_to_wait_it_is_an_hour_at_most(after: object) -> None:
    seconds = _seconds({"retry_after_ms": after}, None)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT
    if after == 1500:
        assert seconds == 1.5


@pytest.mark.parametrize("header", ["7", "9" * 400, "", "soon", None])
def test_the_header_is_bounded_too(header: str | None) -> None:
    seconds = _seconds({}, header)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT
