"""Trials, beliefs and changes on the fitted desk."""

from dataclasses import replace

import numpy as np
import pytest

from forewarn.errors import DataError
from forewarn.simulation.changes import StaffChange, with_agents, with_incident, worst_week
from forewarn.simulation.draw import Drawn, capacity, draw_desk
from forewarn.simulation.outcome import judge
from forewarn.simulation.plan import NO_PROMISE
from forewarn.simulation.policies import AVERAGES, OURS, TODAY, Policy
from models.simulated.chances import believe_breaches
from models.simulated.facts import learnable, tickets_of, work_left
from models.simulated.running import Setting, run_policy
from models.simulated.staffing import MOST_MORE, Wanted, smallest, staffing
from models.simulated.trial import run_settings, run_trial, run_trials
from models.simulated.whatif import AS_IS, CHANGED, Change, Promised, compare_seed
from models.simulated.work import believe_averages, believe_model, know_truth

SHORT = Setting(load=0.95, learn_weeks=7, test_weeks=2)


def drawn_of(promised: Promised, *, seed: int = 1, load: float | None = 0.95) -> Drawn:
    """Seven weeks to learn, two to test, three behind them."""
    return draw_desk(promised.history, seed=seed, load=load, warm_weeks=7, test_weeks=2)


def test_the_desk_is_offered_its_load(promised: Promised) -> None:
    """Per group, before the test and from then on, work is 95 % of the agents' time."""
    drawn = drawn_of(promised)
    arrived = drawn.plan.arrived[tickets_of(drawn)]
    for since, until in ((0, drawn.test_begins), (drawn.test_begins, drawn.end)):
        mine = (arrived >= since) & (arrived < until)
        offered = np.bincount(drawn.plan.group[mine], drawn.plan.work[mine], 4)
        there = capacity(drawn.staff, 4, since=since, until=until)
        assert offered / there == pytest.approx(0.95, abs=1e-3)


def test_no_tested_ticket_is_one_that_was_learned_from(promised: Promised) -> None:
    """Days before the test are lent by the first half of the history, later ones by the second."""
    drawn = drawn_of(promised)
    tested = drawn.plan.arrived >= drawn.test_begins
    assert not set(drawn.donor[tested]) & set(drawn.donor[~tested])


def test_a_seed_decides_everything(promised: Promised) -> None:
    """Equal seeds give equal outcomes, here and in worker processes."""
    once = run_trial(promised.history, promised.hours, (TODAY, OURS), seed=5, setting=SHORT)
    runs = run_trials(
        promised.history, promised.hours, (TODAY, OURS), seeds=[4, 5], setting=SHORT, workers=2
    )
    assert list(runs)[1] == once


def test_settings_of_the_same_weeks_share_them_and_change_nothing(promised: Promised) -> None:
    """Each setting and seed comes out as if it had been run alone, with its own policies."""
    orders = (TODAY, OURS)
    settings = [SHORT, *(replace(SHORT, **change) for change in (
        {"targets": 0.5}, {"bias": 2.0}, {"compliance": 0.5}, {"interval_minutes": 60.0},
        {"load": 1.05}, {"waits_stop": True},
    ))]  # fmt: skip
    asked = dict.fromkeys(settings, (orders, (1, 2))) | {SHORT: ((*orders, AVERAGES), (1, 2, 3))}
    found = {(s, seed): trial for s, seed, trial in
             run_settings(promised.history, promised.hours, asked, workers=2)}  # fmt: skip
    assert set(found) == {(s, seed) for s in settings for seed in (1, 2)} | {(SHORT, 3)}
    assert set(found[SHORT, 3]) == {p.name for p in (*orders, AVERAGES)}
    assert len({repr(found[s, 1][OURS.name]) for s in settings}) == len(settings)
    for setting in settings:
        alone = run_trial(promised.history, promised.hours, orders, seed=1, setting=setting)
        assert {name: found[setting, 1][name] for name in alone} == alone


def test_the_value_index_breaks_less_than_today(promised: Promised) -> None:
    """Fewer resolutions and first responses broken, less penalty, and the truth is a ceiling."""
    found = run_trial(promised.history, promised.hours, (TODAY, AVERAGES, OURS), seed=2,
                      setting=SHORT)  # fmt: skip
    today, ours = found[TODAY.name], found[OURS.name]
    assert ours.resolution < today.resolution
    assert ours.first_response < today.first_response / 2
    assert ours.penalty < today.penalty
    assert ours.out_of_reach <= ours.resolution
    assert today.n_tickets == ours.n_tickets > 500


def test_predictions_are_better_than_averages_and_worse_than_the_truth(
    promised: Promised,
) -> None:
    """Mean absolute error of the log minutes of touches in the test."""
    drawn = drawn_of(promised)
    today = run_policy(drawn, promised.hours, TODAY, None, SHORT)
    tested = (drawn.plan.arrived >= drawn.test_begins)[tickets_of(drawn)]
    touch, _ = work_left(drawn)
    errors = [
        np.abs(np.log(b.minutes[tested, 0]) - np.log(touch[tested])).mean()
        for b in (
            believe_averages(promised.history, drawn, today),
            believe_model(promised.history, drawn, today),
            know_truth(drawn),
        )
    ]
    assert errors[0] > errors[1] > errors[2] == 0.0


