"""What a run tells other systems of flagged customers."""

import datetime as dt

import pandas as pd
import pytest

from serving.messages import flag_messages

FLAGS = pd.DataFrame({"customer_id": ["C1"], "reason": ["3 open"]})


@pytest.mark.parametrize(
    ("as_of", "time_zone", "week"),
    [
        ("2026-03-08T23:30+00:00", "UTC", "W10"),
        ("2026-03-08T23:30+00:00", "Europe/Berlin", "W11"),
        ("2026-03-09T03:30+00:00", "America/New_York", "W10"),
    ],
)
def test_a_flag_is_told_once_in_the_week_that_it_is_decided_for(
    as_of: str, time_zone: str, week: str
) -> None:
    """Sunday night in UTC is Monday in Berlin; Monday's first hours are Sunday in New York."""
    (message,) = flag_messages(dt.datetime.fromisoformat(as_of), flags=FLAGS, time_zone=time_zone)
    assert message.key == f"customer:C1:2026-{week}"
    assert message.topic == "customer:C1"
