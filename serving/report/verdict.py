"""The first sentences: is it getting better or worse, what is open, what did it cost."""

from collections.abc import Mapping, Sequence

from serving.report.costs import Costs
from serving.report.periods import Change, Share
from serving.report.standing import Standing
from serving.report.text import METRIC_NAMES, money, percent, points

_MOVES = {"better": "is getting better", "worse": "is getting worse", "steady": "is steady"}
_NO_VERDICT = "Too few promises were decided in the last four weeks to judge."


def headline(changes: Mapping[str, Change]) -> str:
    """One sentence: how many promises are kept, and whether more or fewer than before.

    The last four weeks beside the four before; a difference within chance is called steady.
    """
    said = [
        f"{METRIC_NAMES[metric]} {_MOVES[_move(change)]} at {percent(change.now.kept)} kept"
        for metric, change in changes.items()
        if change.now.kept is not None
    ]
    return f"{_upper(', '.join(said))}." if said else _NO_VERDICT


def opening(
    changes: Mapping[str, Change],
    yearly: Mapping[str, Share],
    costs: Sequence[Costs],
    standing: Standing | None,
) -> list[str]:
    """The sentences below the headline; each stands on its own.

    ``yearly``: promises decided in the last 52 weeks, where the history is longer than one
    quarter.
    """
    said = [
        _kept(metric, c, yearly.get(metric))
        for metric, c in changes.items()
        if c.now.kept is not None
    ]
    said += [
        f"Broken promises cost {money(c.recent, c.currency)} by contract in these four weeks "
        f"({money(c.before, c.currency)} in the four before)."
        for c in costs
    ]
    if standing is not None:
        said.append(_open(standing))
    return said


def _kept(metric: str, change: Change, year: Share | None) -> str:
    said = (
        f"{percent(change.now.kept)} of the {METRIC_NAMES[metric]} promises decided in the last "
        "four weeks were kept"
    )
    beside = [] if change.points is None else [f"{points(change.points)} on the four weeks before"]
    if year is not None and year.kept is not None:
        beside.append(f"{percent(year.kept)} over a year")
    said = f"{said} ({'; '.join(beside)})." if beside else f"{said}."
    return said + _excused(change.now)


def _excused(share: Share) -> str:
    if not share.n_excused:
        return ""
    are = "is" if share.n_excused == 1 else "are"
    return f" Of the {share.n_broken:,} broken ones {share.n_excused:,} {are} excused."


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
