"""The report's charts: each takes a computed table and only draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from serving.report.chart_parts import (
    HALF,
    LINE,
    OTHERS,
    OURS,
    Spec,
    axis_floor,
    bar_size,
    finished,
    inline,
    metric_scale,
    month_axis,
    with_names,
)
from serving.report.judgement import Bar


def kept_over_time(weekly: pd.DataFrame) -> Spec:
    """Share of kept promises per week. ``weekly``: as ``periods.weekly`` gives it."""
    import altair as alt

    table = with_names(weekly.dropna(subset="kept"), "week_on")
    colour = alt.Color(
        "metric:N", title=None, scale=metric_scale(table), legend=alt.Legend(orient="top")
    )
    chart = (
        alt.Chart(inline(table))
        .mark_line(point=alt.OverlayMarkDef(size=28), strokeWidth=2)
        .encode(
            x=alt.X("week_on:T", title=None, axis=month_axis()),
            y=alt.Y(
                "kept:Q",
                title="promises kept",
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(domain=[axis_floor(table["kept"]), 1], nice=False),
            ),
            color=colour,
            tooltip=[
                alt.Tooltip("metric:N", title="promise"),
                alt.Tooltip("week_on:T", title="week from", format="%d %B %Y"),
                alt.Tooltip("kept:Q", title="kept", format=".1%"),
                alt.Tooltip("n:Q", title="decided", format=","),
                alt.Tooltip("n_broken:Q", title="broken", format=","),
            ],
        )
    )
    return finished(chart, height=230)


def broken_over_time(weekly: pd.DataFrame) -> Spec:
    """Number of broken promises per week, one colour per metric."""
    import altair as alt

    table = with_names(weekly, "week_on")
    excused = alt.Tooltip("n_excused:Q", title="of these excused", format=",")
    chart = (
        alt.Chart(inline(table))
        .mark_bar(size=bar_size(table["week_on"].nunique()))
        .encode(
            x=alt.X("week_on:T", title=None, axis=month_axis()),
            y=alt.Y("n_broken:Q", title="promises broken", axis=alt.Axis(tickCount=4)),
            color=alt.Color("metric:N", title=None, scale=metric_scale(table), legend=None),
            tooltip=[
                alt.Tooltip("metric:N", title="promise"),
                alt.Tooltip("week_on:T", title="week from", format="%d %B %Y"),
                alt.Tooltip("n_broken:Q", title="broken", format=","),
                *([excused] if table["n_excused"].any() else []),
                alt.Tooltip("n:Q", title="decided", format=","),
            ],
        )
    )
    return finished(chart, height=130)


def level_over_time(weekly: pd.DataFrame) -> Spec:
    """Share answered in time per week, beside the target. ``weekly``: of ``service.Level``."""
    import altair as alt

    table = weekly.assign(week_on=weekly["week_on"].dt.strftime("%Y-%m-%dT00:00:00"))
    lowest = pd.Series([table["share"].min(), table["target"].min()])
    scale = alt.Scale(domain=[axis_floor(lowest), 1], nice=False)
    line = (
        alt.Chart(inline(table))
        .mark_line(point=alt.OverlayMarkDef(size=28), strokeWidth=2, color=OURS)
        .encode(
            x=alt.X("week_on:T", title=None, axis=month_axis()),
            y=alt.Y(
                "share:Q", title="answered in time", scale=scale,
                axis=alt.Axis(format="%", tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("week_on:T", title="week from", format="%d %B %Y"),
                alt.Tooltip("share:Q", title="answered in time", format=".1%"),
                alt.Tooltip("n_offered:Q", title="offered", format=","),
            ],
        )
    )  # fmt: skip
    target = (
        alt.Chart(inline(table.head(1)))
        .mark_rule(strokeDash=[4, 4], color=LINE)
        .encode(y=alt.Y("target:Q", scale=scale))
    )
    return finished(target + line, height=160)


def penalties_by_month(monthly: pd.DataFrame, *, currency: str) -> Spec:
    """Penalties per month, one colour per metric. ``monthly``: of ``costs.Costs``."""
    import altair as alt

    table = with_names(monthly, "month_on").assign(month=monthly["month_on"].dt.strftime("%b %Y"))
    chart = (
        alt.Chart(inline(table))
        .mark_bar()
        .encode(
            x=alt.X(
                "month:O", title=None, sort=None,
                axis=alt.Axis(labelAngle=0, labelOverlap=True, labelSeparation=16),
            ),
            y=alt.Y("amount:Q", title=currency, axis=alt.Axis(format="~s", tickCount=4)),
            color=alt.Color(
                "metric:N", title=None, scale=metric_scale(table), legend=alt.Legend(orient="top")
            ),
            tooltip=[
                alt.Tooltip("metric:N", title="promise"),
                alt.Tooltip("month:N", title="month"),
                alt.Tooltip("amount:Q", title=currency, format=",.0f"),
            ],
        )
    )  # fmt: skip
    return finished(chart, height=180)


def snapshot_bars(bars: Sequence[Bar]) -> Spec:
    """Breach shares of groups of open clocks, with their intervals."""
    import altair as alt

    rows = [asdict(b) | {"ours": "forewarn" in b.name} for b in bars]
    order = [b.name for b in bars]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[
            alt.Tooltip("name:N", title="clocks"),
            alt.Tooltip("value:Q", title="broke", format=".1%"),
            alt.Tooltip("low:Q", title="95 % from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
        ],
    )
    bar = base.mark_bar(height=18).encode(
        x=alt.X("value:Q", title="share that broke", axis=alt.Axis(format="%", tickCount=5)),
        color=alt.condition("datum.ours", alt.value(OURS), alt.value(OTHERS)),
    )
    rule = base.mark_rule(strokeWidth=1.5, color="#0f172a").encode(x="low:Q", x2="high:Q")
    return finished(bar + rule, height=34 * len(rows), width=HALF)


def reliability_line(bins: Sequence[Mapping[str, Any]]) -> Spec:
    """What was said beside what happened, per bin; on the diagonal both agree."""
    import altair as alt

    top = max([float(b[k]) for b in bins for k in ("mean_probability", "breach_share")])
    domain = alt.Scale(domain=[0, min(1.0, round(top + 0.05, 1))])
    diagonal = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(
        strokeDash=[4, 4], color=LINE, strokeWidth=1, clip=True
    ).encode(x=alt.X("x:Q", scale=domain), y=alt.Y("y:Q", scale=domain))  # fmt: skip
    line = (
        alt.Chart(alt.Data(values=[dict(b) for b in bins]))
        .mark_line(point=alt.OverlayMarkDef(size=40), color=OURS)
        .encode(
            x=alt.X(
                "mean_probability:Q", title="probability it named", scale=domain,
                axis=alt.Axis(format="%", tickCount=5),
            ),
            y=alt.Y(
                "breach_share:Q", title="share that broke", scale=domain,
                axis=alt.Axis(format="%", tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("mean_probability:Q", title="named", format=".1%"),
                alt.Tooltip("breach_share:Q", title="broke", format=".1%"),
                alt.Tooltip("n:Q", title="observations", format=","),
            ],
        )
    )  # fmt: skip
    return finished(diagonal + line, height=220, width=HALF)
