"""Health scores as a company would measure them: they show the hidden strain at once."""

import datetime as dt
import json

import numpy as np
import pandas as pd

from forewarn.demo.clientele import Clientele, local_instant

COMPONENTS = ("usage", "satisfaction", "payments", "support")
_WEIGHTS = np.array([0.35, 0.3, 0.15, 0.2])


def measure_health(
    rng: np.random.Generator, clientele: Clientele, *, first: dt.date, n_weeks: int
) -> pd.DataFrame:
    """Scores on Mondays: weekly for the two upper tiers, every fourth week for the rest.

    Loaded the next morning; one in twelve comes days late (a back-dated fact). A few
    carry an override by the account team that expires after some weeks.
    """
    rows = []
    for i, customer in enumerate(clientele.customer_ids):
        every = 1 if clientele.tier[i] < 2 else 4
        for week in range(i % every, n_weeks, every):
            measured_on = first + dt.timedelta(weeks=week)
            if measured_on >= clientele.starts_on[i]:
                measure = _measure(rng, measured_on, strain=float(clientele.strain[i, week]))
                rows.append({"customer_id": customer} | measure)
    table = pd.DataFrame(rows)
    expires_at = pd.to_datetime(table["override_expires_at"], utc=True)
    return table.assign(override_expires_at=expires_at)


def _measure(rng: np.random.Generator, measured_on: dt.date, *, strain: float) -> dict[str, object]:
    shown = 71 - 17 * strain * np.array([1.1, 1.1, 0.5, 1.1])
    parts = np.clip(shown + rng.normal(0, 7, len(COMPONENTS)), 1, 99).round(1)
    lag = int(rng.integers(3, 15)) if rng.random() < 1 / 12 else 1
    score = round(float(parts @ _WEIGHTS), 1)
    return {
        "occurred_at": local_instant(measured_on, 2),
        "known_at": local_instant(measured_on + dt.timedelta(days=lag), 6),
        "score": score,
        "components": json.dumps(dict(zip(COMPONENTS, parts.tolist(), strict=True))),
        "source": "health-model",
        **_override(rng, measured_on, score=score),
    }


def _override(rng: np.random.Generator, measured_on: dt.date, *, score: float) -> dict[str, object]:
    """Now and then the account team knows better, for some weeks."""
    is_made = rng.random() < 0.006
    other = min(score + float(rng.integers(15, 35)), 95.0)
    if rng.random() < 0.5:
        other = max(score - float(rng.integers(15, 35)), 5.0)
    expires = measured_on + dt.timedelta(weeks=int(rng.integers(3, 9)))
    return {
        "override_author": "account-team" if is_made else None,
        "override_score": round(other, 1) if is_made else np.nan,
        "override_expires_at": local_instant(expires) if is_made else pd.NaT,
    }
