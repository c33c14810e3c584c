"""`showcause rules`: a folder is checked, its cases are tried, and whatever is wrong is said where it is."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from showcause.cli.root import root
from tests.docs.pages import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "rules"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "rules"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(root, ["rules", *map(str, arguments)])


def edit(folder: Path, rule: str, old: str, new: str) -> None:
    path = folder / "rules" / f"{rule}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_rule_set_without_fault_is_counted_and_has_a_digest(folder: Path) -> None:
    result = run("check", folder)
    assert result.exit_code == 0
    assert "4 rules, 1 list, 1 threshold, 2 counters: no fault, and 10 cases as expected." in result.stdout
    found = json.loads(run("check", folder, "--json").stdout)
    assert found["digest"] in result.stdout


def test_every_fault_is_said_with_its_place(folder: Path) -> None:
    edit(folder, "blocked_links", "in blocked_sites", "in blocked_sights")
    edit(folder, "flood", "model.spam >", "model.spum >")
    result = run("check", folder)
    assert result.exit_code == 1
    assert "rules/blocked_links.yaml:12:51: there is no list `blocked_sights` [unknown-list]" in result.stderr
    assert "    Did you mean model.spam?" in result.stderr
    told = [json.loads(line) for line in run("check", folder, "--json").stdout.splitlines()]
    assert [(each["file"], each["code"]) for each in told] == [
        ("rules/blocked_links.yaml", "unknown-list"), ("rules/flood.yaml", "unknown-field"),
    ]  # fmt: skip


def test_what_should_be_known_is_noted(folder: Path) -> None:
    assert "note:" not in run("check", folder).stdout
    schema, limit = folder / "schema.yaml", folder / "thresholds" / "spare.yaml"
    text = schema.read_text(encoding="utf-8")
    at = text.index('    words: {en: "the site')
    schema.write_text(text[:at] + text[text.index("\n", at) + 1 :], encoding="utf-8")
    limit.write_text("name: spare\nversion: 1\nvalue: 3\n", encoding="utf-8")
    said = run("check", folder).stdout
    assert "note: rule blocked_links: restrict: whoever is hit would read `content.domain`; give that" in said
    assert "note: no rule reads the threshold spare." in said
    assert len(json.loads(run("check", folder, "--json").stdout)["notes"]) == 2


def test_a_rule_cites_a_clause_that_exists(folder: Path) -> None:
    policies = ROOT / "src" / "showcause" / "policies"
    assert run("check", folder, "--policies", policies).exit_code == 0
    edit(folder, "flood", "integrity.spam@1", "integrity.spam@9")
    assert run("check", folder).exit_code == 0
    result = run("check", folder, "--policies", policies)
    assert result.exit_code == 1
    assert "no policy has `integrity.spam@9` [bad-clause]" in result.stderr
    assert "Did you mean integrity.spam@1?" in result.stderr


def test_a_case_that_differs_is_shown_with_what_was_read(folder: Path) -> None:
    assert run("test", folder).exit_code == 0
    edit(folder, "flood", "posts_10m > 20", "posts_10m > 30")
    assert run("check", folder).exit_code == 1
    result = run("test", folder)
    assert result.exit_code == 1
    assert "FAIL flood: hit: the same advertisement for the 21st time (it is a miss)" in result.stdout
    assert "`posts_10m > 30` is no (posts_10m is 21)" in result.stdout
    assert "1 case not as expected" in result.stderr
    assert run("test", folder, "--rule", "blocked_links").exit_code == 0


def test_a_rule_that_does_not_exist_is_not_found(folder: Path) -> None:
    result = run("test", folder, "--rule", "floods")
    assert (result.exit_code, "Did you mean flood?" in result.stderr) == (1, True)


def test_a_rule_is_explained_in_both_languages_with_what_it_reads_and_may_do(folder: Path) -> None:
    text = run("explain", "reported_often", folder).stdout
    assert "The rule `reported_often` fires when the number of reports about the account" in text
    assert "et que la règle `flood` ne s’applique pas." in text
    assert "derived from reports: reports_24h counts reports" in text
    assert "It restricts nobody by itself." in text
    found = json.loads(run("explain", "blocked_links", folder, "--json").stdout)
    assert found["reads"]["blocked_sites"] == "list, version 3, 3 entries"
    assert found["powers"] == ["It restricts by itself.", "Two people approve a change of it."]
    assert f"digest {found['digest']}" in run("explain", "blocked_links", folder).stdout
    assert found["key"] == "actor.id", "where several processes share the events"
    missing = run("explain", "blocked", folder)
    assert (missing.exit_code, "Did you mean blocked_links?" in missing.stderr) == (1, True)


def test_files_are_laid_out_and_then_stay_as_they_are(folder: Path) -> None:
    assert run("fmt", folder, "--check").exit_code == 0
    digest = json.loads(run("check", folder, "--json").stdout)["digest"]
    edit(folder, "flood", "posts_10m > 20", "posts_10m>20")
    edit(folder, "blocked_links", "id:", "id:  ")
    assert run("fmt", folder, "--check").exit_code == 1
    assert run("fmt", folder).stdout.count("is laid out") == 2
    assert run("fmt", folder).stdout == "Every rule file is in the one layout.\n"
    assert json.loads(run("check", folder, "--json").stdout)["digest"] == digest
    assert not list(folder.rglob("*.new"))


def test_a_file_whose_comment_would_be_lost_is_not_touched(folder: Path) -> None:
    edit(folder, "flood", "posts_10m > 20", "posts_10m>20  # for now")
    edit(folder, "blocked_links", "id:", "id:  ")
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    result = run("fmt", folder)
    assert result.exit_code == 1
    assert "the layout would lose this comment [comment-lost]" in result.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before
