"""The module for Synapse against the real API, in this process: what it asks, what it sends, and what it never does."""

import ast
import json
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from showcause.connectors import synapse_module
from showcause.connectors.matrix_events import content_ref
from showcause.connectors.synapse_module import Config, House, Sender, Showcause, described
from showcause.domain.case import Case
from tests.connectors.matrix_house import MatrixHouse, matrix_house
from tests.docs.pages import blocks, read
from tests.services.processes import free_port, until

NOTICES = "@notices:localhost.test"


def ran(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never really waits."""
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waited")


@dataclass
class Api:
    """What Synapse gives a module, as far as this one uses it."""

    callbacks: dict[str, Any] = field(default_factory=dict)

    def register_spam_checker_callbacks(self, **callbacks: Any) -> None:
        self.callbacks |= callbacks

    register_third_party_rules_callbacks = register_spam_checker_callbacks

    def is_mine(self, user: str) -> bool:
        return user.endswith(":localhost.test")

    async def defer_to_thread(self, call: Callable[..., Any], *arguments: Any) -> Any:
        return call(*arguments)


def message(
    text: str, id: str = "$1", sender: str = "@rita:localhost.test", more: dict[str, Any] | None = None
) -> Any:
    content = {"msgtype": "m.text", "body": text, **(more or {})}
    return SimpleNamespace(
        type="m.room.message", sender=sender, room_id="!r:localhost.test", event_id=id, content=content,
        origin_server_ts=1_790_000_000_000, unsigned={},
    )  # fmt: skip


def member(membership: str, id: str, who: str = "@rita:localhost.test", by: str = "", **more: Any) -> Any:
    content = {"membership": membership, **more.pop("content", {})}
    return SimpleNamespace(
        type="m.room.member", sender=by or who, state_key=who, room_id="!r:localhost.test", event_id=id,
        content=content, origin_server_ts=1_790_000_000_000, unsigned=more,
    )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[MatrixHouse]:
    with matrix_house(tmp_path, free_port(), tmp_path / "key") as made:
        yield made


def loaded(house: MatrixHouse, **more: Any) -> Showcause:
    config = {
        "address": house.address,
        "key_file": str(house.key),
        "notices": NOTICES,
        "within_ms": 10_000,
        **more,
    }
    return Showcause(Showcause.parse_config(config), Api())


def test_a_message_that_a_rule_holds_back_is_refused_with_case_and_link_and_others_pass(
    house: MatrixHouse,
) -> None:
    module = loaded(house)
    links = "https://a.example https://b.example https://c.example"
    assert ran(module.check_event_for_spam(message(links))) == "NOT_SPAM"
    ran(module.on_new_event(member("join", "$join"), {}))
    until(lambda: module.sender.sent == 1)
    code, told = ran(module.check_event_for_spam(message(links, "$2")))
    [case] = house.stand.house.all(Case)
    assert code == "M_FORBIDDEN"
    assert told["org.showcause.rule"] == "first_links"
    assert told["org.showcause.link"] in told["error"]
    assert told["org.showcause.case"] in told["error"]
    assert told["org.showcause.link"].startswith(f"{house.stand.address}/h/")
    assert case.state == "waiting"
    assert ran(module.check_event_for_spam(message("good morning", "$3"))) == "NOT_SPAM"
    elsewhere = message(links, "$4", "@rita:elsewhere.example")
    assert ran(module.check_event_for_spam(elsewhere)) == "NOT_SPAM"
    assert ran(module.check_event_for_spam(message(links, "$5", NOTICES))) == "NOT_SPAM"
    french = loaded(house, language="fr")
    assert "jusqu’à ce qu’une personne" in ran(french.check_event_for_spam(message(links, "$2")))[1]["error"]


def test_what_was_asked_about_is_the_same_event_when_it_has_happened(house: MatrixHouse) -> None:
    module = loaded(house)
    sent = message("hello", "$1")
    assert ran(module.check_event_for_spam(sent)) == "NOT_SPAM"
    for each in (
        sent, member("join", "$2"), member("leave", "$3", by="@host:localhost.test"),
        member("join", "$4", replaces_state="$2", content={"displayname": "Rita"}),
    ):  # fmt: skip
        ran(module.on_new_event(each, {}))
    ran(module.on_profile_update("@rita:localhost.test", SimpleNamespace(display_name="Admin"), False, False))
    echo = member("join", "$5", replaces_state="$4", content={"displayname": "Admin"})
    ran(module.on_new_event(echo, {}))
    ran(
        module.on_new_event(
            SimpleNamespace(type="m.room.power_levels", sender="@a:b", room_id="!r:b", content={}), {}
        )
    )
    ran(module.on_user_deactivation_status_changed("@rita:localhost.test", True, True))
    module.sender.end(30)
    kinds = [json.loads(each.body or b"{}")["data"]["kind"] for each in house.events()]
    assert kinds == ["message", "join", "kick", "join", "rename", "deactivate"]
    assert (module.sender.sent, module.sender.refused, module.sender.waiting()) == (6, 0, 0)
    stored = house.events()[0]
    assert house.names(stored) == {
        "actor.id": "@rita:localhost.test", "content.id": content_ref("!r:localhost.test", "$1"),
    }  # fmt: skip


def test_while_nobody_answers_messages_pass_or_do_not_as_the_server_chose(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("sck_x\n")
    config = {"address": f"http://127.0.0.1:{free_port()}", "key_file": str(key)}
    module = Showcause(Config.read(config), Api())
    assert ran(module.check_event_for_spam(message("hello"))) == "NOT_SPAM"
    closed = Showcause(Config.read(config | {"when_unreachable": "closed"}), Api())
    code, told = ran(closed.check_event_for_spam(message("hello")))
    assert (code, "org.showcause.case" in told) == ("M_FORBIDDEN", False)
    assert "Try again" in told["error"]
    for _ in range(synapse_module.MOST_ASKING):
        assert module._asking.acquire(blocking=False)
    assert module._ask({"id": "$1"}) is None
    broken = SimpleNamespace(type="m.room.message", sender="@rita:localhost.test")
    assert ran(module.check_event_for_spam(broken)) == "NOT_SPAM"


def test_events_wait_while_nobody_takes_them_and_what_does_not_fit_is_dropped_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port, key = free_port(), tmp_path / "key"
    key.write_text("sck_not-yet\n")
    config = Config.read({"address": f"http://127.0.0.1:{port}", "key_file": str(key)})
    sender = Sender(House(config), most=3)
    for number in range(5):
        sender.add(described(message("hello", f"${number}")))
    assert (sender.waiting(), sender.dropped) == (3, 2)
    assert "were dropped" in caplog.text
    until(lambda: "did not take" in caplog.text)
    with matrix_house(tmp_path, port, key) as house:
        until(lambda: sender.sent == 3)
        assert len(house.events()) == 3
        sender.add({"id": "nonsense", "data": {}})
        until(lambda: sender.refused == 1)
    assert "refused 1 events: event-value" in caplog.text
    sender.end()


def test_the_thread_begins_with_the_first_event_because_synapse_forks_before(tmp_path: Path) -> None:
    before = threading.active_count()
    config = Config.read({"address": "https://showcause.example", "key_file": str(tmp_path / "key")})
    Showcause(config, Api())
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"address": "http://showcause.example"}, "plain http"),
        ({"address": "showcause.example"}, "address is https"),
        ({"key_file": None}, "key_file is missing"),
        ({"within_ms": 5}, "within_ms"),
        ({"when_unreachable": "maybe"}, "when_unreachable"),
        ({"language": "de"}, "language"),
        ({"adress": "x"}, "no setting 'adress'"),
    ],
)
def test_a_setting_at_fault_is_named_before_the_homeserver_starts(wrong: dict[str, Any], said: str) -> None:
    given = {"address": "https://showcause.example", "key_file": "/key", **wrong}
    with pytest.raises(ValueError, match=said):
        Showcause.parse_config(given)


def test_the_guide_s_settings_are_settings() -> None:
    (block,) = blocks(read("docs/connect-matrix.md"), "yml")
    [named] = yaml.safe_load(block.text)["modules"]
    assert named["module"] == "showcause_synapse.Showcause"
    assert set(named["config"]) == set(Config.__dataclass_fields__) - {"ask"}
    assert Showcause.parse_config(named["config"]).within_ms == 300


def test_what_an_edit_says_counts_and_no_odd_content_breaks_it() -> None:
    edit = {"m.relates_to": {"rel_type": "m.replace"}, "m.new_content": {"body": "https://a.example now"}}
    made = described(message("* now", more=edit))["data"]["content"]
    assert (made["text"], made["links"], made["edit"]) == ("https://a.example now", 1, True)
    odd = described(message("x\ud800y", more={"m.relates_to": "?", "url": 7, "m.new_content": []}))
    assert odd["data"]["content"]["text"] == "x?y"
    assert described(member("dance", "$1")) is None
    picture = described(message("cat.png", more={"msgtype": "m.image", "url": "mxc://localhost.test/1"}))
    assert (picture["data"]["content"]["media"], picture["data"]["content"]["file"]) == (
        True,
        "mxc://localhost.test/1",
    )
    sealed = described(message("cat.png", more={"file": {"url": "mxc://localhost.test/2"}}))
    assert sealed["data"]["content"]["file"] == "mxc://localhost.test/2"
    long = described(message("é" * 50_000))["data"]["content"]
    assert (len(long["text"]), long["length"]) == (20_000, 50_000)


def test_it_is_one_file_that_needs_nothing_but_python() -> None:
    tree = ast.parse(Path(synapse_module.__file__).read_text(encoding="utf-8"))
    named = {each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    named |= {name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names}
    assert {each.partition(".")[0] for each in named} <= sys.stdlib_module_names
