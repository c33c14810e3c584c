"""The guide's nginx before the service, over TLS: cookies, limits by visitor, and what is not passed on."""

import http.cookiejar
import re
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.house import House
from tests.cli.served import PASSWORD, Stay, Visitor, service
from tests.conftest import NOT_RUN
from tests.docs.pages import ROOT
from tests.services.processes import free_port, start, stop, wait_until


@contextmanager
def nginx(folder: Path, port: int, behind: int) -> Iterator[Path]:
    """Run the guide's nginx with another port, name and certificate; yield the certificate."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run(
        [*make, "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (ROOT / "docs" / "examples" / "nginx.conf").read_text()
    changes = {
        r".*return 301.*?\n}\n": "",
        r"listen 443": f"listen 127.0.0.1:{port}",
        r"listen \[::\]:443.*?;": "",
        r"safety\.example\.org;": "localhost;",
        r"ssl_certificate .*?;": f"ssl_certificate {certificate};",
        r"ssl_certificate_key .*?;": f"ssl_certificate_key {key};",
        r"127\.0\.0\.1:8420": f"127.0.0.1:{behind}",
        r"/var/log/nginx": str(folder),
        r"Host \$host;": "Host $http_host;",  # the port is not 443 here
    }
    for pattern, to in changes.items():
        text = re.sub(pattern, to, text, flags=re.DOTALL if "301" in pattern else 0)
    temporary = f"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
    whole, log = folder / "nginx.conf", folder / "nginx.log"
    whole.write_text(f"pid {folder}/pid;\ndaemon off;\nevents {{}}\nhttp {{\n{temporary}\n{text}\n}}\n")
    process = start(["nginx", "-e", log, "-c", whole], log)
    try:
        wait_until(lambda: (folder / "pid").exists(), process, log, seconds=300)
        yield certificate
    finally:
        stop(process)


def test_over_tls_a_login_gets_secure_cookies_and_the_counts_stay_inside(
    house: House, tmp_path: Path
) -> None:
    if not shutil.which("nginx") or not shutil.which("openssl"):
        pytest.skip(f"{NOT_RUN}nginx is not installed; on Debian: apt install nginx-light")
    house.now, port = datetime.now(UTC) - timedelta(minutes=2), free_port()
    address = f"https://localhost:{port}"
    house.run("setting", "set", "address", address, "--as", "ada")
    config = house.home / "config.toml"
    config.write_text("proxies = 1\n" + config.read_text())
    link = str(house.one("moderator", "invite", "ada", "--as", "ada")["link"])
    with service(house, tmp_path) as running, nginx(tmp_path, port, running.port) as certificate:
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar),
            Stay,
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate))),
        )
        opener.addheaders = [("Origin", address), ("Referer", link)]
        ada = Visitor(opener)
        assert ada.see(link, new_password1=PASSWORD, new_password2=PASSWORD)[:2] == (302, "/accounts/2fa/")
        assert {cookie.name for cookie in jar if cookie.secure} == {cookie.name for cookie in jar}
        assert {"__Host-session", "__Host-csrf"} <= {cookie.name for cookie in jar}
        with opener.open(f"{address}/accounts/2fa/") as answer:
            assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert [ada.see(f"{address}/{each}")[0] for each in ("metrics", "healthz")] == [404, 404]
        opener.addheaders = [("Origin", "https://evil.example"), ("Referer", "https://evil.example/")]
        assert ada.see(f"{address}/accounts/logout/", next="/")[0] == 403
        assert running.get("/accounts/login/", Host="localhost")[0] == 200
    assert link.rpartition("/")[2] not in "".join(
        path.read_text(errors="replace") for path in tmp_path.glob("*log")
    )
