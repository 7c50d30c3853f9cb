"""What a run tells other systems: rows for the outbox, written in the run's own transaction."""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd

from serving.run import Message


def shown_message(key: str, *, run_id: int, as_of: dt.datetime) -> Message:
    """That another queue is shown from now on: published, or put back by a person.

    A newer one replaces an older one that was not sent yet.
    """
    payload = {"as_of": as_of.isoformat(), "run_id": run_id}
    return Message(f"queue:{key}", "queue", "queue.published", payload)


def flag_messages(
    as_of: dt.datetime, *, flags: pd.DataFrame, time_zone: str
) -> tuple[Message, ...]:
    """One message per flagged customer and ISO week of the zone, for which flags are decided.

    A newer week's flag replaces an older week's of the same customer that was not sent yet.
    """
    moment = as_of.isoformat()
    year, week, _ = as_of.astimezone(ZoneInfo(time_zone)).isocalendar()
    return tuple(
        Message(
            key=f"customer:{row['customer_id']}:{year}-W{week:02}",
            topic=f"customer:{row['customer_id']}",
            kind="customer.flagged",
            payload={"customer_id": row["customer_id"], "reason": row["reason"], "as_of": moment},
        )
        for row in flags.to_dict("records")
    )
