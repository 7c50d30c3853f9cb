"""The fast event loop against a slow, obvious one: the same to the microsecond, in every order."""

from typing import Any

import numpy as np
import pytest
from slow_desk import SlowDesk, Spans

from forewarn.simulation.loop import run_desk, run_on, warm_desk
from forewarn.simulation.plan import AS_BEFORE, KNOTS, MINUTE, Course, Estimates, Plan, Rules, Staff
from forewarn.simulation.policies import TABLE, TODAY, Policy, rules_of
from forewarn.sla.intervals import OpenIntervals, join_openings
from forewarn.sla.openings import NAT

HOUR = 60 * MINUTE
DAY = 24 * HOUR
N_DAYS, N_GROUPS, N_TICKETS = 5, 3, 70
END = (N_DAYS - 1) * DAY
SPANS: Spans = [
    [(d * DAY + 8 * HOUR, d * DAY + 18 * HOUR) for d in range(60)],
    [(d * DAY + h * HOUR, d * DAY + (h + 4) * HOUR) for d in range(60) for h in (9, 14)],
]


def hours() -> Any:
    """The two calendars as the kernels read them."""
    calendars = []
    for spans in SPANS:
        starts, ends = np.array(spans, np.int64).T
        opened = np.concatenate([[0], np.cumsum(ends - starts)[:-1]])
        calendars.append(OpenIntervals(starts, ends, opened, 0, 60 * DAY))
    return join_openings(calendars)


def random_plan(rng: np.random.Generator) -> Plan:
    """Tickets of one to four touches, with and without promises, pauses and reopenings."""
    n = N_TICKETS
    counts = rng.integers(1, 5, n)
    m = int(counts.sum())
    target = rng.integers(1, 16, (n, 4, 2)) * 30 * MINUTE * (1, 3)
    target[rng.random((n, 4, 2)) < 0.15] = -1
    changes = rng.random(n) < 0.3
    return Plan(
        arrived=np.sort(rng.integers(6 * HOUR, (N_DAYS - 2) * DAY, n)),
        priority=rng.integers(0, 4, n),
        calendar=rng.integers(0, 2, n),
        target=target,
        penalty=np.round(rng.exponential(100, (n, 4, 2)), 2) * (rng.random((n, 4, 2)) < 0.9),
        changes_after=np.where(changes, rng.integers(0, DAY, n), AS_BEFORE),
        changes_to=np.where(changes, rng.integers(0, 4, n), AS_BEFORE),
        start=np.concatenate([[0], np.cumsum(counts)]),
        group=rng.integers(0, N_GROUPS, m),
        priority_after=np.where(rng.random(m) < 0.2, rng.integers(0, 4, m), AS_BEFORE),
        work=(rng.lognormal(3.4, 0.8, m) * MINUTE).astype(np.int64) + 1,
        reply_share=np.where(rng.random(m) < 0.5, rng.random(m), np.nan),
        wait=np.where(rng.random(m) < 0.5, rng.integers(1, 20 * HOUR, m), 0),
        pauses=rng.random(m) < 0.5,
        solves=rng.choice(3, m, p=[0.7, 0.2, 0.1]),
    )


def random_staff(rng: np.random.Generator) -> Staff:
    """Five agents with breaks, some days off, two groups each or all three, each at their pace."""
    offset, starts, ends, until = [0], [], [], []
    for _ in range(5):
        days = np.flatnonzero(rng.random(N_DAYS) < 0.8)
        begin = int(rng.integers(7, 11))
        for d in days:
            goes_on = [e for e in days if e >= d and np.isin(np.arange(d, e + 1), days).all()]
            last = int(goes_on[-1]) * DAY + (begin + 8) * HOUR
            for since, to in ((begin, begin + 4), (begin + 5, begin + 8)):
                starts.append(int(d) * DAY + since * HOUR)
                ends.append(int(d) * DAY + to * HOUR)
                until.append(last)
        offset.append(len(starts))
    pace = rng.choice([0.8, 1.0, 1.25], (5, N_GROUPS)) * (rng.random((5, N_GROUPS)) < 0.7)
    pace[:, 0] = np.where(pace.sum(axis=1) == 0, 1.0, pace[:, 0])
    skill = np.repeat(np.arange(5), np.diff(offset))
    return Staff(*map(np.array, (offset, starts, ends, until)), skill, pace)


