"""Links: sent again, replaced, closed; the reference number's door; the proof that the person takes along."""

import html
import re
from pathlib import Path

from click.testing import CliRunner

from showcause.casework import person_links
from showcause.cli.root import root
from showcause.compose import Wiring
from showcause.domain.link import LinkMark
from showcause.transparency.leaf import Slot
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from tests.web.person.letters import LINK, letters, newest_link, read, reverse, suspended
from tests.web.stand import Stand


def test_a_link_in_wrong_hands_is_closed_and_the_new_one_goes_to_the_person(stand: Stand) -> None:
    _, path = suspended(stand)
    answer = stand.client.post(f"{path}/new-link")
    assert "The old link is closed" in read(answer)
    assert LINK.search(read(answer).replace(path, "")) is None, (
        "whoever holds the old link does not get the new one"
    )
    assert stand.client.get(path).status_code == 404
    stand.house.work()
    assert "Earlier links to it no longer work" in letters(stand)[-1]
    assert stand.client.get(newest_link(stand)).status_code == 200


def test_every_link_of_the_same_matter_is_closed_with_it(stand: Stand) -> None:
    _, path = suspended(stand)
    stand.client.post(f"{path}/appeal", {"text": "I was invited."})
    reverse(stand)
    paths = {f"/s/{each}" for each in LINK.findall("\n".join(letters(stand)))}
    assert len(paths) == 2
    stand.client.post(f"{path}/new-link")
    assert {stand.client.get(each).status_code for each in paths} == {404}


def test_a_statements_number_opens_nothing_and_sends_its_link_to_its_person(stand: Stand) -> None:
    decision, path = suspended(stand)
    known = stand.client.post("/s/", {"reference": f" {decision.reference.lower()} "})
    unknown = stand.client.post("/s/", {"reference": "AAAA-BBBB"})
    assert known.status_code == unknown.status_code == 200
    assert path not in read(known)
    assert _body(known.content) == _body(unknown.content)
    stand.house.work()
    assert "as was asked of us" in letters(stand)[-1]
    assert newest_link(stand) == path, "asking closes nothing"


def _body(page: bytes) -> bytes:
    return page[page.index(b"<main") : page.index(b"</main>")]


def test_the_same_letter_is_not_sent_again_and_again(stand: Stand) -> None:
    decision, _ = suspended(stand)
    before = len(letters(stand))
    for _ in range(6):
        stand.client.post("/s/", {"reference": decision.reference})
    stand.house.work()
    assert len(letters(stand)) == before + 3


def test_the_desk_prints_replaces_and_closes_a_link_and_the_journal_says_so(stand: Stand) -> None:
    decision, path = suspended(stand)
    statement = stand.house.statement_of(decision)
    assert stand.house.run(person_links.print_, statement.id, "bea") == f"http://localhost:8420{path}"
    newer = stand.house.run(person_links.replace, statement.id, "bea").removeprefix("http://localhost:8420")
    assert [stand.client.get(each).status_code for each in (path, newer)] == [404, 200]
    stand.house.run(person_links.revoke, statement.id, "bea")
    assert stand.client.get(newer).status_code == 404
    verbs = [line.verb for line in stand.house.journal(statement.id)]
    assert verbs[-3:] == ["print-link", "replace-link", "revoke-link"]


def test_no_token_stands_in_the_database_or_in_what_is_logged(
    stand: Stand, tmp_path: Path, caplog: object
) -> None:
    _, path = suspended(stand)
    token = path.removeprefix("/s/")
    stand.client.get(path)
    stand.client.post(f"{path}/appeal", {"text": ""})
    stand.client.get(f"{path}x")
    stand.client.post(f"{path}/new-link")
    files = [each for each in tmp_path.rglob("showcause.db*") if each.is_file()]
    assert files
    assert not any(token.encode() in each.read_bytes() for each in files)
    assert token not in str(getattr(caplog, "text", ""))
    [mark] = stand.house.all(LinkMark)
    assert mark.generation == 1


def test_the_proof_is_checked_offline_and_opens_what_is_the_persons(stand: Stand) -> None:
    decision, path = suspended(stand)
    answer = stand.client.get(f"{path}/proof/{decision.leaf}")
    assert answer["Content-Disposition"] == f'attachment; filename="{decision.leaf[:12]}.tlog-proof"'
    receipt = from_proof(answer.content)
    believed = verify_receipt(receipt, stand.house.trusted)
    assert believed.opened[Slot.SUBJECT]["ref"] == "spam-sam"
    assert stand.client.get(f"{path}/proof/{'ab' * 16}").status_code == 404


def test_the_line_on_the_page_checks_the_file_that_was_downloaded(stand: Stand, tmp_path: Path) -> None:
    decision, path = suspended(stand)
    shown = re.search(r"<pre[^>]*>showcause verify (\S+) --key (.*?)</pre>", read(stand.client.get(path)))
    assert shown is not None
    file, key = tmp_path / shown.group(1), html.unescape(shown.group(2)).strip("'")
    answer = stand.client.get(f"{path}/proof/{decision.leaf}")
    assert file.name in answer["Content-Disposition"], "the file has the name that the line says"
    file.write_bytes(answer.content)
    believed = CliRunner().invoke(root, ["verify", str(file), "--key", key], obj=Wiring())
    assert believed.exit_code == 0, believed.output
    assert "spam-sam" in believed.output


def test_before_the_signature_the_page_says_that_the_proof_is_still_to_come(stand: Stand) -> None:
    decision, path = suspended(stand)
    fence(stand)
    answer = stand.client.get(f"{path}/proof/{decision.leaf}")
    assert answer.status_code == 503
    assert "The proof is not ready yet" in read(answer)
    assert stand.client.get(path).status_code == 200, "the page itself does not wait for it"


def fence(stand: Stand) -> None:
    """Let the signer's clock be behind, so that nothing is signed."""
    stand.house.account("rita")
    stand.house.report(stand.house.account("other-sam"))
    stand.house.now = stand.house.now.replace(year=2020)
