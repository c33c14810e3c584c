"""The guide *Comments under your articles in ten minutes* is played as it stands; its token is one that is believed."""

import importlib.util
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from showcause.comments import authors, token_keys
from showcause.comments.opening import open_section
from showcause.comments.values import AuthorKind
from tests.docs.pages import ROOT, blocks, read
from tests.docs.replay import commands_of, compare, shell, steps
from tests.house import fresh_id
from tests.services.processes import free_port

GUIDE, TRANSCRIPT = "docs/comments-under-your-articles.md", "docs/transcripts/comments.sh"
EXAMPLES = ROOT / "docs" / "examples" / "comments"


def test_the_guide_and_the_transcript_have_the_same_commands() -> None:
    in_guide = [line for block in blocks(read(GUIDE), "sh") for line in block.text.splitlines() if line]
    assert in_guide == commands_of(TRANSCRIPT)
    subprocess.run(["sh", "-n", ROOT / TRANSCRIPT], check=True)


def test_the_guide_works_word_by_word(tmp_path: Path) -> None:
    given = {"PORT": str(free_port()), "PYTHON": sys.executable, "EXAMPLES": str(EXAMPLES)}
    with shell(tmp_path, given) as run:
        for commands, expected in steps(GUIDE):
            assert commands is not None
            compare(run(commands), expected, commands)


def test_the_section_believes_what_the_program_of_the_guide_signs() -> None:
    spec = importlib.util.spec_from_file_location("sign_token", EXAMPLES / "sign_token.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    section, now = open_section("sqlite:///:memory:", "courrier", b"k" * 32), datetime.now(UTC)
    key = Ed25519PrivateKey.generate()
    public = b64encode(key.public_key().public_bytes_raw()).decode()
    kid = token_keys.add(section, now, public).kid
    end = int((now + timedelta(minutes=5)).timestamp())
    token = example.token(
        key, kid, {"aud": "courrier", "exp": end, "sub": "account-17", "name": "Nora Weiss"}
    )
    author = authors.from_token(section, now, fresh_id, token)
    assert (author.kind, author.name) == (AuthorKind.ACCOUNT, "Nora Weiss")
    section.close()
