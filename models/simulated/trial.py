"""One seed: the same desk under every policy, with models learned on the weeks before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn, draw_desk
from forewarn.simulation.loop import run_desk
from forewarn.simulation.outcome import Outcome, judge
from forewarn.simulation.plan import NO_PROMISE, Course, Estimates, Rules, no_estimates
from forewarn.simulation.policies import TODAY, Policy, rules_of
from forewarn.sla.openings import Openings
from models.simulated.chances import believe_breaches
from models.simulated.work import believe_averages, believe_model, know_truth


@dataclass(frozen=True)
class Setting:
    """What is varied. ``spread``: of the log work; ``targets``, ``bias``: factors on every target,
    on predicted work; ``waits_stop``: every wait stops the resolution clock, whatever for.
    """

    load: float = 0.95
    compliance: float = 1.0
    interval_minutes: float = 5.0
    on_events: bool = False
    spread: float = 1.0
    targets: float = 1.0
    bias: float = 1.0
    waits_stop: bool = False


def run_trial(
    history: DeskHistory,
    hours: Openings,
    policies: Iterable[Policy],
    *,
    seed: int,
    setting: Setting,
) -> dict[str, Outcome]:
    """Outcome per policy. All meet the same tickets, work, waits, absences and whims."""
    drawn = draw_desk(history, seed=seed, load=setting.load, spread=setting.spread)
    drawn = with_promises(drawn, targets=setting.targets, waits_stop=setting.waits_stop)
    today = run_policy(drawn, hours, TODAY, None, setting)
    tier = tiers_of(history, drawn)
    found: dict[str, Outcome] = {}
    beliefs: dict[str, Estimates | None] = {}
    for policy in policies:
        if policy.code == TODAY.code:
            course = today
        else:
            kind = policy.belief
            if kind not in beliefs:
                beliefs[kind] = _believe(history, drawn, today, hours, kind=kind, bias=setting.bias)
            course = run_policy(drawn, hours, policy, beliefs[kind], setting)
        found[policy.name] = judge(drawn, course, hours, priorities=history.priorities, tier=tier)
    return found


def with_promises(drawn: Drawn, *, targets: float, waits_stop: bool) -> Drawn:
    """The same desk with targets times a factor, and perhaps with all waits as pauses."""
    plan = drawn.plan
    scaled = np.where(plan.target == NO_PROMISE, NO_PROMISE, np.rint(plan.target * targets))
    pauses = plan.pauses | (plan.wait > 0) if waits_stop else plan.pauses
    return replace(drawn, plan=plan._replace(target=scaled.astype(np.int64), pauses=pauses))


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


def run_trials(
    history: DeskHistory,
    hours: Openings,
    policies: Sequence[Policy],
    *,
    seeds: Sequence[int],
    setting: Setting,
    workers: int = 2,
) -> Iterator[dict[str, Outcome]]:
    """``run_trial`` per seed, in the order of the seeds, on several processes."""
    from joblib import Parallel, delayed

    jobs = (
        delayed(run_trial)(history, hours, policies, seed=seed, setting=setting) for seed in seeds
    )
    results: Iterator[dict[str, Outcome]] = Parallel(
        n_jobs=min(workers, len(seeds)), return_as="generator"
    )(jobs)
    return results
