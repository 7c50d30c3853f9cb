"""What if: the desk as it is beside the desk with something changed, on the same weeks."""

from dataclasses import dataclass, replace

from forewarn.simulation.changes import (
    StaffChange,
    with_agents,
    with_incident,
    with_targets,
    worst_week,
)
from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn
from forewarn.simulation.outcome import Outcome, judge
from forewarn.simulation.plan import Estimates
from forewarn.simulation.policies import TODAY, Policy
from forewarn.sla.openings import Openings
from models.simulated.running import Setting, draw_weeks, run_policy, tiers_of
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


def on_days_of(other: Promised, present: Promised) -> Promised:
    """The desk under other policies, with days of the same kinds: it meets the same tickets."""
    return replace(other, history=replace(other.history, kind=present.history.kind))


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

    ``other``: the desk under other policies (see `on_days_of`), or the present one again.
    """
    before = draw_weeks(present.history, setting, seed=seed)
    after = changed_weeks(other, change, seed=seed, setting=setting)
    return {
        side: outcome_of(desk, drawn, believing(desk, drawn, policy, setting), policy, setting)
        for side, desk, drawn in ((AS_IS, present, before), (CHANGED, other, after))
    }


def changed_weeks(desk: Promised, change: Change, *, seed: int, setting: Setting) -> Drawn:
    """The weeks of a seed with the change."""
    history = desk.history
    again = worst_week(history) if change.worst_week else None
    drawn = draw_weeks(history, setting, seed=seed, again=again)
    for staff in change.staff:
        drawn = with_agents(history, drawn, staff)
    if change.incident is not None:
        drawn = with_incident(history, drawn, group=change.incident[0], n=change.incident[1])
    return with_targets(drawn, change.targets)


def believing(desk: Promised, drawn: Drawn, policy: Policy, setting: Setting) -> Estimates | None:
    """What agents who follow the queue are told; nothing where they work as today."""
    if policy.code == TODAY.code:
        return None
    course = run_policy(drawn, desk.hours, TODAY, None, setting)
    return believe_model(desk.history, drawn, course)


def outcome_of(
    desk: Promised, drawn: Drawn, believed: Estimates | None, policy: Policy, setting: Setting
) -> Outcome:
    """What comes of one run."""
    history = desk.history
    return judge(
        drawn, run_policy(drawn, desk.hours, policy, believed, setting), desk.hours,
        priorities=history.priorities, tier=tiers_of(history, drawn), groups=history.groups,
    )  # fmt: skip
