"""From clocks and work to value and list, on desks small enough to work out by hand."""

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forewarn.config.settings import QueueConfig
from serving.weigh import weigh_tickets

AT = pd.Timestamp("2026-03-02 09:00", tz="UTC")


def clocks(*rows: dict[str, Any]) -> pd.DataFrame:
    """Open clocks; ``left``: open minutes left, which are also minutes until due.

    ``inner``: minutes left on an internal target; the promise's where not given.
    """
    usual = {
        "metric": "resolution", "cycle": 1, "state": "running", "is_breached": False, "p": 0.5,
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    left = frame.pop("left")
    due = (AT + pd.to_timedelta(left, unit="min")).where(frame["state"] == "running")
    names = {"id": "ticket_id", "p": "breach_probability"}
    inner = frame.pop("inner") if "inner" in frame else left
    seconds = {"remaining_seconds": left * 60.0, "internal_seconds": inner.fillna(left) * 60.0}
    return frame.rename(columns=names).assign(**seconds, due_at=due)


def tickets(*ids: str, penalty: float = 100.0) -> pd.DataFrame:
    """Tickets of certain work: 30 minutes in all, of which the next touch takes 20,
    5 of them until the reply.
    """
    return pd.DataFrame(
        {
            "ticket_id": list(ids),
            "penalty_first_response": penalty / 4,
            "penalty_resolution": penalty,
            "work_minutes": 30.0,
            "work_log_mean": math.log(30.0),
            "work_log_sigma": 0.0,
            "touch_minutes": 20.0,
            "touch_log_mean": math.log(20.0),
            "touch_log_sigma": 0.0,
            "reply_log_mean": math.log(5.0),
            "reply_log_sigma": 0.0,
            "reply_minutes": 5.0,
        }
    )


def weigh(desk: pd.DataFrame, open_clocks: pd.DataFrame, *, by_rule: bool = False) -> Any:
    """The weighed tickets by id."""
    weighed = weigh_tickets(desk, open_clocks, queue=QueueConfig(), by_rule=by_rule)
    return weighed.set_index("ticket_id")


def test_resolution_alone() -> None:
    """150 minutes left, 30 of work, penalty 100: 100 * e^-1 / 30 = 1.22626 a minute."""
    one = weigh(tickets("A"), clocks({"id": "A", "left": 150.0})).loc["A"]
    assert one["value"] == pytest.approx(1.22626, abs=1e-5)
    assert one["log_value"] == pytest.approx(0.20397, abs=1e-5)
    assert one["list"] == "ranked"


def test_first_response_counts_double() -> None:
    """A quarter of 20 minutes until the reply, 65 left: 2 * 25 * e^-1 / 20 = .91970 a minute."""
    only = clocks({"id": "A", "metric": "first_response", "left": 65.0})
    assert weigh(tickets("A"), only).loc["A", "value"] == pytest.approx(0.91970, abs=1e-5)


def test_both_clocks_add_up() -> None:
    """The index is the sum of both parts: 1.22626 + .91970 = 2.14596."""
    both = clocks({"id": "A", "left": 150.0}, {"id": "A", "metric": "first_response", "left": 65.0})
    assert weigh(tickets("A"), both).loc["A", "value"] == pytest.approx(2.14596, abs=1e-5)


def test_lost_resolution_with_a_live_first_response_stays_ranked() -> None:
    """Resolution out of reach or breached: ranked by the first response that can be met."""
    open_clocks = clocks(
        {"id": "A", "left": 29.0},
        {"id": "A", "metric": "first_response", "left": 65.0},
        {"id": "B", "left": -10.0, "is_breached": True, "p": math.nan},
        {"id": "B", "metric": "first_response", "left": 65.0},
        {"id": "C", "left": 29.0},
        {"id": "D", "left": -10.0, "is_breached": True, "p": math.nan},
    )
    weighed = weigh(tickets("A", "B", "C", "D"), open_clocks)
    assert weighed["list"].tolist() == ["ranked", "ranked", "lost", "lost"]
    assert weighed["value"].tolist()[:2] == pytest.approx([0.91970, 0.91970], abs=1e-5)
    assert weighed["value"].isna().tolist() == [False, False, True, True]
    assert weighed["is_breached"].tolist() == [False, True, False, True]


def test_paused_tickets_wait() -> None:
    """Only paused clocks: waiting, with no due date; a running one beside it ranks the ticket."""
    open_clocks = clocks(
        {"id": "A", "left": 150.0, "state": "paused"},
        {"id": "B", "left": 150.0, "state": "paused"},
        {"id": "B", "metric": "first_response", "left": 65.0},
    )
    weighed = weigh(tickets("A", "B"), open_clocks)
    assert weighed["list"].tolist() == ["waiting", "ranked"]
    assert weighed["next_metric"].tolist() == ["resolution", "first_response"]
    assert weighed["next_due_at"].isna().tolist() == [True, False]


def test_next_is_the_running_unbreached_clock_due_first() -> None:
    """A breached clock is overdue, but what can still be saved comes next."""
    open_clocks = clocks(
        {"id": "A", "metric": "first_response", "left": -30.0, "is_breached": True},
        {"id": "A", "left": 200.0},
        {"id": "B", "metric": "first_response", "left": 40.0},
        {"id": "B", "left": 200.0},
        {"id": "C", "left": -30.0, "is_breached": True},
    )
    weighed = weigh(tickets("A", "B", "C"), open_clocks)
    assert weighed["next_metric"].tolist() == ["resolution", "first_response", "resolution"]
    minutes = (weighed["next_due_at"] - AT).dt.total_seconds() / 60
    assert minutes.tolist() == [200.0, 40.0, -30.0]


def test_probability_is_the_highest_of_the_open_clocks() -> None:
    """The ticket's figure is the larger one; unknown ones are passed over."""
    open_clocks = clocks(
        {"id": "A", "metric": "first_response", "left": 40.0, "p": 0.7},
        {"id": "A", "left": 200.0, "p": 0.2},
        {"id": "B", "left": 200.0, "p": math.nan},
    )
    weighed = weigh(tickets("A", "B"), open_clocks)["breach_probability"]
    assert weighed["A"] == 0.7
    assert math.isnan(weighed["B"])


def test_by_rule_the_earlier_due_date_is_more_urgent() -> None:
    """Without a model: due date decides, what is late already is lost, nothing has a value."""
    open_clocks = clocks(
        {"id": "A", "left": 90.0},
        {"id": "B", "left": 10.0},
        {"id": "C", "left": -10.0, "is_breached": True},
    )
    bare = tickets("A", "B", "C")[["ticket_id"]]
    weighed = weigh(bare, open_clocks, by_rule=True)
    assert weighed["list"].tolist() == ["ranked", "ranked", "lost"]
    assert weighed["urgency"]["B"] > weighed["urgency"]["A"]
    assert weighed["value"].isna().all()


def test_a_ticket_without_a_promise_is_ranked_last() -> None:
    """No clock: nothing can be broken, so nothing is more urgent than it is."""
    weighed = weigh(tickets("A", "B"), clocks({"id": "A", "left": 9000.0}))
    assert weighed.loc["B", "list"] == "ranked"
    assert weighed.loc["B", "urgency"] == -math.inf
    assert math.isnan(weighed.loc["B", "log_value"])


@settings(max_examples=25)
@given(left=st.floats(31.0, 1e5), penalty=st.floats(0.0, 1e6), more=st.floats(1.0, 100.0))
def test_more_penalty_is_never_less_urgent(left: float, penalty: float, more: float) -> None:
    """Multiplying a ticket's penalty by one or more never lowers its urgency."""
    open_clocks = clocks({"id": "A", "left": left})
    low, high = (
        weigh(tickets("A", penalty=amount), open_clocks).loc["A", "urgency"]
        for amount in (penalty, penalty * more)
    )
    assert high >= low


@settings(max_examples=25)
@given(left=st.floats(31.0, 1e5), other=st.floats(31.0, 1e5), scale=st.floats(0.01, 1e4))
def test_currency_does_not_matter(left: float, other: float, scale: float) -> None:
    """All penalties in another currency: differences of urgency stay as they were."""
    open_clocks = clocks({"id": "A", "left": left}, {"id": "B", "left": other})
    gaps = [
        weigh(tickets("A", "B", penalty=amount), open_clocks)["urgency"].diff().iloc[1]
        for amount in (100.0, 100.0 * scale)
    ]
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-8)


def test_an_internal_target_counts_while_it_can_be_met() -> None:
    """150 minutes left, 60 on the internal target: worth 100 * e^-(60-30)/120 / 30 a minute.

    With 20 left on it 30 minutes of work do not fit: then the promise counts, as without it.
    """
    desk = tickets("A", "B", "C")
    open_clocks = clocks(
        {"id": "A", "left": 150.0, "inner": 60.0}, {"id": "B", "left": 150.0, "inner": 20.0},
        {"id": "C", "left": 150.0},
    )  # fmt: skip
    weighed = weigh(desk, open_clocks)
    assert weighed.loc["A", "value"] == pytest.approx(100 * math.exp(-0.25) / 30)
    assert weighed.loc["B", "value"] == weighed.loc["C", "value"]
    assert weighed["live_metrics"].tolist() == ["resolution"] * 3
