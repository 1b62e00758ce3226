"""Time zones, from the package tzdata and never from the machine: the same file gives the same bars everywhere."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from dynamic_ta.data.errors import MendingError


@cache
def find_zone(name: str) -> ZoneInfo:
    """Return the zone called ``name``.

    Raises
    ------
    MendingError : the IANA database has no such zone
    """
    database = files("tzdata")
    # The list keeps a name such as ../../x from being a path.
    if name not in database.joinpath("zones").read_text("utf-8").split():
        raise MendingError(f"there is no time zone {name!r}", "give an IANA name such as America/New_York")
    with database.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime | str:
    """Return the moment of ``local`` in ``zone`` as a naive datetime in UTC, or why there is not exactly one.

    Where clocks are set back, an hour of local times happens twice; where they are set forward, one never happens.
    """
    earlier, later = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if earlier is None or later is None or earlier == later:
        return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    return "happens twice" if earlier > later else "never happens"
