"""Features of the clock itself and of wall time."""

from features.spec import Feature

_NEVER = "never null"


def _clock(name: str, column: str, *, unit: str, why: str, null: str = _NEVER) -> Feature:
    return Feature(name, "clock", "clock", "reading", unit, null, why, key="", column=column)


def _time(name: str, column: str, *, unit: str, why: str) -> Feature:
    return Feature(name, "time", "time", "local", unit, _NEVER, why, key="", column=column)


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
    _time("time_hour", "as_of/hour", unit="hour of day", why="Who is there to act now."),
    _time("time_weekday", "as_of/weekday", unit="weekday", why="Monday is 0; weekends are thin."),
    _time("created_hour", "created/hour", unit="hour of day", why="Night tickets start late."),
    _time("created_weekday", "created/weekday", unit="weekday", why="Friday tickets wait."),
)
