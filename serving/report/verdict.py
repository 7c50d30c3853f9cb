"""The first sentences: is it getting better or worse, what is open, what did it cost."""

from collections.abc import Mapping, Sequence

from serving.report.costs import Costs
from serving.report.periods import Change
from serving.report.standing import Standing
from serving.report.text import METRIC_NAMES, money, percent, points

_MOVES = {"better": "is getting better", "worse": "is getting worse", "steady": "is steady"}


def headline(changes: Mapping[str, Change]) -> str:
    """One sentence: which promises are kept better or worse than four weeks before.

    A difference within chance is called steady.
    """
    moves = {m: _move(c) for m, c in changes.items() if c.now.kept is not None}
    if not moves:
        return "Too few promises were decided in the last four weeks to judge."
    names = [METRIC_NAMES[m] for m in moves]
    if len(set(moves.values())) == 1 and len(names) > 1:
        verb = _MOVES[next(iter(moves.values()))].replace("is ", "are ", 1)
        return f"{_upper(' and '.join(names))} {verb}."
    said = [f"{METRIC_NAMES[m]} {_MOVES[move]}" for m, move in moves.items()]
    return f"{_upper(', '.join(said))}."


def opening(
    changes: Mapping[str, Change], costs: Sequence[Costs], standing: Standing | None
) -> list[str]:
    """The sentences below the headline; each stands on its own."""
    said = [_kept(metric, c) for metric, c in changes.items() if c.now.kept is not None]
    said += [
        f"Broken promises cost {money(c.recent, c.currency)} by contract in these four weeks "
        f"({money(c.before, c.currency)} in the four before)."
        for c in costs
    ]
    if standing is not None:
        said.append(_open(standing))
    return said


def _kept(metric: str, change: Change) -> str:
    kept = change.now.kept
    said = (
        f"{percent(kept)} of the {METRIC_NAMES[metric]} promises decided in the last four weeks "
        "were kept"
    )
    if change.points is None:
        return said + "."
    return said + f" ({points(change.points)} on the four weeks before)."


def _open(standing: Standing) -> str:
    total = standing.total
    if not total.n_open:
        return "No ticket is open."
    are = "ticket is" if total.n_open == 1 else "tickets are"
    said = f"{total.n_open:,} {are} open; {_late(total.n_late)}"
    if not standing.has_probabilities:
        return said + "."
    return said + f", {total.n_likely:,} more will probably break one."


def _late(n: int) -> str:
    if n == 0:
        return "none has broken a promise yet"
    return f"{n:,} {'has' if n == 1 else 'have'} broken a promise already"


def _move(change: Change) -> str:
    if not change.is_clear:
        return "steady"
    return "better" if (change.points or 0) > 0 else "worse"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
