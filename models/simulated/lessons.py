"""What policies are told: learned on drawn weeks under today's order, each thing once."""

from dataclasses import dataclass, field
from functools import cached_property

from forewarn.simulation.changes import with_targets
from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn
from forewarn.simulation.plan import Course, Estimates, no_estimates
from forewarn.simulation.policies import TODAY, Belief
from forewarn.sla.openings import Openings
from models.simulated.chances import believe_breaches
from models.simulated.running import Setting, draw_weeks, run_policy
from models.simulated.work import (
    Predicted,
    believe_averages,
    estimates_of,
    know_truth,
    predict_work,
)


@dataclass(frozen=True)
class Lesson:
    """Drawn weeks with targets as promised, and their course under today's order."""

    history: DeskHistory
    drawn: Drawn
    hours: Openings
    today: Course
    _kept: dict[object, Estimates] = field(default_factory=dict)

    @cached_property
    def predicted(self) -> Predicted:
        """Work as a model predicts it, without bias."""
        return predict_work(self.history, self.drawn, self.today)

    def belief(self, kind: Belief, setting: Setting) -> Estimates:
        """What a policy of this kind is told; settings change the bias, and the promises."""
        key = (kind, setting.bias if kind == "predicted" else setting.targets)
        if key not in self._kept:
            self._kept[key] = self._believe(kind, setting)
        return self._kept[key]

    def _believe(self, kind: Belief, setting: Setting) -> Estimates:
        if kind == "none":
            return no_estimates(0)
        if kind == "averages":
            return believe_averages(self.history, self.drawn, self.today)
        if kind == "true":
            return know_truth(self.drawn)
        if kind == "predicted":
            return estimates_of(*self.predicted, bias=setting.bias)
        promised = with_targets(self.drawn, setting.targets)
        course = run_policy(promised, self.hours, TODAY, None, setting)
        grid, _ = believe_breaches(self.history, promised, course, self.hours)
        return no_estimates(self.drawn.plan.work.size)._replace(breach=grid)


def learn_on(history: DeskHistory, hours: Openings, setting: Setting, *, seed: int) -> Lesson:
    """The weeks of a seed; what they teach is learned when it is asked for."""
    drawn = draw_weeks(history, setting, seed=seed)
    return Lesson(history, drawn, hours, run_policy(drawn, hours, TODAY, None, setting))
