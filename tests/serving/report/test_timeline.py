"""The clocks of the first tickets in line, as segments and marks."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pandas as pd

from forewarn.sla.trace import Step
from forewarn.workspace import Workspace
from serving.report.build import write_report
from serving.report.drawing import to_svg
from serving.report.timeline import TicketTimeline, draw_timeline, timeline_of

STEPS = (  # hour, what, state, due, breached
    (9, "started", "running", 13, None),
    (10, "paused", "paused", None, None),
    (12, "resumed", "running", 15, 15),
    (16, "solved", "completed", None, 15),
)


def timeline(*, until: int) -> TicketTimeline:
    """A clock of 4 h, by its steps up to an hour of 2 March 2026, UTC."""
    taken = [s for s in STEPS if s[0] < until]
    ends = [*[s[0] for s in taken][1:], until]
    steps = [
        Step(
            at=at(hour), until=at(end), what=what, state=state, policy="usual",
            target_seconds=14_400.0, elapsed_seconds=9_000.0, held_seconds=7_200.0,
            due_at=None if due is None else at(due),
            breached_at=None if breached is None else at(breached), told_at=at(hour),
        )
        for (hour, what, state, due, breached), end in zip(taken, ends, strict=True)
    ]  # fmt: skip
    clocks = {"resolution": steps}
    return timeline_of("<t>", clocks, as_of=at(until), zone=ZoneInfo("Europe/Berlin"))


def at(hour: int) -> pd.Timestamp:
    """An hour of the day."""
    return pd.Timestamp(2026, 3, 2, hour, tz="UTC")


def test_a_pause_and_a_breach_are_segments_of_their_own() -> None:
    """9-10 running, till 12 paused, running, late from 15 on; in local time."""
    found = timeline(until=16)
    assert [(s["state"], s["from"][11:16], s["until"][11:16]) for s in found.segments] == [
        ("in time", "10:00", "11:00"),
        ("paused", "11:00", "13:00"),
        ("in time", "13:00", "16:00"),
        ("late", "16:00", "17:00"),
    ]
    assert [(m["what"], m["at"][11:16]) for m in found.marks] == [
        ("started", "10:00"), ("paused", "11:00"), ("resumed", "13:00"), ("due", "16:00"),
    ]  # fmt: skip
    assert found.segments[2]["elapsed"] == "2.5 h"


def test_an_ended_clock_has_a_last_mark_and_is_not_due() -> None:
    """What came after the end draws nothing."""
    found = timeline(until=17)
    assert found.segments[-1]["until"].endswith("17:00:00")
    assert [m["what"] for m in found.marks][-1] == "solved"


def test_the_picture_holds_every_state() -> None:
    """Drawn with and without its legend."""
    found = timeline(until=16)
    with_legend, bare = (
        to_svg(draw_timeline(found, has_legend=legend), name="timeline-1")
        for legend in (True, False)
    )
    for colour in ("#1d4ed8", "#b91c1c", "#cbd5e1"):
        assert colour in bare
    assert "paused" in with_legend
    assert ">paused<" not in bare


def test_the_report_shows_the_first_five(
    workspace: Workspace, publish: Callable[..., None]
) -> None:
    """One picture for each of the first tickets in line, none where nothing is published."""
    page = write_report(workspace).read_text("utf-8")
    assert "chart-timeline-" not in page
    publish(workspace)
    page = write_report(workspace).read_text("utf-8")
    assert all(f'id="chart-timeline-{n}"' in page for n in range(1, 6))
    assert "chart-timeline-6" not in page
