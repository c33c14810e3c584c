"""Files of events: taken once, gone on with where they stopped, and what is refused is named."""

from pathlib import Path

import pytest

from showcause.domain.errors import NotFound, StoreBusy
from showcause.rules.declared import Declaration
from showcause.stream.importing import AT_ONCE, MOST_SHOWN, Refused, Report, import_files
from showcause.stream.intake import Answer, Intake
from tests.stream.lines import DECLARED, NOW, line


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(each + b"\n" for each in lines))
    return path


def run(intake: Intake, path: Path, at_once: int = AT_ONCE) -> Report:
    return import_files(intake, "plaza", DECLARED, path, lambda: NOW, at_once=at_once)


def test_a_file_is_taken_and_what_is_refused_is_named_by_its_line(intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "day.ndjson", line("a"), b"", b"nonsense", line("b", colour="red"), line("a"))
    report = run(intake, file)
    assert (report.new, report.known, report.skipped) == (2, 1, 0)
    assert report.refused == {"event-not-json": 1}
    assert report.dropped == {"colour": 1}
    assert report.first == [Refused("day.ndjson", 3, "event-not-json", "not JSON at character 1")]


def test_a_file_that_was_taken_is_not_read_again_and_one_that_grew_goes_on(
    intake: Intake, tmp_path: Path
) -> None:
    many = [line(f"{n}", colour="x" * 100) for n in range(100)]
    file = write(tmp_path / "day.ndjson", *many)
    assert run(intake, file).new == 100
    again = run(intake, file)
    assert (again.new, again.known, again.skipped) == (0, 0, 100)
    write(file, *many, line("later"))
    grown = run(intake, file)
    assert (grown.new, grown.known, grown.skipped) == (1, 0, 100)


def test_another_file_under_the_same_name_is_read_from_its_beginning(intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "day.ndjson", line("a"))
    run(intake, file)
    write(file, line("b"), line("c"))
    assert run(intake, file).new == 2


class Interrupted(Intake):
    """Takes some lots and then meets a database that does not answer."""

    lots = 2

    def take(self, platform: str, declared: Declaration, lines: list[bytes], now: object) -> list[Answer]:  # type: ignore[override]  # narrower for the test
        if not self.lots:
            raise StoreBusy("locked")
        self.lots -= 1
        return super().take(platform, declared, lines, NOW)


def test_an_import_that_was_interrupted_goes_on_where_it_was(durable: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "day.ndjson", *(line(f"{n}") for n in range(45)))
    with pytest.raises(StoreBusy):
        run(Interrupted(durable.store, durable.log), file, at_once=10)
    assert durable.log.head().sequence == 20
    report = run(durable, file)
    assert (report.new, report.known, report.skipped) == (25, 0, 20)
    assert durable.log.head().sequence == 45


def test_a_folder_is_read_in_the_order_of_its_names(intake: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    folder.mkdir()
    for name in ("2.jsonl", "1.ndjson", "3.txt"):
        write(folder / name, line(name))
    assert run(intake, folder).new == 2
    bodies = [each.body or b"" for each in intake.log.read(0, 9)]
    assert [b"1.ndjson" in bodies[0], b"2.jsonl" in bodies[1]] == [True, True]


def test_a_folder_without_events_is_named(intake: Intake, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no events at"):
        run(intake, tmp_path)


def test_a_line_without_an_end_is_bounded_and_the_next_one_is_read(intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "day.ndjson", b'{"id":"' + b"x" * 300_000, line("b"))
    report = run(intake, file)
    assert (report.new, report.refused) == (1, {"event-too-large": 1})


def test_only_the_first_refusals_are_named_and_all_are_counted(intake: Intake, tmp_path: Path) -> None:
    report = run(intake, write(tmp_path / "day.ndjson", *([b"x"] * 100)))
    assert len(report.first) == MOST_SHOWN
    assert report.refused.total() == 100
