"""Subjects: what a platform tells of its accounts is sealed, bounded, and replaced by what it tells later."""

from showcause.casework import subjects
from showcause.domain.subject import SubjectRecord
from tests.web.api.program import program
from tests.web.stand import Stand

SAM = {"kind": "account", "ref": "@sam:plaza.example"}


def held(stand: Stand) -> SubjectRecord:
    return stand.house.all(SubjectRecord)[0]


def test_a_subject_is_registered_with_its_author_and_reach(stand: Stand) -> None:
    reach = {"followers": 12_000, "live_until": "2026-11-22T20:00:00+02:00"}
    told = program(stand).send("PUT", "/subjects", SAM | {"reach": reach}).json()
    assert told["reach"] == {
        "followers": 12_000, "members": 0, "gained_today": 0, "live_until": "2026-11-22T18:00:00Z",
    }  # fmt: skip
    post = {"kind": "content", "ref": "post-1", "author": SAM["ref"]}
    assert program(stand, name="b").send("PUT", "/subjects", post).json()["author"] == told["id"]


def test_what_is_left_out_stays_and_what_is_null_goes(stand: Stand) -> None:
    calling = program(stand)
    calling.send("PUT", "/subjects", SAM | {"contact": "sam@mail.example", "reach": {"followers": 3}})
    told = calling.send("PUT", "/subjects", SAM).json()
    assert (told["has_contact"], told["reach"]["followers"]) == (True, 3)
    assert calling.send("PUT", "/subjects", SAM | {"contact": None}).json()["has_contact"] is False


def test_a_contact_is_sealed_and_the_earlier_one_is_gone(stand: Stand) -> None:
    calling = program(stand)
    calling.send("PUT", "/subjects", SAM | {"contact": "old@mail.example"})
    old = held(stand).contact
    calling.send("PUT", "/subjects", SAM | {"contact": "new@mail.example"})
    record = held(stand)
    assert record.contact
    with stand.house.store.read() as view:
        assert view.unseal(record.contact) == {"address": "new@mail.example"}
        assert view.owner_of_sealed(record.contact) == record.owner
    assert old not in {record.contact, None}
    files = [file.read_bytes() for file in stand.pages.public.parent.iterdir() if file.is_file()]
    assert not any(b"mail.example" in data for data in files)


def test_the_last_two_snapshots_are_kept_sealed(stand: Stand) -> None:
    calling = program(stand)
    for n in range(4):
        calling.send("PUT", "/subjects", SAM | {"snapshot": {"followers": n, "rooms": ["square"]}})
    record = held(stand)
    assert len(record.snapshots) == 2
    with stand.house.store.read() as view:
        latest = subjects.latest_snapshot(view, record.id)
        assert [view.unseal(each)["items"]["followers"] for each in record.snapshots] == [2, 3]
    assert latest is not None
    assert (latest.items, latest.taken_at) == ({"followers": 3, "rooms": ["square"]}, stand.house.now)


def test_what_is_too_large_or_no_address_or_not_an_accounts_is_refused(stand: Stand) -> None:
    calling = program(stand)
    for change in (
        {"snapshot": {"text": "x" * 70_000}},
        {"contact": "no address"},
        {"contact": subjects.UNCHANGED},
        {"contact": "a@b"},
        {"contact": "a@b.example\nBcc: c@d.example"},
        {"kind": "content", "contact": "sam@mail.example"},
        {"author": "@tom:plaza.example"},
        {"reach": {"followers": -1}},
        {"reach": {"followers": "12"}},
        {"reach": {"live_until": 1_800_000_000}},
        {"reach": {"live_until": "2026-02-30T10:00:00Z"}},
    ):
        assert calling.send("PUT", "/subjects", SAM | change).status_code == 422, change
    assert stand.house.all(SubjectRecord) == []
