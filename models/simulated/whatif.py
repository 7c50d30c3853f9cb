"""What if: the desk as it is beside the desk with something changed, on the same weeks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forewarn.simulation.changes import (
    StaffChange,
    with_agents,
    with_incident,
    with_targets,
    worst_week,
)
from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn, draw_desk
from forewarn.simulation.outcome import Outcome, judge
from forewarn.simulation.policies import OURS, TODAY, Policy
from forewarn.sla.openings import Openings
from models.simulated.running import Setting, run_policy, tiers_of
from models.simulated.work import believe_model


@dataclass(frozen=True)
class Change:
    """``staff``: more or fewer agents; ``incident``: group and number of further tickets.

    ``targets``: factor on all; ``worst_week``: the week in which most work arrived comes first.
    """

    staff: tuple[StaffChange, ...] = ()
    incident: tuple[str, int] | None = None
    targets: float = 1.0
    worst_week: bool = False


AS_IS, CHANGED = "as it is", "changed"


@dataclass(frozen=True)
class Promised:
    """A desk with its opening hours: the present one, or one fitted under other policies."""

    history: DeskHistory
    hours: Openings


def compare_seed(
    present: Promised,
    other: Promised,
    change: Change,
    *,
    seed: int,
    setting: Setting,
    policy: Policy = TODAY,
) -> dict[str, Outcome]:
    """Outcome as it is and changed, on the weeks of one seed.

    ``other``: the desk under other policies, or the present one again; days stay of one kind, so
    that both sides meet the same tickets.
    """
    same = replace(other.history, kind=present.history.kind)
    again = worst_week(present.history) if change.worst_week else None
    before = _draw(present.history, setting, seed=seed)
    after = changed(same, _draw(same, setting, seed=seed, again=again), change)
    return {
        AS_IS: _outcome(present.history, present.hours, before, policy, setting),
        CHANGED: _outcome(same, other.hours, after, policy, setting),
    }


def changed(history: DeskHistory, drawn: Drawn, change: Change) -> Drawn:
    """The drawn desk with the change."""
    for staff in change.staff:
        drawn = with_agents(history, drawn, staff)
    if change.incident is not None:
        drawn = with_incident(history, drawn, group=change.incident[0], n=change.incident[1])
    return with_targets(drawn, change.targets)


def _draw(history: DeskHistory, setting: Setting, *, seed: int, again: int | None = None) -> Drawn:
    return draw_desk(
        history, seed=seed, load=setting.load, warm_weeks=setting.learn_weeks,
        test_weeks=setting.test_weeks, again=again,
    )  # fmt: skip


def _outcome(
    history: DeskHistory, hours: Openings, drawn: Drawn, policy: Policy, setting: Setting
) -> Outcome:
    course = run_policy(drawn, hours, TODAY, None, setting)
    if policy.code != TODAY.code:
        believed = believe_model(history, drawn, course)
        course = run_policy(drawn, hours, policy, believed, setting)
    return judge(drawn, course, hours, priorities=history.priorities, tier=tiers_of(history, drawn))


@dataclass(frozen=True)
class Staffing:
    """With ``n`` agents more (or fewer) in the group: how often the promise was kept."""

    n: int
    kept: float
    resolution: float


def staffing(
    present: Promised,
    group: str,
    *,
    keep: float,
    probability: float,
    seeds: Sequence[int],
    setting: Setting,
    policy: Policy = OURS,
    span: tuple[int, int] = (-3, 8),
) -> Iterator[Staffing]:
    """From the fewest agents on, up to the first number that keeps the promise.

    Kept: at least ``keep`` of the resolutions in time, in a share of ``probability`` of the
    seeds. The last one yielded is the smallest that does, unless ``span`` ended first.
    """
    for n in range(span[0], span[1] + 1):
        shares = []
        for seed in seeds:
            drawn = _draw(present.history, setting, seed=seed)
            if n:
                drawn = with_agents(present.history, drawn, StaffChange(group, n))
            shares.append(
                _outcome(present.history, present.hours, drawn, policy, setting).resolution
            )
        kept = sum(1 - share >= keep for share in shares) / len(shares)
        yield Staffing(n, kept, sum(shares) / len(shares))
        if kept >= probability:
            return
