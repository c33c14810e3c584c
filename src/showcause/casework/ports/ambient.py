"""What surrounds every use case: the time, fresh ids, and somebody who watches the progress."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Returns the time now, aware, in UTC."""

Ids = Callable[[], str]
"""Returns a fresh id: 32 lower-case hex characters, 128 random bits."""

Progress = Callable[[int, int | None], None]
"""Is told how many were done, and of how many if that is known."""
