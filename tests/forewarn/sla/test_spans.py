"""How far calendars are compiled."""

import numpy as np
from sla_tables import make_tables

from forewarn.config import SlaConfig
from forewarn.sla.clock import read_clocks
from forewarn.sla.openings import NAT
from forewarn.sla.timeline import build_timelines

MONDAY = 1_717_405_200_000_000  # 2024-06-03 09:00 UTC


def test_a_change_to_shorter_hours_leaves_no_deadline_beyond_the_calendar() -> None:
    """400 hours at one a week take seven years and more."""
    calendar = {
        "time_zone": "UTC",
        "windows": {"mon-fri": ["09:00-17:00"]},
        "versions": [{"valid_from": "2024-06-03", "windows": {"mon": ["09:00-10:00"]}}],
    }
    policy = {"name": "p", "calendar": "office", "targets": {"resolution": "400h"}}
    sla = SlaConfig.model_validate({"calendars": {"office": calendar}, "policies": [policy]})
    ticket = {"ticket_id": "t", "created_at": MONDAY}
    created = {"ticket_id": "t", "occurred_at": MONDAY, "kind": "created"}
    timelines = build_timelines(make_tables([ticket], [created]), sla)
    due = read_clocks(timelines, np.array([0]), as_of=MONDAY + 1).due_at[0]
    assert due != NAT
    assert due - MONDAY == (399 * 7 * 24 + 1) * 3_600_000_000  # the end of the 400th hour
