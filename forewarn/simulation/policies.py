"""The orders that are compared, by name: what each looks at, and what it is told."""

from dataclasses import dataclass
from typing import Final, Literal

from forewarn.simulation.plan import MINUTE, Rules

(
    FIRST_IN,
    PRIORITY_AGE,
    DUE_DATE,
    DUE_DATE_LATE_LAST,
    LEAST_SLACK,
    BREACH_PROBABILITY,
    MOORE_HODGSON,
    VALUE,
    DIFFERENCE,
    BREACH_PROBABILITY_LATE_LAST,
) = range(10)

Belief = Literal["none", "averages", "predicted", "true", "breach"]


@dataclass(frozen=True)
class Policy:
    """``code`` of the order, which ``belief`` about work it is given, whether guards are on."""

    name: str
    code: int
    belief: Belief = "none"
    guards: bool = False


TODAY: Final = Policy("priority, then age (today)", PRIORITY_AGE)
OURS: Final = Policy("value index, predicted work", VALUE, "predicted", guards=True)
AVERAGES: Final = Policy("value index, averages", VALUE, "averages", guards=True)
TABLE: Final = (
    Policy("first in, first out", FIRST_IN),
    TODAY,
    Policy("earliest due date", DUE_DATE),
    Policy("earliest due date, late ones last", DUE_DATE_LATE_LAST),
    Policy("least slack", LEAST_SLACK, "predicted"),
    Policy("breach probability, highest first", BREACH_PROBABILITY, "breach"),
    Policy("breach probability, late ones last", BREACH_PROBABILITY_LATE_LAST, "breach"),
    Policy("rolling Moore-Hodgson", MOORE_HODGSON, "predicted", guards=True),
    Policy("plain difference, predicted work", DIFFERENCE, "predicted", guards=True),
    AVERAGES,
    OURS,
    Policy("rolling Moore-Hodgson, true work", MOORE_HODGSON, "true", guards=True),
    Policy("value index, true work", VALUE, "true", guards=True),
)
"""The rows of the table; those with true work are a ceiling that no desk can reach."""


def rules_of(
    policy: Policy,
    *,
    begins: int = 0,
    compliance: float = 1.0,
    interval_minutes: float = 5.0,
    on_events: bool = False,
    oldest_every: int = 20,
    wait_first: float = 60.0,
    wait_resolution: float = 120.0,
    first_weight: float = 2.0,
) -> Rules:
    """The event loop's rules for a policy; the defaults are those of ``forewarn.yaml``."""
    return Rules(
        policy=policy.code,
        begins=begins,
        compliance=compliance,
        interval=round(interval_minutes * MINUTE),
        on_events=on_events,
        guards=policy.guards,
        oldest_every=oldest_every,
        wait_first=wait_first,
        wait_resolution=wait_resolution,
        first_weight=first_weight,
        handover=0,
    )
