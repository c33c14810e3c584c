"""`showcause test` itself, run on a project of three files: what is red makes it red, and the closing line counts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """
[tool.mypy]
files = ["src"]

[tool.ruff]
include = ["tests/*.py"]

[tool.importlinter]
root_package = "showcause"

[[tool.importlinter.contracts]]
name = "the entry imports no room of the past"
type = "forbidden"
source_modules = ["showcause.__main__"]
forbidden_modules = ["showcause.past"]
"""
BROKEN = 'raise SystemError("the product cannot be imported")\n'


@pytest.fixture(scope="module", autouse=True)
def nothing_done_twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let mypy read the types of the standard library once for all runs, and pytest load no plugin but the workers'."""
    own = tmp_path_factory.getbasetemp()
    of_all_workers = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPY_CACHE_DIR", str(of_all_workers / "mypy"))
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setenv("PYTEST_PLUGINS", "xdist.plugin")
        yield


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Lay out a project with the real entry and test command, and a product that cannot be imported."""
    package = tmp_path / "src" / "showcause"
    (package / "cli").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py", "cli/__init__.py", "cli/testing.py", "cli/locking.py"):
        shutil.copy(ROOT / "src" / "showcause" / name, package / name)
    (package / "compose.py").write_text(BROKEN + "\n\ndef main() -> int: ...\n")
    (package / "past.py").touch()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "synapse.txt", tmp_path / "requirements")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("def test_one() -> None:\n    assert True\n")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(project / "src")}
    command = [sys.executable, "-m", "showcause", *arguments]
    return subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=False)


def test_a_green_run_ends_with_the_closing_line(project: Path) -> None:
    done = run(project, "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout.splitlines()[-1]


def test_strict_makes_a_suite_that_cannot_run_red(project: Path) -> None:
    done = run(project, "test", "--strict")
    assert done.returncode == 1
    assert "showcause test: red: suite synapse: the Matrix server" in done.stdout


def test_a_failed_test_is_red(project: Path) -> None:
    (project / "tests" / "test_two.py").write_text("def test_two() -> None:\n    raise AssertionError\n")
    done = run(project, "test")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "showcause test: red: pytest"


@pytest.mark.parametrize(
    "file, text, red",
    [
        ("tests/test_one.py", "import os\n\n\ndef test_one() -> None:\n    assert True\n", "ruff check ."),
        ("tests/test_one.py", "def test_one()  -> None:\n    assert True\n", "ruff format --check ."),
        ("src/showcause/past.py", "number: int = 'text'\n", "mypy"),
    ],
)
def test_a_failed_check_is_red_and_the_tests_run_all_the_same(
    project: Path, file: str, text: str, red: str
) -> None:
    (project / file).write_text(text)
    done = run(project, "test")
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert done.stdout.splitlines()[-1] == f"showcause test: red: {red}"


def test_an_import_against_the_contracts_is_red(project: Path) -> None:
    entry = project / "src" / "showcause" / "__main__.py"
    entry.write_text("import showcause.past\n" + entry.read_text())
    assert "showcause test: red: lint-imports" in run(project, "test").stdout


def test_arguments_after_two_dashes_go_to_pytest(project: Path) -> None:
    done = run(project, "test", "--", "-k", "nothing_of_this_name")
    assert done.returncode == 1
    assert "no tests ran" in done.stdout


def test_lock_is_there_while_the_product_cannot_be_imported(project: Path) -> None:
    assert run(project, "lock", "--help").returncode == 0
    assert "the product cannot be imported" in run(project, "demo").stderr
