"""Naming who watches the log: in public, and pinned for the gates; what waits for them, and what the doctor says."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from showcause.casework.log.public_log import reader
from showcause.compose import Wiring
from showcause.domain.restriction import Measure
from showcause.domain.subject import SubjectKind
from showcause.gateways.calling_out import Outbound
from showcause.transparency.audit import audit
from showcause.transparency.export import CHECKPOINT
from showcause.transparency.keys import KeyKind, SigningKey
from showcause.transparency.leaf import decode
from showcause.transparency.policy import Policy, evaluate, parse_policy
from showcause.witness.cosigning import Cosigner
from showcause.witness.memory import Memory
from showcause.witness.mirroring import Mirror
from showcause.witness.pulling import copy
from showcause.witness.serving import Door, listening
from tests.cli.house import House


@contextmanager
def watching(
    house: House,
    folder: Path,
    name: str = "daily.example/w1",
    port: int = 0,
    allowed: list[int] | None = None,
) -> Iterator[tuple[Cosigner, str]]:
    """A witness of ours that watches the house's log, with its address; the house may call there."""
    folder.mkdir(exist_ok=True)
    memory = Memory(folder / "witness.db")
    memory.name_ourselves(name, [KeyKind.COSIGNATURE], name.encode().ljust(32, b"."))
    memory.watch((house.home / "trust" / "log-policy").read_text().split()[1])
    cosigner = Cosigner(memory, lambda: int(house.now.timestamp()))
    with listening(Door(cosigner, None, lambda: 0), "127.0.0.1", port) as port:
        ports = [] if allowed is None else allowed
        ports.append(port)
        allow(house, ports)
        yield cosigner, f"http://127.0.0.1:{port}"
    memory.close()


def allow(house: House, ports: list[int]) -> None:
    """Let the house call these ports of its own machine."""
    house.environment["SHOWCAUSE_PRIVATE_HOSTS"] = ",".join(f"127.0.0.1:{port}" for port in ports)


def key_of(cosigner: Cosigner) -> str:
    return str(cosigner.memory.keys[0].verifier)


def add(house: House, cosigner: Cosigner, url: str, name: str = "daily") -> str:
    return house.run(
        *("log", "witness", "add", name, key_of(cosigner), url, "--run-by", "The Daily Example"),
        *("--as", "ada"),
    )


def trusted_by(house: House, name: str) -> set[str]:
    policy = parse_policy((house.home / "trust" / name).read_bytes())
    return set(evaluate(policy, (house.home / "public" / CHECKPOINT).read_bytes()).witnesses)


