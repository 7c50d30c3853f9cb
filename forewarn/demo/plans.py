"""What each ticket is about and needs, drawn before anybody works on it.

Nothing here depends on how the queue is ordered: two policies can be compared on the
same tickets, with the same work and the same waits.
"""

from dataclasses import dataclass

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.catalogue import CATEGORIES, CHANNELS, GROUPS, TYPES
from forewarn.demo.clientele import Clientele

SOLVE, ASK, ASK_IN_VAIN, HOLD, HAND_OVER, MERGE, SPAM, DELETE = range(8)
"""How a touch ends."""

HOUR = 3600
NEVER = np.int64(-1)


@dataclass(frozen=True)
class Plans:
    """Tickets (one position each) and their touches, ``touch_start[i]:touch_start[i + 1]``.

    Attributes are codes into the catalogue. Touches: ``group`` that works, hands-on
    ``minutes`` for a regular agent, ``outcome``, ``wait`` in seconds until the next one
    can begin, ``reply_share`` of the touch after which the customer hears something (NaN:
    only at its end). Seconds after creation or solving, -1 for never: ``escalates_after``,
    ``chases_after``, ``rated_after``. ``new_priority``: set by the first agent, or -1.
    """

    category: np.ndarray
    product: np.ndarray
    channel: np.ndarray
    kind: np.ndarray
    priority: np.ndarray
    impact: np.ndarray
    german: np.ndarray
    subject: np.ndarray
    known_after: np.ndarray
    new_priority: np.ndarray
    escalates_after: np.ndarray
    chases_after: np.ndarray
    rated_after: np.ndarray
    mood: np.ndarray
    touch_start: np.ndarray
    group: np.ndarray
    minutes: np.ndarray
    outcome: np.ndarray
    wait: np.ndarray
    reply_share: np.ndarray

    def first_group(self) -> np.ndarray:
        """The group that each ticket arrives in."""
        group: np.ndarray = self.group[self.touch_start[:-1]]
        return group


def draw_plans(
    rng: np.random.Generator,
    arrivals: Arrivals,
    clientele: Clientele,
    *,
    hour: np.ndarray,
    capacity_minutes: np.ndarray,
    load: np.ndarray,
) -> Plans:
    """Plans of all tickets. ``hour``: local hour of creation, -1 outside workdays.

    Hands-on minutes are scaled so that each group is offered its ``load``, a share of its capacity.
    """
    n = len(arrivals.created)
    strain = clientele.felt(arrivals.customer, arrivals.week)
    category, product = _matters(rng, arrivals)
    channel = _channels(rng, hour)
    kind = _kinds(rng, category, arrivals)
    hard = rng.normal(0, 0.55, n) + 0.18 * strain + 0.25 * (kind == 1) - 0.2 * (kind == 0)
    priority = _priorities(rng, category, arrivals, strain)
    end_of_story, touches = _routes(rng, category, hard, arrivals, clientele)
    start, group, minutes, outcome, wait, share = touches
    minutes = minutes * (capacity_minutes * load / np.bincount(group, minutes, len(GROUPS)))[group]
    moved = rng.random(n)
    new_priority = np.where(moved < 0.035, priority - 1, np.where(moved < 0.05, priority + 1, -1))
    new_priority = np.where((new_priority >= 0) & (new_priority < 4), new_priority, -1)
    asks = rng.random(n) < 1 / (1 + np.exp(2.9 - 0.9 * strain))
    patience = rng.lognormal(np.log(26 * HOUR), 0.8, n) * clientele.patience[arrivals.customer]
    chases = rng.random(n) < 0.22
    return Plans(
        category,
        product,
        channel,
        kind,
        priority,
        np.clip(np.rint(0.8 + hard + rng.normal(0, 0.6, n)), 0, 3).astype(int),
        rng.random(n) < clientele.german[arrivals.customer],
        rng.integers(0, 3, n),
        np.where(channel == 0, rng.integers(0, 180, n), 0),
        np.where(end_of_story, -1, new_priority),
        np.where(asks & ~end_of_story, patience, -1).astype(np.int64),
        np.where(chases, rng.lognormal(np.log(20 * HOUR), 0.7, n), -1).astype(np.int64),
        np.where(rng.random(n) < 0.2, rng.lognormal(np.log(9 * HOUR), 1.0, n), -1).astype(np.int64),
        rng.normal(0, 0.8, n) - 0.4 * strain,
        start,
        group,
        minutes,
        outcome,
        wait,
        share,
    )


