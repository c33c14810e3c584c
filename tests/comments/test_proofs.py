"""Proof of work, under attack and never else."""

from datetime import timedelta
from itertools import count

import pytest

from showcause.comments import forms, proofs
from tests.comments.conftest import Newsroom


def test_the_number_that_a_browser_finds_holds_for_its_form_alone(quick: Newsroom) -> None:
    form, other = (forms.issue(quick.section, quick.now, quick.article()) for _ in range(2))
    found = next(str(number) for number in count() if proofs.holds(form, str(number), bits=10))
    assert proofs.holds(form, found, bits=10)
    assert not proofs.holds(other, found, bits=30)


@pytest.mark.parametrize("answer", ["", "-1", "1.0", "٣", "0x1", "1 ", "9" * 21])
def test_an_answer_that_is_no_number_proves_nothing(answer: str) -> None:
    assert not proofs.holds("form", answer, bits=0)


def test_proofs_are_asked_for_while_more_is_written_than_people_write(quick: Newsroom) -> None:
    for _ in range(proofs.ATTACK_FROM - 1):
        quick.section.line.through([quick.incoming("A word.")])
    assert not proofs.needed(quick.section, quick.now)
    quick.section.line.through([quick.incoming("A word.")])
    assert proofs.needed(quick.section, quick.now)
    assert not proofs.needed(quick.section, quick.now + timedelta(minutes=1))


def test_the_newsroom_can_ask_for_proofs_at_any_time(quick: Newsroom) -> None:
    assert not proofs.needed(quick.section, quick.now)
    quick.settings(proof=True)
    assert proofs.needed(quick.section, quick.now)
