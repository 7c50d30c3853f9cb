"""Policies beside the tickets there were: what several match, what none does."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import PolicyConfig, SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.sla.events import instant_of, microseconds, read_events
from forewarn.sla.lint_findings import Finding, tickets
from forewarn.sla.policy import Column, match_policies
from forewarn.sla.situations import at_creation, read_attributes
from forewarn.sla.unpromised import without_promise
from forewarn.tables import Tables


@dataclass(frozen=True)
class Situations:
    """What policies could look at when each ticket became known; one row per ticket.

    ``columns``: their texts hold every value that ever occurred, of later changes too.
    ``matches``: per policy the tickets that it matches by itself. ``winner``: position of the
    policy that holds, -1 for none.
    """

    created_at: NDArray[np.int64]
    columns: dict[str, Column]
    matches: tuple[NDArray[np.bool_], ...]
    winner: NDArray[np.int32]


def read_situations(tables: Tables, sla: SlaConfig, *, health: HealthConfig) -> Situations:
    """The tickets as the policies see them. Raises ConfigError where a column is not there."""
    created_at = microseconds(tables.tickets["created_at"])
    known_at = np.maximum(created_at, microseconds(tables.tickets["known_at"]))
    columns = at_creation(read_attributes(tables, read_events(tables), sla, health), known_at)
    matches = tuple(match_policies(columns, (p,), at=created_at) >= 0 for p in sla.policies)
    return Situations(
        created_at, columns, matches, match_policies(columns, sla.policies, at=created_at)
    )


def overlaps(found: Situations, sla: SlaConfig) -> Iterator[Finding]:
    """Pairs of policies that both match tickets, and policies that get none of theirs."""
    for (i, earlier), (k, later) in combinations(enumerate(sla.policies), 2):
        both = int((found.matches[i] & found.matches[k]).sum())
        if both and later.when:
            share = both / int(found.matches[k].sum())
            yield Finding(
                "notice", "overlap", later.name,
                f"shares {tickets(both)} with {earlier.name}, which stands before it",
                f"They go to {earlier.name} or a policy before it: {100 * share:.0f} % of those "
                f"that {later.name} matches.",
                "Nothing, if it is meant so; else exchange the two, or narrow one.",
                n_tickets=both, share=share,
            )  # fmt: skip
    for place, policy in enumerate(sla.policies):
        yield from _standing(found, place, policy)


def _standing(found: Situations, place: int, policy: PolicyConfig) -> Iterator[Finding]:
    """What becomes of the tickets that one policy matches."""
    matched, won = int(found.matches[place].sum()), int((found.winner == place).sum())
    if not found.winner.size:
        return
    if not matched:
        yield Finding(
            "warning", "matched-none", policy.name, "matches no ticket of the history",
            f"None of {tickets(found.winner.size)} was as it asks when it was created.",
            "Look at its conditions and dates, unless such tickets are still to come.",
            n_tickets=0,
        )  # fmt: skip
    elif not won:
        yield Finding(
            "warning", "won-none", policy.name, "gets no ticket of the history",
            f"It matches {matched:,}, and policies before it take all of them.",
            "Move it up, or narrow the earlier ones.", n_tickets=matched, share=1.0,
        )  # fmt: skip
    elif place and not policy.when:
        yield Finding(
            "notice", "takes-the-rest", policy.name, "takes what the policies before it leave",
            f"It has no conditions: {won:,} of {tickets(matched)} are left to it.",
            "Nothing, if it is meant so.", n_tickets=won, share=1 - won / matched,
        )  # fmt: skip


def dates(found: Situations, sla: SlaConfig, *, watermark: int) -> Iterator[Finding]:
    """Policies that were not in force at any time of the history."""
    if not found.created_at.size:
        return
    first = int(found.created_at.min())
    for policy in sla.policies:
        if policy.valid_until is not None and instant_of(policy.valid_until) <= first:
            yield _outside(policy, "ended before the history begins", policy.valid_until.date())
        if policy.valid_from is not None and instant_of(policy.valid_from) > watermark:
            yield _outside(policy, "begins after the history ends", policy.valid_from.date())


def _outside(policy: PolicyConfig, what: str, day: object) -> Finding:
    return Finding(
        "warning", "not-in-force", policy.name, what,
        f"The date is {day}: it never held for any ticket there is.",
        "Correct the date, unless the policy is still to come or kept for the record.",
    )  # fmt: skip


def promised_nothing(tables: Tables, sla: SlaConfig, *, health: HealthConfig) -> Iterator[Finding]:
    """Tickets that get no clock, per metric and policy, the priorities named."""
    table = without_promise(tables, sla, health=health)
    for _, part in table.groupby(["metric", "policy"], dropna=False):
        metric, policy = str(part["metric"].iloc[0]), part["policy"].iloc[0]
        name = None if pd.isna(policy) else str(policy)
        n = int(part["n_tickets"].sum())
        ordered = part.sort_values("n_tickets", ascending=False, kind="stable")
        whose = ", ".join(
            f"{'none' if pd.isna(p) else p} ({count:,})"
            for p, count in zip(ordered["priority"], ordered["n_tickets"], strict=True)
        )
        matched = "No policy matches them" if name is None else "It has no target for them"
        yield Finding(
            "warning", "no-promise", name, f"{tickets(n)} without {metric.replace('_', ' ')} clock",
            f"{matched}; their priorities: {whose}.",
            "Add a policy without conditions at the end."
            if name is None else "Add a target for these priorities, or a default.",
            metric=metric, n_tickets=n,
        )  # fmt: skip
