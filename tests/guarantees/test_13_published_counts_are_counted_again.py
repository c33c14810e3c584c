"""Guarantee 13: an outsider recomputes our published counts from the openings, without us and without the database."""

import hashlib
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from showcause.casework import founding
from showcause.casework.log import public_log
from showcause.casework.opening import open_facets
from showcause.cli.root import root
from showcause.compose import Wiring
from showcause.transparency.facets import FORMAT
from tests.house import House


def published(house: House) -> Path:
    """Decide on six accounts alike and one apart, open what may be opened, and publish the log."""
    house.run(founding.change_setting, "facet-cell", "5", "ada")
    for number in range(6):
        case = house.case_of(house.report(house.account(f"a{number}")))
        house.decide(case, preset="flood", facts={"count": 3, "span": 60})
    house.suspended("somebody")
    house.wait(hours=24)
    house.run(open_facets)
    house.work()
    head, folder = house.worker.head, house.folder / "public"
    assert head is not None
    public_log.publish(house.store, folder, head, house.signer.verifier_key, house.now)
    return folder


def recount(house: House, folder: Path, *more: str) -> Result:
    """Count again where nothing is but the public folder and the log's key."""
    elsewhere = house.folder / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    policy = elsewhere / "policy"
    policy.write_text(house.log_policy)
    given = ["--home", str(elsewhere), "log", "recount", str(folder), "--policy", str(policy), *more]
    return CliRunner().invoke(root, given, obj=Wiring())


def document_of(folder: Path) -> tuple[Path, dict[str, Any]]:
    [found] = [
        path for path in (folder / "doc").iterdir() if json.loads(path.read_text()).get("format") == FORMAT
    ]
    return found, json.loads(found.read_text())


def test_an_outsider_recomputes_the_published_counts_from_the_openings_and_what_stays_unopened_is_counted(
    house: House,
) -> None:
    folder = published(house)
    done = recount(house, folder, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["entries"], told["opened"], told["unopened"]) == (7, 6, 1)
    _, document = document_of(folder)
    assert told["counts"] == document["counts"]
    assert (document["opened"], document["unopened"]) == (6, 1)
    said = recount(house, folder).stdout
    assert "7 entries can carry facets: 6 are opened, 1 are not." in said
    assert "say the same as their openings" in said


def test_a_document_that_was_changed_afterwards_is_refused(house: House) -> None:
    folder = published(house)
    path, document = document_of(folder)
    path.write_text(json.dumps(document | {"unopened": 0}, sort_keys=True, separators=(",", ":")))
    assert hashlib.sha256(path.read_bytes()).hexdigest() != path.stem
    assert recount(house, folder).exit_code == 1