def _matters(rng: np.random.Generator, arrivals: Arrivals) -> tuple[np.ndarray, np.ndarray]:
    """Category and product; those of an incident share one category and its product."""
    n = len(arrivals.created)
    shares = np.array([c.share for c in CATEGORIES])
    category = rng.choice(len(CATEGORIES), n, p=shares / shares.sum())
    names = [c.name for c in CATEGORIES]
    typical = np.array([names.index(c) for c in ("outage", "slow", "sign-in", "sync")])
    of_incident = rng.choice(typical, max(int(arrivals.incident.max(initial=0)) + 1, 1))
    category = np.where(arrivals.incident >= 0, of_incident[arrivals.incident], category)
    width = max(len(c.products) for c in CATEGORIES)
    sold = np.array([[c.products[i % len(c.products)] for i in range(width)] for c in CATEGORIES])
    product = sold[category, np.floor(width * rng.beta(1, 1.6, n)).astype(int)]
    return category, np.where(arrivals.incident >= 0, arrivals.product, product)


def _channels(rng: np.random.Generator, hour: np.ndarray) -> np.ndarray:
    """Nobody answers telephone or chat after hours: then they write."""
    n = len(hour)
    by_day = rng.choice(len(CHANNELS), n, p=(0.5, 0.27, 0.14, 0.09))
    by_night = rng.choice(len(CHANNELS), n, p=(0.38, 0.62, 0.0, 0.0))
    return np.where((hour >= 8) & (hour < 18), by_day, by_night)


def _kinds(rng: np.random.Generator, category: np.ndarray, arrivals: Arrivals) -> np.ndarray:
    asking = np.isin([CATEGORIES[c].name for c in range(len(CATEGORIES))], ["how-to"])[category]
    wishing = np.isin(
        [CATEGORIES[c].name for c in range(len(CATEGORIES))], ["user-settings", "contract"]
    )[category]
    draw = rng.random(len(category))
    kind = np.where(draw < 0.72, 1, np.where(draw < 0.84, 0, 3))
    kind = np.where(asking & (draw < 0.85), 0, np.where(wishing & (draw < 0.85), 3, kind))
    severe = (arrivals.incident >= 0) | (rng.random(len(category)) < 0.03)
    return np.where(severe, TYPES.index("incident"), kind)


def _priorities(
    rng: np.random.Generator, category: np.ndarray, arrivals: Arrivals, strain: np.ndarray
) -> np.ndarray:
    """Codes into PRIORITIES, urgent first."""
    weight = np.array([0.4 if c.group == 3 else 0.0 for c in CATEGORIES])[category]
    push = weight + 1.1 * (arrivals.incident >= 0) + 0.15 * strain
    place = rng.normal(0, 1, len(category)) - push
    codes: np.ndarray = np.digitize(place, (-1.95, -1.0, 0.75))
    return codes


def _routes(
    rng: np.random.Generator,
    category: np.ndarray,
    hard: np.ndarray,
    arrivals: Arrivals,
    clientele: Clientele,
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Touches of every ticket; the first array marks those that end as spam and the like."""
    n = len(category)
    further = 1.3 * np.array([c.further for c in CATEGORIES])[category] * np.exp(0.4 * hard)
    count = 1 + rng.poisson(further * rng.gamma(2, 0.5, n))
    draw = rng.random(n)
    merged = draw < np.where(arrivals.incident >= 0, 0.22, 0.012)
    odd = np.where(merged, MERGE, np.where(draw > 0.994, SPAM, np.where(draw > 0.992, DELETE, -1)))
    ends_oddly = odd >= 0
    strain = clientele.felt(arrivals.customer, arrivals.week)
    reopened = ~ends_oddly & (rng.random(n) < np.clip(0.055 + 0.015 * strain, 0.01, 0.2))
    count = np.where(ends_oddly, 1, count + reopened)
    ticket = np.repeat(np.arange(n), count)
    place = np.arange(len(ticket)) - np.repeat(np.cumsum(count) - count, count)
    solves = place >= count[ticket] - 1 - reopened[ticket]
    outcome = rng.choice((ASK, HOLD, HAND_OVER), len(ticket), p=(0.6, 0.12, 0.28))
    outcome = np.where((outcome == ASK) & (rng.random(len(ticket)) < 0.05), ASK_IN_VAIN, outcome)
    outcome = np.where(solves, SOLVE, outcome)
    outcome = np.where(ends_oddly[ticket], odd[ticket], outcome)
    kept = ~_after_silence(ticket, place, outcome)
    ticket, place, outcome = ticket[kept], place[kept], outcome[kept]
    start = np.searchsorted(ticket, np.arange(n + 1))
    group, outcome = _groups(rng, category, ticket, place, outcome)
    middle = np.array([c.minutes for c in CATEGORIES])[category]
    minutes = middle[ticket] * np.exp(0.5 * hard[ticket] + rng.normal(0, 0.55, len(ticket)))
    minutes = np.where((outcome == HAND_OVER) & (place == 0), 0.35 * minutes, minutes)
    minutes = np.where(ends_oddly[ticket], np.minimum(minutes, 4.0), minutes)
    wait = _waits(rng, outcome, patience=clientele.patience[arrivals.customer][ticket])
    silent = ends_oddly[ticket] | (outcome == HAND_OVER)
    share = np.where(silent, np.nan, rng.uniform(0.15, 0.4, len(ticket)))
    return ends_oddly, (start, group, minutes, outcome, wait, share)


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
