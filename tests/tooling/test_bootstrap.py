"""The script `./showcause`: what a newcomer meets first, so it may assume nothing but Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import os, sys
print(os.environ.get("SAYS", ""), sys.argv[1:])
sys.exit(7 if "fail" in sys.argv else 0)
"""
SHELLS = [each for each in ("sh", "dash", "bash", "busybox") if shutil.which(each)]


def make_clone(folder: Path) -> Path:
    """Lay out a clone whose program only echoes and whose requirement sets are empty."""
    (folder / "src" / "showcause").mkdir(parents=True)
    (folder / "src" / "showcause" / "__init__.py").touch()
    (folder / "src" / "showcause" / "__main__.py").write_text(PROGRAM)
    (folder / "requirements").mkdir()
    for name in ("run", "dev"):
        (folder / "requirements" / f"{name}.txt").write_text("# nothing\n")
    shutil.copy(ROOT / "showcause", folder)
    return folder


def start(clone: Path, *arguments: str, shell: str = "sh", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the script from a foreign working directory."""
    command = [*([shell, "sh"] if shell == "busybox" else [shell]), str(clone / "showcause"), *arguments]
    return subprocess.run(
        command, cwd="/", env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("with a space") / "a clone")


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder for PATH that has what every Unix has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("dirname", "cat", "cksum", "sh"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_arguments_environment_and_exit_code_pass_through(clone: Path, shell: str) -> None:
    done = start(clone, "two words", "fail", shell=shell, SAYS="hello")
    assert (done.returncode, done.stdout) == (7, "hello ['two words', 'fail']\n"), done.stderr


def test_the_second_start_installs_nothing(clone: Path) -> None:
    assert start(clone).returncode == 0
    assert start(clone).stderr == ""


def test_the_test_command_installs_the_developers_set_which_also_serves_the_product(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    assert "installing the dev packages" in start(clone, "test").stderr
    assert start(clone, "demo").stderr == ""


def test_a_changed_requirement_file_is_installed_again(clone: Path) -> None:
    assert start(clone).returncode == 0
    (clone / "requirements" / "run.txt").write_text("# nothing, in other words\n")
    assert "installing the run packages" in start(clone).stderr


def test_a_failed_install_says_so_and_is_repeated(clone: Path) -> None:
    pins = clone / "requirements" / "run.txt"
    pins.write_text("a-package-without-a-hash==1.0\n")
    failed = start(clone)
    assert failed.returncode == 2
    assert "could not install the packages of requirements/run.txt" in failed.stderr
    pins.write_text("# nothing once more\n")
    assert start(clone).returncode == 0


def test_two_first_starts_at_once_install_once(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    command = ["sh", str(clone / "showcause"), "x"]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [each.communicate(timeout=300) for each in running]
    assert [(each.returncode, out) for each, (out, _) in zip(running, said, strict=True)] == [
        (0, " ['x']\n")
    ] * 2
    assert sum("installing" in err for _, err in said) == 1


def test_without_python_one_sentence_says_what_to_install(tmp_path: Path, bare_path: Path) -> None:
    done = start(make_clone(tmp_path / "clone"), PATH=str(bare_path), shell="/bin/sh")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "showcause: Python 3.11 or newer is needed; on Debian or Ubuntu: apt install python3 python3-venv"
    ]


def test_without_the_venv_module_one_sentence_says_what_to_install(tmp_path: Path, bare_path: Path) -> None:
    python = bare_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    done = start(make_clone(tmp_path / "clone"), PATH=str(bare_path), shell="/bin/sh")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "showcause: Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv"
    ]


def test_an_incomplete_clone_is_named(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    (clone / "requirements" / "run.txt").unlink()
    done = start(clone)
    assert (done.returncode, "is this a complete clone?" in done.stderr) == (2, True)
