"""All records of a class, page by page: for whoever looks at each of a million and keeps few.

A page is rows that were fetched and not yet read. Reading them needs no database, so another process can do it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from showcause.store import mapper, rows
from showcause.store.failures import told_as_ours
from showcause.store.view import View

R = TypeVar("R")
SIZE: Final = 1_024
"""Few enough that what is made of a page stays near the processor."""
FIRST: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows of one class, oldest first."""

    cls: type[R]
    found: list[tuple[Any, ...]]

    def records(self) -> list[R]:
        """Return the records that the rows hold.

        Raises: RecordCorrupt.
        """
        table = mapper.table_of(self.cls)
        found = rows.read(table.model, [row[1:] for row in self.found])
        return [mapper.to_record(table, self.cls, row) for row in found]


def pages(view: View, cls: type[R], size: int = SIZE) -> Iterator[Page[R]]:
    """Yield all records of a class, oldest first."""
    table, after = mapper.table_of(cls), FIRST
    while True:
        with told_as_ours():
            found = rows.page(view.alias, table.model, after, size)
        if found:
            yield Page(cls, found)
            after = found[-1][0]
        if len(found) < size:
            return