def random_estimates(rng: np.random.Generator, m: int) -> Estimates:
    """Some of them alike, as a model's are."""
    logs = np.round(rng.normal(3.4, 0.7, (m, 2)), 1)
    spread = rng.choice([0.3, 0.8], (m, 2))
    z = np.array([-1.53, -0.89, -0.49, -0.16, 0.16, 0.49, 0.89, 1.53])
    chance = np.sort(rng.random((m, 2, KNOTS.size)), axis=2)[:, :, ::-1]
    return Estimates(
        np.exp(logs[:, :, None] + spread[:, :, None] * z),
        np.exp(logs + spread**2 / 2),
        np.ascontiguousarray(chance),
    )


World = tuple[Plan, Staff, Estimates, np.ndarray]


def random_world(seed: int) -> World:
    """A small desk, what is believed of its touches, and whims."""
    rng = np.random.default_rng(seed)
    plan = random_plan(rng)
    return plan, random_staff(rng), random_estimates(rng, plan.work.size), rng.random(40)


def slow(world: World, rules: Rules) -> SlowDesk:
    """The slow desk, at the end."""
    plan, staff, believed, whims = world
    desk = SlowDesk(plan, staff, SPANS, believed=believed, rules=rules, whims=whims.tolist())
    desk.go(END)
    return desk


def fast(world: World, rules: Rules) -> Course:
    """What the compiled loop makes of it."""
    plan, staff, believed, whims = world
    return run_desk(plan, staff, hours(), believed=believed, rules=rules, end=END, whims=whims)


def assert_alike(course: Course, desk: SlowDesk) -> None:
    """Every instant and every clock is the same."""

    def instants(values: list[float]) -> list[int]:
        return [NAT if v == float("inf") else int(v) for v in values]

    assert course.begun.tolist() == instants(desk.begun)
    assert course.queued.tolist() == instants(desk.queued)
    assert course.ended.tolist() == instants(desk.ended)
    assert course.replied.tolist() == instants([t.replied_at for t in desk.tickets])
    assert course.solved.tolist() == instants([t.solved_at for t in desk.tickets])
    assert course.elapsed.tolist() == [list(desk.elapsed(t, END)) for t in desk.tickets]
    assert course.target.tolist() == [t.target for t in desk.tickets]
    fines = [desk.fines(t, END) for t in desk.tickets]
    assert course.broken.tolist() == [[int(f is not None) for f in own] for own in fines]
    assert course.fine.tolist() == [[f or 0.0 for f in own] for own in fines]


@pytest.mark.parametrize("policy", TABLE, ids=lambda policy: policy.name)
@pytest.mark.parametrize("seed", range(4))
def test_every_order_is_that_of_the_slow_desk(policy: Policy, seed: int) -> None:
    """Scored every five minutes from the second morning on; guards as in the table."""
    world = random_world(seed)
    rules = rules_of(policy, begins=DAY + 9 * HOUR, oldest_every=4)
    assert_alike(fast(world, rules), slow(world, rules))


SETTINGS: list[dict[str, Any]] = [
    {"interval_minutes": 0.0},
    {"interval_minutes": 90.0},
    {"on_events": True},
    {"compliance": 0.5},
    {"oldest_every": 2, "wait_first": 15.0, "wait_resolution": 300.0, "first_weight": 1.0},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("policy", [p for p in TABLE if p.belief != "none"], ids=lambda p: p.name)
def test_every_setting_is_that_of_the_slow_desk(policy: Policy, settings: dict[str, Any]) -> None:
    """Other intervals, scoring on events, half of the picks, other constants, a hand-over."""
    for seed in range(10, 13):
        world = random_world(seed)
        rules = rules_of(policy, begins=DAY, **settings)._replace(handover=4 * MINUTE)
        assert_alike(fast(world, rules), slow(world, rules))


def test_the_orders_do_differ() -> None:
    """On the small desks every order is another one; the table has some with several beliefs."""
    courses = [fast(random_world(0), rules_of(p, begins=0)).begun.tolist() for p in TABLE]
    assert len({tuple(c) for c in courses}) == len({p.code for p in TABLE}) == 10


@pytest.mark.parametrize("policy", TABLE, ids=lambda policy: policy.name)
def test_a_warm_desk_goes_on_as_if_it_had_run_at_once(policy: Policy) -> None:
    """All orders from one desk that was warmed once, which stays as it is."""
    plan, staff, believed, whims = world = random_world(3)
    begins = DAY + 11 * HOUR
    warm = warm_desk(plan, staff, hours(), rules=rules_of(TODAY, begins=begins))
    rules = rules_of(policy, begins=begins, compliance=0.7)
    for _ in range(2):
        course = run_on(warm, believed=believed, rules=rules, end=END, whims=whims)
        whole = fast(world, rules)
        assert all((a == b).all() for a, b in zip(course, whole, strict=True))
