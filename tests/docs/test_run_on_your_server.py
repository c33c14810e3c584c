"""The guide *Run it on your server* is played as it stands; its example files are read by who will read them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import NOT_RUN
from tests.docs.pages import ROOT, blocks, read
from tests.docs.replay import commands_of, compare, shell, steps

GUIDE, TRANSCRIPT = "docs/run-on-your-server.md", "docs/transcripts/run_on_your_server.sh"
EXAMPLES = ROOT / "docs" / "examples"


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines() if line]
    assert in_guide == commands_of(TRANSCRIPT)
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


def test_the_guide_works_word_by_word(tmp_path: Path) -> None:
    data, copies = tmp_path / "data", tmp_path / "copies"
    data.mkdir()
    copies.mkdir()
    with shell(tmp_path, {"DATA": str(data), "COPIES": str(copies)}) as run:
        for commands, expected in steps(GUIDE):
            assert commands is not None
            compare(run(commands), expected, commands)
    assert (data / "log" / "checkpoint").exists()


def test_what_the_administrator_types_names_files_that_are_there() -> None:
    typed = "".join(block.text for block in blocks(read(GUIDE), "console"))
    assert all(line.startswith("# ") for line in typed.splitlines())
    for path in re.findall(r"/opt/showcause/(\S+)", typed):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", ["showcause.service", "showcause-signer.service"])
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip(f"{NOT_RUN}systemd-analyze is not installed; on Debian: apt install systemd")
    unit = (EXAMPLES / name).read_text()
    here = tmp_path / name
    here.write_text(unit.replace("/opt/showcause/showcause", str(ROOT / "showcause")))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert name not in checked.stderr, checked.stderr


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    if not shutil.which("nginx") or not shutil.which("openssl"):
        pytest.skip(f"{NOT_RUN}nginx is not installed; on Debian: apt install nginx-light")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
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
        "/CN=safety.example.org",
    ]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (EXAMPLES / "nginx.conf").read_text()
    text = re.sub(r"ssl_certificate .*;", f"ssl_certificate {certificate};", text)
    text = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {key};", text)
    text = text.replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    checked = subprocess.run(["nginx", "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_caddy_takes_the_example(tmp_path: Path) -> None:
    if not shutil.which("caddy"):
        pytest.skip(f"{NOT_RUN}Caddy is not installed; on Debian: apt install caddy")
    checked = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", EXAMPLES / "Caddyfile"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_both_examples_keep_what_the_guide_promises(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    assert "X-Forwarded-For $remote_addr" in text or "X-Forwarded-For {remote_host}" in text
    assert "/metrics" in text
    assert "/healthz" in text
    assert "access_log off" in text or "log {" not in text
