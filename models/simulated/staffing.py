"""The smallest staff of a group that keeps a promise as surely as wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from forewarn.errors import DataError
from forewarn.simulation.changes import StaffChange, agents_of, with_agents
from forewarn.simulation.compare import Interval, interval
from forewarn.simulation.draw import Drawn
from forewarn.simulation.plan import FIRST_RESPONSE, RESOLUTION, Estimates
from forewarn.simulation.policies import TODAY, Policy
from models.simulated.running import Setting
from models.simulated.whatif import Change, Promised, believing, changed_weeks, outcome_of

MOST_MORE = 12
PROMISES = {"first_response": FIRST_RESPONSE, "resolution": RESOLUTION}


@dataclass(frozen=True)
class Wanted:
    """Of the tickets that ``group`` works on, a share of ``keep`` in time, in a share of
    ``probability`` of the draws. ``metric``: first_response or resolution.
    """

    group: str
    keep: float
    probability: float
    metric: str = "resolution"


@dataclass(frozen=True)
class Staffing:
    """With ``n`` agents more (or fewer): in which share of the draws the promise was ``kept``,
    whether that ``suffices``, and the share of ``broken`` promises over the draws.
    """

    n: int
    kept: float
    suffices: bool
    broken: Interval


def staffing(
    desk: Promised,
    wanted: Wanted,
    *,
    seeds: Sequence[int],
    setting: Setting,
    policy: Policy = TODAY,
    change: Change | None = None,
) -> Iterator[Staffing]:
    """From the present number of agents up to the first that suffices, or down past the last.

    ``change``: what else is changed. Ends at one agent, or at MOST_MORE more. What agents who
    follow the queue are told was learned with the present staff.

    Raises DataError where no such group works.
    """
    else_changed = change or Change()
    weeks = [changed_weeks(desk, else_changed, seed=seed, setting=setting) for seed in seeds]
    told = [believing(desk, drawn, policy, setting) for drawn in weeks]
    fewest = 1 - min(agents_of(desk.history, drawn, wanted.group) for drawn in weeks)

    def tried(n: int) -> Staffing:
        shares = [
            _broken(desk, _staffed(desk, drawn, wanted.group, n), believed, wanted=wanted,
                    policy=policy, setting=setting)
            for drawn, believed in zip(weeks, told, strict=True)
        ]  # fmt: skip
        kept = sum(1 - share >= wanted.keep for share in shares) / len(shares)
        return Staffing(n, kept, kept >= wanted.probability, interval(shares, least=0.0))

    present = tried(0)
    yield present
    numbers = range(-1, fewest - 1, -1) if present.suffices else range(1, MOST_MORE + 1)
    for n in numbers:
        found = tried(n)
        yield found
        if found.suffices != present.suffices:
            return


def _staffed(desk: Promised, drawn: Drawn, group: str, n: int) -> Drawn:
    return with_agents(desk.history, drawn, StaffChange(group, n)) if n else drawn


def _broken(
    desk: Promised,
    drawn: Drawn,
    believed: Estimates | None,
    *,
    wanted: Wanted,
    policy: Policy,
    setting: Setting,
) -> float:
    outcome = outcome_of(desk, drawn, believed, policy, setting)
    share = outcome.by_group[wanted.group][PROMISES[wanted.metric]]
    if isnan(share):
        raise DataError(
            f"no {wanted.metric} is promised to tickets that group {wanted.group!r} works on in "
            "the simulated weeks: there is nothing to keep"
        )
    return share


def smallest(tried: Sequence[Staffing]) -> Staffing | None:
    """The one with the fewest agents that suffices; None: not even MOST_MORE do."""
    return min((found for found in tried if found.suffices), key=lambda s: s.n, default=None)
