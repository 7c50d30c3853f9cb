"""Features of the customer: contract, health, and the history with us.

Only the score, its segment, change and age are on by default. On the windows before the test
(docs/ablation.md) nothing else of the customer was ever missed, and on the simulated desk it did
harm: trees tell few hundred customers apart by it, and counts of tickets drift with the desk.
Health did neither; no public log has it.
"""

from collections.abc import Sequence
from dataclasses import replace

from features.spec import Feature

_NONE = "the ticket has no customer"
_LOAD = "customer_load"
_NO_FACT = "no customer, or nothing is known of it"
_ON = {"health_score", "health_segment", "health_change_28d", "health_age_hours"}
_OFF = "Off: missed on no log."


def _profile(name: str, column: str, *, unit: str, why: str) -> Feature:
    return Feature(
        name, "customer", "profile", "word" if unit == "text" else "last", unit,
        _NO_FACT, why, key="customer", column=column,
    )  # fmt: skip


def _count(name: str, stream: str, window: str, why: str, column: str = "") -> Feature:
    return Feature(
        name, "customer", stream, "count", "facts", _NONE, why,
        key="customer", column=column, window=window,
    )  # fmt: skip


def _slope(window: str) -> Feature:
    return Feature(
        f"health_slope_{window}", "health", "health", "slope", "points per day",
        "no customer, or fewer than two scores in the window", "Which way it is going.",
        key="customer", column="score", window=window,
    )  # fmt: skip


_DECLARED = (
    _profile("customer_tier", "tier", unit="text", why="What the contract promises."),
    _profile("customer_region", "region", unit="text", why="Where they are, so when they work."),
    _profile("customer_criticality", "criticality", unit="text", why="How much depends on us."),
    _profile("customer_contract_value", "contract_value", unit="money", why="Size."),
    _profile("customer_loyalty", "loyalty", unit="years", why="How long they have been with us."),
    Feature(
        "customer_renewal_hours", "customer", "profile", "since", "hours", _NO_FACT,
        "Hours since the renewal date, so negative before it: attention rises near it.",
        key="customer", column="renewal_at",
    ),
    _count("customer_tickets_7d", _LOAD, "7d", "Trouble in progress.", "n_arrived"),
    _count("customer_tickets_28d", _LOAD, "28d", "How much they write at all.", "n_arrived"),
    _count("customer_replies_7d", "customer_customer_reply", "7d", "How hard they press."),
    _count("customer_escalations_90d", "customer_escalated", "90d", "They have complained."),
    _count("customer_reopenings_90d", "customer_reopened", "90d", "Solutions did not hold."),
    Feature(
        "customer_breaches_known_180d", "customer", "decided/customer", "sum", "clocks", _NONE,
        "Clocks of the metric that we broke: they remember.",
        key="customer+metric", column="breached", window="180d",
    ),
    Feature(
        "customer_breach_age_hours", "customer", "broken/customer", "age", "hours",
        "no customer, or no clock of the metric is known to be broken",
        "Since we broke a promise to them, as far as known.", key="customer+metric",
    ),
    Feature(
        "customer_ticket_age_hours", "customer", _LOAD, "since", "hours", _NONE,
        "Since their latest ticket; this one counts.", key="customer", column="arrived_at",
    ),
    Feature(
        "customer_open", "customer", _LOAD, "level", "tickets", _NONE,
        "What they have open with us now.", key="customer", column="n_open",
    ),
    Feature(
        "customer_solution_hours_90d", "customer", _LOAD, "mean", "hours",
        "no customer, or nothing of theirs was solved in the window",
        "How long their tickets take.",
        key="customer", column="solved_time", of="n_solved", window="90d",
    ),
    Feature(
        "customer_solution_median_hours_90d", "customer", _LOAD, "median", "hours",
        "no customer, or nothing of theirs was solved in the window",
        "How long their tickets take as a rule.",
        key="customer", column="solved_time", of="n_solved", window="90d",
    ),
    Feature(
        "customer_csat_180d", "customer", "customer_csat", "mean", "points",
        "no customer, or they rated nothing", "How content they were.",
        key="customer", column="rating", window="180d",
    ),
    Feature(
        "customer_csat_change_28d", "customer", "customer_csat", "mean_change", "points",
        "no customer, or they rated nothing in the window or in the 152 days before",
        "Whether they are less content than they were.",
        key="customer", column="rating", window="28d", trailing="180d",
    ),
    Feature(
        "health_score", "health", "health", "last", "points", _NO_FACT,
        "0 to 100, 100 is healthy; overrides count until they expire.",
        key="customer", column="score",
    ),
    Feature(
        "health_segment", "health", "health", "word", "text", _NO_FACT,
        "The score in words: at_risk, needs_attention, healthy.",
        key="customer", column="segment",
    ),
    Feature(
        "health_change_28d", "health", "health", "change", "points",
        "no score now, or none a window ago", "Whether it is getting worse.",
        key="customer", column="score", window="28d",
    ),
    _slope("28d"),
    _slope("90d"),
    Feature(
        "health_is_overridden", "health", "health", "last", "flag", _NO_FACT,
        "Somebody knows better than the score.", key="customer", column="is_overridden",
    ),
    Feature(
        "health_age_hours", "health", "health", "age", "hours", _NO_FACT,
        "An old score says little.", key="customer",
    ),
)  # fmt: skip


def _earned(feature: Feature) -> Feature:
    """The declaration, off where the feature has not earned its place."""
    if feature.name in _ON:
        return feature
    return replace(feature, why=f"{feature.why} {_OFF}", is_default=False)


CUSTOMER = tuple(_earned(feature) for feature in _DECLARED)


def component_features(names: Sequence[str]) -> tuple[Feature, ...]:
    """``health_<component>`` for each component that scores tell.

    One that has the name of another feature is ``health_component_<component>``.
    """
    taken = {feature.name for feature in CUSTOMER}
    return tuple(
        Feature(
            f"health_component_{name}" if f"health_{name}" in taken else f"health_{name}",
            "health", "component", "last", "as it came",
            "no customer, or the latest score that tells components does not tell this one",
            f"What the score is made of: equal scores can have different troubles. {_OFF}",
            key="customer", column=name, is_default=False,
        )
        for name in names
    )  # fmt: skip
