"""What acting does, from randomised picks: an inverse-propensity estimate with its interval.

Of a pick the lottery said act with a known chance e. Breaches of those that were acted upon,
each weighing 1 / e, against breaches of those that were left, each weighing 1 / (1 - e), are
what would have come had all been acted upon, or none (Horvitz and Thompson 1952; weights
normalised, Hájek 1971). The difference is the effect of acting; below 0 it saves promises.
"""

from typing import Any

import numpy as np
import pandas as pd

from models.bootstrap import interval, ratio, resample_tickets
from models.interventions import ACT, CLOCK, WAIT

RESAMPLES = 1000
SEED = 20
LEAST = 20
"""Decided picks of either arm that an estimate needs."""


def effect_of_acting(picks: pd.DataFrame, *, most_weight: float) -> dict[str, Any]:
    """Breach shares under act and wait, and their difference, with 95 % intervals.

    ``picks``: decided clocks with ticket_id, metric, cycle, as_of, arm, propensity and
    is_breached; the first pick of a clock counts. With too few of either arm there is a
    ``note`` instead. ``most_weight``: limit of the inverse propensities.
    """
    first = picks.dropna(subset=["propensity", "arm"]).sort_values("as_of", kind="stable")
    first = first.drop_duplicates(CLOCK)
    counts = {arm: int((first["arm"] == arm).sum()) for arm in (ACT, WAIT)}
    found: dict[str, Any] = {"n_act": counts[ACT], "n_wait": counts[WAIT], "note": None}
    if min(counts.values()) < LEAST:
        note = (
            f"{counts[ACT]} randomised picks were acted upon and {counts[WAIT]} were left; "
            f"{LEAST} of either, decided by now, are needed for an estimate"
        )
        return found | {"act": None, "wait": None, "effect": None, "note": note}
    codes = pd.factorize(first["ticket_id"])[0]
    resamples = resample_tickets(int(codes.max()) + 1, resamples=RESAMPLES, seed=SEED)
    truth, chance = first["is_breached"].to_numpy(float), first["propensity"].to_numpy(float)
    shares = {}
    for arm, likely in ((ACT, chance), (WAIT, 1.0 - chance)):
        mine = (first["arm"] == arm).to_numpy()
        weight = np.where(mine, np.minimum(1.0 / np.maximum(likely, 1e-9), most_weight), 0.0)
        shares[arm] = ratio(weight * truth, weight, tickets=codes, resamples=resamples)
    effect = shares[ACT] - shares[WAIT]
    return found | {
        "act": interval(shares[ACT]),
        "wait": interval(shares[WAIT]),
        "effect": interval(effect),
    }
