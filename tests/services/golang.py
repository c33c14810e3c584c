"""Go programs of the tests, built with Debian's Go and its packaged libraries: no module is downloaded."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = "/usr/share/gocode"


@dataclass(frozen=True)
class Go:
    """The Go compiler, with golang.org/x/mod (sumdb/note, sumdb/tlog, sumdb/dirhash) to import."""

    folder: Path

    def build(self, source: Path) -> Path:
        """Compile one `main` source file and return the program. Raises: AssertionError with the compiler's words."""
        program = self.folder / source.stem
        done = subprocess.run(
            ["go", "build", "-o", str(program), str(source)],
            cwd=source.parent,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return program

    def _environment(self) -> dict[str, str]:
        ours = {
            "GO111MODULE": "off",
            "GOPATH": LIBRARIES,
            "GOFLAGS": "",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
        }
        return {"GOCACHE": str(self.folder / "cache"), **os.environ, **ours}
