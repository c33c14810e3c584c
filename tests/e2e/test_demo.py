"""The guided story, as a newcomer plays it: by one command, from any folder, without waiting."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_guided_story_plays_through_and_reports_in_one_json_object(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "showcause", "demo", "--once", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    assert told
