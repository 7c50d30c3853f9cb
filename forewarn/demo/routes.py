"""The touches that each ticket takes: how many, in which group, how long, and what follows."""

from dataclasses import dataclass

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.catalogue import CATEGORIES, GROUPS
from forewarn.demo.clientele import Clientele

SOLVE, ASK, ASK_IN_VAIN, HOLD, HAND_OVER, MERGE, SPAM, DELETE = range(8)
"""How a touch ends."""

HOUR = 3600


@dataclass(frozen=True)
class Routes:
    """Touches of all tickets, those of ticket i at ``start[i]:start[i + 1]``.

    ``group`` that works, hands-on ``minutes`` for a regular agent, ``outcome``, ``wait`` in
    seconds until the next touch can begin, ``reply_share`` of the touch after which the
    customer hears something (NaN: only at its end). ``ends_oddly``, per ticket: as spam,
    deleted, or merged into another.
    """

    start: np.ndarray
    group: np.ndarray
    minutes: np.ndarray
    outcome: np.ndarray
    wait: np.ndarray
    reply_share: np.ndarray
    ends_oddly: np.ndarray


def draw_routes(
    rng: np.random.Generator,
    category: np.ndarray,
    hard: np.ndarray,
    arrivals: Arrivals,
    clientele: Clientele,
) -> Routes:
    """Routes of tickets of these categories; ``hard``: log of how much harder than usual."""
    odd, ticket, place, outcome = _outcomes(rng, category, hard, arrivals, clientele)
    ends_oddly = odd >= 0
    group, outcome = _groups(rng, category, ticket, place, outcome)
    middle = np.array([c.minutes for c in CATEGORIES])[category]
    minutes = middle[ticket] * np.exp(0.5 * hard[ticket] + rng.normal(0, 0.55, len(ticket)))
    minutes = np.where((outcome == HAND_OVER) & (place == 0), 0.35 * minutes, minutes)
    minutes = np.where(ends_oddly[ticket], np.minimum(minutes, 4.0), minutes)
    wait = _waits(rng, outcome, patience=clientele.patience[arrivals.customer][ticket])
    silent = ends_oddly[ticket] | (outcome == HAND_OVER)
    share = np.where(silent, np.nan, rng.uniform(0.15, 0.4, len(ticket)))
    start = np.searchsorted(ticket, np.arange(len(category) + 1))
    return Routes(start, group, minutes, outcome, wait, share, ends_oddly)


def _outcomes(
    rng: np.random.Generator,
    category: np.ndarray,
    hard: np.ndarray,
    arrivals: Arrivals,
    clientele: Clientele,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Per ticket its odd end or -1; per touch its ticket, its place in it, how it ends."""
    n = len(category)
    further = 1.3 * np.array([c.further for c in CATEGORIES])[category] * np.exp(0.4 * hard)
    count = 1 + rng.poisson(further * rng.gamma(2, 0.5, n))
    draw = rng.random(n)
    merged = draw < np.where(arrivals.incident >= 0, 0.22, 0.012)
    odd = np.where(merged, MERGE, np.where(draw > 0.994, SPAM, np.where(draw > 0.992, DELETE, -1)))
    strain = clientele.felt(arrivals.customer, arrivals.week)
    reopened = (odd < 0) & (rng.random(n) < np.clip(0.055 + 0.015 * strain, 0.01, 0.2))
    count = np.where(odd >= 0, 1, count + reopened)
    ticket = np.repeat(np.arange(n), count)
    place = np.arange(len(ticket)) - np.repeat(np.cumsum(count) - count, count)
    solves = place >= count[ticket] - 1 - reopened[ticket]
    outcome = rng.choice((ASK, HOLD, HAND_OVER), len(ticket), p=(0.6, 0.12, 0.28))
    outcome = np.where((outcome == ASK) & (rng.random(len(ticket)) < 0.05), ASK_IN_VAIN, outcome)
    outcome = np.where(solves, SOLVE, outcome)
    outcome = np.where(odd[ticket] >= 0, odd[ticket], outcome)
    kept = ~_after_silence(ticket, place, outcome)
    return odd, ticket[kept], place[kept], outcome[kept]


def _after_silence(ticket: np.ndarray, place: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Touches behind a question that is never answered: the ticket has been solved by then."""
    silence = np.full(ticket.max(initial=-1) + 1, np.iinfo(np.int64).max)
    asked = outcome == ASK_IN_VAIN
    np.minimum.at(silence, ticket[asked], place[asked])
    behind: np.ndarray = place > silence[ticket]
    return behind


def _groups(
    rng: np.random.Generator,
    category: np.ndarray,
    ticket: np.ndarray,
    place: np.ndarray,
    outcome: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Each touch's group and outcome: a first touch that hands over was in the wrong group.

    A hand-over to the same group becomes a question.
    """
    home = np.array([c.group for c in CATEGORIES])[category][ticket]
    elsewhere = rng.choice(len(GROUPS), len(ticket), p=(0.55, 0.1, 0.15, 0.2))
    misrouted = (place == 0) & (outcome == HAND_OVER) & (rng.random(len(ticket)) < 0.75)
    group = np.where(misrouted, elsewhere, home)
    after = np.zeros(len(ticket), bool)
    after[1:] = (outcome[:-1] == HAND_OVER) & (place[1:] > 1)
    helps = after & (rng.random(len(ticket)) < 0.5)
    group = np.where(helps, elsewhere, group)
    stays = np.append(group[1:] == group[:-1], [True])
    return group, np.where((outcome == HAND_OVER) & stays, ASK, outcome)


def _waits(rng: np.random.Generator, outcome: np.ndarray, *, patience: np.ndarray) -> np.ndarray:
    """Seconds: the customer's answer, a third party's, a week's silence, second thoughts."""
    n = len(outcome)
    answer = rng.lognormal(np.log(9 * HOUR), 1.2, n) * patience
    third_party = rng.lognormal(np.log(20 * HOUR), 0.8, n)
    second_thoughts = np.minimum(rng.lognormal(np.log(22 * HOUR), 0.9, n), 110 * HOUR)
    wait = np.where(outcome == ASK, np.minimum(answer, 160 * HOUR), 0)
    wait = np.where(outcome == HOLD, third_party, wait)
    wait = np.where(outcome == SOLVE, second_thoughts, wait)
    return np.where(outcome == ASK_IN_VAIN, 168 * HOUR, wait).astype(np.int64) + 60
