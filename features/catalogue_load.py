"""Features of those who work: groups, agents, the desk, and what comes in.

Never raw levels, which work like a clock and mislead when volumes drift: always in relation
to the usual. What is said of the whole desk, or of what comes in, is off by default: on the
windows before the test (docs/ablation.md) it did harm on the UCI log and on the simulated desk,
and arrivals against the same hour of the week were missed on no log.
"""

from dataclasses import replace

from features.spec import Entity, Feature

_NO_GROUP = "the ticket has no group"
_NO_AGENT = "nobody has the ticket"
_NEVER = "never null"
_OFF = "Off: missed on no log."


def _usual(entity: Entity, holder: str, *, key: str, null: str) -> tuple[Feature, ...]:
    """Backlog, arrivals and solutions of a holder against their own past."""
    load = f"{holder}_load"
    return (
        Feature(
            f"{holder}_backlog_ratio_28d", entity, load, "level_ratio", "ratio", null,
            "More open than usual: everything waits longer.",
            key=key, column="n_open", window="28d",
        ),
        Feature(
            f"{holder}_arrivals_ratio_4h", entity, load, "ratio", "ratio", null,
            "A burst of new work just now.",
            key=key, column="n_arrived", window="4h", trailing="28d",
        ),
        Feature(
            f"{holder}_arrivals_ratio_24h", entity, load, "ratio", "ratio", null,
            "A day with more new work than usual.",
            key=key, column="n_arrived", window="24h", trailing="28d",
        ),
        Feature(
            f"{holder}_solutions_ratio_24h", entity, load, "ratio", "ratio", null,
            "Whether work gets done as usual: holidays, outages.",
            key=key, column="n_solved", window="24h", trailing="28d",
        ),
    )  # fmt: skip


def _surges(holder: str, *, key: str, missing: str | None, why: str) -> tuple[Feature, ...]:
    """What comes in against the usual for that hour of the week, at two speeds."""
    stream, column = ("desk_load", "n_arrived") if key == "all" else (f"{holder}_arrival", "")
    null = "the history is shorter than a week"
    return tuple(
        Feature(
            f"{holder}_surge_{window}", "load", stream, "hour_of_week_ratio", "ratio",
            f"{missing}, or {null}" if missing else null, why,
            key=key, column=column, window=window, trailing="28d",
        )
        for window in ("1h", "4h")
    )  # fmt: skip


_DECLARED = (
    *_usual("group", "group", key="group", null=_NO_GROUP),
    *_usual("load", "desk", key="all", null=_NEVER),
    Feature(
        "group_top_share", "group", "group_load", "level_share", "share",
        f"{_NO_GROUP}, or it has nothing open", "Urgent tickets push the others back.",
        key="group", column="n_top", of="group_load/n_open",
    ),
    Feature(
        "group_waiting_share", "group", "group_load", "level_share", "share",
        f"{_NO_GROUP}, or it has nothing open", "What waits for others takes no hands now.",
        key="group", column="n_waiting", of="group_load/n_open",
    ),
    Feature(
        "group_open_per_agent", "group", "group_load", "level_share", "tickets",
        f"{_NO_GROUP}, or it has no known agents", "How much each agent of the group has.",
        key="group", column="n_open", of="group_member/n",
    ),
    Feature(
        "group_open_per_agent_on_shift", "group", "group_load", "level_per_shift", "tickets",
        f"{_NO_GROUP}, or nobody of it is on shift", "How much each agent has who is there now.",
        key="group", column="n_open", of="group_shift/n",
    ),
    Feature(
        "group_agents_on_shift_share", "group", "group_shift", "shift_share", "share",
        f"{_NO_GROUP}, or of none of its agents the shift is known", "Who is there to act now.",
        key="group", column="n",
    ),
    Feature(
        "group_solution_hours_28d", "group", "group_load", "mean", "hours",
        f"{_NO_GROUP}, or it has solved nothing in the window", "How long the group takes.",
        key="group", column="solved_time", of="n_solved", window="28d",
    ),
    Feature(
        "group_solution_median_hours_28d", "group", "group_load", "median", "hours",
        f"{_NO_GROUP}, or it has solved nothing in the window",
        "How long the group takes as a rule: one old ticket moves the mean, not this.",
        key="group", column="solved_time", of="n_solved", window="28d",
    ),
    Feature(
        "agent_backlog_ratio_28d", "agent", "agent_load", "level_ratio", "ratio", _NO_AGENT,
        "Whoever has it has more than usual.", key="agent", column="n_open", window="28d",
    ),
    Feature(
        "agent_action_ratio_24h", "agent", "agent_action", "ratio", "ratio", _NO_AGENT,
        "Whether whoever has it is at work.", key="agent", window="24h", trailing="28d",
    ),
    Feature(
        "agent_action_hours", "agent", "agent_action", "age", "hours",
        f"{_NO_AGENT}, or no action is known", "How long whoever has it has not been seen.",
        key="agent",
    ),
    Feature(
        "category_arrivals_ratio_4h", "load", "category_arrival", "ratio", "ratio",
        "the ticket has no category", "An incident: many of a kind at once.",
        key="category", window="4h", trailing="28d",
    ),
    Feature(
        "product_arrivals_ratio_4h", "load", "product_arrival", "ratio", "ratio",
        "the ticket has no product", "An incident with one product.",
        key="product", window="4h", trailing="28d",
    ),
    *_surges("desk", key="all", missing=None, why="More comes in than at this time of any week."),
    *_surges(
        "category", key="category", missing="the ticket has no category",
        why="An incident: many of a kind, at an hour that knows few.",
    ),
    *_surges(
        "product", key="product", missing="the ticket has no product",
        why="An incident with one product, at an hour that knows few.",
    ),
)  # fmt: skip


def _earned(feature: Feature) -> Feature:
    """The declaration, off where it is on the desk as a whole or on arrivals of a kind."""
    if feature.entity != "load":
        return feature
    return replace(feature, why=f"{feature.why} {_OFF}", is_default=False)


LOAD = tuple(_earned(feature) for feature in _DECLARED)
