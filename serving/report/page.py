"""From the computed tables to one HTML page without any outside address."""

from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Any

from serving.report import charts, drawing, text
from serving.report.chart_parts import Spec
from serving.report.contents import Contents
from serving.report.periods import LEAST_DECIDED
from serving.report.standing import LIKELY
from serving.report.timeline import draw_timeline


@dataclass(frozen=True)
class Picture:
    """One chart: its name in the page, what it shows in words, the picture, the data."""

    name: str
    caption: str
    svg: str
    json: str


def render(contents: Contents) -> str:
    """The page."""
    pictures = _pictures(contents)
    environment = _environment(contents)
    page: str = environment.get_template("report.html").render(
        c=contents,
        pictures={p.name: p for p in pictures},
        script=drawing.script() if pictures else "",
        metric_names=text.METRIC_NAMES,
        least_decided=LEAST_DECIDED,
        likely=LIKELY,
    )
    return page


def _environment(contents: Contents) -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": text.percent,
        "points": text.points,
        "number": text.number,
        "hours": text.hours,
        "wait": text.wait,
        "day": text.day,
        "money": text.money,
        "at": partial(text.local_time, zone=contents.zone),
    }
    return environment


def _template(name: str) -> str:
    return resources.files("serving.report").joinpath("page", name).read_text("utf-8")


def _pictures(contents: Contents) -> list[Picture]:
    found = []
    if len(contents.weekly["kept"].dropna()) > 1:
        caption = "Share of the promises decided in each week that were kept."
        found.append(_picture("kept", caption, charts.kept_over_time(contents.weekly)))
        caption = "Promises broken in each week."
        found.append(_picture("broken", caption, charts.broken_over_time(contents.weekly)))
    for level in contents.levels:
        if len(level.weekly) > 1:
            caption = f"{level.name}: share answered in time by week; dashed: the promise."
            spec = charts.level_over_time(level.weekly)
            found.append(_picture(f"level-{level.name}", caption, spec))
    for cost in contents.costs:
        if cost.monthly["amount"].sum() > 0:
            spec = charts.penalties_by_month(cost.monthly, currency=cost.currency)
            caption = f"Contract penalties by month of the breach, in {cost.currency}."
            found.append(_picture(f"penalties-{cost.currency}", caption, spec))
    for place, timeline in enumerate(contents.timelines, start=1):
        caption = f"{timeline.ticket_id}, its clocks so far."
        spec = draw_timeline(timeline, has_legend=place == 1)
        found.append(_picture(f"timeline-{place}", caption, spec))
    for judged in contents.judgements or ():
        if len(judged.snapshot) > 1:
            caption = "Share of the open clocks that broke their promise, with 95 % intervals."
            spec = charts.snapshot_bars(judged.snapshot)
            found.append(_picture(f"snapshot-{judged.metric}", caption, spec))
        if len(judged.reliability) > 2:
            caption = "What it said at opening beside what happened; on the dashed line both agree."
            spec = charts.reliability_line(judged.reliability)
            found.append(_picture(f"reliability-{judged.metric}", caption, spec))
    return found


def _picture(name: str, caption: str, spec: Spec) -> Picture:
    return Picture(name, caption, drawing.to_svg(spec, name=name), drawing.to_json(spec))
