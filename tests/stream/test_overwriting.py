"""On a server, what forgetting emptied stands in old rows until these are overwritten: at once, or it is due."""

import psycopg
import pytest

from showcause.domain.errors import StoreBusy
from showcause.stream.intake import Intake
from tests.databases import POSTGRES
from tests.stream.test_history import take

pytestmark = pytest.mark.parametrize("lasting", [POSTGRES], indirect=True)


def test_it_is_due_while_somebody_reads_what_was_there_before(lasting: Intake) -> None:
    log = lasting.log
    take(lasting, 5)
    assert log.hours_due() is None
    assert not log.scrub()
    with psycopg.connect(lasting.store.url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert reader.execute(
            "SELECT count(*) FROM showcause_events.event WHERE body IS NOT NULL"
        ).fetchone() == (5,)
        assert log.erase(lambda platform, body: b'"e1"' in body) == 1
        assert (log.hours_due() or 1) < 0.5
        with pytest.raises(StoreBusy, match="began before"):
            log.scrub()
        assert log.hours_due() is not None
    assert log.scrub()
    assert log.hours_due() is None
    assert [each.body is None for each in log.read(0, 9)] == [False, True, False, False, False]


def test_dropped_samples_have_their_table_overwritten_too(lasting: Intake) -> None:
    with lasting.log.database.connection().cursor() as cursor:
        cursor.execute("SELECT pg_relation_filenode('public.sealed')")
        before = cursor.fetchone()
        lasting.log.owe("sealed")
        assert lasting.log.scrub(if_small=True)
        cursor.execute("SELECT pg_relation_filenode('public.sealed')")
        assert cursor.fetchone() != before
