"""Matured breach rates: how often promises on tickets like this one were broken so far.

Only clocks whose deadline lies before as_of count (see ``features.outcomes``); every rate is
mixed with 10 clocks of the overall rate of the metric as of then.
"""

from collections.abc import Sequence

from features.spec import Entity, Feature

_STATES: dict[str, Entity] = {"group": "group", "priority": "ticket", "category": "ticket"}
_NULL = "the ticket has none, or nothing has matured yet"


def rate_features(columns: Sequence[str]) -> tuple[Feature, ...]:
    """Rates of the metric over all, by customer, by state, by text columns of tickets."""
    return (
        _rate("desk_breach_rate", "load", "all", "Everything together."),
        _rate("desk_breach_rate_28d", "load", "all", "Lately.", "28d"),
        _rate("customer_breach_rate", "customer", "customer", "What they are used to."),
        *(
            _rate(f"{name}_breach_rate", entity, name, "Some are late more often than others.")
            for name, entity in _STATES.items()
        ),
        _rate("group_breach_rate_28d", "group", "group", "How the group does lately.", "28d"),
        _rate("agent_breach_rate", "agent", "agent", "Whose tickets are late."),
        *(
            _rate(f"{name}_breach_rate", "ticket", name, "Stands for a code of many values.")
            for name in columns
        ),
    )


def _rate(name: str, entity: Entity, key: str, why: str, window: str | None = None) -> Feature:
    return Feature(
        name, entity, f"outcome/{key}", "rate", "share", _NULL, why,
        key=f"{key}+metric", column="breached", window=window, is_identity=key == "agent",
    )  # fmt: skip
