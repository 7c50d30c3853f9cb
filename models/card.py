"""The model card: what a model is, what it was made of, how good it is, what it cannot do."""

from collections.abc import Mapping, Sequence
from typing import Any

from forewarn.local_time import local
from models.breach_model import BreachModel
from models.bundle import ModelBundle

_WHAT = (
    "Predicts for every open service-level clock the probability that it breaches. "
    "It orders a queue for people to act on; it decides nothing by itself."
)
_SHOWN_FEATURES = 10
_FIGURES = ("auc", "average_precision", "brier", "ece")


def model_card(
    bundle: ModelBundle, *, time_zone: str, evaluation: Mapping[str, Any] | None = None
) -> str:
    """Markdown, instants in a zone. ``evaluation``: of the backtest, where it was run."""
    parts = [
        "# forewarn breach model",
        _WHAT,
        _made_of(bundle, time_zone),
        _checks(bundle),
        *(_metric(name, model, evaluation) for name, model in sorted(bundle.models.items())),
        *(f"## {name}\n\nNo model: {why}." for name, why in sorted(bundle.refused.items())),
        _prediction_sets(bundle),
        f"## Work\n\n{bundle.work.note}.",
        _customers(bundle),
        _limits(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _made_of(bundle: ModelBundle, time_zone: str) -> str:
    rows = [
        ("cutoff", f"{local(bundle.cutoff, time_zone=time_zone)}: nothing known later was seen"),
        ("policy version", bundle.policy_version),
        ("features", str(len(bundle.feature_names))),
        ("seed", ", ".join(sorted({str(m.report.seed) for m in bundle.models.values()}))),
        *_treated(bundle),
        *((f"digest of {name}", f"`{value}`") for name, value in sorted(bundle.digests.items())),
        *((name, value) for name, value in sorted(bundle.versions.items())),
    ]
    return "## What it was made of\n\n" + _table(("what", "value"), rows)


def _treated(bundle: ModelBundle) -> list[tuple[str, str]]:
    """The share of clocks that a warning saved, where the training knew of it."""
    share = bundle.settings.get("treated_share")
    return [] if share is None else [("clocks saved by acting on a warning", f"{float(share):.1%}")]


def _checks(bundle: ModelBundle) -> str:
    """What failed of the checks of its data; nothing where all passed, or none was made."""
    failed = [f"- {check.reason}" for check in bundle.checks if check.passed is False]
    return "## Failed checks of its data\n\n" + "\n".join(failed) if failed else ""


def _prediction_sets(bundle: ModelBundle) -> str:
    """What the exam says of how sure it is."""
    if not bundle.conformal:
        return ""
    rows = [
        (metric, f"{sets.coverage:.0%}", f"{sets.bound:.3f}", str(sets.n))
        for metric, sets in sorted(bundle.conformal.items())
    ]
    head = ("metric", "promised to hold", "largest error admitted", "tickets of the exam")
    return "## Prediction sets\n\n" + _table(head, rows)


def _metric(name: str, model: BreachModel, evaluation: Mapping[str, Any] | None) -> str:
    report = model.report
    trial = report.calibration
    learned = (
        f"Learned from {report.n_observations} observations of {report.n_tickets} tickets, "
        f"{report.base_rate:.1%} of them breached; tickets weighed the same; "
        f"{report.censored_share:.1%} were undecided at the cutoff and left out. "
        f"{report.rounds} rounds of boosting, seed {report.seed}."
    )
    kept = ", ".join(part.name.replace("_", " ") for part in model.parts)
    tried = "; ".join(f"{name} {loss:.4f}" for name, loss in report.blend.items())
    facts = [
        learned,
        f"It is the mean of the log-odds of: {kept}.",
        f"Log-loss before the cutoff, landmarks counting alike: {tried or 'too few to tell'}.",
        f"Calibration {'kept' if trial['kept'] else 'not kept'}: {trial['note']}.",
    ]
    if report.brier is not None and report.brier_prior is not None:
        facts.append(
            f"On the windows before the cutoff (from {report.judged_from}) its Brier score was "
            f"{report.brier:.4f}, the prior's {report.brier_prior:.4f}."
        )
    if model.support is not None:
        facts.append(
            f"Budgets over {model.support.most:.4g} hours are beyond what it learned from: there "
            "the answer is the breach rate at the same share of the budget."
        )
    shares = list(model.importance().items())[:_SHOWN_FEATURES]
    gains = _table(("feature", "share of gain"), [(f"`{f}`", f"{g:.1%}") for f, g in shares])
    parts = [f"## {name}", *facts, _figures(name, evaluation), gains]
    return "\n\n".join(part for part in parts if part)


def _customers(bundle: ModelBundle) -> str:
    """What is foretold of customers, beside the volume; and what is not, with the reason."""
    said = []
    for event, model in sorted(bundle.customers.items()):
        told = model.report
        hits = told["precision_at_k"]
        beside = ", ".join(f"{name} {value:.2f}" for name, value in sorted(hits.items()))
        said.append(
            f"{event}: {model.kind}, learned from {told['n']} weeks of customers with "
            f"{told['n_events']} events; precision at {told['k']} over the last {told['weeks']} "
            f"weeks before the cutoff: {beside}."
        )
    said += [f"No model of {why}." for _, why in sorted(bundle.customers_refused.items())]
    return "\n\n".join(["## Customers", *said]) if said else ""


def _figures(metric: str, evaluation: Mapping[str, Any] | None) -> str:
    headline = ((evaluation or {}).get("metrics", {}).get(metric) or {}).get("headline") or {}
    rows = []
    for landmark, found in headline.get("landmarks", {}).items():
        ours = found["models"].get("forewarn", {})
        rows.append((landmark, str(found["n"]), *(_interval(ours.get(f)) for f in _FIGURES)))
    if not rows:
        return ""
    head = ("landmark", "observations", "AUC", "average precision", "Brier", "ECE")
    return "Backtest on tickets opened after the cutoff (95 % intervals):\n\n" + _table(head, rows)


def _interval(figure: Mapping[str, float | None] | None) -> str:
    if not figure or figure.get("value") is None:
        return ""
    low, high = figure.get("low"), figure.get("high")
    tail = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
    return f"{figure['value']:.3f}{tail}"


def _limits() -> str:
    return (
        "## Known limits\n\n"
        "- It knows nothing of budgets longer than those that were decided before the cutoff.\n"
        "- It learned under the working order of its day; where the queue is worked in another "
        "order, its probabilities drift: train again.\n"
        "- Tickets that were saved because of a warning look like tickets without risk; those "
        "that the log knows of weigh less.\n"
        "- Golden rows (a few dozen tickets' features) are stored with the model."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
