"""Forgetting reaches the events: those that name the person are emptied, all others stay as they are."""

from pathlib import Path

from showcause.domain.subject import Subject, SubjectKind
from showcause.stream.forgetting import forget
from showcause.stream.intake import Intake
from tests.stream.lines import DECLARED, NOW, line


def account(ref: str, platform: str = "plaza") -> Subject:
    return Subject(platform, SubjectKind.ACCOUNT, ref)


def test_every_event_that_names_a_person_or_their_things_is_emptied(intake: Intake) -> None:
    sent = [
        line("1", actor={"id": "mallory"}),
        line("2", actor={"id": "ann"}),
        line("3", actor={"id": "ann"}, content={"id": "post-7"}),
        line("4", actor={"id": "mallory2"}),
    ]
    intake.take("plaza", DECLARED, sent, NOW)
    assert forget(intake, [account("mallory"), Subject("plaza", SubjectKind.CONTENT, "post-7")]) == 2
    assert [each.body is None for each in intake.log.read(0, 9)] == [True, False, True, False]
    assert forget(intake, [account("mallory")]) == 0


def test_a_name_is_found_in_whatever_form_it_was_written(intake: Intake) -> None:
    intake.take("plaza", DECLARED, [line("1", actor={"id": "cafe\u0301"})], NOW)
    assert forget(intake, [account("caf\u00e9")]) == 1


def test_the_same_name_on_another_platform_is_somebody_else(intake: Intake) -> None:
    intake.take("plaza", DECLARED, [line("1", actor={"id": "mallory"})], NOW)
    assert forget(intake, [account("mallory", "agora")]) == 0


def test_without_a_name_nothing_is_read(intake: Intake) -> None:
    assert forget(intake, []) == 0


def test_a_forgotten_name_is_in_no_file_not_even_as_its_hash(durable: Intake, tmp_path: Path) -> None:
    durable.take("plaza", DECLARED, [line("1", actor={"id": "mallory"})], NOW)
    [stored] = durable.log.read(0, 9)
    assert stored.body is not None
    hashed = stored.body[stored.body.index(b"~") :][:33]
    assert any(hashed in each.read_bytes() for each in tmp_path.glob("events.db*"))
    forget(durable, [account("mallory")])
    assert not any(hashed in each.read_bytes() for each in tmp_path.glob("events.db*"))