def test_a_witness_is_named_in_public_with_who_runs_it_and_cosigns_the_public_head(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        assert "Pinned: trust/log-policy, trust/log-policy-r1" in add(house, cosigner, url)
        house.wait(timedelta(hours=1))
        assert house.one("serve", "--once")["published"]
        assert trusted_by(house, "log-policy") == trusted_by(house, "log-policy-r1") == {"daily"}
        [row] = house.json("log", "witness", "list")
        assert (row["says"], row["run_by"]) == ("it cosigned", "The Daily Example")
        documents = [each.read_text() for each in (house.home / "public" / "doc").glob("*.json")]
        assert any("The Daily Example" in each and key_of(cosigner) in each for each in documents)
    assert "It holds." in house.run("log", "verify")


def test_a_head_that_stands_still_is_cosigned_again_in_every_interval(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        times = []
        for _ in range(2):
            house.wait(timedelta(hours=1))
            house.run("serve", "--once")
            policy = parse_policy((house.home / "trust" / "log-policy").read_bytes())
            note = (house.home / "public" / CHECKPOINT).read_bytes()
            times.append(evaluate(policy, note).witnesses["daily"])
        assert times[1] - times[0] == 3600


def test_a_witness_that_cannot_be_reached_keeps_nothing_from_the_public_and_the_doctor_says_so(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
    house.wait(timedelta(hours=1))
    assert house.one("serve", "--once")["published"]
    assert trusted_by(house, "log-policy") == set()
    assert "not heard of for a day: daily" in house.try_("doctor").stdout


def test_a_witness_that_saw_another_history_turns_the_doctor_red_and_keeps_the_evidence(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.wait(timedelta(hours=1))
        house.run("serve", "--once")
        [log] = cosigner.memory.watched()
        seen = cosigner.memory.seen(log.origin)
        assert seen is not None
        with cosigner.memory.changing():
            cosigner.memory.keep(
                log.origin, type(seen)(seen.size, b"another history".ljust(32), seen.note, 1)
            )
        house.wait(timedelta(hours=1))
        house.run("serve", "--once")
    told = house.try_("doctor")
    assert told.exit_code == 1
    assert "daily saw another history of this log" in told.stdout
    assert log.origin in (house.home / "signer" / "witnesses.json").read_text()


def test_below_its_level_an_order_waits_and_goes_out_when_the_witness_is_back(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        assert "suspend R1" in house.run("log", "level", "suspend", "R1", "--as", "ada")
    house.decided()
    house.wait(timedelta(days=2))
    house.run("serve", "--once")
    assert state(house) == "pending"
    assert not house.world.standing(SubjectKind.ACCOUNT, "mallory")
    with watching(house, tmp_path / "w", port=int(url.rpartition(":")[2])):
        house.wait(timedelta(minutes=1))
        house.run("serve", "--once")
    assert state(house) == "applied"
    assert house.world.standing(SubjectKind.ACCOUNT, "mallory")


def test_two_of_three_witnesses_carry_the_level_and_one_does_not(house: House, tmp_path: Path) -> None:
    with ExitStack() as all_of_them:
        ports: list[int] = []
        for name in ("daily", "weekly", "monthly"):
            entered = all_of_them.enter_context(
                watching(house, tmp_path / name, f"{name}.example/w1", allowed=ports)
            )
            add(house, *entered, name)
        house.run("log", "quorum", "2", "--as", "ada")
        house.run("log", "level", "suspend", "R1", "--as", "ada")
    with watching(house, tmp_path / "daily", "daily.example/w1", port=ports[0], allowed=ports[:0]):
        allow(house, ports)
        house.decided()
        house.wait(timedelta(minutes=1))
        house.run("serve", "--once")
        assert state(house) == "pending"
        with watching(house, tmp_path / "monthly", "monthly.example/w1", port=ports[2], allowed=ports[:0]):
            allow(house, ports)
            house.wait(timedelta(minutes=1))
            house.run("serve", "--once")
            assert state(house) == "applied"


def test_the_gate_holds_to_what_is_pinned_whatever_the_record_says(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.run("log", "level", "suspend", "R1", "--as", "ada")
    table = house.home / "trust" / "receipt-levels"
    pinned = table.read_bytes()
    house.run("log", "level", "suspend", "R0", "--as", "ada")
    table.write_bytes(pinned)  # as if the record were changed by somebody who cannot reach this machine
    house.decided()
    house.wait(timedelta(minutes=1))
    house.run("serve", "--once")
    assert state(house) == "pending"
    assert "the record says otherwise than trust/receipt-levels" in house.try_("doctor").stdout
    house.run("log", "trust")
    house.wait(timedelta(minutes=1))
    house.run("serve", "--once")
    assert state(house) == "applied"


def test_a_fallback_declared_beforehand_lets_the_order_go_after_its_time_and_after_a_public_gap(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.run("log", "level", "suspend", "R1", "--fallback-after", "2h", "--as", "ada")
    house.decided()
    house.wait(timedelta(minutes=119))
    house.run("serve", "--once")
    assert (state(house), kinds(house).count("gap")) == ("pending", 0)
    for _ in range(2):
        house.wait(timedelta(minutes=2))
        house.run("serve", "--once")
    assert state(house) == "applied"
    found = kinds(house)
    assert found.count("gap") == 1
    assert found.index("decision") < found.index("gap") < found.index("effect")
    assert house.one("log", "fsck")["sound"]


def test_an_urgent_act_waits_for_no_witness_and_the_doctor_tells_of_one_that_none_ever_covered(
    house: House, tmp_path: Path
) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.run("log", "level", "suspend", "R1", "--fallback-after", "2h", "--as", "ada")
    house.world.register("mallory")
    token = tmp_path / "ada.token"
    house.run("moderator", "token", "ada", "--urgent", "threat-to-life", "--out", str(token), "--as", "ben")
    given = ("--token", str(token), "--category", "threat-to-life")
    house.run("urgent", "act", "plaza", "account", "mallory", *given)
    assert house.world.standing(SubjectKind.ACCOUNT, "mallory") == {Measure.SUSPEND}
    house.run("serve", "--once")
    [entry] = house.json("urgent", "list")
    house.run("urgent", "confirm", entry["id"], "--as", "ben")
    assert "none is below its level" in house.try_("doctor").stdout
    house.wait(timedelta(hours=3))
    house.run("serve", "--once")
    assert f"urgent act below its level: {entry['id']}" in house.try_("doctor").stdout
    assert kinds(house).count("gap") == 1
    assert house.one("log", "fsck")["sound"]


def test_a_fallback_that_is_not_pinned_opens_no_gate(house: House, tmp_path: Path) -> None:
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.run("log", "level", "suspend", "R1", "--fallback-after", "2h", "--as", "ada")
    table = house.home / "trust" / "receipt-levels"
    for pinned in ("suspend R1\n", "suspend R1 86400\n"):
        table.write_text(pinned)
        if not house.json("enforcement", "list", "--all"):
            house.decided()
        for _ in range(3):
            house.wait(timedelta(hours=3))
            house.run("serve", "--once")
        assert state(house) == "pending"
        assert kinds(house).count("gap") == 1
    house.run("log", "trust")
    house.wait(timedelta(hours=1))
    house.run("serve", "--once")
    assert state(house) == "applied"


def test_at_r2_an_order_waits_until_a_mirror_has_stored_the_decision(house: House, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "mirror.db")
    memory.name_ourselves("mirror.example/m1", [KeyKind.COSIGNATURE], b"m" * 32)
    log = memory.watch((house.home / "trust" / "log-policy").read_text().split()[1])
    mirror = Mirror(tmp_path / "copies", memory, lambda: int(house.now.timestamp()))
    door = Door(Cosigner(memory, lambda: 0), mirror, lambda: 0)
    with listening(door, "127.0.0.1", 0) as port:
        allow(house, [port])
        key, url = str(memory.keys[0].verifier), f"http://127.0.0.1:{port}"
        named = ("m", key, url, "--role", "mirror", "--run-by", "The Library")
        house.run("log", "witness", "add", *named, "--as", "ada")
        house.run("log", "level", "suspend", "R2", "--as", "ada")
        house.decided()
        for copies in (False, True):
            house.wait(timedelta(hours=1))
            house.run("serve", "--once")
            assert state(house) == "pending"
            if copies:
                asked = b"old 0\n\n" + (house.home / "public" / "checkpoint").read_bytes()
                told = Outbound([f"127.0.0.1:{port}"]).exchange("POST", f"{url}/add-checkpoint", asked, {})
                assert (told.status, told.body) == (200, b""), (
                    "a mirror cosigns nothing that it has not stored"
                )
                copy(mirror, log.origin, log.keys, reader(house.home / "public"))
        house.wait(timedelta(minutes=1))
        house.run("serve", "--once")
    assert state(house) == "applied"
    memory.close()


def test_a_mirror_that_takes_entries_is_fed_what_is_published_and_carries_r2(
    house: House, tmp_path: Path
) -> None:
    memory = Memory(tmp_path / "mirror.db")
    memory.name_ourselves("mirror.example/m1", [KeyKind.COSIGNATURE], b"m" * 32)
    log = memory.watch((house.home / "trust" / "log-policy").read_text().split()[1])
    mirror = Mirror(tmp_path / "copies", memory, lambda: int(house.now.timestamp()))
    with listening(Door(Cosigner(memory, lambda: 0), mirror, lambda: 0), "127.0.0.1", 0) as port:
        allow(house, [port])
        key, url = str(memory.keys[0].verifier), f"http://127.0.0.1:{port}"
        named = ("m", key, url, "--role", "mirror", "--feed-at", url, "--run-by", "The Library")
        house.run("log", "witness", "add", *named, "--as", "ada")
        house.run("log", "level", "suspend", "R2", "--as", "ada")
        house.decided()
        for _ in range(2):
            house.wait(timedelta(hours=1))
            house.run("serve", "--once")
    assert state(house) == "applied"
    assert mirror.copies.held(log.origin) is not None
    report = audit(mirror.copies.read(log.origin), Policy(log.keys))
    assert report.sound, report.faults
    memory.close()


def test_only_a_mirror_is_fed(house: House) -> None:
    key = str(SigningKey("w.example", KeyKind.COSIGNATURE, b"w" * 32).verifier)
    named = ("w", key, "https://w.example", "--feed-at", "https://w.example/in", "--run-by", "W")
    refused = house.try_("log", "witness", "add", *named, "--as", "ada")
    assert "only a mirror is fed" in refused.stderr


def test_a_lift_never_waits_for_a_witness(house: House, tmp_path: Path) -> None:
    decision = house.decided()
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.run("log", "level", "suspend", "R1", "--as", "ada")
    assert state(house) == "applied"
    statement = house.one("statement", "show", decision, "--as", "ada")
    house.run("appeal", "lodge", str(statement["reference"]), "--text", "this was not me")
    [appeal] = house.json("appeal", "list")
    house.run("appeal", "claim", str(appeal["id"]), "--as", "cleo")
    house.run("appeal", "reverse", str(appeal["id"]), "--reason", "it was another", "--as", "cleo")
    house.wait(timedelta(minutes=1))
    house.run("serve", "--once")
    assert state(house) == "lifted"


def test_a_level_that_nobody_could_carry_is_not_set_nor_made(house: House, tmp_path: Path) -> None:
    refused = house.try_("log", "level", "suspend", "R1", "--as", "ada")
    assert "nobody is named who could carry R1" in refused.stderr
    with watching(house, tmp_path / "w") as (cosigner, url):
        add(house, cosigner, url)
        house.run("log", "level", "suspend", "R1", "--as", "ada")
        for command in (("witness", "remove", "daily"), ("quorum", "0")):
            assert "could then never go out" in house.try_("log", *command, "--as", "ada").stderr
        assert house.try_("log", "quorum", "2", "--as", "ada").exit_code != 0
        assert house.try_("log", "level", "suspend", "R2", "--as", "ada").exit_code != 0
        assert house.try_(
            "log", "witness", "add", "x", "no key", url, "--run-by", "X", "--as", "ada"
        ).exit_code


def kinds(house: House) -> list[str]:
    """Return the kinds of all entries of the log, in order."""
    with Wiring(clock=lambda: house.now).open(house.home).store.read() as view:
        return [decode(leaf).kind for leaf in view.log.leaves(0, view.log.state().size)]


def state(house: House) -> str:
    """Return the state of the one order."""
    [order] = house.json("enforcement", "list", "--all")
    return str(order["state"])
