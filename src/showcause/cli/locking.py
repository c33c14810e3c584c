"""`showcause lock`: write the hashed requirement files anew from pyproject.toml.

Three sets come out of one order of resolution, each bound by the one before it, so that they agree:
run (the product), dev (run, the tools and the tests' services), synapse (the real Matrix server of the tests,
which lives in an environment of its own). The files name no package index: pip uses the one configured here.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = "requirements"
OLDEST = "3.11"
HEADER = "# Written by `./showcause lock` from pyproject.toml; do not edit.\n"
SETS: dict[str, tuple[str, ...]] = {
    "run": ("pyproject.toml",),
    "dev": ("pyproject.toml", "--extra", "postgres", "--group", "dev", "-c", f"{FOLDER}/run.txt"),
    "synapse": ("--group", "pyproject.toml:synapse", "-c", f"{FOLDER}/run.txt"),
}
ADDRESS = re.compile(r"://|--(?:extra-)?index-url|--find-links|--trusted-host")


def main(arguments: Sequence[str]) -> int:
    """Write every requirement file; keep the present pins that still fit unless told to upgrade."""
    parser = argparse.ArgumentParser(prog="showcause lock", description=main.__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest releases within the ranges")
    upgrade = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    for name, sources in SETS.items():
        target = Path(FOLDER, f"{name}.txt")
        if code := resolve(sources, target, upgrade):
            return code
        text = (ROOT / target).read_text(encoding="utf-8")
        (ROOT / target).write_text(without_addresses(text), encoding="utf-8")
        print(f"{target}: {len(re.findall('^[^ #].*==', text, re.MULTILINE))} packages")
    return 0


def resolve(sources: Sequence[str], target: Path, upgrade: Sequence[str]) -> int:
    """Let uv write one file with the hashes of every platform, and return its exit code."""
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        *sources,
        "--quiet",
        "--universal",
        "--python-version",
    ]
    command += [
        OLDEST,
        "--generate-hashes",
        "--no-header",
        "--no-emit-index-url",
        *upgrade,
        "-o",
        str(target),
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def without_addresses(text: str) -> str:
    """Return the requirements under our header, without any line that names an index or an address."""
    lines = text.removeprefix(HEADER).splitlines(keepends=True)
    return HEADER + "".join(line for line in lines if not ADDRESS.search(line))
