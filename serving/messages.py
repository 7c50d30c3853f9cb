"""What a run tells other systems: rows for the outbox, written in the run's own transaction."""

import datetime as dt

import pandas as pd

from serving.run import Message


def messages_of(as_of: dt.datetime, *, flags: pd.DataFrame) -> tuple[Message, ...]:
    """One message that a queue was published, one per flagged customer and ISO week.

    A newer queue replaces an older one that was not sent yet, a newer week's flag an older
    week's of the same customer.
    """
    moment = as_of.isoformat()
    year, week, _ = as_of.isocalendar()
    published = Message(f"queue:{moment}", "queue", "queue.published", {"as_of": moment})
    flagged = [
        Message(
            key=f"customer:{row['customer_id']}:{year}-W{week:02}",
            topic=f"customer:{row['customer_id']}",
            kind="customer.flagged",
            payload={"customer_id": row["customer_id"], "reason": row["reason"], "as_of": moment},
        )
        for row in flags.to_dict("records")
    ]
    return (published, *flagged)
