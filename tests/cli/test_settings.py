"""Settings are one table; what it does not know is refused, with the place."""

from pathlib import Path

import pytest

from showcause.domain.errors import Misconfigured
from showcause.settings import (
    COMMENTS_SETTINGS,
    PLATFORM_SETTINGS,
    SETTINGS,
    PlatformSettings,
    read_settings,
)


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


def test_defaults_hold_where_nothing_is_written(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, ""), {})
    for setting in SETTINGS:
        assert getattr(found, setting.name.replace("-", "_")) == setting.default
    assert found.platforms == ()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "poll-seconds = 7\n")
    assert read_settings(file, {}).poll_seconds == 7
    assert read_settings(file, {"SHOWCAUSE_POLL_SECONDS": "9"}).poll_seconds == 9


def test_platforms_are_tables(tmp_path: Path) -> None:
    text = '[[platform]]\nname = "hs"\nkind = "matrix"\naddress = "https://hs.example"\ntoken-file = "t"\n'
    assert read_settings(written(tmp_path, text), {}).platform("hs") == PlatformSettings(
        "hs", "matrix", "https://hs.example", "t", "observe"
    )


@pytest.mark.parametrize(
    "text, place",
    [
        ('origin = "a"\ncolour = "red"\n', "line 2"),
        ("poll-seconds = 0\n", "line 1"),
        ('poll-seconds = "5"\n', "line 1"),
        ("poll-seconds = true\n", "line 1"),
        ('\n\nlog-level = "loud"\n', "line 3"),
        ('database = "mysql://x"\n', "line 1"),
        ('origin = "with space"\n', "line 1"),
        ("origin = \n", "line 1"),
        ('platform = "hs"\n', "[[platform]]"),
        ('[[platform]]\nname = "hs"\n', "name and kind"),
        ('[[platform]]\nname = "HS"\nkind = "matrix"\n', "line 2"),
        ('[[platform]]\nname = "a"\nkind = "simulator"\n' * 2, "twice"),
        ('[[platform]]\nname = "a"\nkind = "simulator"\nsecret = "x"\n', "line 4"),
        ("[colour]\nred = 1\n", "line 1"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_settings(written(tmp_path, text), {})
    assert "config.toml" in refused.value.message
    assert place in refused.value.message + refused.value.hint


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="SHOWCAUSE_POLL_SECONDS"):
        read_settings(written(tmp_path, ""), {"SHOWCAUSE_POLL_SECONDS": "often"})


def test_every_setting_says_what_whoever_changes_it_can_do() -> None:
    for setting in (*SETTINGS, *PLATFORM_SETTINGS, *COMMENTS_SETTINGS):
        assert setting.meaning.endswith(".")
        assert len(setting.threat) > 20, f"{setting.name} has no threat line"
        assert setting.kind is type(setting.default)
