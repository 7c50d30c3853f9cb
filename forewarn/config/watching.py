"""What a challenger must pass, what counts as evidence of change, how interventions are treated."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from forewarn.config.base import Duration, Model

Share = Annotated[float, Field(gt=0, lt=1)]


class PromotionConfig(Model):
    """The gate between a challenger and the queue. Bounds hold beyond noise, at ``level``."""

    window_share: Share = Field(
        0.2, description="latest share of the tickets, foretold by a fit that did not see them"
    )
    minimum_tickets: int = Field(
        200, ge=20, description="tickets that champion and challenger are compared on, at least"
    )
    resamples: int = Field(500, ge=100, description="of tickets, per comparison")
    level: Annotated[float, Field(ge=0.8, lt=1)] = Field(
        0.99, description="how sure the gate is before it refuses"
    )
    brier_margin: float = Field(
        0.005, ge=0, description="a worse Brier score up to this passes: retraining varies as much"
    )
    auc_margin: float = Field(0.02, ge=0, description="a worse AUC up to this passes")
    slice_bound: float = Field(
        0.3, gt=0, description="worse in Brier than the champion by this share, in a large slice"
    )
    bias: float = Field(
        0.08, gt=0, description="mean probability less breach share, further off than the champion"
    )
    segment_bias: float = Field(
        0.25, gt=0, description="the same in a segment, as a share of the breaches expected there"
    )
    past_changed: float = Field(
        0.1, gt=0, description="share of a segment's breaches that the past now tells otherwise"
    )
    label_noise: float = Field(
        0.01, gt=0, description="share of labels that contradict what the champion was sure of"
    )
    latency_ms: float = Field(
        250, gt=0, description="of processor time for the probabilities of 1,000 clocks"
    )
    golden_tickets: int = Field(
        2000, ge=100, description="tickets frozen and never learned from, 5 % of all at most"
    )
    golden_changed: float = Field(
        0.01, gt=0, description="share of golden labels that the history now tells otherwise"
    )


class EvidenceConfig(Model):
    """What is told as evidence that the model no longer fits; ``forewarn models evidence``."""

    recent: Duration = Field(dt.timedelta(days=28), description="the latest time, looked at")
    minimum_tickets: int = Field(200, ge=20, description="with fewer nothing is said of a figure")
    again_after: Duration = Field(
        dt.timedelta(days=7), description="a challenger younger than this is not trained anew"
    )
    psi: float = Field(0.25, gt=0, description="population stability index of a feature or score")
    divergence: float = Field(
        0.1, gt=0, le=1, description="Jensen-Shannon divergence in bits, of the same"
    )
    features_share: Share = Field(
        0.1, description="share of the features' gain that drifts before it counts"
    )
    bias: float = Field(0.05, gt=0, description="mean probability less breach share, matured")
    coverage: Share = Field(0.9, description="promised coverage of the sets {met, breached}")
    coverage_gap: float = Field(0.05, gt=0, description="coverage may fall short by this much")
    volume_ratio: float = Field(
        1.5, gt=1, description="weekly tickets against those learned from, either way"
    )


class InterventionsConfig(Model):
    """Tickets that were saved because of a warning look safe; how training counts them."""

    treated_above: Share = Field(0.5, description="a score from here on is a warning")
    within: Duration = Field(
        dt.timedelta(hours=24), description="an action so soon after a warning is due to it"
    )
    weight: Annotated[float, Field(ge=0, le=1)] = Field(
        0.3, description="of treated clocks that were met, where no propensity is logged"
    )
    randomised: Annotated[float, Field(ge=0, le=0.03)] = Field(
        0.0, description="share of new tickets in a lottery of who is acted upon, up to 0.03"
    )
    seed: int = Field(1, description="of the lottery")
    most_weight: float = Field(10, ge=1, description="limit of inverse propensities")
    keep: Duration = Field(dt.timedelta(days=400), description="how long scores stay in the log")
