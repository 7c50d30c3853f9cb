"""Breach rates: how often promises on tickets like this one were broken so far.

Over the whole history clocks count once their deadline has passed; over a window once they
are decided (see ``features.outcomes``). Rates are mixed with 10 clocks of the overall rate of
the metric as of then. Models see *lifts*, the rate less the overall one, over the window: the
level of the whole desk drifts, and so do codes. On the windows before the test months of both
public logs that was best: macro AUC .735 (UCI) and .851 (Boston) against .726 and .840 with
matured lifts over the whole history, .720 and .852 with both.
"""

from functools import cache

from features.spec import Entity, Feature

_STATES: dict[str, Entity] = {
    "group": "group", "priority": "ticket", "category": "ticket", "customer": "customer",
    "agent": "agent",
}  # fmt: skip
_WINDOW = "28d"
_NULL = "the ticket has none, or nothing counts yet"
_LEVEL = "for people and reasons; as a level it drifts with the desk, so models see the lift"
_STALE = "off, because the last weeks tell more"


@cache
def rate_features(columns: tuple[str, ...]) -> tuple[Feature, ...]:
    """Rates and lifts of the metric: overall, by state and customer, by text columns."""
    entities: dict[str, Entity] = {**_STATES, **dict.fromkeys(columns, "ticket")}
    return (
        _rate("desk_breach_rate", "load", "all"),
        _rate("desk_breach_rate_28d", "load", "all", _WINDOW),
        *(_rate(f"{name}_breach_rate", entity, name) for name, entity in entities.items()),
        _rate("group_breach_rate_28d", "group", "group", _WINDOW),
        *(_lift(f"{name}_breach_lift", entity, name) for name, entity in entities.items()),
        *(
            _lift(f"{name}_breach_lift_28d", entity, name, _WINDOW)
            for name, entity in entities.items()
        ),
    )


def _rate(name: str, entity: Entity, key: str, window: str | None = None) -> Feature:
    return Feature(
        name, entity, _stream(key, window), "rate", "share", _NULL, f"How often late: {_LEVEL}.",
        key=f"{key}+metric", column="breached", window=window,
        is_identity=key == "agent", is_default=False,
    )  # fmt: skip


def _lift(name: str, entity: Entity, key: str, window: str | None = None) -> Feature:
    why = "Late more often than the desk, lately." if window else f"Late at all times: {_STALE}."
    return Feature(
        name, entity, _stream(key, window), "lift", "share", _NULL, why,
        key=f"{key}+metric", column="breached", window=window,
        is_identity=key == "agent", is_default=window is not None,
    )  # fmt: skip


def _stream(key: str, window: str | None) -> str:
    return f"{'decided' if window else 'matured'}/{key}"
