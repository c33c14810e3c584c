"""Whoever judges is woken by whoever asks; what nobody hears is harmless."""

import os
import threading
from pathlib import Path

from showcause.compose.waking import Bell


def test_who_waits_is_woken_at_once_and_hears_each_ring_once(tmp_path: Path) -> None:
    waiting = Bell(tmp_path / "asked")
    waiting.wait(0.0)
    Bell(tmp_path / "asked").ring()
    Bell(tmp_path / "asked").ring()
    listener = threading.Thread(target=waiting.wait, args=(120.0,))
    listener.start()
    listener.join(60.0)
    assert not listener.is_alive()
    waiting.wait(0.0)
    waiting.close()
    assert not (tmp_path / "asked").exists()


def test_several_who_judge_are_all_woken(tmp_path: Path) -> None:
    several = [Bell(tmp_path / name) for name in ("asked", "asked-2")]
    for bell in several:
        bell.wait(0.0)
    Bell(tmp_path / "asked").ring()
    waiting = [threading.Thread(target=bell.wait, args=(120.0,)) for bell in several]
    for each in waiting:
        each.start()
    for each in waiting:
        each.join(60.0)
        assert not each.is_alive()


def test_ringing_where_nobody_listens_or_something_else_lies_does_nothing(tmp_path: Path) -> None:
    Bell(tmp_path / "nowhere" / "asked").ring()
    os.mkfifo(tmp_path / "asked")
    Bell(tmp_path / "asked").ring()
    (tmp_path / "file").write_text("kept")
    Bell(tmp_path / "file").ring()
    assert (tmp_path / "file").read_text() == "kept"
    Bell(tmp_path / "file").wait(0.0)
    assert (tmp_path / "file").is_fifo()
