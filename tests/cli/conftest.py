import shutil
from pathlib import Path

import pytest

from tests.cli.house import ORIGIN, PLATFORM, House


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with three people and a simulated platform that is enforced, made once."""
    made = House(tmp_path_factory.mktemp("template") / "home")
    made.run(
        "init", "--origin", ORIGIN, "--contact", "desk@example.org", "--operator", "ada", "--operator", "ben"
    )
    made.run("moderator", "add", "cleo", "--as", "ada")
    made.run("connect", "simulator", PLATFORM, "--mode", "enforce", "--as", "ada")
    made.run("import", "baseline", PLATFORM, "--as", "ada")
    return made.home


@pytest.fixture
def house(template: Path, tmp_path: Path) -> House:
    """A copy of the site for this test alone."""
    return House(Path(shutil.copytree(template, tmp_path / "home")))
