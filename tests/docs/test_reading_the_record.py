"""The guide for outsiders is tried: its programs run as they stand there, against a real server."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import showcause
from tests.web.record import lived_in
from tests.web.stand import listening

GUIDE = Path(__file__).parents[2] / "docs" / "reading-the-record.md"


def blocks(language: str) -> list[str]:
    """Return the guide's blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def shell(script: str, folder: Path, key: str) -> subprocess.CompletedProcess[str]:
    """Run a block as somebody would type it; `showcause` is this one."""
    source = Path(showcause.__file__).parents[1]
    beginning = f'export PYTHONPATH="{source}" KEY="{key}"; set -e\n'
    beginning += f'showcause() {{ {sys.executable} -m showcause "$@"; }}\n'
    return subprocess.run(
        ["/bin/bash", "-c", beginning + script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_command_of_the_guide_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    with listening(tmp_path / "house") as site:
        lived_in(site)
        key = site.house.signer.verifier_key
        keep, check, digest = (each.replace("https://record.example", site.address) for each in blocks("sh"))
        kept = shell(keep, tmp_path, key)
        assert key in kept.stdout
        assert len(list(tmp_path.glob("head-*.txt"))) == 1
        checked = shell(check, tmp_path, key)
        assert (checked.returncode, "This file is a valid proof" in checked.stdout) == (0, True), (
            checked.stderr
        )
        entry = site.client.get("/log/0.json").content
        assert hashlib.sha256(b"\0" + entry).hexdigest() in shell(digest, tmp_path, key).stdout
        proof = tmp_path / "entry-0.tlog-proof"
        proof.write_text(proof.read_text().replace("A", "B", 1))
        offline = check.splitlines()[1]
        assert shell(offline, tmp_path, key).returncode == 1

        (program,) = blocks("python")
        (tmp_path / "recount.py").write_text(program)
        recounted = shell(f'{sys.executable} recount.py {site.address} "$KEY"', tmp_path, key)
        assert recounted.stdout == f"sound {site.house.log_size()} {dict(Counter(site.house.log_kinds()))}\n"
