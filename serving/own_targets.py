"""What internal targets do to the order of one run, within their bound; and in words."""

from dataclasses import replace

import numpy as np
import pandas as pd

from forewarn.config import TighteningConfig
from serving.desk import Desk, with_internal_targets
from serving.tighten import moved_minutes
from serving.words import count_of, percent, service_time


def apply_targets(
    desk: Desk, tickets: pd.DataFrame, *, settings: TighteningConfig, by_rule: bool
) -> tuple[Desk, str | None]:
    """The desk with the internal targets that count, and what became of them in words.

    ``tickets``: with work_minutes and touch_minutes, unless ``by_rule``. Where the rules would
    make more of the open work due earlier than ``most_moved``, none counts: what everybody may
    overtake with helps nobody. Words are null where there are no rules.
    """
    if not settings.rules:
        return desk, None
    if by_rule:
        return _without(desk), "not used, as nobody can tell the work while rules order the queue"
    names = ["work_minutes", "touch_minutes"]
    work = tickets.set_index("ticket_id")[names].reindex(desk.clocks["ticket_id"])
    moved, whole = moved_minutes(
        desk.clocks.assign(**{name: work[name].to_numpy() for name in names})
    )
    part = moved / whole if whole > 0 else 0.0
    told = f"{percent(part)} of the open work"
    if part > settings.most_moved:
        bound = percent(settings.most_moved)
        return _without(desk), f"not used: {told} would be due earlier, {bound} is the most"
    tight = desk.clocks[desk.clocks["rule"].notna()]
    n_clocks, n_tickets = len(tight), tight["ticket_id"].nunique()
    return desk, f"{count_of(n_clocks, 'clock')} of {count_of(n_tickets, 'ticket')}, {told}"


def _without(desk: Desk) -> Desk:
    clocks = desk.clocks.assign(rule=pd.Series(None, desk.clocks.index, dtype=object), share=1.0)
    return replace(desk, clocks=with_internal_targets(clocks))


def tightest(desk: Desk) -> pd.DataFrame:
    """Per ticket, by its id, the rule of the internal target that is due first, and words for it.

    Columns tightened_by and internal_words; tickets without any are left out.
    """
    clocks = desk.clocks
    is_live = (clocks["state"] == "running") & ~clocks["is_breached"]
    tight = clocks[clocks["rule"].notna() & is_live].sort_values(
        ["internal_seconds", "ticket_id", "metric"], kind="stable"
    )
    first = tight.drop_duplicates("ticket_id").set_index("ticket_id")
    words = [
        _words(rule, metric, left)
        for rule, metric, left in zip(
            first["rule"], first["metric"], first["internal_seconds"], strict=True
        )
    ]
    return pd.DataFrame(
        {"tightened_by": first["rule"], "internal_words": np.array(words, object)}, first.index
    )


def _words(rule: str, metric: str, left: float) -> str:
    """What is left on an internal target.

    >>> _words("at-risk", "first_response", 720.0)
    'internal target at-risk for first response: 12 min left'
    """
    what = metric.replace("_", " ")
    said = f"{service_time(left)} left" if left > 0 else f"missed by {service_time(left)}"
    return f"internal target {rule} for {what}: {said}"
