"""The front page and the log's page say who watches, how old their newest signature is, and what waits for them."""

import html
import os

import pytest

from showcause.casework.log import watching
from showcause.domain.restriction import Measure
from showcause.domain.witness import Demand, Level
from tests.web.record import witnessed
from tests.web.stand import Stand


def text(stand: Stand, address: str, language: str) -> str:
    answer = stand.client.get(address, HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("address", ["/", "/log/"])
def test_without_witnesses_both_pages_say_that_r0_holds_and_what_that_means(
    stand: Stand, address: str
) -> None:
    stand.publish()
    page = text(stand, address, "en")
    assert "could show you one history and somebody else another" in page
    assert "receipt level R0" in page
    assert "no independent witness cosigns it yet" in text(stand, "/limits/", "en")
    assert "niveau de reçu R0" in text(stand, address, "fr")


@pytest.mark.parametrize("address", ["/", "/log/"])
def test_with_witnesses_they_say_who_runs_each_how_old_and_what_waits(stand: Stand, address: str) -> None:
    witnessed(stand)
    page = text(stand, address, "en")
    assert "paper (run by The Garden Paper, says the operator) cosigned this head on" in page
    assert "Witnesses cosign the head: paper." in text(stand, "/limits/", "en")
    stand.house.run(watching.set_level, Measure.SUSPEND, Demand(Level.R1, 7_200), "ada")
    os.utime(stand.pages.public / "checkpoint", (0, 0))  # an interval has begun since
    stand.publish()
    for language, words in (
        ("en", ("has not cosigned this head", "receipt level R1", "2 hours", "kind gap")),
        ("fr", ("n’a pas cosigné cette tête", "niveau de reçu R1", "2 heures", "lacune")),
    ):
        page = text(stand, address, language)
        assert all(each in page for each in words), page
