"""Reports over the API: taken once, filed, answered by number; many at once or none."""

from showcause.domain.case import Case
from showcause.domain.report import Report
from showcause.domain.subject import SubjectRecord
from tests.web.api.program import program, report
from tests.web.stand import Stand


def test_a_report_is_filed_and_asked_after_by_its_number(stand: Stand) -> None:
    calling = program(stand)
    taken = calling.post("/reports", report(evidence={"text": "buy now"}, hint="spam"))
    assert taken.status_code == 201
    told = calling.get(f"/reports/{taken.json()['number']}").json()
    assert told == {name: value for name, value in taken.json().items() if name != "new"}
    assert (told["state"], told["received_at"]) == ("filed", "2026-11-22T12:00:00Z")
    [held] = stand.house.all(Report)
    assert (held.case, held.platform) == (told["case"], "plaza")


def test_the_same_report_again_is_the_one_that_is_there(stand: Stand) -> None:
    calling = program(stand)
    first, again = calling.post("/reports", report()), calling.post("/reports", report(reason="other words"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["new"], again.json()["new"]) == (True, False)
    assert first.json()["number"] == again.json()["number"]
    assert len(stand.house.all(Report)) == 1


def test_a_notice_that_lacks_an_element_is_refused_with_the_reason(stand: Stand) -> None:
    calling = program(stand)
    lacking = calling.post("/reports", report(intake="art16", good_faith=True)).json()
    assert (lacking["state"], lacking["refused_because"]) == ("refused", "lacks: name and e-mail (c)")
    whole = report("r-2", intake="art16", good_faith=True, identity_known=True)
    assert calling.post("/reports", whole).json()["state"] == "filed"


def test_a_batch_is_taken_whole_and_each_report_is_answered(stand: Stand) -> None:
    calling = program(stand)
    calling.post("/reports", report("r-0"))
    answer = calling.post("/reports/batch", {"reports": [report(f"r-{n}", f"sam-{n}") for n in range(5)]})
    assert [each["new"] for each in answer.json()["reports"]] == [False, True, True, True, True]
    assert len(stand.house.all(Report)) == 5


def test_one_report_at_fault_is_named_and_none_of_the_batch_is_taken(stand: Stand) -> None:
    calling = program(stand)
    for bad, says in (
        (report("r-2", reason="bell \x07"), "report 2"),
        (report("r-2", reason=3), "body.reports.2.reason"),
    ):
        answer = calling.post("/reports/batch", {"reports": [report("r-0"), report("r-1"), bad]})
        assert answer.status_code == 422
        assert says in answer.json()["detail"]
    assert stand.house.all(Report) == []
    assert stand.house.all(SubjectRecord) == []


def test_more_than_a_thousand_at_once_are_refused(stand: Stand) -> None:
    several = [report(str(n)) for n in range(1_001)]
    answer = program(stand).post("/reports/batch", {"reports": several})
    assert answer.status_code == 422


def test_hundreds_of_reports_about_one_account_open_one_case_and_restrict_nobody(stand: Stand) -> None:
    several = [{"external_key": str(n), "subject": {"kind": "account", "ref": "sam"}} for n in range(300)]
    answer = program(stand).post("/reports/batch", {"reports": several})
    assert answer.status_code == 200
    [case] = stand.house.all(Case)
    assert case.reports == 300
    stand.house.wait(days=1)
    assert stand.house.log_kinds().count("decision") == 0
    assert stand.house.standing("sam") == frozenset()
