"""Requests that are sent again: done once, answered as often as asked, and forgotten after a day."""

import threading
from datetime import timedelta

from django.db import connections
from django.test import Client

from showcause.domain.appeal import Appeal
from showcause.domain.report import Report
from showcause.store.models import ReplyRow
from tests.web.api.program import of_another_platform, program, report
from tests.web.stand import Stand


def rows(stand: Stand) -> list[dict[str, object]]:
    with stand.house.store.read() as view:
        kept = ReplyRow.objects.using(view.alias).values("key", "digest", "records")
        return [dict(each) for each in kept]


def test_the_same_request_under_the_same_key_is_done_once_and_answered_again(stand: Stand) -> None:
    calling = program(stand)
    first, again = (calling.post("/reports", report(), again="k-1") for _ in range(2))
    assert (first.status_code, "Idempotency-Replayed" in first) == (201, False)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert first.json() | {"new": False} == again.json()
    assert len(stand.house.all(Report)) == 1


def test_the_answer_is_told_from_the_record_as_it_is_now(stand: Stand) -> None:
    calling = program(stand)
    statement = stand.house.statement_of(stand.house.suspended())
    appeal = {"reference": statement.reference, "text": "I did not do that"}
    first = calling.post("/appeals", appeal, again="k-1")
    stand.house.wait(days=4)
    again = calling.post("/appeals", appeal, again="k-1")
    assert (first.json()["overdue"], again.status_code) == (False, 409), "a key is forgotten after a day"
    assert len(stand.house.all(Appeal)) == 1


def test_another_request_under_the_same_key_is_refused(stand: Stand) -> None:
    calling = program(stand)
    calling.post("/reports", report(), again="k-1")
    for path, body in (
        ("/reports", report(reason="else")),
        ("/reports/batch", {"reports": [report()]}),
        ("/appeals", {"reference": "0000-0000-0000-0000-0000-0000-00", "text": "no"}),
    ):
        refused = calling.post(path, body, again="k-1")
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-reused"), path


def test_a_key_of_this_kind_belongs_to_one_program(stand: Stand) -> None:
    program(stand).post("/reports", report(), again="k-1")
    other = of_another_platform(stand).post("/reports", report(), again="k-1")
    assert (other.status_code, "Idempotency-Replayed" in other) == (201, False)


def test_a_refused_request_may_be_corrected_under_the_same_key(stand: Stand) -> None:
    calling = program(stand)
    assert calling.post("/reports", report(reason="\x00"), again="k-1").status_code == 422
    assert calling.post("/reports", report(), again="k-1").status_code == 201


def test_what_is_kept_is_digests_and_ids(stand: Stand) -> None:
    calling = program(stand)
    taken = calling.post("/reports", report(), again="rita@plaza.example").json()
    [kept] = rows(stand)
    assert kept["records"] == [taken["id"]]
    assert len(str(kept["key"])) == len(str(kept["digest"])) == 64


def test_what_was_kept_is_dropped_after_a_day_by_the_next_request(stand: Stand) -> None:
    calling = program(stand)
    calling.post("/reports", report("r-1"), again="k-1")
    stand.house.now += timedelta(hours=24)
    calling.post("/reports", report("r-2"), again="k-2")
    assert len(rows(stand)) == 1
    fresh = calling.post("/reports", report("r-3"), again="k-1")
    assert (fresh.status_code, len(stand.house.all(Report))) == (201, 3)


def test_a_key_out_of_form_is_refused(stand: Stand) -> None:
    calling = program(stand)
    for text in ("with space", "x" * 201, "é"):
        assert calling.post("/reports", report(), again=text).status_code == 422


def test_two_at_once_make_one_report(stand: Stand) -> None:
    calling, answers = program(stand), []
    start = threading.Barrier(4)

    def post() -> None:
        client = Client(HTTP_HOST="localhost:8420")
        start.wait()
        answer = client.post(
            "/api/v1/reports",
            report(),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {calling.text}",
            HTTP_IDEMPOTENCY_KEY="k-1",
        )
        answers.append((answer.status_code, answer.headers.get("Idempotency-Replayed", "")))
        connections.close_all()

    several = [threading.Thread(target=post) for _ in range(4)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert sorted(answers) == [(200, "true")] * 3 + [(201, "")]
    assert len(stand.house.all(Report)) == 1
