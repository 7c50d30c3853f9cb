"""Features of the clock itself and of wall time."""

from features.spec import Feature

_NEVER = "never null"


def _clock(name: str, column: str, *, unit: str, why: str, null: str = _NEVER) -> Feature:
    return Feature(name, "clock", "clock", "reading", unit, null, why, key="", column=column)


def _time(name: str, column: str, *, unit: str, why: str) -> Feature:
    return Feature(name, "time", "time", "local", unit, _NEVER, why, key="", column=column)


def _opening(name: str, column: str, why: str) -> Feature:
    null = "the clock runs around the clock" if column == "until_closing" else _NEVER
    return Feature(name, "clock", "clock", "opening", "hours", null, why, key="", column=column)


CLOCK = (
    _clock(
        "clock_elapsed_share",
        "elapsed_share",
        unit="share",
        why="How much of the budget is used: the rule of today's desks.",
    ),
    _clock(
        "clock_remaining_hours",
        "remaining",
        unit="open hours",
        why="Open time that is left until the budget is spent.",
    ),
    _clock(
        "clock_target_hours",
        "target",
        unit="open hours",
        why="The budget: short promises are broken in other ways than long ones.",
    ),
    _clock(
        "clock_until_due_hours",
        "until_due",
        unit="hours",
        null="the deadline lies beyond the calendars",
        why="Wall time until the deadline, nights and weekends included.",
    ),
    _clock(
        "clock_paused_hours",
        "paused",
        unit="open hours",
        why="Time on hold so far: it moved the deadline, and waiting costs memory.",
    ),
    _clock(
        "clock_age_hours",
        "age",
        unit="hours",
        why="Wall time since the clock started.",
    ),
    _clock(
        "clock_is_paused",
        "is_paused",
        unit="flag",
        why="Nothing runs out while it stands, but it comes back with less time.",
    ),
    _clock(
        "clock_cycle",
        "cycle",
        unit="cycles",
        why="A reopened ticket is known already, and its customer is less patient.",
    ),
    _clock(
        "clock_closed_share",
        "closed_before_due",
        unit="share",
        null="the deadline lies beyond the calendars, or has passed",
        why="A deadline early tomorrow and one this afternoon differ in who can still act.",
    ),
    _opening("clock_until_closing_hours", "until_closing", "What is not done by then waits."),
    _opening("clock_until_opening_hours", "until_opening", "Nobody acts before."),
    _opening("clock_open_hours_24h", "next_day", "How much working day lies just ahead."),
    _time("time_hour", "as_of/hour", unit="hour of day", why="Who is there to act now."),
    _time("time_weekday", "as_of/weekday", unit="weekday", why="Monday is 0; weekends are thin."),
    _time("created_hour", "created/hour", unit="hour of day", why="Night tickets start late."),
    _time("created_weekday", "created/weekday", unit="weekday", why="Friday tickets wait."),
)
