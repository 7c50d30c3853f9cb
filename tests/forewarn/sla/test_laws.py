"""Laws of readings and labels over random histories."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_strategies import DAY, HOUR, histories
from sla_tables import make_tables

from forewarn.sla.clock import PAUSED, RUNNING, reach, read_clocks
from forewarn.sla.intervals import elapsed
from forewarn.sla.labels import label_clocks
from forewarn.sla.openings import NAT
from forewarn.sla.timeline import Timelines, build_timelines

LAWS = settings(max_examples=25, deadline=None)


def built(history: Any) -> Timelines:
    """The timelines of a drawn history."""
    return build_timelines(make_tables(**history["facts"]), history["sla"])


def under(history: Any, **modes: str) -> Any:
    """The same history under other modes; ``on_reopen`` is never one that begins anew."""
    anew = {"on_reopen": "resume"} if history["sla"].on_reopen == "restart" else {}
    return {**history, "sla": history["sla"].model_copy(update=anew | modes)}


def without_lateness(history: Any) -> Any:
    """The same history, everything known when it happened."""
    facts = {
        name: [{k: v for k, v in row.items() if k != "known_at"} for row in rows]
        for name, rows in history["facts"].items()
    }
    return {**history, "facts": facts}


@LAWS
@given(histories())
def test_elapsed_never_decreases_in_as_of(history: Any) -> None:
    """Where nothing becomes known late and promises are frozen, a clock only runs forward."""
    timelines = built(under(without_lateness(history), on_change="frozen"))
    clocks = np.arange(len(timelines))
    before = np.zeros(clocks.size, np.int64)
    for hour in range(0, 9 * 24, 7):
        readings = read_clocks(timelines, clocks, as_of=history["base"] + hour * HOUR)
        assert (readings.elapsed >= before).all()
        before = readings.elapsed


@LAWS
@given(histories(), st.integers(0, 9 * 24))
def test_pause_and_run_are_the_open_time(history: Any, hour: int) -> None:
    """From its start to its end or to as_of, every open microsecond is one or the other.

    Of one calendar: what is carried along may be counted by several.
    """
    timelines = built(under(history, on_change="retroactive"))
    as_of = history["base"] + hour * HOUR
    readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
    for i in np.flatnonzero(readings.terms >= 0):
        hours = timelines.calendars[timelines.terms_calendar[readings.terms[i]]]
        end = as_of if readings.ended_at[i] == NAT else readings.ended_at[i]
        opened = elapsed(hours, readings.started_at[i], end)[0]
        assert readings.elapsed[i] + readings.paused[i] == opened
        wall = readings.calendar_elapsed[i] + readings.calendar_paused[i]
        assert wall == end - readings.started_at[i]


@LAWS
@given(histories(), st.integers(0, 9 * 24))
def test_breached_means_overrun_or_missed(history: Any, hour: int) -> None:
    """The flag, the instant of the breach and what remains tell the same."""
    normal = {"abandoned_within": "normal", "abandoned_after": "normal"}
    timelines = built(under(history, unanswered="cancelled", **normal))
    as_of = history["base"] + hour * HOUR
    readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
    counted = (readings.terms >= 0) & ((readings.state != 4) | readings.is_breached)
    assert (readings.is_breached == (readings.remaining < 0))[counted].all()
    assert (readings.breached_at[readings.is_breached] <= as_of).all()


@LAWS
@given(histories(), st.integers(0, 9 * 24))
def test_the_future_moves_no_reading(history: Any, hour: int) -> None:
    """Leaving out what becomes known at as_of or later changes nothing."""
    as_of = history["base"] + hour * HOUR
    facts = history["facts"]
    past = {
        "tickets": facts["tickets"],
        "events": [{"sequence": i, **e} for i, e in enumerate(facts["events"])],
        "customers": facts["customers"],
    }
    past["events"] = [
        e for e in past["events"] if max(e.get("known_at", 0), e["occurred_at"]) < as_of
    ]
    past["customers"] = [
        c for c in facts["customers"] if max(c["known_at"], c["occurred_at"]) < as_of
    ]
    seen = built({**history, "facts": past})
    assert told(seen, as_of) == told(built(history), as_of)


def told(timelines: Timelines, as_of: int) -> list[tuple[int, ...]]:
    """Readings of promised clocks in the order of their starts, without positions of terms."""
    readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
    return sorted(
        (
            int(timelines.clock_ticket[i]),
            int(timelines.clock_metric[i]),
            *(int(values[i]) for name, values in vars(readings).items() if name != "terms"),
        )
        for i in np.flatnonzero(readings.terms >= 0)
    )


@LAWS
@given(histories(), st.integers(0, 12 * 24))
def test_a_label_is_never_known_before_it_could_be(history: Any, hour: int) -> None:
    """It lies before as_of, and not before the completion or the breach."""
    timelines = built(history)
    as_of = history["base"] + hour * HOUR
    labels = label_clocks(timelines, as_of=as_of)
    known = labels["label_known_at"].dropna()
    assert (known.to_numpy("datetime64[us]").view(np.int64) < as_of).all()
    breached = labels[labels["outcome"] == "breached"]
    assert (breached["label_known_at"] >= breached["breached_at"]).all()
    met = labels[labels["outcome"] == "met"]
    assert (met["label_known_at"] >= met["completed_at"]).all()
    assert met["is_breached"].eq(0).all()
    assert breached["is_breached"].eq(1).all()
    assert labels[labels["outcome"].isin(["open", "cancelled"])]["is_breached"].isna().all()


@LAWS
@given(histories())
def test_a_verdict_holds_from_when_it_is_known(history: Any) -> None:
    """Where facts are known at once and promises frozen, a label read then is the last one."""
    history = without_lateness(history)
    history["sla"] = history["sla"].model_copy(update={"on_change": "frozen"})
    timelines = built(history)
    final = label_clocks(timelines, as_of=timelines.watermark + 1)
    for row in final.dropna(subset="label_known_at").itertuples():
        then = row.label_known_at.to_datetime64().astype("datetime64[us]").astype(np.int64)
        early = label_clocks(timelines, as_of=int(then) + 1).iloc[row.clock]
        if not (row.outcome == "cancelled" and early["outcome"] == "breached"):
            assert early["outcome"] == row.outcome


@LAWS
@given(histories(), st.sampled_from([0.25, 0.5, 0.9, 1.0]))
def test_reach_is_the_first_instant_at_that_share(history: Any, share: float) -> None:
    """With one promise for life: so much is elapsed then, and not a microsecond before."""
    history = without_lateness(history)
    history["sla"] = history["sla"].model_copy(update={"on_change": "frozen"})
    timelines = built(history)
    clocks = np.arange(len(timelines))
    reached = reach(timelines, clocks, share=share)
    final = read_clocks(timelines, clocks, as_of=timelines.watermark + 1)
    for i in np.flatnonzero(reached != NAT):
        goal = max(round(share * final.target[i]), 0)
        at = read_clocks(timelines, i, as_of=int(reached[i]) + 1)
        if at.target[0] != final.target[i] or at.terms[0] < 0:
            continue  # the promise came only later
        assert at.elapsed[0] >= goal
        if reached[i] > at.started_at[0] and final.target[i] > 0 and goal > 0:
            before = read_clocks(timelines, i, as_of=int(reached[i]))
            assert before.elapsed[0] <= goal
            assert at.state[0] in (RUNNING, PAUSED) or at.ended_at[0] >= reached[i]
    assert (reached <= timelines.watermark).all()


def test_days_are_days() -> None:
    """The strategies' units are microseconds."""
    assert DAY == 86_400_000_000
