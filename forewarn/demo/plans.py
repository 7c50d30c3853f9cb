"""What each ticket is about and needs, drawn before anybody works on it.

Nothing here depends on how the queue is ordered: two policies can be compared on the
same tickets, with the same work and the same waits.
"""

from dataclasses import dataclass, replace

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.catalogue import CATEGORIES, CHANNELS, GROUPS, PRIORITIES, TYPES
from forewarn.demo.clientele import Clientele
from forewarn.demo.routes import HOUR, Routes, draw_routes


@dataclass(frozen=True)
class Plans:
    """One position per ticket. Attributes are codes into the catalogue.

    ``new_priority``: set by the first agent, or -1. Seconds after creation or solving, -1 for
    never: ``escalates_after``, ``chases_after``, ``rated_after``. ``known_after``: seconds
    until the desk knows of the ticket. ``mood``: what the rating starts from.
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
    routes: Routes

    def first_group(self) -> np.ndarray:
        """The group that each ticket arrives in."""
        group: np.ndarray = self.routes.group[self.routes.start[:-1]]
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
    n, of = len(arrivals.created), arrivals.customer
    strain = clientele.felt(of, arrivals.week)
    category, product = _matters(rng, arrivals)
    channel = _channels(rng, hour)
    kind = _kinds(rng, category, arrivals)
    hard = rng.normal(0, 0.55, n) + 0.18 * strain + 0.25 * (kind == 1) - 0.2 * (kind == 0)
    priority = _priorities(rng, category, arrivals, strain)
    routes = draw_routes(rng, category, hard, arrivals, clientele)
    new_priority = _new_priorities(rng, priority)
    asks = rng.random(n) < 1 / (1 + np.exp(2.9 - 0.9 * strain))
    escalates = _after(rng, asks, median_hours=26, spread=0.8, stretch=clientele.patience[of])
    chases = rng.random(n) < 0.22
    return Plans(
        category=category,
        product=product,
        channel=channel,
        kind=kind,
        priority=priority,
        impact=np.clip(np.rint(0.8 + hard + rng.normal(0, 0.6, n)), 0, 3).astype(int),
        german=rng.random(n) < clientele.german[of],
        subject=rng.integers(0, 3, n),
        known_after=np.where(channel == 0, rng.integers(0, 180, n), 0),
        new_priority=np.where(routes.ends_oddly, -1, new_priority),
        escalates_after=np.where(routes.ends_oddly, -1, escalates),
        chases_after=_after(rng, chases, median_hours=20, spread=0.7),
        rated_after=_after(rng, rng.random(n) < 0.2, median_hours=9, spread=1.0),
        mood=rng.normal(0, 0.8, n) - 0.4 * strain,
        routes=_scaled(routes, capacity_minutes * load),
    )


def _scaled(routes: Routes, offered_minutes: np.ndarray) -> Routes:
    """The same touches with so much hands-on work in each group."""
    drawn = np.bincount(routes.group, routes.minutes, len(GROUPS))
    return replace(routes, minutes=routes.minutes * (offered_minutes / drawn)[routes.group])


def _after(
    rng: np.random.Generator,
    happens: np.ndarray,
    *,
    median_hours: float,
    spread: float,
    stretch: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Seconds until something happens, -1 where it never does."""
    seconds = rng.lognormal(np.log(median_hours * HOUR), spread, len(happens)) * stretch
    return np.where(happens, seconds, -1).astype(np.int64)


def _new_priorities(rng: np.random.Generator, priority: np.ndarray) -> np.ndarray:
    """What the first agent makes of it: now and then one step up or down; else -1."""
    moved = rng.random(len(priority))
    found = np.where(moved < 0.035, priority - 1, np.where(moved < 0.05, priority + 1, -1))
    return np.where((found >= 0) & (found < len(PRIORITIES)), found, -1)


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
