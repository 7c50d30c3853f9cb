"""Features of the ticket: what it is, and what has happened to it so far.

Four of the path so far are off: beside the counts and gaps they did harm on the UCI log and
were missed on none (docs/ablation.md).
"""

from collections.abc import Sequence
from dataclasses import replace

from features.spec import Feature

_NEVER = "never null"
_STATE = "the ticket has none"
_UNEARNED = {
    "ticket_statuses", "ticket_waiting_share", "ticket_first_step_hours", "ticket_acting_agents",
}  # fmt: skip


def _path(name: str, column: str, *, unit: str, why: str) -> Feature:
    return Feature(name, "ticket", "path", "last", unit, _NEVER, why, column=column)


def _word(name: str, column: str, why: str) -> Feature:
    return Feature(name, "ticket", "path", "word", "text", _STATE, why, column=column)


def _held(name: str, column: str, why: str) -> Feature:
    return Feature(name, "ticket", "path", "held", "hours", _STATE, why, column=column)


def _count(name: str, stream: str, why: str, window: str | None = None) -> Feature:
    return Feature(name, "ticket", stream, "count", "facts", _NEVER, why, window=window)


def _age(name: str, stream: str, why: str) -> Feature:
    return Feature(name, "ticket", stream, "age", "hours", "there was none yet", why)


def _number(name: str, column: str, why: str) -> Feature:
    return Feature(name, "ticket", "ticket", "number", "as it came", _STATE, why, column=column)


_DECLARED = (
    _word("ticket_status", "status", "What the ticket waits for."),
    _word("ticket_group", "group", "Who has it now."),
    _word("ticket_priority", "priority", "How urgent it is held to be."),
    _word("ticket_category", "category", "What it is about."),
    _held("ticket_status_hours", "status_row", "Tickets that stand still break promises."),
    _held("ticket_group_hours", "group_row", "A new group starts from the beginning."),
    _held("ticket_agent_hours", "agent_row", "How long the same agent has had it."),
    _path("ticket_groups", "n_groups", unit="groups", why="Tickets that travel take longer."),
    _path("ticket_returns", "n_returns", unit="moves", why="Ping-pong between groups."),
    _path("ticket_agents", "n_agents", unit="agents", why="Each hand-over is read-up time."),
    _path("ticket_pauses", "n_pauses", unit="pauses", why="Questions that went out."),
    _path("ticket_statuses", "n_statuses", unit="statuses", why="How much of the way is behind."),
    Feature(
        "ticket_waiting_share", "ticket", "path", "waiting_share", "share", _NEVER,
        "How much of its life it waited for others.", column="waited",
    ),
    Feature(
        "ticket_first_step_hours", "ticket", "event", "first_gap", "hours",
        "nothing has happened since it came",
        "What is picked up at once gets done: from the first event to the second.",
    ),
    _count("ticket_acting_agents", "acting", "Many hands: a hard one, or nobody's own."),
    _count("ticket_events", "event", "How much has happened at all."),
    _count("ticket_events_24h", "event", "Whether something happens now.", "24h"),
    _count("ticket_assignments", "assigned", "Pickups so far; none means nobody has it."),
    _count("ticket_group_changes", "group_changed", "Hand-overs between groups."),
    _count("ticket_agent_replies", "agent_reply", "What the customer has heard."),
    _count("ticket_customer_replies", "customer_reply", "How much the customer has to say."),
    _count("ticket_notes", "internal_note", "Work that does not show outside."),
    _count("ticket_priority_changes", "priority_changed", "Somebody pressed, or calmed."),
    _count("ticket_reopenings", "reopened", "A solution that did not hold."),
    _count("ticket_escalations", "escalated", "Somebody has complained already."),
    _age("ticket_idle_hours", "event", "How long nothing has happened."),
    _age("ticket_agent_reply_hours", "agent_reply", "How long we have been silent."),
    _age("ticket_customer_reply_hours", "customer_reply", "How long the customer is silent."),
    Feature(
        "ticket_unanswered_hours", "ticket", "reply", "since", "hours",
        "every reply of the customer is answered", "How long the customer has waited.",
        column="waiting_since",
    ),
    Feature(
        "ticket_unanswered", "ticket", "reply", "last", "replies", _NEVER,
        "How often the customer wrote without an answer.", column="n_waiting",
    ),
    _number("ticket_subject_length", "subject_length", "Short ones say little."),
    _number("ticket_description_length", "description_length", "Long ones take reading."),
)  # fmt: skip


def _earned(feature: Feature) -> Feature:
    """The declaration, off where the feature has not earned its place."""
    if feature.name not in _UNEARNED:
        return feature
    return replace(feature, why=f"{feature.why} Off: missed on no log.", is_default=False)


TICKET = tuple(_earned(feature) for feature in _DECLARED)
_ATTRIBUTE_WHY = "Came with the ticket and was whitelisted by the configuration."


def attribute_features(texts: Sequence[str], numbers: Sequence[str]) -> tuple[Feature, ...]:
    """``ticket_<name>`` for columns that tickets came with and that never change."""
    words = (
        Feature(
            f"ticket_{name}", "ticket", "ticket", "word", "text", _STATE, _ATTRIBUTE_WHY,
            key=name, column=name,
        )
        for name in texts
    )  # fmt: skip
    return (*words, *(_number(f"ticket_{name}", name, _ATTRIBUTE_WHY) for name in numbers))
