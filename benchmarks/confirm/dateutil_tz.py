"""Two threads ask for the same time zones, more of them than the strong cache holds."""

from dateutil import tz
from pair import side_by_side


def zones(number):
    for each in range(12):
        tz.tzoffset(f"Z{each}", each * 60)
        tz.tzstr(f"EST{each}EDT")


side_by_side(zones, zones)
