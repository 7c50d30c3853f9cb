"""``python -m benchmarks.queue_page``: tables and plots of docs/prioritising.md from the figures.

Reads ``build/bench/queue.json``; replaces what stands between the page's markers, and writes
``docs/images/orders.svg`` and ``docs/images/load.svg``.
"""

import json
import re
from typing import Any

import altair as alt

from benchmarks.record import ROOT
from serving.report.chart_parts import HALF, OTHERS, OURS, finished
from serving.report.drawing import to_svg

PAGE = ROOT / "docs" / "prioritising.md"
IMAGES = ROOT / "docs" / "images"
_TODAY = "priority, then age (today)"
_VALUE = "value index, predicted work"
Row = dict[str, Any]


def main() -> None:
    """Write the page's tables and its two plots."""
    kept = json.loads((ROOT / "build" / "bench" / "queue.json").read_text("utf-8"))
    details = kept["details"]
    text = PAGE.read_text("utf-8")
    for name, table in (
        ("table", orders_table(details["table"])),
        ("waits", orders_table(details["table_waits_stop"])),
        ("grid", grid_table(details["grid"])),
    ):
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda m, t=table: m[1] + t + m[2], text, flags=re.DOTALL)
    PAGE.write_text(text, encoding="utf-8")
    IMAGES.mkdir(exist_ok=True)
    rows = [{"what": "as promised", **row} for row in details["table"]]
    rows += [{"what": "every wait stops the clock", **row} for row in details["table_waits_stop"]]
    (IMAGES / "orders.svg").write_text(to_svg(orders_chart(rows), name="orders"), "utf-8")
    load = [row for row in details["grid"] if row["what"] == "load"]
    (IMAGES / "load.svg").write_text(to_svg(load_chart(load), name="load"), "utf-8")


def orders_table(rows: list[Row]) -> str:
    """One line per order."""
    lines = [
        "| order | resolutions broken | first responses broken | penalty | fewer broken (95 %) |",
        "|---|---|---|---|---|",
    ]
    for r in rows:
        bold = "**" if r["policy"] in (_TODAY, _VALUE) else ""
        saved = "" if r["policy"] == _TODAY else _saved(r)
        lines.append(
            f"| {bold}{r['policy']}{bold} | {100 * r['resolution']:.2f} % "
            f"| {100 * r['first_response']:.1f} % | {r['penalty']:.2f} | {saved} |"
        )
    return "\n".join(lines) + "\n"


def grid_table(rows: list[Row]) -> str:
    """One line per value of what is varied."""
    lines = [
        "| varied | value | today | value index | fewer (95 %) | less penalty |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['what']} | {r['value']:g} | {100 * r['today']:.2f} % | {100 * r['ours']:.2f} % "
        f"| {_saved(r)} | {100 * r['less_penalty']:.0f} % |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _saved(row: Row) -> str:
    low, high = 100 * row["fewer_low"], 100 * row["fewer_high"]
    return f"{100 * row['fewer']:.0f} % ({low:.0f} to {high:.0f})"


def orders_chart(rows: list[Row]) -> dict[str, Any]:
    """Bars per order, one panel per contract; ours in colour."""
    order = [r["policy"] for r in rows if r["what"] == rows[0]["what"]]
    values = [r | {"ours": r["policy"] == _VALUE} for r in rows]
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height=14)
        .encode(
            y=alt.Y("policy:N", sort=order, title=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X("resolution:Q", title="resolutions broken",
                    axis=alt.Axis(format="%", tickCount=5)),
            yOffset=alt.YOffset("what:N"),
            color=alt.condition("datum.ours", alt.value(OURS), alt.value(OTHERS)),
            opacity=alt.Opacity("what:N", title=None, legend=alt.Legend(orient="top"),
                                scale=alt.Scale(range=[1, 0.5])),
        )
        .properties(padding={"left": 20, "right": 5, "top": 5, "bottom": 5})
    )  # fmt: skip
    return finished(chart, height=34 * len(order), width=HALF + 120)


def load_chart(rows: list[Row]) -> dict[str, Any]:
    """Broken resolutions of both orders as the load rises."""
    values = [
        {"load": r["value"], "broken": r[side], "order": name}
        for r in rows
        for side, name in (("today", "priority, then age"), ("ours", "value index"))
    ]
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("load:Q", title="work offered, of the agents' time",
                    axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(zero=False)),
            y=alt.Y("broken:Q", title="resolutions broken", axis=alt.Axis(format="%")),
            color=alt.Color("order:N", title=None, legend=alt.Legend(orient="top"),
                            scale=alt.Scale(range=[OTHERS, OURS])),
        )
    )  # fmt: skip
    return finished(chart, height=220, width=HALF + 120)


if __name__ == "__main__":
    main()
