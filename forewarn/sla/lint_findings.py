"""What looking over the policies finds: one value per mistake, with what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from forewarn.config import PolicyConfig

Severity = Literal["error", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "notice")


@dataclass(frozen=True)
class Finding:
    """One thing to look at.

    ``severity``: error, it cannot be meant so; warning, it is probably not; notice, it is good
    to know. ``code``: which rule found it. ``policy``: null where it concerns no single one.
    ``why`` and ``advice`` are whole sentences. ``n_tickets``: of the history, null where it
    was not asked. ``share``: of those, or of the promises that were decided.
    """

    severity: Severity
    code: str
    policy: str | None
    what: str
    why: str
    advice: str
    metric: str | None = None
    priority: str | None = None
    n_tickets: int | None = None
    share: float | None = None


def in_order(
    findings: Iterable[Finding], policies: tuple[PolicyConfig, ...]
) -> tuple[Finding, ...]:
    """Errors first, then by policy as they stand in the file; those of none come last."""
    place = {p.name: i for i, p in enumerate(policies)}

    def key(finding: Finding) -> tuple[int, int]:
        at = len(place) if finding.policy is None else place.get(finding.policy, len(place))
        return SEVERITIES.index(finding.severity), at

    return tuple(sorted(findings, key=key))


def tickets(n: int) -> str:
    """A number of tickets in words.

    >>> tickets(1), tickets(1234)
    ('1 ticket', '1,234 tickets')
    """
    return f"{n:,} ticket" if n == 1 else f"{n:,} tickets"
