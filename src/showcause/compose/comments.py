"""The comment section of a site: where it lies, what its settings say, and its connector."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from showcause.home import Home, read_key
from showcause.settings import PlatformSettings, Settings

if TYPE_CHECKING:
    from showcause.comments.section import Section
    from showcause.comments.values import SectionSettings

KIND: Final = "comments"


def section_of(settings: Settings, name: str | None = None) -> PlatformSettings | None:
    """Return the settings of the comment section, None where there is none or it has another name."""
    found = next((each for each in settings.platforms if each.kind == KIND), None)
    return found if found is not None and name in (None, found.name) else None


def open_comments(home: Home, settings: Settings, section: PlatformSettings, now: datetime) -> "Section":
    """Open a site's comment section; it is made on first use. Who was forgotten is forgotten again in an older copy.

    Raises: Misconfigured also without its key, TriggersDiffer, StoreBusy, StoreFull, StoreUnusable.
    """
    from showcause.comments.erasing import replay
    from showcause.comments.opening import open_section

    key = read_key(home.secret_of(section.name, "section.key"))
    opened = open_section(place_of(home, settings), section.name, key, told(section))
    replay(opened, now, home.erased_comments)
    return opened


def place_of(home: Home, settings: Settings) -> str:
    """Return the address of the comments' database: the main one's server, or a file beside the main one."""
    url = settings.database or home.database
    if not url.startswith("sqlite:"):
        return url
    from showcause.comments.opening import FILE

    return f"sqlite:///{Path(url.removeprefix('sqlite:///')).with_name(FILE)}"


def file_of(home: Home, settings: Settings) -> Path | None:
    """Return the file of the comments; None where they are on a server, or the site has no comment section."""
    place = place_of(home, settings)
    inside = place.startswith("sqlite:") and section_of(settings) is not None
    return Path(place.removeprefix("sqlite:///")) if inside else None


def told(settings: PlatformSettings) -> "SectionSettings":
    """Return what the settings of the machine tell the section."""
    from showcause.comments.values import Mode, SectionSettings

    parts = (each.rpartition("=") for each in settings.parts.split())
    return SectionSettings(
        origins=tuple(settings.origins.split()),
        languages=tuple(settings.languages.split()),
        mode=Mode(settings.validation),
        parts={part: Mode(mode) for part, _, mode in parts},
        edit_window=timedelta(minutes=settings.edit_minutes),
        trust_after=settings.trust_after,
        staff=tuple(name.strip() for name in settings.staff.split(",") if name.strip()),
        proof=settings.proof == "yes",
    )
