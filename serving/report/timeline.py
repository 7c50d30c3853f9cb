"""The clocks of the first tickets in line, step by step, for small pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from forewarn.sla.events import instant_of
from forewarn.sla.timelines import Timelines
from forewarn.sla.trace import Step, trace_ticket
from forewarn.tables import Tables
from serving.report.chart_parts import LINE, OURS, Spec, finished, inline
from serving.report.text import NOTHING, hours

_COLOURS = {"in time": OURS, "late": "#b91c1c", "paused": "#cbd5e1"}
_INK = "#0f172a"
Row = dict[str, Any]
_LABELS = "timeFormat(datum.value, hours(datum.value) ? '%H:%M' : '%a %d %b')"
_ISO = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True)
class TicketTimeline:
    """One ticket's clocks. Instants are local ISO text, empty where there is none.

    ``segments``: one row per stretch, ``clock``, ``state`` (in time, late, paused), ``from``,
    ``until``, ``due``; in words ``elapsed`` and ``held`` at its end, ``target``, ``policy``.
    ``marks``: one row per thing that happened or is due, ``clock``, ``what``, ``at``, ``is_due``.
    """

    ticket_id: str
    as_of: str
    segments: list[Row]
    marks: list[Row]

    @property
    def n_clocks(self) -> int:
        """Clocks that have started."""
        return len({s["clock"] for s in self.segments})


def timelines_of(
    rows: Sequence[Any],
    tables: Tables,
    timelines: Timelines,
    *,
    as_of: pd.Timestamp,
    zone: ZoneInfo,
) -> list[TicketTimeline]:
    """One timeline per row of the queue (its ``ticket_id``), by what was known at ``as_of``.

    A ticket that the tables no longer hold is left out.
    """
    places = pd.Series(tables.tickets.index, index=tables.tickets["ticket_id"])
    found = []
    for row in rows:
        ticket_id = str(row["ticket_id"])
        if ticket_id in places.index:
            steps = trace_ticket(timelines, int(places[ticket_id]), as_of=instant_of(as_of))
            found.append(timeline_of(ticket_id, steps, as_of=as_of, zone=zone))
    return [t for t in found if t.segments]


def timeline_of(
    ticket_id: str, clocks: dict[str, list[Step]], *, as_of: pd.Timestamp, zone: ZoneInfo
) -> TicketTimeline:
    """The picture's data from a ticket's clocks, see ``trace_ticket``."""
    segments: list[Row] = []
    marks: list[Row] = []
    for name, steps in clocks.items():
        clock = {"clock": name.replace("_", " ")}
        segments += [clock | found for step in steps for found in _segments(step, zone)]
        marks += [clock | found for found in _marks(steps, zone)]
    return TicketTimeline(ticket_id, _local(as_of, zone), segments, marks)


def draw_timeline(timeline: TicketTimeline, *, has_legend: bool) -> Spec:
    """Bars by state, one line per clock; ticks where something happened, a diamond when due."""
    import altair as alt

    y = alt.Y("clock:N", title=None, sort=None, axis=alt.Axis(labelLimit=160, grid=False))
    layers = [_bars(timeline, y, has_legend=has_legend)]
    for is_due in (False, True):
        chosen = [mark for mark in timeline.marks if mark["is_due"] is is_due]
        if chosen:  # a layer without data makes the axis complain
            layers.append(_marked(chosen, y, is_due=is_due))
    now = alt.Chart(alt.Data(values=[{"at": timeline.as_of}])).mark_rule(
        strokeDash=[3, 3], color=LINE
    )
    chart = alt.layer(*layers, now.encode(x="at:T"))
    return finished(chart, height=26 * timeline.n_clocks)


def _bars(timeline: TicketTimeline, y: Any, *, has_legend: bool) -> Any:
    import altair as alt

    axis = alt.Axis(labelOverlap=True, labelSeparation=10, tickCount=6, labelExpr=_LABELS)
    colour = alt.Color(
        "state:N", title=None, legend=alt.Legend(orient="top") if has_legend else None,
        scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())),
    )  # fmt: skip
    bars = alt.Chart(inline(pd.DataFrame(timeline.segments))).mark_bar(height=12)
    return bars.encode(
        x=alt.X("from:T", title=None, axis=axis), x2="until:T", y=y, color=colour,
        tooltip=["clock:N", "state:N", *_times("from", "until"), "elapsed:N", "held:N",
                 "target:N", *_times("due"), "policy:N"],
    )  # fmt: skip


def _marked(chosen: list[Row], y: Any, *, is_due: bool) -> Any:
    import altair as alt

    marks = alt.Chart(inline(pd.DataFrame(chosen))).encode(
        x="at:T", y=y, tooltip=["clock:N", "what:N", *_times("at")]
    )
    if is_due:
        return marks.mark_point(shape="diamond", filled=True, size=80, color=_INK, opacity=1)
    return marks.mark_tick(color=_INK, thickness=1.5, height=18)


def _times(*names: str) -> list[Any]:
    import altair as alt

    return [alt.Tooltip(f"{name}:T", format="%d %b %Y %H:%M") for name in names]


def _segments(step: Step, zone: ZoneInfo) -> list[Row]:
    """A step's stretch in one colour, or two where the promise broke within it."""
    if step.state not in ("running", "paused"):
        return []
    says = {"target": _hours(step.target_seconds), "policy": step.policy or "imported deadline",
            "elapsed": _hours(step.elapsed_seconds), "held": _hours(step.held_seconds),
            "due": _local(step.due_at, zone)}  # fmt: skip
    if step.state == "paused":
        parts = [("paused", step.at, step.until)]
    else:
        late_from = min(max(step.breached_at or step.until, step.at), step.until)
        parts = [("in time", step.at, late_from), ("late", late_from, step.until)]
    return [
        says | {"state": state, "from": _local(start, zone), "until": _local(end, zone)}
        for state, start, end in parts
        if start < end
    ]


def _marks(steps: list[Step], zone: ZoneInfo) -> list[Row]:
    """What happened, and when it is due as seen at the end."""
    due = {"what": "due", "at": _local(steps[-1].due_at, zone), "is_due": True}
    happened = [{"what": step.what, "at": _local(step.at, zone), "is_due": False} for step in steps]
    return [*happened, due] if due["at"] else happened


def _hours(seconds: float | None) -> str:
    return NOTHING if seconds is None else hours(seconds / 3600)


def _local(instant: pd.Timestamp | None, zone: ZoneInfo) -> str:
    return "" if instant is None else instant.tz_convert(zone).strftime(_ISO)
