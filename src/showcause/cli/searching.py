"""Searching a platform: collect its whole list first, then compare it with the record in one transaction."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from showcause.casework.orphans import ScanResult
    from showcause.casework.ports import Progress
    from showcause.cli.wiring import Site


def search(site: "Site", name: str, progress: "Progress | None" = None) -> "ScanResult":
    """Search a platform for what no record explains; collecting happens outside the transaction."""
    from showcause.casework import orphans

    platform, began = site.platforms[name], site.clock()
    spooled = list(platform.spooled())
    found = list(platform.restricted(progress))
    return site.runner.run(orphans.scan, name, found, listed_at=began, spooled=spooled)


PATIENCE = timedelta(hours=24)
"""How long the nightly search waits for the baseline: without it, it would accuse the past."""


def is_due(site: "Site", name: str, now: datetime) -> bool:
    """Tell whether the night's search is still to come: once a day, from the hour that the settings name."""
    from showcause.casework.reading import platform

    hour = now.replace(hour=site.settings.scan_hour, minute=0, second=0, microsecond=0)
    with site.store.read() as view:
        at = platform(view, name)
    if at.baseline is None and now < at.connected_at + PATIENCE:
        return False
    return now >= hour and (at.scanned_at is None or at.scanned_at < hour)
