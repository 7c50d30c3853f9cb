"""What of the configuration the clocks depend on; the rest can change without a new history."""

from typing import Any

from forewarn.config.sla import SlaConfig

_OF_POLICY = ("escalations", "weights", "credits")
_BESIDE = ("service_levels", "excuses")


def clock_settings(sla: SlaConfig) -> dict[str, Any]:
    """The SLA's settings without what only judges, prices or tells: plain values for a digest."""
    beside: Any = dict.fromkeys(_BESIDE, True) | {"policies": {"__all__": set(_OF_POLICY)}}
    return sla.model_dump(mode="json", exclude=beside)
