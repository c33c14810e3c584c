"""The ground under the comparisons with another implementation: Debian's Go, with its library of the log's formats."""

import base64
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.services.golang import Go

PROGRAM = """
package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

func main() { fmt.Println(tlog.RecordHash([]byte("leaf"))) }
"""


@pytest.mark.peers
def test_a_program_with_the_log_library_is_built_and_runs(go: Go, tmp_path: Path) -> None:
    source = tmp_path / "leaf.go"
    source.write_text(PROGRAM)
    said = subprocess.run([go.build(source)], capture_output=True, text=True, check=True).stdout
    assert base64.b64decode(said) == sha256(b"\x00leaf").digest()
