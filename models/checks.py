"""One check of a gate: what was looked at, whether it passed, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Check:
    """``passed``: null where it could not be judged; ``reason`` says so, in words for people.

    ``figures``: the numbers behind it, JSON values.
    """

    name: str
    passed: bool | None
    reason: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def passing(name: str, reason: str, figures: Mapping[str, Any] | None = None) -> Check:
    """A check that passed."""
    return Check(name, passed=True, reason=reason, figures=figures or {})


def failing(name: str, reason: str, figures: Mapping[str, Any] | None = None) -> Check:
    """A check that failed: ``reason`` stands in the refusal."""
    return Check(name, passed=False, reason=reason, figures=figures or {})


def unjudged(name: str, reason: str) -> Check:
    """A check that the data do not allow; it does not refuse."""
    return Check(name, passed=None, reason=reason)


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a challenger; ``champion`` is null where nothing served before."""

    champion: str | None
    challenger: str
    as_of: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Nothing failed, and what must be judged was."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is refused; empty where it passed."""
        return tuple(check.reason for check in self.checks if check.passed is False)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed, "reasons": list(self.reasons)}
