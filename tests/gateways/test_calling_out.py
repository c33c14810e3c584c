"""Calling out: what hostile addresses, resolvers and servers try, and that nobody inside the network hears of it."""

import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from showcause.domain.errors import AddressRefused, EndpointUnavailable
from showcause.gateways import calling_out
from showcause.gateways.calling_out import Outbound
from tests.services.processes import PATIENCE
from tests.services.receiver import receiving
from tests.services.smtp import self_made_certificate

HOSTILE = (
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
    "https://017700000001/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/",
    "https://10.0.0.1/", "https://172.16.3.4/", "https://192.168.1.1/", "https://169.254.169.254/latest/",
    "https://100.64.0.1/", "https://192.0.0.8/", "https://198.18.0.1/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://240.0.0.1/", "https://192.88.99.1/", "https://203.0.113.9/",
    "https://[::]/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/", "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2001:0:1::1]/", "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/", "https://[fec0::1]/", "https://[fc00::1]/", "https://[ff02::1]/",
    "https://[2001:db8::1]/", "https://[100::1]/", "https://[5f00::1]/",
    "https://localhost/", "https://LOCALHOST./", "https://user@example.org/", "https://a:b@127.0.0.1/",
    "https://example.org@127.0.0.1/", "https://127.0.0.1\\@example.org/", "https://example.org#@127.0.0.1/",
    "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://127.0.0.1:25/", "//example.org/",
    "https:///x", "https://", "", "https://example.org:0/", "https://example.org:99999/", "https://ex ample.org/",
    "https://example.org/\r\nHost: x", "https://exa\u200bmple.org/", "https://\u2488\u2489/", "https://a..b/",
    "https://-a.example/", "https://example.org/" + "x" * 3_000,
)  # fmt: skip


def real(host: str, port: int) -> Sequence[str]:
    """Resolve `localhost` as every machine does, and nothing else: no test asks a name server."""
    return ["127.0.0.1", "::1"] if host.rstrip(".") == "localhost" else ["93.184.215.14"]


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_leads_inside_or_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        Outbound(resolve=real).post(url, b"{}", {})


def test_a_name_with_one_public_and_one_inner_address_is_refused() -> None:
    for inner in ("10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0"):
        outbound = Outbound(resolve=lambda *_, inner=inner: ["93.184.215.14", inner])
        with pytest.raises(AddressRefused):
            outbound.post("https://hooks.example/", b"{}", {})


def test_an_own_host_is_called_only_under_its_exact_name_and_port() -> None:
    with receiving() as receiver:
        allowed = Outbound([receiver.place], resolve=real)
        answered = allowed.post(
            f"http://{receiver.place}/in?x=1", b'{"a":1}', {"Content-Type": "application/json"}
        )
        assert answered.status == 204
        others = (f"http://127.0.0.1:{receiver.port + 1}/", f"http://localhost:{receiver.port}/", "http://127.0.0.1/",
                  f"http://[::ffff:127.0.0.1]:{receiver.port}/", f"http://2130706433:{receiver.port}/")  # fmt: skip
        for url in others:
            with pytest.raises(AddressRefused):
                allowed.post(url, b"{}", {})
    [heard] = receiver.heard
    assert (heard.path, heard.body) == ("/in?x=1", b'{"a":1}')
    assert heard.headers["host"] == receiver.place


def test_a_name_that_changes_its_answer_is_asked_once_and_the_checked_address_is_called() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["127.0.0.2"]

    with receiving() as receiver:  # 127.0.0.2 stands for the address that was checked: nobody listens there
        outbound = Outbound([f"hooks.example:{receiver.port}"], resolve=rebinding)
        with pytest.raises(EndpointUnavailable):
            outbound.post(f"http://hooks.example:{receiver.port}/", b"{}", {})
        assert (asked, receiver.heard) == (["hooks.example"], [])


