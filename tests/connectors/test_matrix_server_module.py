"""Our module in a real Synapse: what a rule holds back is not sent, and what happens there arrives as events."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from showcause.domain.case import Case
from showcause.store.verdicts import reached
from tests.connectors.matrix_house import MatrixHouse, matrix_house
from tests.house import PLATFORM
from tests.services.matrix import ADMIN, MatrixRefused
from tests.services.processes import until
from tests.services.synapse import Synapse

pytestmark = pytest.mark.synapse
LINKS = "look: https://a.example https://b.example https://c.example"


def seen(house: MatrixHouse, who: str) -> list[str]:
    """Return what somebody did, by the names of the kinds."""
    theirs = [each for each in house.events() if house.names(each).get("actor.id") == who]
    return [json.loads(each.body or b"")["data"]["kind"] for each in theirs]


def test_a_new_account_s_links_wait_for_a_person_and_the_client_is_told_why(
    synapse: Synapse, tmp_path: Path
) -> None:
    with matrix_house(tmp_path, synapse.showcause, synapse.key) as house:
        host, rita = synapse.unique("host"), synapse.unique("rita")
        room = host.create_room()
        host.send(room, "hello")  # somebody answers again: what waited is sent
        rita.join(room)
        until(lambda: "join" in seen(house, rita.id))
        house.judging.round()
        with pytest.raises(MatrixRefused) as caught:
            rita.send(room, LINKS)
        assert (caught.value.status, caught.value.code) == (403, "M_FORBIDDEN")
        told = caught.value.answer
        [case] = house.stand.house.all(Case)
        assert case.state == "waiting"
        assert told["org.showcause.rule"] == "first_links"
        assert told["org.showcause.case"] in told["error"]
        page = house.stand.client.get(told["org.showcause.link"].removeprefix(house.stand.address))
        assert told["org.showcause.case"] in page.content.decode()
        event = rita.send(room, "good morning")
        rita.rename("Somebody else")
        until(lambda: "rename" in seen(house, rita.id))
        mine = [each for each in house.events() if house.names(each).get("actor.id") == rita.id]
        assert seen(house, rita.id) == ["join", "message", "message", "rename"]
        assert house.names(mine[2])["content.id"] == f"{room}/{event}"
        texts = [
            each["content"].get("body") for each in host.messages(room) if each["type"] == "m.room.message"
        ]
        assert texts == ["good morning", "hello"], "what was refused was never published"
        synapse.admin.call("POST", f"{ADMIN}/v1/deactivate/{quote(rita.id)}", {"erase": False})
        until(lambda: "deactivate" in seen(house, rita.id))
        assert seen(house, rita.id).count("rename") == 1, "leaving is no new name"
        house.judging.round()
        with house.stand.house.store.read() as view:
            place = reached(view, PLATFORM)
        assert place is not None
        assert place.counts["first_links"][0] == 1
