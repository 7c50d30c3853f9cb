"""Tickets that were acted upon because of a warning: found in the log, weighted in training.

A ticket that was saved by acting looks like one that was never in danger. Learned from as it
is, each good warning would lower the next one. Two ways out, the better where it is possible:

- A *randomised pick* was acted upon, or left to the usual order, by a lottery with a logged
  chance (its propensity e). What happens without acting is told by those that were left:
  they weigh 1 / (1 - e), and those that were acted upon weigh nothing.
- Elsewhere a *treated* clock (warned of, acted upon soon after, and met) weighs
  ``interventions.weight``: how many of them would have been met anyway is not known.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.config.watching import InterventionsConfig

CLOCK = ["ticket_id", "metric", "cycle"]
ACT, WAIT = "act", "wait"
"""The arms of a lottery."""


@dataclass(frozen=True)
class Logged:
    """What was foretold and done, as logged.

    ``scores``: ticket_id, metric, cycle, as_of, probability, arm (null: no lottery) and
    propensity (the chance that the lottery said act). ``actions``: ticket_id and acted_at.
    """

    scores: pd.DataFrame
    actions: pd.DataFrame


def _empty() -> Logged:
    instant, text = "datetime64[us, UTC]", "object"
    scores = {
        "ticket_id": text, "metric": text, "cycle": "int64", "as_of": instant,
        "probability": "float64", "arm": text, "propensity": "float64",
    }  # fmt: skip
    actions = {"ticket_id": text, "acted_at": instant}
    return Logged(
        pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in scores.items()}),
        pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in actions.items()}),
    )


NOTHING_LOGGED = _empty()


def mark_treated(
    outcomes: pd.DataFrame, logged: Logged, *, settings: InterventionsConfig
) -> pd.DataFrame:
    """The outcomes with ``is_treated`` and ``treatment_weight`` (1 where nothing is logged).

    ``is_treated``: warned of, acted upon within ``interventions.within`` and before the label
    was known, and met.
    """
    keys = outcomes[CLOCK].astype({"metric": str})
    acted = keys.merge(_first_action(logged, settings), on=CLOCK, how="left")["acted_at"]
    met = (outcomes["is_breached"] == 0).to_numpy()
    known_at = outcomes["label_known_at"].to_numpy("datetime64[us]")
    in_time = acted.to_numpy("datetime64[us]") < known_at  # false where there was no action
    is_treated = met & in_time
    lottery = keys.merge(_lotteries(logged, settings), on=CLOCK, how="left")["lottery_weight"]
    weight = np.where(is_treated, settings.weight, 1.0)
    weight = np.where(lottery.notna(), lottery.to_numpy(float), weight)
    return outcomes.assign(is_treated=is_treated, treatment_weight=weight)


def treated_share(outcomes: pd.DataFrame) -> float:
    """Share of the decided clocks that are treated; 0 where nothing was decided."""
    decided = outcomes[~outcomes["is_censored"]]
    clocks = decided.groupby("clock")["is_treated"].max()
    return float(clocks.mean()) if len(clocks) else 0.0


def _first_action(logged: Logged, settings: InterventionsConfig) -> pd.DataFrame:
    """Per clock the first action that is due to a warning of it."""
    warned = logged.scores[logged.scores["probability"] >= settings.treated_above]
    pairs = warned[[*CLOCK, "as_of"]].merge(logged.actions, on="ticket_id")
    late = pairs["acted_at"] - pairs["as_of"]
    due = pairs[(late > pd.Timedelta(0)) & (late <= settings.within)]
    return due.groupby(CLOCK)["acted_at"].min().reset_index()


def _lotteries(logged: Logged, settings: InterventionsConfig) -> pd.DataFrame:
    """Per clock that was in a lottery its weight, by its first one."""
    drawn = logged.scores[logged.scores["propensity"].notna()].sort_values("as_of", kind="stable")
    first = drawn.drop_duplicates(CLOCK)
    inverse = 1.0 / (1.0 - first["propensity"].clip(upper=1.0 - 1e-9))
    weight = np.where(first["arm"] == WAIT, inverse.clip(upper=settings.most_weight), 0.0)
    return first[CLOCK].assign(lottery_weight=weight)