def test_a_redirect_inside_is_an_answer_and_not_followed() -> None:
    with receiving() as inner, receiving() as receiver:
        receiver.answers, receiver.headers = [307], {"Location": f"http://{inner.place}/admin"}
        answered = Outbound([receiver.place]).post(f"http://{receiver.place}/", b"{}", {})
        assert (answered.status, inner.heard) == (307, [])


def test_a_server_that_drips_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It drips until it is left: the call ends by its time or never."""
    monkeypatch.setattr(calling_out, "SECONDS_IN_ALL", 2.0)
    with receiving() as receiver:
        receiver.drips = 0.02
        assert Outbound([receiver.place]).post(f"http://{receiver.place}/", b"{}", {}).status == 204


def test_a_server_that_never_ends_its_headers_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling_out, "SECONDS_IN_ALL", 0.4)
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not done.wait(0.02):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(EndpointUnavailable):
            Outbound([place]).post(f"http://{place}/", b"{}", {})
        done.set()
        thread.join()


def test_a_handshake_that_never_ends_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling_out, "SECONDS_IN_ALL", 0.4)
    monkeypatch.setattr(calling_out, "SECONDS_A_STEP", PATIENCE)  # no step ends it
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(EndpointUnavailable):
            Outbound([place]).post(f"https://{place}/", b"{}", {})
        assert time.monotonic() - began < PATIENCE


def test_a_name_that_never_resolves_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling_out, "SECONDS_A_STEP", 0.1)
    done, ended = threading.Event(), list[str]()

    def hangs(host: str, port: int) -> Sequence[str]:
        done.wait(PATIENCE)
        ended.append(host)
        return []

    outbound = Outbound(resolve=hangs)
    for _ in range(calling_out.MOST_RESOLVING + 2):
        with pytest.raises(EndpointUnavailable):
            outbound.post("https://hooks.example/", b"{}", {})
    assert ended == []
    done.set()


def test_tls_names_the_host_and_believes_only_a_certificate_for_it(tmp_path: Path) -> None:
    shows, trusts = self_made_certificate(tmp_path)
    with receiving(shows) as receiver:
        named = f"localhost:{receiver.port}"
        known = Outbound(
            [named, f"other.example:{receiver.port}"], trust=trusts, resolve=lambda *_: ["127.0.0.1"]
        )
        assert known.post(f"https://{named}/", b"{}", {}).status == 204
        with pytest.raises(EndpointUnavailable, match="not safe"):
            known.post(f"https://other.example:{receiver.port}/", b"{}", {})
        with pytest.raises(EndpointUnavailable, match="not safe"):
            Outbound([named], resolve=real).post(f"https://{named}/", b"{}", {})
    assert [each.headers["host"] for each in receiver.heard] == [named]


def test_what_the_server_asks_to_wait_is_told_in_seconds_only() -> None:
    with receiving() as receiver:
        receiver.answers = [429]
        for said, understood in (
            ("120", 120),
            ("Wed, 25 Nov 2026 10:00:00 GMT", None),
            ("-1", None),
            ("9" * 20, None),
        ):
            receiver.headers = {"Retry-After": said}
            answered = Outbound([receiver.place]).post(f"http://{receiver.place}/", b"{}", {})
            assert (answered.status, answered.retry_after) == (429, understood)


def test_nobody_listening_is_told_without_an_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(EndpointUnavailable) as failed:
        Outbound([place]).post(f"http://{place}/secret-path", b"{}", {})
    assert "secret-path" not in failed.value.message


@pytest.mark.parametrize(
    "url", ["https://example.org", "https://a_b.example.org:8443/x?y=z", "https://[2a00:1450::1]/"]
)
def test_a_public_address_may_be_called(url: str) -> None:
    Outbound().check(url)


def test_a_large_body_leaves_only_where_it_was_allowed_to() -> None:
    large = bytes(calling_out.MOST_BODY + 1)
    with receiving() as receiver:
        outbound, url = Outbound([receiver.place], resolve=real), f"http://{receiver.place}/in"
        with pytest.raises(AddressRefused):
            outbound.exchange("POST", url, large, {})
        assert outbound.exchange("POST", url, large, {}, most_body=len(large)).status < 400
