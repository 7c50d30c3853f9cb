"""All clocks of some tables, told slowly, by an observer who has nothing but what is known.

It shares nothing with the engine but the configuration's values and the canonical tables:
at every ``as_of`` it throws away what is not known and begins from the ticket's creation.
"""

from typing import Any

from slow_calendar import SlowCalendar, microseconds_of
from slow_clock import SlowReading
from slow_life import Life
from slow_promises import Promises, Row, rows_of

from forewarn.config import SlaConfig
from forewarn.tables import Tables


class Oracle:
    """Answers what every promised clock reads at an instant."""

    def __init__(self, tables: Tables, sla: SlaConfig) -> None:
        self.sla = sla
        self.watermark = microseconds_of(tables.watermark.to_pydatetime())
        self.calendars: dict[str | None, SlowCalendar] = {None: SlowCalendar(None)}
        self.calendars |= {name: SlowCalendar(c) for name, c in sla.calendars.items()}
        self.tickets = rows_of(tables.tickets)
        self.events, self.customers = rows_of(tables.ticket_events), rows_of(tables.customers)
        for row in self.tickets:
            row["known_at"] = max(row["known_at"], row["created_at"])
        for row in self.events + self.customers:
            row["known_at"] = max(row["known_at"], row["occurred_at"])
        self.events.sort(key=lambda e: (e["occurred_at"], e["sequence"]))

    def readings(
        self, *, as_of: int, until: int | None = None
    ) -> dict[tuple[str, str], list[SlowReading]]:
        """By ticket and metric, the readings of its cycles; counted up to ``until``."""
        horizon = as_of if until is None else until
        found: dict[tuple[str, str], list[SlowReading]] = {}
        for ticket in self.tickets:
            for metric in self.sla.metrics if ticket["known_at"] < as_of else ():
                cycles = self.life(ticket, metric, as_of).cycles
                promised = [c.result(horizon) for c in cycles if c.terms is not None]
                if promised:
                    found[ticket["ticket_id"], metric] = promised
        return found

    def life(self, ticket: Row, metric: str, as_of: int) -> Life:
        """What happened to the clocks of one metric on one ticket, by what is known."""
        events: list[Any] = [
            e
            for e in self.events
            if e["ticket_id"] == ticket["ticket_id"] and e["known_at"] < as_of
        ]
        customers = [c for c in self.customers if c["known_at"] < as_of]
        promises = Promises(self.sla, ticket, events, customers, metric, as_of)
        return Life(self.sla, ticket, events, promises, self.calendars)
