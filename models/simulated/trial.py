"""One seed: the same desk under every policy, with models learned on the weeks before."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn, draw_desk
from forewarn.simulation.loop import run_desk
from forewarn.simulation.outcome import Outcome, judge
from forewarn.simulation.plan import NO_PROMISE, Course, Estimates, Rules, no_estimates
from forewarn.simulation.policies import BREACH_PROBABILITY, TODAY, Policy, rules_of
from forewarn.sla.openings import Openings
from models.simulated.chances import believe_breaches
from models.simulated.work import believe_averages, believe_model, know_truth


@dataclass(frozen=True)
class Setting:
    """What is varied. ``targets``: factor on every target; ``bias``: on predicted work."""

    load: float = 0.95
    compliance: float = 1.0
    interval_minutes: float = 5.0
    on_events: bool = False
    spread: float = 1.0
    targets: float = 1.0
    bias: float = 1.0


def run_trial(
    history: DeskHistory,
    hours: Openings,
    policies: Iterable[Policy],
    *,
    seed: int,
    setting: Setting,
) -> dict[str, Outcome]:
    """Outcome per policy. All meet the same tickets, work, waits, absences and whims."""
    drawn = with_targets(
        draw_desk(history, seed=seed, load=setting.load, spread=setting.spread), setting.targets
    )
    today = run_policy(drawn, hours, TODAY, None, setting)
    tier = tiers_of(history, drawn)
    found: dict[str, Outcome] = {}
    beliefs: dict[str, Estimates | None] = {}
    for policy in policies:
        if policy.code == TODAY.code:
            course = today
        else:
            kind = "breach" if policy.code == BREACH_PROBABILITY else policy.belief
            if kind not in beliefs:
                beliefs[kind] = _believe(history, drawn, today, hours, kind=kind, bias=setting.bias)
            course = run_policy(drawn, hours, policy, beliefs[kind], setting)
        found[policy.name] = judge(drawn, course, priorities=history.priorities, tier=tier)
    return found


def with_targets(drawn: Drawn, factor: float) -> Drawn:
    """The same desk with other targets."""
    if factor == 1.0:
        return drawn
    target = drawn.plan.target
    scaled = np.where(target == NO_PROMISE, target, np.rint(target * factor)).astype(np.int64)
    return Drawn(**{**vars(drawn), "plan": drawn.plan._replace(target=scaled)})


def tiers_of(history: DeskHistory, drawn: Drawn) -> np.ndarray:
    """Tier of each ticket's customer as text."""
    if "tier" not in history.attributes:
        return np.full(drawn.donor.size, "all")
    return history.attributes["tier"].astype(str).to_numpy()[drawn.donor]


def run_policy(
    drawn: Drawn, hours: Openings, policy: Policy, believed: Estimates | None, setting: Setting
) -> Course:
    """One run; before the test everybody works as today."""
    rules: Rules = rules_of(
        policy,
        begins=drawn.test_begins,
        compliance=setting.compliance,
        interval_minutes=setting.interval_minutes,
        on_events=setting.on_events,
    )
    whims = np.random.default_rng([drawn.seed, 1]).random(drawn.plan.work.size + 1)
    believed = believed or no_estimates(drawn.plan.work.size)
    return run_desk(
        drawn.plan, drawn.staff, hours, believed=believed, rules=rules, end=drawn.end, whims=whims
    )


def _believe(
    history: DeskHistory, drawn: Drawn, today: Course, hours: Openings, *, kind: str, bias: float
) -> Estimates | None:
    """What a policy is told."""
    if kind == "none":
        return None
    if kind == "averages":
        return believe_averages(history, drawn, today)
    if kind == "true":
        return know_truth(drawn)
    if kind == "breach":
        grid, _ = believe_breaches(history, drawn, today, hours)
        return no_estimates(drawn.plan.work.size)._replace(breach=grid)
    return believe_model(history, drawn, today, bias=bias)
