"""The same weeks under every policy, with models learned on the weeks before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forewarn.simulation.changes import with_targets
from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.loop import run_on, warm_desk
from forewarn.simulation.outcome import Outcome, judge
from forewarn.simulation.policies import TODAY, Policy
from forewarn.sla.openings import Openings
from models.simulated.lessons import Lesson, learn_on
from models.simulated.running import Setting, rules_for, tiers_of, whims_of

Trial = dict[str, Outcome]
"""Per name of a policy what came of it."""


def run_trial(
    history: DeskHistory,
    hours: Openings,
    policies: Iterable[Policy],
    *,
    seed: int,
    setting: Setting,
) -> Trial:
    """Outcome per policy. All meet the same tickets, work, waits, absences and whims."""
    return try_policies(learn_on(history, hours, setting, seed=seed), policies, setting)


def try_policies(lesson: Lesson, policies: Iterable[Policy], setting: Setting) -> Trial:
    """Every policy goes on from one desk, which was warmed once."""
    history = lesson.history
    drawn = with_targets(lesson.drawn, setting.targets)
    tier, whims = tiers_of(history, drawn), whims_of(drawn)
    begun = rules_for(TODAY, drawn, setting)
    warm = warm_desk(drawn.plan, drawn.staff, lesson.hours, rules=begun)
    found = {}
    for policy in policies:
        believed, rules = lesson.belief(policy.belief, setting), rules_for(policy, drawn, setting)
        course = run_on(warm, believed=believed, rules=rules, end=drawn.end, whims=whims)
        found[policy.name] = judge(
            drawn, course, lesson.hours, priorities=history.priorities, tier=tier
        )
    return found


def run_trials(
    history: DeskHistory,
    hours: Openings,
    policies: Sequence[Policy],
    *,
    seeds: Sequence[int],
    setting: Setting,
    workers: int = 2,
) -> Iterator[Trial]:
    """``run_trial`` per seed, in the order of the seeds, on several processes."""
    from joblib import Parallel, delayed

    jobs = (
        delayed(run_trial)(history, hours, policies, seed=seed, setting=setting) for seed in seeds
    )
    results: Iterator[Trial] = Parallel(
        n_jobs=min(workers, len(seeds)), return_as="generator"
    )(jobs)  # fmt: skip
    return results


Asked = Mapping[Setting, tuple[Sequence[Policy], Sequence[int]]]
"""Per setting the policies and the seeds."""


def run_settings(
    history: DeskHistory, hours: Openings, asked: Asked, *, workers: int = 2
) -> Iterator[tuple[Setting, int, Trial]]:
    """`run_trial` for each setting and seed, as they end, on several processes.

    Settings that meet the same weeks share what is drawn and learned.
    """
    from joblib import Parallel, delayed

    alike: dict[tuple[object, ...], list[tuple[Setting, Sequence[Policy]]]] = {}
    for setting, (policies, seeds) in asked.items():
        for seed in seeds:
            alike.setdefault((seed, setting.weeks), []).append((setting, policies))
    jobs = (
        delayed(_run_alike)(history, hours, settings, seed=key[0])
        for key, settings in alike.items()
    )
    parts = Parallel(n_jobs=workers, return_as="generator_unordered")(jobs)
    for part in parts:
        yield from part


def _run_alike(
    history: DeskHistory,
    hours: Openings,
    settings: Sequence[tuple[Setting, Sequence[Policy]]],
    *,
    seed: int,
) -> list[tuple[Setting, int, Trial]]:
    lesson = learn_on(history, hours, settings[0][0], seed=seed)
    return [(setting, seed, try_policies(lesson, p, setting)) for setting, p in settings]
