"""No test is left out silently: a missing service is said in words, and is red where strictness is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = """
import pytest

@pytest.mark.peers
def test_with_go(): pass

@pytest.mark.slow
def test_slow(): pass

def test_plain(): pass
"""


def run(folder: Path, *options: str, strict: bool) -> subprocess.CompletedProcess[str]:
    """Run the sample under our conftest on a machine without Go: PATH is empty."""
    (folder / "test_sample.py").write_text(SAMPLE)
    plugins = ["-p", "no:cacheprovider", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    env = {
        "PATH": str(folder),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "SHOWCAUSE_STRICT": "1" if strict else "0",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [sys.executable, "-m", "pytest", *plugins, "--rootdir", str(ROOT), *options, str(folder)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_a_missing_service_is_said_in_words(tmp_path: Path) -> None:
    done = run(tmp_path, strict=False)
    assert done.returncode == 0, done.stdout
    assert "1 tests: peers: Debian's Go is not installed" in done.stdout
    assert "1 tests: slow tests, without `./showcause test --all`" in done.stdout
    assert "1 passed, 2 skipped" in done.stdout.splitlines()[-1]


def test_a_missing_service_is_red_when_strict(tmp_path: Path) -> None:
    done = run(tmp_path, strict=True)
    assert done.returncode == 1
    assert "1 passed, 1 skipped, 1 error" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("options, last", [((), "2 skipped"), (("--slow",), "1 skipped")])
def test_slow_tests_run_only_when_asked_for(tmp_path: Path, options: tuple[str, ...], last: str) -> None:
    assert last in run(tmp_path, *options, strict=False).stdout.splitlines()[-1]
