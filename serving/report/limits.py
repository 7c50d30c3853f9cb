"""What the figures cannot tell, said of this very workspace."""

from collections.abc import Iterator

from forewarn.config import Config
from serving.report.periods import LEAST_DECIDED
from serving.report.sources import Sources
from serving.report.text import METRIC_NAMES, local_time, percent


def known_limits(sources: Sources, config: Config) -> list[str]:
    """Sentences; those that hold everywhere come last."""
    return [*_of_data(sources, config), *_of_evaluation(sources), *_always()]


def _of_data(sources: Sources, config: Config) -> Iterator[str]:
    if sources.run is not None and sources.run.get("degraded"):
        yield f"The queue is ordered by rule, not by the model: {sources.run['degraded']}"
    if sources.run is not None:
        yield (
            "The log holds no hands-on work. What a ticket still needs is estimated from the open "
            "hours between an agent's pickup and release of tickets like it."
        )
    for metric, part in sources.unpromised.groupby("metric"):
        yield (
            f"{part['n_tickets'].sum():,} tickets have no {METRIC_NAMES[str(metric)]} promise: no "
            "policy matches them, or it names no target for their priority. They are in no figure."
        )
    if sources.n_refused:
        yield (
            f"{sources.n_refused:,} values were refused when the data was read; their rows are "
            "missing."
        )
    if not len(sources.tables.customers):
        yield "There is no table of customers: tiers, contracts and health play no part."
    elif not len(sources.tables.customer_health):
        yield "There are no health scores: customers are flagged by their open tickets alone."
    if config.scoring.as_of == "data":
        yield "The present of this report is the end of the data, not today."


def _of_evaluation(sources: Sources) -> Iterator[str]:
    if sources.evaluation is None:
        return
    if sources.evaluation.get("data_digest") != sources.digest:
        yield (
            "The model was judged on an earlier state of the data or settings; run "
            "'forewarn evaluate' for figures that fit this report."
        )
    yield (
        "The best simple method is the one that was best in the window before the one judged; at "
        "single moments in a ticket's life another one may be ahead."
    )
    for metric, figures in (sources.evaluation.get("metrics") or {}).items():
        headline = figures.get("headline") or {}
        censored, flattery = headline.get("censored_share_test"), headline.get("random_split") or {}
        name = METRIC_NAMES.get(metric, metric)
        if censored:
            yield (
                f"{percent(censored)} of the observations of {name} had no outcome yet when the "
                "model was judged; they are left out, neither kept nor broken."
            )
        if (flattery.get("flattery") or 0) > 0.005:
            yield (
                f"For {name} a careless test, on tickets drawn at random instead of later ones, "
                f"would have reported an AUC higher by {flattery['flattery']:.2f}. It is not used "
                "here."
            )


def _always() -> Iterator[str]:
    yield (
        "A promise counts in the week in which it was decided: when it was fulfilled, or when its "
        "time ran out. Facts that become known later can still change past weeks."
    )
    yield (
        f"Shares of fewer than {LEAST_DECIDED} promises are not shown: they say little, and they "
        "may point at single persons."
    )
    yield (
        "The model was fitted under the way the queue was worked until now. Once people follow "
        "the new order, tickets that it saves look as if they had never been at risk."
    )


def versions(sources: Sources, config: Config) -> list[tuple[str, str]]:
    """What this report was computed from, as pairs of name and value."""
    from zoneinfo import ZoneInfo

    from forewarn import __version__

    zone = ZoneInfo(config.report.time_zone)
    tables, run = sources.tables, sources.run
    n_tickets, n_events = len(tables.tickets), len(tables.ticket_events)
    found = [
        ("Data complete up to", local_time(tables.watermark, zone)),
        ("Data", f"{tables.digest[:12]} ({n_tickets:,} tickets, {n_events:,} events)"),
        ("Policy version", str(config.sla.version)),
    ]
    if run is not None:
        found += [
            ("Scoring run", f"{run['run_id']}, as of {local_time(run['as_of'], zone)}"),
            ("Model", str(run["model_version"] or "none: ordered by rule")),
            ("Policy of the run", str(run["policy_version"] or "unknown")),
        ]
    if sources.evaluation is not None:
        same = sources.evaluation.get("data_digest") == sources.digest
        found.append(("Model judged on", "this data" if same else "an earlier state of the data"))
    return [*found, ("Times in", config.report.time_zone), ("forewarn", __version__)]
