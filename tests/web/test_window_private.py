"""Nothing private stands in the window: not before publication, and not after."""

import re

from tests.web.record import ADDRESSES, NAME
from tests.web.stand import Stand

PRIVATE = (NAME, "flooder-", "quiet-one", "it was my sister", "the account had been taken over", "look at this",
           "the posts themselves", "rita")  # fmt: skip
"""Whom it concerned, what they wrote, what was found, who reported."""
PEOPLE = ("ada", "bea", "cleo", "dan")
ELSEWHERE = ("/report/", "/contact/", "/accounts/", "/desk/", "/language", "/static/", "/s/", "/r/")


def every_page(stand: Stand) -> dict[str, str]:
    """Follow every link of the window from its front page, and return the text of each page that was found."""
    waiting, found = list(ADDRESSES), {}
    while waiting:
        address = waiting.pop()
        if address in found or address.startswith(ELSEWHERE):
            continue
        if address.startswith(("/doc/", "/key", "/checkpoint", "/tile/")):
            found[address] = (stand.pages.public / address[1:]).read_text()
            continue
        answer = stand.client.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.content.decode()
        waiting += re.findall(r'href="(/[^"#]*)"', found[address].replace("&amp;", "&"))
    return found


def test_no_page_names_anybody_concerned_or_anybody_who_decided(lived: Stand) -> None:
    pages = every_page(lived)
    size = lived.house.log_size()
    assert {f"/log/{index}" for index in range(size)} <= pages.keys(), "the walk reached every entry"
    for address, text in pages.items():
        assert [each for each in PRIVATE if each in text] == [], address
        assert [each for each in PEOPLE if re.search(rf"(?<![\w/+=-]){each}(?![\w/+=-])", text)] == [], (
            address
        )


def test_no_page_shows_the_minute_of_a_decision(lived: Stand) -> None:
    for index, kind in enumerate(lived.house.log_kinds()):
        if kind in ("decision", "reversal", "appeal", "effect", "service"):
            page = lived.client.get(f"/log/{index}").content.decode()
            minutes = set(re.findall(r"\d{1,2} \w+ \d{4} at \d{1,2}:\d\d UTC", page))
            assert minutes <= {"26 November 2026 at 0:01 UTC"}, "only that of the public head"


def test_what_was_decided_and_is_not_published_appears_nowhere(stand: Stand) -> None:
    stand.publish()
    size = stand.house.log_size()
    before = {address: told(stand, address) for address in ADDRESSES}
    decided = stand.house.suspended(NAME)
    assert stand.house.log_size() > size
    assert {address: told(stand, address) for address in ADDRESSES} == before
    assert stand.client.get(f"/log/{size}").status_code == 404
    assert stand.client.get(f"/log/{size}.json").status_code == 404
    assert stand.client.get(f"/decisions/{decided.leaf}").status_code == 404
    assert stand.client.post("/find", {"what": decided.leaf}).status_code == 404
    assert stand.client.post("/find", {"what": str(size)}).status_code == 404


def test_it_appears_when_the_interval_has_begun_and_not_before(stand: Stand) -> None:
    stand.publish()
    decided = stand.house.suspended(NAME)
    stand.publish()
    assert stand.client.get(f"/decisions/{decided.leaf}").status_code == 404, "the same interval"
    stand.house.wait(hours=1)
    stand.publish()
    assert stand.client.get(f"/decisions/{decided.leaf}").status_code == 200


def test_an_entry_that_is_not_public_is_told_like_one_that_does_not_exist(stand: Stand) -> None:
    stand.publish()
    decided = stand.house.suspended(NAME)
    hidden = stand.client.get(f"/decisions/{decided.leaf}")
    unknown = stand.client.get("/decisions/" + "0" * 32)
    assert without_tokens(hidden.content.decode()) == without_tokens(unknown.content.decode())


def told(stand: Stand, address: str) -> str:
    return without_tokens(stand.client.get(address).content.decode())


def without_tokens(page: str) -> str:
    """Leave out what differs at every visit: the token of the language form, and the address that was asked for."""
    page = re.sub(r'name="next" value="[^"]*"', "", page)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
