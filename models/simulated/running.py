"""One run of drawn weeks under a policy, and what can be varied about it."""

from dataclasses import dataclass, replace

import numpy as np

from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import TEST_WEEKS, WARM_WEEKS, Drawn, draw_desk
from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import Course, Estimates, Floats, Rules, no_estimates
from forewarn.simulation.policies import Policy, rules_of
from forewarn.sla.openings import Openings


@dataclass(frozen=True)
class Setting:
    """What is varied. ``spread``: of the log work; ``targets``, ``bias``: factors on every target,
    on predicted work; ``waits_stop``: every wait stops the resolution clock, whatever for.
    """

    load: float | None = 0.95
    compliance: float = 1.0
    interval_minutes: float = 5.0
    on_events: bool = False
    spread: float = 1.0
    targets: float = 1.0
    bias: float = 1.0
    waits_stop: bool = False
    learn_weeks: int = WARM_WEEKS
    test_weeks: int = TEST_WEEKS

    @property
    def weeks(self) -> tuple[object, ...]:
        """Settings in which this is equal meet the same weeks, and learn the same from them."""
        return (self.load, self.spread, self.waits_stop, self.learn_weeks, self.test_weeks)


def draw_weeks(
    history: DeskHistory, setting: Setting, *, seed: int, again: int | None = None
) -> Drawn:
    """The weeks of a seed, with targets as promised. ``again``: see `draw_desk`."""
    drawn = draw_desk(
        history,
        seed=seed,
        load=setting.load,
        warm_weeks=setting.learn_weeks,
        test_weeks=setting.test_weeks,
        spread=setting.spread,
        again=again,
    )
    plan = drawn.plan
    pauses = plan.pauses | (plan.wait > 0) if setting.waits_stop else plan.pauses
    return replace(drawn, plan=plan._replace(pauses=pauses))


def tiers_of(history: DeskHistory, drawn: Drawn) -> np.ndarray:
    """Tier of each ticket's customer as text."""
    if "tier" not in history.attributes:
        return np.full(drawn.donor.size, "all")
    return history.attributes["tier"].astype(str).to_numpy()[drawn.donor]


def rules_for(policy: Policy, drawn: Drawn, setting: Setting) -> Rules:
    """The policy from the test on; before it everybody works as today."""
    return rules_of(
        policy,
        begins=drawn.test_begins,
        compliance=setting.compliance,
        interval_minutes=setting.interval_minutes,
        on_events=setting.on_events,
    )


def whims_of(drawn: Drawn) -> Floats:
    """Uniform, one per pick: whether it follows the queue; the same under every policy."""
    return np.random.default_rng([drawn.seed, 1]).random(drawn.plan.work.size + 1)


def run_policy(
    drawn: Drawn, hours: Openings, policy: Policy, believed: Estimates | None, setting: Setting
) -> Course:
    """One run from the first day on."""
    return run_desk(
        drawn.plan, drawn.staff, hours, believed=believed or no_estimates(0),
        rules=rules_for(policy, drawn, setting), end=drawn.end, whims=whims_of(drawn),
    )  # fmt: skip
