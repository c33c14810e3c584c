"""Taking events in: each line on its own, nothing personal past the door, and whom an event names kept sealed."""

from pathlib import Path

import pytest

from showcause.domain.errors import BadInput
from showcause.rules.arriving import HINTS, Reason
from showcause.stream.intake import MOST_LINES, Intake, counts, lines_of
from tests.stream.lines import DECLARED, NOW, line


def test_a_line_at_fault_keeps_no_other_from_being_taken(intake: Intake) -> None:
    sent = [line("a"), b"nonsense", line("b", colour="red"), line("a", actor={"age_s": 1}), line("a")]
    answers = intake.take("plaza", DECLARED, sent, NOW)
    assert [(each.line, each.outcome, each.sequence) for each in answers] == [
        (1, "new", 1),
        (2, "event-not-json", None),
        (3, "new", 2),
        (4, "event-id-reused", None),
        (5, "known", 1),
    ]
    assert answers[1].hint == HINTS[Reason.NOT_JSON]
    assert answers[2].dropped == ("colour",)
    assert counts(answers) == {"new": 2, "known": 1, "refused": 2}


def test_nothing_personal_stands_in_the_log_and_who_is_named_is_sealed(intake: Intake) -> None:
    sent = line("a", actor={"id": "mallory", "ip": "192.0.2.7"})
    intake.take("plaza", DECLARED, [sent], NOW)
    [stored] = intake.log.read(0, 9)
    assert stored.body is not None
    assert stored.sealed is not None
    for raw in (b"mallory", b"192.0.2.7"):
        assert raw not in stored.body + stored.sealed
    assert intake.names(stored.sealed) == {"actor.id": "mallory"}, "the address is kept nowhere"


def test_a_file_of_events_holds_no_name(durable: Intake, tmp_path: Path) -> None:
    durable.take("plaza", DECLARED, [line("a", actor={"id": "mallory"})], NOW)
    assert (tmp_path / "events.db").exists()
    assert not [each for each in tmp_path.iterdir() if b"mallory" in each.read_bytes()]


def test_an_emptied_event_names_nobody_and_is_not_taken_again(intake: Intake) -> None:
    sent = line("a", actor={"id": "mallory"})
    intake.take("plaza", DECLARED, [sent], NOW)
    intake.log.erase(lambda platform, body: True)
    [stored] = intake.log.read(0, 9)
    assert intake.names(stored.sealed) == {}
    [answer] = intake.take("plaza", DECLARED, [sent], NOW)
    assert answer.outcome == Reason.FORGOTTEN


def test_too_many_lines_are_refused_before_any_is_read(intake: Intake) -> None:
    with pytest.raises(BadInput, match="at most"):
        intake.take("plaza", DECLARED, [b""] * (MOST_LINES + 1), NOW)


def test_a_body_with_nothing_right_in_it_takes_nothing(intake: Intake) -> None:
    assert counts(intake.take("plaza", DECLARED, [b"{}", b"7"], NOW)) == {"new": 0, "known": 0, "refused": 2}
    assert intake.log.head().sequence == 0


def test_lines_are_what_stands_between_line_ends() -> None:
    assert lines_of(b'{"a":1}\r\n\n{"b":2}\n  \n') == [b'{"a":1}\r', b'{"b":2}']
