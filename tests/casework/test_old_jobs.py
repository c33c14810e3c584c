"""Jobs that ended well are forgotten after a year; what they did stands."""

from showcause.casework.log.fsck import fsck
from showcause.domain.decision import Decision
from showcause.domain.restriction import Measure
from tests.house import House


def has_job(house: House, key: str) -> bool:
    with house.store.read() as view:
        return view.find_job(key) is not None


def test_the_worker_forgets_a_job_a_year_after_it_was_due_and_no_record(house: House) -> None:
    decided = house.suspended("mallory")
    key = f"commit:{decided.id}"
    house.wait(days=364)
    assert has_job(house, key)
    house.wait(days=2)
    assert not has_job(house, key)
    assert house.all(Decision, id=decided.id)
    assert house.standing("mallory") == {Measure.SUSPEND}
    assert fsck(house.store).sound
