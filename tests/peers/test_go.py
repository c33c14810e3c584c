"""Go's transparency library, which powers its module checksum database, reads our logs and believes only sound ones."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from showcause.transparency import note
from showcause.transparency.keys import KeyKind, SigningKey
from tests.peers.published import OLD, SIZE, Published, flip, publish
from tests.transparency.logs import LOG_KEY, OTHER_KEY, WITNESS_KEY, Log, mixed_log, secret

if TYPE_CHECKING:
    from tests.services.golang import Go

pytestmark = pytest.mark.peers
INDICES = ["0", "1", "255", "256", "511", "767", "768", str(SIZE - 1)]


@pytest.fixture(scope="module")
def program(go: "Go") -> Path:
    return go.build(Path(__file__).parent / "go" / "verify.go")


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return publish(tmp_path)


def run(
    program: Path, published: Published, *indices: str, log_key: str = str(LOG_KEY.verifier)
) -> subprocess.CompletedProcess[str]:
    command = [
        str(program), str(published.folder), log_key, str(WITNESS_KEY.verifier), str(published.old_note), *indices,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_go_accepts_signature_cosignature_consistency_and_inclusion(
    program: Path, published: Published
) -> None:
    done = run(program, published, *INDICES)
    assert done.returncode == 0, done.stderr
    assert f"{SIZE} continues {OLD}" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == INDICES


def refused(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == 1 and done.stderr.startswith("refused: ")


@pytest.mark.parametrize(
    "old, new", [(f"\n{SIZE}\n", f"\n{SIZE - 1}\n"), ("log.example/garden\n", "log.example/other\n")]
)
def test_go_refuses_a_changed_size_or_origin(program: Path, published: Published, old: str, new: str) -> None:
    path = published.folder / "checkpoint"
    text = path.read_text()
    path.write_text(text.replace(old, new, 1))
    assert path.read_text() != text
    assert refused(run(program, published, "0"))


@pytest.mark.parametrize("line", [4, 5])
def test_go_refuses_a_changed_signature_or_cosignature(
    program: Path, published: Published, line: int
) -> None:
    path = published.folder / "checkpoint"
    lines = path.read_text().split("\n")
    name, signature = lines[line].rsplit(" ", 1)
    lines[line] = f"{name} {signature[:40]}{'B' if signature[40] == 'A' else 'A'}{signature[41:]}"
    path.write_text("\n".join(lines))
    assert refused(run(program, published, "0"))


def test_go_refuses_another_logs_key(program: Path, published: Published) -> None:
    assert refused(run(program, published, "0", log_key=str(OTHER_KEY.verifier)))


def test_go_refuses_a_changed_entry(program: Path, published: Published) -> None:
    flip(published.folder / "tile/entries/001", 100)
    assert refused(run(program, published, "256"))


@pytest.mark.parametrize("path, place", [("tile/0/001", 0), ("tile/0/003.p/235", 40), ("tile/1/000.p/3", 64)])
def test_go_refuses_a_changed_tile(program: Path, published: Published, path: str, place: int) -> None:
    flip(published.folder / path, place)
    assert refused(run(program, published, *INDICES))


def test_go_refuses_a_log_that_rewrote_its_past(program: Path, published: Published) -> None:
    forked = Log([*mixed_log(OLD).entries[:-1], b"another past"], witnessed=True)
    published.old_note.write_text(forked.note())
    assert refused(run(program, published, "0"))


def test_go_accepts_a_log_of_several_keys_under_either_of_them(program: Path, published: Published) -> None:
    """Both keys of a rotation, and the one that quantum computers do not break, which Go does not know."""
    coming = SigningKey(LOG_KEY.name, KeyKind.ED25519, secret("coming"))
    second = SigningKey(LOG_KEY.name, KeyKind.ML_DSA_44, secret("second"))
    for path in (published.folder / "checkpoint", published.old_note):
        plain = note.parse_note(path.read_text())
        more = (note.signature_of(plain.text, coming), note.signature_of(plain.text, second, 0))
        own, cosigned = plain.signatures
        path.write_text(str(note.Note(plain.text, (own, *more, cosigned))))
    for key in (LOG_KEY, coming):
        done = run(program, published, "0", log_key=str(key.verifier))
        assert done.returncode == 0, done.stderr
