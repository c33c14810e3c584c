"""Lists: page by page, in an order that stays, with cursors that nobody makes up."""

from tests.web.api.program import of_another_platform, program, report
from tests.web.stand import Stand


def test_pages_show_everything_once_in_order_while_more_comes_in(stand: Stand) -> None:
    calling = program(stand)
    for n in range(5):
        calling.post("/reports", report(f"r-{n}", f"sam-{n}"))
    seen, cursor = [], ""
    while True:
        page = calling.get(f"/cases?limit=2{f'&cursor={cursor}' if cursor else ''}").json()
        seen += [each["subject"]["ref"] for each in page["items"]]
        assert len(page["items"]) <= 2
        if len(seen) == 2:
            calling.post("/reports", report("r-5", "sam-5"))
        if page["next"] is None:
            break
        cursor = page["next"]
    assert seen == [f"sam-{n}" for n in range(6)]


def test_a_cursor_that_was_altered_or_belongs_elsewhere_is_refused(stand: Stand) -> None:
    calling, other = program(stand), of_another_platform(stand)
    for n in range(3):
        calling.post("/reports", report(f"r-{n}", f"sam-{n}"))
    cursor = calling.get("/cases?limit=1").json()["next"]
    altered = ("A" if cursor[10] != "A" else "B").join((cursor[:10], cursor[11:]))
    for each in (altered, cursor[:-1], "x", "%00", "0" * 32):
        assert calling.get(f"/cases?cursor={each}").status_code == 422, each
    assert calling.get(f"/decisions?cursor={cursor}").status_code == 422
    assert other.get(f"/cases?cursor={cursor}").status_code == 422
    assert calling.get(f"/cases?cursor={cursor}").status_code == 200


def test_a_page_is_bounded(stand: Stand) -> None:
    calling = program(stand)
    for limit in ("0", "-1", "201", "1e3", "x", "9" * 400):
        assert calling.get(f"/cases?limit={limit}").status_code == 422, limit
    assert calling.get("/cases?limit=200").status_code == 200
