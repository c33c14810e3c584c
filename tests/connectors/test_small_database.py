"""The connectors' own file, opened by several at the same moment."""

import threading
from pathlib import Path

import pytest

from showcause.connectors.small_database import SmallDatabase
from showcause.domain.errors import StoreBusy

SCHEMA = "CREATE TABLE IF NOT EXISTS seen (who INTEGER PRIMARY KEY)"


def test_many_open_a_new_file_at_the_same_moment_and_none_is_turned_away(tmp_path: Path) -> None:
    for round_ in range(10):
        start = threading.Barrier(8)
        failed: list[Exception] = []

        def write(who: int, path: Path, start: threading.Barrier, failed: list[Exception]) -> None:
            file = SmallDatabase(path, SCHEMA)
            start.wait()
            try:
                file.run("INSERT INTO seen VALUES (?)", who)
            except StoreBusy as error:
                failed.append(error)
            file.close()

        path = tmp_path / f"{round_}.db"
        threads = [threading.Thread(target=write, args=(who, path, start, failed)) for who in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert not failed
        assert len(SmallDatabase(path, SCHEMA).rows("SELECT who FROM seen")) == 8


def test_a_file_that_is_none_of_ours_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreBusy):
        SmallDatabase(tmp_path / "folder", SCHEMA).rows("SELECT 1")
