"""Files in quarantine: who looks at them, what happens while nobody does, and that each is settled once."""

import pytest

from showcause.casework import attachments
from showcause.casework.attachments import Sent
from showcause.casework.ports import Redrawn
from showcause.casework.worker import Worker
from showcause.casework.worker import World as Outside
from showcause.domain.appeal import Appeal
from showcause.domain.attachment import Attachment
from showcause.domain.errors import BadInput
from showcause.domain.lifecycle import AttachmentState
from tests.house import PLATFORM, House


def appealed(house: House, *files: Sent) -> Appeal:
    """Return an appeal that came with files."""
    decision = house.suspended()
    return house.run(attachments.lodge_with, decision.reference, "See what I sent.", files)


def test_a_file_waits_while_nothing_that_looks_at_files_is_running(house: House) -> None:
    appealed(house, Sent("a.txt", b"the invitation"))
    blind = Worker(house.runner, Outside({PLATFORM: house.platform}, house.signer))
    blind.run_due()
    [held] = house.all(Attachment)
    assert held.state is AttachmentState.QUARANTINED
    house.wait(minutes=10)
    [shown] = house.all(Attachment)
    assert shown.state is AttachmentState.SHOWN


def test_what_was_settled_stays_settled(house: House) -> None:
    appealed(house, Sent("a.txt", b"the invitation"))
    house.work()
    [held] = house.all(Attachment)
    again = house.run(attachments.settle, held.id, Redrawn(refused="kind"))
    assert again == held
    with house.store.read() as view:
        assert attachments.original(view, held.id) is None
        assert attachments.shown(view, held.id).data == b"the invitation"


def test_an_appeal_and_its_files_are_taken_together_or_not_at_all(house: House) -> None:
    with pytest.raises(BadInput, match="at most 3"):
        appealed(house, *(Sent(f"{n}.txt", b"x") for n in range(4)))
    assert house.all(Appeal) == []
    assert house.all(Attachment) == []


def test_the_journal_and_the_columns_hold_no_name_and_no_word_of_a_file(house: House) -> None:
    appealed(house, Sent("letter to mallory.txt", b"the words of sam"))
    house.work()
    [held] = house.all(Attachment)
    kept = f"{held} {house.journal(held.id)}"
    assert "mallory" not in kept
    assert "words of sam" not in kept
