"""A house that a Matrix server asks: the shipped declaration and rule, its API at a port, its key in a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from showcause.casework import api_keys, event_schemas, founding
from showcause.casework.rulework import parts, proposing
from showcause.compose.judging import Judging
from showcause.domain.api_key import Scope
from showcause.rules.declared import Declaration
from showcause.store.events import Stored
from tests.casework.rule_life import Life
from tests.house import PLATFORM
from tests.web.stand import Served, Stand, listening

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "matrix"


@dataclass
class MatrixHouse:
    """The house, and the address and the file of the key for the module."""

    stand: Stand
    judging: Judging
    address: str
    key: Path

    def events(self) -> Sequence[Stored]:
        return self.judging.intake.log.read(0, 5_000)

    def names(self, stored: Stored) -> dict[str, str]:
        return self.judging.intake.names(stored.sealed)


def shipped() -> dict[str, str]:
    """Return the files of the shipped example, for the tests' platform."""
    texts = {
        str(each.relative_to(EXAMPLE)): each.read_text(encoding="utf-8") for each in EXAMPLE.rglob("*.yaml")
    }
    schema = texts["schema.yaml"]
    return texts | {"schema.yaml": schema.replace("platform: main", f"platform: {PLATFORM}")}


@contextmanager
def matrix_house(folder: Path, port: int, key: Path) -> Iterator[MatrixHouse]:
    """Open a house at a port, in which the shipped rule is live, and write its key into a file."""
    with listening(folder, port=port) as stand:
        house, life, read = stand.house, Life(stand.house), parts.read(shipped())
        platform = read.loaded.platform
        declared = Declaration(platform.schema, platform.account, platform.content)
        house.run(event_schemas.declare, PLATFORM, declared, "ada")
        house.run(founding.change_setting, "ask-milliseconds", "2000", "ada")
        judging = Judging(house.runner)
        assert judging.intake.log.head().sequence == 0
        life.grant("hold")
        proposed = house.run(proposing.propose, read, "first_links", "bea")
        life.through(proposed.id, "cleo")
        judging.round()
        served = stand.pages.site
        assert isinstance(served, Served)
        served.waking = judging.round
        _, text = house.run(api_keys.add, "synapse", (Scope.EVENTS,), PLATFORM, "ada")
        key.write_text(text + "\n")
        yield MatrixHouse(stand, judging, f"http://127.0.0.1:{port}", key)
