"""One request that arrives twice at the same moment: it is done once, on each database."""

from functools import partial

from showcause.casework import intake, repeating
from showcause.casework.ports import Ids, IncomingReport
from showcause.casework.programs import take_reports
from showcause.casework.repeating import Made, Repeatable
from showcause.domain.errors import ReplyDiffers
from showcause.domain.report import Report
from showcause.store.tx import Tx
from tests.faults.test_at_once import at_once
from tests.house import House, fresh_id

TIMES = 4


def test_of_a_request_that_comes_several_times_at_once_one_is_done_and_all_are_answered(house: House) -> None:
    request = Repeatable("program", "key-1", b"a report")
    making = partial(house.run, repeating.once, request, taking(house))
    met = at_once(house, *[making] * TIMES)
    answered = [each for each in met if isinstance(each, Made)]
    assert len(answered) == TIMES, met
    assert sorted(each.replayed for each in answered) == [False] + [True] * (TIMES - 1)
    assert len({each.records for each in answered}) == 1
    assert len(house.all(Report)) == 1


def test_of_two_requests_under_one_key_at_once_one_is_refused(house: House) -> None:
    met = at_once(
        house,
        *(
            partial(house.run, repeating.once, Repeatable("program", "key-1", content), taking(house))
            for content in (b"one", b"another")
        ),
    )
    assert sorted(type(each).__name__ for each in met) == ["Made", ReplyDiffers.__name__]
    assert len(house.all(Report)) == 1


def taking(house: House) -> repeating.Making:
    """Return a use case that takes a report of its own, whenever it is run."""
    about, reporter = house.account("sam"), house.account("rita")

    def take(tx: Tx, now: object, ids: Ids) -> list[str]:
        incoming = IncomingReport(fresh_id(), about, None, reporter, "spam", house.now)
        [taken] = take_reports(tx, house.now, ids, [(incoming, intake.TERMS_REPORT)])
        return [taken.report.id]

    return take
