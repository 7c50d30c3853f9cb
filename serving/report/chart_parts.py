"""What all charts of the report share: colours, axes, fonts, the finished specification."""

from typing import Any

import pandas as pd

from serving.report.text import METRIC_NAMES

Spec = dict[str, Any]
COLOURS = dict(
    zip(
        METRIC_NAMES.values(),
        ("#b45309", "#d97706", "#a16207", "#1d4ed8", "#0e7490", "#0f766e", "#6d28d9", "#be185d"),
        strict=True,
    )
)
OURS, OTHERS, LINE = "#1d4ed8", "#94a3b8", "#64748b"
WIDTH, HALF = 640, 300
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def with_names(table: pd.DataFrame, instant: str) -> pd.DataFrame:
    """Metric names in words, local dates as ISO text (read as they stand, in no zone)."""
    return table.assign(
        metric=table["metric"].map(METRIC_NAMES),
        **{instant: table[instant].dt.strftime("%Y-%m-%dT00:00:00")},
    )


def inline(table: pd.DataFrame) -> Any:
    """The table's rows as a chart's data, written into the page."""
    import altair as alt

    return alt.Data(values=table.to_dict("records"))


def metric_scale(table: pd.DataFrame) -> Any:
    """The colours of the metrics that occur."""
    import altair as alt

    present = [name for name in COLOURS if name in set(table["metric"])]
    return alt.Scale(domain=present, range=[COLOURS[name] for name in present])


def month_axis() -> Any:
    """Local dates by month; labels that would touch are left out."""
    import altair as alt

    return alt.Axis(format="%b %Y", tickCount="month", labelOverlap=True, labelSeparation=8)


def bar_size(n: int) -> int:
    """Pixels, so that neighbours do not touch on paper."""
    return max(2, min(24, int(0.6 * WIDTH / max(n, 1))))


def axis_floor(shares: pd.Series) -> float:
    """The axis begins at a round share below the lowest."""
    return max(0.0, int(10 * float(shares.min()) - 0.5) / 10) if len(shares) else 0.0


def finished(chart: Any, *, height: int, width: int = WIDTH) -> Spec:
    """The chart in the report's style; sizes in pixels."""
    styled = (
        chart.properties(width=width, height=height)
        .configure(font=FONT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="#475569", titleColor="#475569", titleFontWeight="normal",
            gridColor="#e2e8f0", domainColor="#cbd5e1", tickColor="#cbd5e1", labelFontSize=11,
        )
        .configure_legend(labelColor="#334155", symbolType="circle", labelFontSize=12)
    )  # fmt: skip
    spec: Spec = styled.to_dict()
    # The address of the schema would be the page's only one.
    spec.pop("$schema", None)
    return spec