def test_bias_moves_predictions_and_nothing_else(promised: Promised) -> None:
    """Twice the minutes, and quantiles twice as long."""
    drawn = drawn_of(promised)
    today = run_policy(drawn, promised.hours, TODAY, None, SHORT)
    plain, twice = (believe_model(promised.history, drawn, today, bias=bias) for bias in (1.0, 2.0))
    assert twice.minutes == pytest.approx(2 * plain.minutes)
    assert twice.needed == pytest.approx(2 * plain.needed)


def test_the_breach_model_knows_something(promised: Promised) -> None:
    """On tickets of the test, under the order that it learned from."""
    drawn = drawn_of(promised)
    today = run_policy(drawn, promised.hours, TODAY, None, SHORT)
    grid, auc = believe_breaches(promised.history, drawn, today, promised.hours)
    assert auc > 0.7
    assert ((grid >= 0) & (grid <= 1)).all()


def test_tickets_to_learn_from_are_over_before_the_test(promised: Promised) -> None:
    """They arrived three weeks before it: hardly one of them is still open."""
    drawn = drawn_of(promised)
    today = run_policy(drawn, promised.hours, TODAY, None, SHORT)
    known = learnable(drawn, today.solved)
    long_ago = drawn.plan.arrived < drawn.test_begins - 21 * 86_400_000_000
    assert (today.solved[known] < drawn.test_begins).all()
    assert known.sum() > 0.97 * long_ago.sum()


def test_more_agents_have_more_time_and_fewer_less(promised: Promised) -> None:
    """Only from the test on; two clones of present agents; the first of a named shift."""
    drawn = drawn_of(promised)
    span = {"since": drawn.test_begins, "until": drawn.end}
    before = capacity(drawn.staff, 4, **span)
    more = with_agents(promised.history, drawn, StaffChange("billing", 2))
    fewer = with_agents(promised.history, drawn, StaffChange("billing", -1, 8 * 3_600_000_000))
    group = promised.history.groups.index("billing")
    assert capacity(more.staff, 4, **span)[group] > 1.3 * before[group]
    assert capacity(fewer.staff, 4, **span)[group] < 0.9 * before[group]
    for changed in (more, fewer):
        others = np.delete(capacity(changed.staff, 4, **span), group)
        assert others == pytest.approx(np.delete(before, group))
        warm = {"since": 0, "until": drawn.test_begins}
        assert capacity(changed.staff, 4, **warm) == pytest.approx(capacity(drawn.staff, 4, **warm))


def test_impossible_changes_are_refused(promised: Promised) -> None:
    """More agents sent away than there are; a group that is not there."""
    drawn = drawn_of(promised)
    with pytest.raises(DataError, match=r"'billing' has \d agents .* -50 is not possible"):
        with_agents(promised.history, drawn, StaffChange("billing", -50))
    with pytest.raises(DataError, match="no group 'sales' works in the history; there are: bil"):
        with_agents(promised.history, drawn, StaffChange("sales", 1))


def test_staff_that_left_works_no_more(promised: Promised) -> None:
    """Nobody works outside the windows that are left."""
    drawn = with_agents(promised.history, drawn_of(promised), StaffChange("platform", -2))
    course = run_policy(drawn, promised.hours, TODAY, None, SHORT)
    staff = drawn.staff
    for agent in range(staff.offset.size - 1):
        own = slice(staff.offset[agent], staff.offset[agent + 1])
        mine = course.pieces[course.pieces[:, 1] == agent]
        ends = np.minimum(staff.ends[own], mine[:, 3][:, None])
        inside = np.clip(ends - np.maximum(staff.starts[own], mine[:, 2][:, None]), 0, None)
        assert inside.sum(axis=1).tolist() == mine[:, 4].tolist()


def test_an_incident_adds_its_tickets(promised: Promised) -> None:
    """Forty more, of the group, within an hour; the others are the same in the same order."""
    drawn = drawn_of(promised)
    hit = with_incident(promised.history, drawn, group="platform", n=40)
    assert hit.plan.arrived.size == drawn.plan.arrived.size + 40
    assert (np.diff(hit.plan.arrived) >= 0).all()
    new = np.setdiff1d(hit.plan.arrived, drawn.plan.arrived)
    assert new.max() - new.min() < 3_600_000_000
    first = hit.plan.group[hit.plan.start[:-1]][np.isin(hit.plan.arrived, new)]
    assert set(first) == {promised.history.groups.index("platform")}
    assert hit.plan.work.sum() > drawn.plan.work.sum()
    assert hit.plan.start[-1] == hit.plan.work.size


