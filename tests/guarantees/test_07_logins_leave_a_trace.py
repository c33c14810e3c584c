"""Guarantee 7: whoever makes or takes over a login leaves a trace before the login can be used."""

import pytest

from showcause.casework import logins
from showcause.domain.errors import NeedsConfirmation
from showcause.transparency.leaf import Slot, decode
from tests.house import House


def last_facts(house: House) -> dict[str, object]:
    """Return what the newest leaf commits to in its slot of facts."""
    with house.store.read() as view:
        size = view.log.state().size
        [leaf] = [decode(each) for each in view.log.leaves(size - 1, size)]
    assert leaf.kind == "right"
    return dict(house.opened(leaf, Slot.FACTS))


def test_an_invitation_is_in_the_log_before_anybody_can_use_it(house: House) -> None:
    token = house.run(logins.invite, "bea", "ada")
    assert last_facts(house)["event"] == "invite"
    with house.store.read() as view:
        assert logins.invited(view, house.now, token).handle == "bea"


def test_nobody_takes_a_login_over_by_inviting_again_and_a_reset_is_called_one(house: House) -> None:
    token = house.run(logins.invite, "bea", "ada")
    house.run(logins.accept, token)
    size = house.log_size()
    with pytest.raises(NeedsConfirmation):
        house.run(logins.invite, "bea", "ada")
    assert house.log_size() == size
    house.run(logins.invite, "bea", "ada", reset=True)
    assert last_facts(house)["event"] == "credentials-reset"


def test_a_link_that_replaced_another_is_a_reset_too_once_the_login_was_used(house: House) -> None:
    house.run(logins.accept, house.run(logins.invite, "bea", "ada"))
    for _ in range(2):
        house.run(logins.invite, "bea", "ada", reset=True)
        assert last_facts(house)["event"] == "credentials-reset"


def test_a_reset_that_was_never_used_does_not_make_the_next_takeover_an_invitation(house: House) -> None:
    house.run(logins.accept, house.run(logins.invite, "bea", "ada"))
    house.run(logins.invite, "bea", "ada", reset=True)
    with pytest.raises(NeedsConfirmation):
        house.run(logins.invite, "bea", "ada")
