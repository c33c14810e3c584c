"""How errors leave the command line: code, words, hint and exit code; nothing stored by half."""

from pathlib import Path

import pytest

from showcause.cli import frame
from showcause.domain.errors import Broken, LogInconsistent, Refused, StoreBusy, StoreFull, Unavailable
from showcause.transparency.errors import Malformed
from tests.cli.house import SPAM, House

NOBODY = "0" * 32
RIGHT_TO_LEFT = "ada\u202eevil"
BELL = "ada\x07"
HUGE = "x" * 200_000

BAD: dict[str, tuple[str, ...]] = {
    "an unknown case": ("case", "claim", NOBODY, "--as", "ada"),
    "an id that is none": ("case", "claim", "not-an-id", "--as", "ada"),
    "an id that is too short": ("case", "claim", "ab", "--as", "ada"),
    "a person who is not here": ("case", "claim", "{case}", "--as", "nobody"),
    "nobody acts": ("case", "claim", "{case}"),
    "not claimed": ("case", "propose", "{case}", *SPAM, "--as", "ada"),
    "nothing is proposed": ("case", "approve", "{case}", "--as", "ben"),
    "an unknown clause": ("case", "propose", "{case}", "--clause", "integrity.nothing", "--as", "ada"),
    "a clause that is no clause": ("case", "propose", "{case}", "--clause", "../../etc@x", "--as", "ada"),
    "an old version": ("case", "propose", "{case}", "--clause", "integrity.spam@7", "--as", "ada"),
    "no clause": ("case", "propose", "{case}", "--as", "ada"),
    "an unknown preset": ("case", "propose", "{case}", "--clause", "integrity.spam", "--preset", "no", "--as", "ada"),
    "an unknown rung": ("case", "propose", "{case}", *SPAM, "--rung", "banish", "--as", "ada"),
    "an unknown fact": ("case", "propose", "{case}", *SPAM, "--fact", "colour=red", "--as", "ada"),
    "a fact of the wrong type": ("case", "propose", "{case}", *SPAM, "--fact", "count=many", "--as", "ada"),
    "a fact that is none": ("case", "propose", "{case}", *SPAM, "--fact", "count", "--as", "ada"),
    "an unknown ground": ("case", "propose", "{case}", *SPAM, "--ground", NOBODY, "--as", "ada"),
    "no breach of a clause": ("case", "propose", "{case}", *SPAM, "--no-breach", "--as", "ada"),
    "evidence with a bidirectional override": (
        "case", "propose", "{case}", *SPAM, "--evidence", RIGHT_TO_LEFT, "--as", "ada"),
    "huge evidence": ("case", "propose", "{case}", *SPAM, "--evidence", HUGE, "--as", "ada"),
    "a handle with a bidirectional override": ("moderator", "add", RIGHT_TO_LEFT, "--as", "ada"),
    "a handle with a control character": ("moderator", "add", BELL, "--as", "ada"),
    "a huge handle": ("moderator", "add", HUGE, "--as", "ada"),
    "a handle that is taken": ("moderator", "add", "ben", "--as", "ada"),
    "an operator's act by a moderator": ("moderator", "add", "dora", "--as", "cleo"),
    "an unknown setting": ("setting", "set", "colour", "red", "--as", "ada"),
    "a setting out of bounds": ("setting", "set", "public-interval", "1", "--as", "ada"),
    "a setting that nobody sets": ("setting", "set", "origin", "other.example", "--as", "ada"),
    "a contact with a control character": ("setting", "set", "contact", "a\x1b[31m@example.org", "--as", "ada"),
    "a platform that is not connected": ("report", "nowhere", "account", "mallory", "--reason", "spam"),
    "a report without a reason": ("report", "plaza", "account", "mallory", "--reason", "  "),
    "a report with a control character": ("report", "plaza", "account", "mallory", "--reason", "a\x00b"),
    "a huge report": ("report", "plaza", "account", "mallory", "--reason", HUGE),
    "a subject with a bidirectional override": ("report", "plaza", "account", RIGHT_TO_LEFT, "--reason", "spam"),
    "a platform's name with a slash": ("connect", "simulator", "../plaza", "--as", "ada"),
    "a platform that is connected already": ("connect", "simulator", "plaza", "--as", "ada"),
    "a platform that is scanned and not there": ("scan", "nowhere"),
    "a second baseline": ("import", "baseline", "plaza", "--as", "ada"),
    "an appeal against nothing": ("appeal", "lodge", "ABCD-EFGH", "--text", "no"),
    "an appeal that is not there": ("appeal", "claim", NOBODY, "--as", "ada"),
    "a statement that is not there": ("statement", "show", "ABCD-EFGH", "--as", "ada"),
    "a language that is not written": ("statement", "show", "ABCD-EFGH", "--language", "xx", "--as", "ada"),
    "a decision that is not there": ("receipt", NOBODY, "--as", "ada"),
    "a policy that is not there": ("policies", "approve", "integrity.nothing@1", "--as", "ada"),
    "an order that is not there": ("enforcement", "retry", NOBODY, "--as", "ada"),
    "a held fall that is not there": ("fall", "settle", NOBODY, "--as", "ada"),
    "an urgent act that is not there": ("urgent", "confirm", NOBODY, "--as", "ada"),
    "an entry of the log that is not there": ("log", "proof", "99999"),
    "a service beyond the loopback": ("serve", "--listen", "0.0.0.0:8420"),
    "a place to listen that is none": ("serve", "--listen", "everywhere"),
    "a backup without a place": ("backup",),
    "a restore over a database": ("restore", "{folder}"),
    "a site that is there already": ("init", "--origin", "x.example", "--contact", "c", "--operator", "eve"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_ends_in_a_clear_error_and_nothing_is_stored(
    house: House, what: str, tmp_path: Path
) -> None:
    case, size = house.case(), _size(house)
    result = house.try_(
        *(part.format(case=case, folder=tmp_path) if "{" in part else part for part in BAD[what])
    )
    assert result.exit_code == frame.REFUSED, result.stderr + result.stdout
    first, hint = result.stderr.splitlines()[0], result.stderr.splitlines()[-1]
    assert first.startswith("error ("), result.stderr
    assert hint.startswith("hint: ")
    assert len(hint) > len("hint: ")
    assert result.stderr.replace("\n", "").isprintable(), "nothing from outside may write to the terminal"
    assert len(result.stderr) < 2_000
    assert _size(house) == size
    assert house.one("case", "show", case)["decisions"] == []


def _size(house: House) -> tuple[object, ...]:
    """What could have been stored: entries of the log, people, platforms, reports."""
    return (
        house.one("log", "head")["size"],
        [each["handle"] for each in house.json("moderator", "list")],
        [each["name"] for each in house.json("platform", "list")],
        [each["reports"] for each in house.json("queue")],
    )


def test_a_command_that_is_written_wrongly_ends_with_2(house: House) -> None:
    for wrong in (
        ("queue", "--limit", "none"),
        ("nonsense",),
        ("case", "claim"),
        ("platform", "mode", "plaza", "on"),
    ):
        assert house.try_(*wrong).exit_code == frame.USAGE


def test_exit_codes_say_whose_turn_it_is() -> None:
    assert frame.exit_code(Refused("x")) == 1
    assert frame.exit_code(Malformed("x")) == 1
    assert (
        frame.exit_code(Unavailable("x"))
        == frame.exit_code(StoreBusy("x"))
        == frame.exit_code(StoreFull("x"))
        == 75
    )
    assert frame.exit_code(Broken("x")) == frame.exit_code(LogInconsistent("x")) == 70
    assert frame.exit_code(ValueError("x")) == 70


def test_a_bug_says_so_without_a_traceback_because_it_may_hold_personal_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert frame.tell(ValueError("mallory@example.org"), debug=False) == 70
    said = capsys.readouterr().err
    assert "error (bug)" in said
    assert "mallory" not in said
    frame.tell(ValueError("mallory@example.org"), debug=True)
    assert "mallory" in capsys.readouterr().err


def test_a_folder_without_a_site_says_how_to_make_one(tmp_path: Path) -> None:
    result = House(tmp_path / "nothing").try_("queue")
    assert result.exit_code == 1
    assert "showcause init" in result.stderr


def test_hidden_characters_become_escapes() -> None:
    assert frame.printable("a\x1b[31mb\u202ec\n") == "a\\x1b[31mb\\u202ec\n"