def test_what_if_compares_the_same_weeks(promised: Promised) -> None:
    """Nothing changed: equal. Halved targets or an incident break more, more staff less."""

    def resolution(change: Change) -> tuple[float, float]:
        found = compare_seed(promised, promised, change, seed=3, setting=SHORT)
        return found[AS_IS].resolution, found[CHANGED].resolution

    as_is, same = resolution(Change())
    assert as_is == same
    assert resolution(Change(targets=0.5))[1] > as_is
    assert resolution(Change(incident=("platform", 150)))[1] > as_is
    more = tuple(StaffChange(group, 2) for group in promised.history.groups)
    assert resolution(Change(staff=more))[1] < as_is
    assert resolution(Change(worst_week=True))[0] == as_is


def test_the_worst_week_is_the_one_with_most_work(promised: Promised) -> None:
    """It begins on a Monday, and no other week brings more."""
    history = promised.history
    monday = worst_week(history)
    daily = np.bincount(np.repeat(history.day, np.diff(history.start)), history.work,
                        history.midnight.size)  # fmt: skip
    assert history.kind[monday] in (0, 7)
    every = [daily[d : d + 7].sum() for d in range(monday % 7, daily.size - 6, 7)]
    assert daily[monday : monday + 7].sum() == max(every)


def test_the_smallest_staff_is_looked_for_upwards(promised: Promised) -> None:
    """From the present one on; it ends with the first number that suffices."""
    wanted = Wanted("billing", keep=0.9, probability=1.0, metric="first_response")
    tried = list(staffing(promised, wanted, seeds=[1, 2], setting=SHORT))
    assert [found.n for found in tried] == list(range(len(tried)))
    assert 1 < len(tried) <= MOST_MORE
    assert [found.suffices for found in tried] == [False] * (len(tried) - 1) + [True]
    assert tried[-1].kept == 1.0
    assert tried[-1].broken.mean < 0.1 < tried[0].broken.mean
    assert smallest(tried) == tried[-1]


def test_the_smallest_staff_is_looked_for_downwards(promised: Promised) -> None:
    """Where the present staff suffices, fewer are tried until they do not."""
    wanted = Wanted("billing", keep=0.5, probability=1.0)
    tried = list(staffing(promised, wanted, seeds=[1, 2], setting=replace(SHORT, load=0.8)))
    assert [found.n for found in tried] == list(range(0, -len(tried), -1))
    assert [found.suffices for found in tried] == [True] * (len(tried) - 1) + [False]
    assert smallest(tried) == tried[-2]


def test_some_promises_no_staff_keeps(promised: Promised) -> None:
    """All resolutions cannot be kept: it ends at the most, and says that none suffices."""
    wanted = Wanted("billing", keep=1.0, probability=1.0)
    tried = list(staffing(promised, wanted, seeds=[1], setting=SHORT))
    assert tried[-1].n == MOST_MORE
    assert smallest(tried) is None


def test_staff_for_something_changed_and_agents_who_follow_the_queue(promised: Promised) -> None:
    """An incident in the group breaks more at the present staff; the value index breaks less."""
    wanted = Wanted("platform", keep=0.999, probability=1.0, metric="first_response")

    def present(change: Change, policy: Policy) -> float:
        tried = staffing(promised, wanted, seeds=[3], setting=SHORT, policy=policy, change=change)
        return next(tried).broken.mean

    hit = Change(incident=("platform", 60))
    assert present(hit, TODAY) > present(Change(), TODAY)
    assert present(hit, OURS) < present(hit, TODAY)


def test_what_nobody_promised_cannot_be_kept(promised: Promised) -> None:
    """Without promises of first responses a message says so."""
    target = promised.history.target.copy()
    target[:, :, 0] = NO_PROMISE
    desk = replace(promised, history=replace(promised.history, target=target))
    wanted = Wanted("billing", keep=0.9, probability=0.9, metric="first_response")
    with pytest.raises(DataError, match="no first_response is promised to tickets that group 'bi"):
        list(staffing(desk, wanted, seeds=[1], setting=SHORT))


def test_breaches_of_a_group_are_those_of_its_tickets(promised: Promised) -> None:
    """Of all tickets that have a touch in the group; counted here one by one."""
    drawn = drawn_of(promised)
    course = run_policy(drawn, promised.hours, TODAY, None, SHORT)
    names = promised.history.groups
    found = judge(drawn, course, promised.hours, priorities=promised.history.priorities,
                  groups=names).by_group["platform"]  # fmt: skip
    plan, n, broken = drawn.plan, [0, 0], [0, 0]
    for i, arrived in enumerate(plan.arrived):
        own = plan.group[plan.start[i] : plan.start[i + 1]]
        if not drawn.test_begins <= arrived < drawn.test_ends or 2 not in own:
            continue
        for promise in range(2):
            late = bool(course.broken[i, promise])
            over = course.solved[i] >= 0 or (promise == 0 and course.replied[i] >= 0)
            if late or (course.target[i, promise] >= 0 and over):
                n[promise] += 1
                broken[promise] += late
    assert names[2] == "platform"
    assert found == pytest.approx((broken[0] / n[0], broken[1] / n[1]))


def test_short_histories_are_refused(promised: Promised) -> None:
    """The message says how many weeks there are and which options ask for fewer."""
    with pytest.raises(DataError, match=r"12 to learn from, 6 to test .*--learn-weeks"):
        draw_desk(promised.history, seed=1, load=None)
