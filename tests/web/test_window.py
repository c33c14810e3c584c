"""The outsider's window: what anybody may read and count again, and that each page says what it does not prove."""

import csv
import hashlib
import io
import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client

from showcause.casework import staffing
from showcause.casework.tallies import COUNTED, WORDS
from showcause.domain.people import Role
from showcause.transparency.kinds import Kind
from showcause.transparency.merkle import leaf_hash
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from showcause.web.limits import LIMITS
from showcause.web.texts import book
from showcause.web.window import record
from tests.web.record import ADDRESSES, NAME, announce, lived_in, reversed_in
from tests.web.stand import Stand, open_stand


def text(client: Client, address: str, language: str = "en") -> str:
    """Return a page's text; it must be there."""
    answer = client.get(address, HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def test_before_the_first_public_head_every_page_says_that_nothing_is_public(stand: Stand) -> None:
    for address in ("/", "/rules/", "/numbers/", "/log/", "/log/checkpoint"):
        assert "Nothing is public yet" in text(stand.client, address)
    assert stand.client.get("/rules.json").status_code == 404


def test_every_page_is_there_in_both_languages_and_names_the_log(lived: Stand) -> None:
    decided = reversed_in(lived)
    for address in (*ADDRESSES, f"/decisions/{decided.leaf}", "/log/0", "/log/16"):
        english, french = text(lived.client, address), text(lived.client, address, "fr")
        if not address.endswith((".json", ".csv", ".txt", ".atom")):
            assert '<html lang="en"' in english
            assert '<html lang="fr"' in french
            assert "window." not in french.replace("window.css", ""), "a sentence without words"


def test_pages_for_reading_take_nothing_else(stand: Stand) -> None:
    stand.publish()
    assert {stand.client.post(each).status_code for each in ADDRESSES if each != "/find"} == {405}
    assert stand.client.head("/rules/").status_code == 200


def test_the_front_page_says_who_runs_this_and_that_nobody_cosigned_it(lived: Stand) -> None:
    page = text(lived.client, "/")
    assert "appeals@site.example" in page
    assert "No independent witness has cosigned this head" in page
    assert "The last counted day: 25 November 2026" in page
    assert "One person decides here" not in page


def test_one_person_alone_is_said_on_the_front_page(tmp_path: Path) -> None:
    with open_stand(tmp_path, people=()) as alone:
        alone.publish()
        assert "One person decides here at present" in text(alone.client, "/")


def test_a_head_that_stands_still_is_said(stand: Stand) -> None:
    stand.publish()
    assert "longer ago than it should be" not in text(stand.client, "/log/")
    stand.house.wait(hours=3)
    assert "longer ago than it should be" in text(stand.client, "/log/")


def test_each_version_of_a_rule_stays_readable_with_what_changed(lived: Stand) -> None:
    page = text(lived.client, "/rules/integrity.spam", "fr")
    assert "integrity.spam@2" in page
    assert "<ins>" in page
    assert "sans cesse le même" in page
    assert "<del>" in page
    assert page.count("Le document lui-même") == 2
    assert "N’envoyez pas sans cesse le même message." in text(lived.client, "/rules/", "fr")


def test_the_terms_are_there_for_programs_with_their_whole_history(lived: Stand) -> None:
    answer = lived.client.get("/rules.json")
    terms = answer.json()
    first, second = terms["clauses"]["integrity.spam"]["versions"]
    assert (first["held-until"], second["held-until"]) == (second["holds-from"], None)
    assert set(terms["limits"]) == set(LIMITS)
    document = (lived.pages.public / second["document"]).read_bytes()
    assert json.loads(document)["clause"] == second["clause"]
    assert answer["Cache-Control"] == "public, max-age=60"
    assert not answer.cookies


def test_changes_of_the_rules_can_be_followed_in_a_reader_of_feeds(lived: Stand) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(lived.client.get("/feed.atom?lang=fr").content)
    first = feed.findall(f"{atom}entry")[0]
    assert first.findtext(f"{atom}title") == "En vigueur\xa0: Envois de masse indésirables, version 2"
    assert first.findtext(f"{atom}summary") == "N’envoyez pas sans cesse le même message."
    assert len(feed.findall(f"{atom}entry")) == 4
    assert first.findtext(f"{atom}updated") == "2026-11-23T00:03:00Z"


def test_pages_with_a_cookie_are_kept_by_no_cache(stand: Stand) -> None:
    stand.publish()
    answer = stand.client.get("/rules/")
    assert answer.cookies
    assert answer["Cache-Control"] == "no-store"


def test_a_rule_that_is_announced_is_told_from_one_in_force(tmp_path: Path) -> None:
    with open_stand(tmp_path, people=()) as alone:
        announce(alone)
        alone.publish()
        assert "Announced, not in force yet" in text(alone.client, "/rules/")
        page = text(alone.client, "/rules/integrity.spam")
        assert "What the announced version will change" in page
        assert "integrity.spam@1" in page
        assert (
            alone.client.get("/rules.json").json()["clauses"]["integrity.spam"]["announced"]["version"] == 2
        )


def test_the_numbers_are_those_of_the_log_in_every_form(lived: Stand) -> None:
    numbers = lived.client.get("/numbers.json").json()
    first = numbers["days"][0]
    assert first["counts"]["decisions"] == 2
    leaf = json.loads(lived.client.get(f"/log/{first['entry']}.json").content)
    document = json.loads((lived.pages.public / f"doc/{leaf['doc']}.json").read_bytes())
    assert document["counts"] == first["counts"]
    rows = list(csv.DictReader(io.StringIO(lived.client.get("/numbers.csv").content.decode())))
    assert {"day": first["day"], "name": "decisions", "count": "2", "entry": str(first["entry"])} in rows
    assert "no count" in text(lived.client, "/numbers/"), "a day without a count is no zero"


def test_entries_by_kind_are_what_anybody_counts_from_the_log(lived: Stand) -> None:
    counted = lived.client.get("/numbers.json").json()["entries"]
    assert counted == dict(Counter(lived.house.log_kinds()))


def test_every_count_kind_and_limit_has_words() -> None:
    wanted = [f"window.kind.{kind}" for kind in Kind]
    wanted += [f"window.{what}.{name}" for name in COUNTED for what in ("count", "means")]
    wanted += [f"window.decider.{name}" for name in WORDS]
    assert [id_ for id_ in wanted if id_ not in book()] == []


def test_days_go_back_page_by_page(lived: Stand) -> None:
    assert "23 November 2026" in text(lived.client, "/numbers/?until=2026-11-23")
    assert "25 November 2026" not in text(lived.client, "/numbers/?until=2026-11-23&show=reports")


def test_an_entrys_proof_and_bytes_hold_without_us(lived: Stand) -> None:
    for index in (0, 16, lived.house.log_size() - 1):
        proof = from_proof(lived.client.get(f"/log/{index}.tlog-proof").content)
        assert verify_receipt(proof, lived.house.trusted).index == index
        entry = lived.client.get(f"/log/{index}.json").content
        assert hashlib.sha256(b"\0" + entry).hexdigest() == leaf_hash(entry).hex()
        assert leaf_hash(entry).hex() in text(lived.client, f"/log/{index}")


def test_a_decisions_page_shows_what_became_of_it_and_opens_nothing(lived: Stand) -> None:
    decided = reversed_in(lived)
    page = text(lived.client, f"/decisions/{decided.leaf}")
    assert "Reversed or changed by" in page
    assert "No reversal is public" not in page
    assert "Not opened." in page
    assert NAME not in page
    assert "integrity.spam" not in page
    assert "does not prove that the decision was just" in page


def test_entries_can_be_listed_by_kind_and_page(lived: Stand) -> None:
    listed = text(lived.client, "/log/?kind=decision")
    assert listed.count("a decision</td>") == lived.house.log_kinds().count("decision")
    assert 'href="/log/4"' in text(lived.client, "/log/?before=5")
    assert 'href="/log/5"' not in text(lived.client, "/log/?before=5")
    assert "There is no such entry" in text(lived.client, "/log/?kind=order")


HOSTILE = (
    "/log/99999999", "/log/" + "9" * 400, "/log/-1", "/log/1e3", "/log/٣", "/log/0.json.bak", "/log/%00",
    "/log/?before=-1", "/log/?before=" + "9" * 99, "/log/?before=٣", "/log/?kind=<script>",
    "/log/?kind=" + "k" * 999, "/numbers/?until=tomorrow", "/numbers/?until=2026-13-41", "/numbers/?show=secrets",
    "/rules/..%2f..%2fetc", "/rules/integrity.nothing", "/rules/<b>", "/decisions/" + "0" * 32,
    "/decisions/" + "g" * 32, "/decisions/..%2f..%2fkey", "/decisions/x", "/log/99999.tlog-proof",
)  # fmt: skip


def test_an_address_that_somebody_made_up_is_refused_in_words(lived: Stand) -> None:
    for address in HOSTILE:
        answer = lived.client.get(address)
        assert answer.status_code in (404, 422), address
        assert b"<script>" not in answer.content
        assert b"Traceback" not in answer.content


def test_days_before_the_first_and_after_the_last_lead_to_these(lived: Stand) -> None:
    assert "From 22 November 2026 to 22 November 2026" in text(lived.client, "/numbers/?until=0001-01-01")
    assert "25 November 2026" in text(lived.client, "/numbers/?until=9999-12-31")


def test_a_document_that_was_altered_is_said_and_not_shown(stand: Stand) -> None:
    lived_in(stand)
    day = stand.client.get("/numbers.json").json()["days"][0]
    leaf = json.loads(stand.client.get(f"/log/{day['entry']}.json").content)
    file = stand.pages.public / f"doc/{leaf['doc']}.json"
    file.write_bytes(file.read_bytes().replace(b'"decisions":2', b'"decisions":9'))
    record._indexes.clear()
    assert "is not here, or is not what the entry says" in text(stand.client, f"/log/{day['entry']}")
    assert "a fault of this record" in text(stand.client, "/numbers/")
    assert day["day"] not in [each["day"] for each in stand.client.get("/numbers.json").json()["days"]]


def test_a_tile_that_was_altered_proves_nothing(stand: Stand) -> None:
    lived_in(stand)
    [tile] = (stand.pages.public / "tile/0").rglob("*.p/*")
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    assert stand.client.get("/log/1").status_code == 500
    assert stand.client.get("/log/1.tlog-proof").status_code == 500


def test_crawlers_are_kept_from_what_belongs_to_one_person(lived: Stand) -> None:
    robots = text(lived.client, "/robots.txt")
    assert all(f"Disallow: {each}\n" in robots for each in ("/s/", "/r/", "/desk/", "/accounts/"))


def test_a_new_right_shows_as_an_entry_and_names_nobody(stand: Stand) -> None:
    stand.house.run(staffing.add_moderator, "zelda-newcomer", (Role.MODERATOR,), "ada")
    stand.publish()
    size = stand.house.log_size()
    assert all("zelda-newcomer" not in text(stand.client, f"/log/{index}") for index in range(size - 2, size))


@pytest.mark.parametrize("typed, true", [("/find/", "/find"), ("/rules", "/rules/"), ("/log", "/log/")])
def test_an_address_with_a_stroke_too_many_or_too_few_leads_to_the_page(
    lived: Stand, typed: str, true: str
) -> None:
    answer = lived.client.get(typed)
    assert (answer.status_code, answer["Location"]) == (302, true)
    assert lived.client.get(true).status_code == 200
