"""What of the configuration the clocks depend on; the rest can change without a new history."""

from importlib.metadata import version
from typing import Any

from forewarn.config.sla import SlaConfig

_OF_POLICY = ("escalations", "weights", "credits")
_BESIDE = ("service_levels", "excuses", "tighten")


def clock_settings(sla: SlaConfig) -> dict[str, Any]:
    """The SLA's settings without what only judges, prices or tells: plain values for a digest.

    Where public holidays close a calendar, the library that knows them is one of the settings.
    """
    beside: Any = dict.fromkeys(_BESIDE, True) | {"policies": {"__all__": set(_OF_POLICY)}}
    settings = sla.model_dump(mode="json", exclude=beside)
    hours = [h for c in sla.calendars.values() for h in (c, *c.versions)]
    known_by = {"holidays": version("holidays")} if any(h.holidays for h in hours) else {}
    return settings | known_by
