"""The share of contacts answered in time, under each way to count those that gave up."""

from typing import Any

import pandas as pd
import pytest

from forewarn.config import ServiceLevelConfig
from forewarn.errors import ConfigError, DataError
from forewarn.sla.service_level import Period, service_levels

START = pd.Timestamp("2026-03-02T09:00Z")
INSTANTS = ("arrived_at", "queued_at", "answered_at", "abandoned_at", "cancelled_at")
Contact = dict[str, Any]


def contact(
    start: str = "2026-03-02T09:00:00Z", group: str | None = "voice", **ends: Any
) -> Contact:
    """A contact that arrived at an instant; ``answered=5`` or so many seconds after it."""
    at = pd.Timestamp(start)
    later = {f"{name}_at": at + pd.Timedelta(seconds=s) for name, s in ends.items()}
    return {"ticket_id": "T", "group_id": group, "arrived_at": at, **later}


def table(contacts: list[Contact]) -> pd.DataFrame:
    """Contacts as a typed table."""
    frame = pd.DataFrame(contacts).reindex(columns=["ticket_id", "group_id", *INSTANTS, "channel"])
    for name in INSTANTS:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame


def levels(
    contacts: list[Contact], *, period: Period = "all", zone: str = "UTC", **settings: Any
) -> pd.DataFrame:
    """The figures of a level of 80 % in 20 s with these settings."""
    config = ServiceLevelConfig.model_validate({"name": "voice", **settings})
    return service_levels(table(contacts), config, period=period, zone=zone)


def total(contacts: list[Contact], **settings: Any) -> pd.Series:
    """The figures of all groups over the whole time."""
    found = levels(contacts, **settings)
    return found[found["is_total"]].iloc[0]


def published() -> list[Contact]:
    """860 answered in time of 1,000 answered, 20 abandoned within 20 s, 40 after."""
    return (
        [contact(answered=20)] * 860 + [contact(answered=21)] * 140
        + [contact(abandoned=20)] * 20 + [contact(abandoned=20.000001)] * 40
    )  # fmt: skip


@pytest.mark.parametrize(
    ("within", "after", "good", "counted", "percent"),
    [
        ("normal", "missed", 880, 1060, "83.02"),
        ("ignored", "ignored", 860, 1000, "86.00"),
        ("missed", "missed", 860, 1060, "81.13"),
        ("ignored", "missed", 860, 1040, "82.69"),
        ("normal", "ignored", 880, 1020, "86.27"),
        ("normal", "normal", 880, 1060, "83.02"),
        ("missed", "ignored", 860, 1020, "84.31"),
        ("missed", "normal", 860, 1060, "81.13"),
        ("ignored", "normal", 860, 1040, "82.69"),
    ],
)
def test_the_published_formulas(
    within: str, after: str, good: int, counted: int, percent: str
) -> None:
    """Each pair of lost-contact modes gives the share that is published for it."""
    found = total(published(), abandoned_within=within, abandoned_after=after)
    assert found["share"] == found[f"share_{within}_{after}"] == good / counted
    assert f"{100 * found['share']:.2f}" == percent


def test_the_counts_stand_beside_the_shares() -> None:
    """Offered is answered or abandoned; the abandoned are split at the threshold."""
    found = total(published())
    names = ["n_offered", "n_answered", "n_in_time", "n_abandoned_within", "n_abandoned_after"]
    assert found[names].tolist() == [1060, 1000, 860, 20, 40]
    assert found["abandoned_share"] == 60 / 1060
    assert found["average_answer_seconds"] == 20.14
    assert found["longest_wait_seconds"] == 21.0


def test_a_threshold_of_its_own_splits_the_abandoned() -> None:
    """With 10 s, who gave up after 15 s counts by abandoned_after: normal is still in time."""
    contacts = [contact(answered=5), contact(abandoned=10), contact(abandoned=15)]
    found = total(contacts, short_abandon="10s")
    assert (found["n_abandoned_within"], found["n_abandoned_after"]) == (1, 1)
    assert found["share_missed_normal"] == 2 / 3
    assert found["share_ignored_missed"] == 1 / 2
    late = total([contact(answered=5), contact(abandoned=25)], short_abandon="30s")
    assert late["share_normal_missed"] == 1 / 2


def test_the_target_is_compared_without_rounding() -> None:
    """79.96 % is not 80 %, though it reads so with no decimals; 80 % exactly is met."""
    missed = [contact(answered=1)] * 1999 + [contact(answered=60)] * 501
    met = [contact(answered=1)] * 2000 + [contact(answered=60)] * 500
    assert [bool(total(c)["is_met"]) for c in (missed, met)] == [False, True]


def test_in_time_is_up_to_the_last_microsecond() -> None:
    """20 s is in time, a microsecond more is not."""
    assert total([contact(answered=20)])["n_in_time"] == 1
    assert total([contact(answered=20.000001)])["n_in_time"] == 0


def test_contacts_that_still_wait_are_counted_apart() -> None:
    """They are neither answered nor abandoned, however long they have waited."""
    found = total([contact(), contact(answered=5), contact(cancelled=90)])
    assert (found["n_offered"], found["n_waiting"], found["n_cancelled"]) == (1, 1, 1)
    assert (found["share"], found["longest_wait_seconds"]) == (1.0, 5.0)


def test_where_nothing_counts_there_is_no_share() -> None:
    """Only lost contacts that are ignored: null, and neither met nor missed."""
    found = levels([contact(abandoned=5)], abandoned_within="ignored")
    assert found["share"].isna().all()
    assert found["is_met"].isna().all()
    assert found["average_answer_seconds"].isna().all()
    assert levels([]).empty


def test_the_clock_starts_at_arrival_or_in_the_queue() -> None:
    """Twelve seconds of menu count by the one setting and not by the other."""
    contacts = [contact(queued=12, answered=25), contact(abandoned=5)]
    arrived, queued = (total(contacts, start=start) for start in ("arrived", "queued"))
    assert (arrived["n_in_time"], arrived["average_answer_seconds"]) == (0, 25.0)
    assert (queued["n_in_time"], queued["average_answer_seconds"]) == (1, 13.0)
    assert (arrived["n_unstarted"], queued["n_unstarted"]) == (0, 1)
    assert queued["n_offered"] == 1


def test_each_group_has_a_row_and_contacts_without_one_too() -> None:
    """All first, then by group; no group is not the same as all of them."""
    found = levels([contact(group="b", answered=5), contact(group="a", answered=50),
                    contact(group=None, answered=5)])  # fmt: skip
    shown = found[["is_total", "group_id", "n_offered", "share"]].astype(object)
    assert shown.where(shown.notna(), None).to_numpy().tolist() == [
        [True, None, 3, 2 / 3], [False, "a", 1, 0.0], [False, "b", 1, 1.0], [False, None, 1, 1.0]
    ]  # fmt: skip


def test_periods_are_those_of_the_zone() -> None:
    """23:30 UTC on Sunday 1 March is Monday in Berlin: another day and week, the same month."""
    contacts = [contact("2026-03-01T23:30:00Z", answered=5), contact(answered=50)]
    found = {
        (period, zone): [
            (str(row.period_on)[:10], row.n_offered)
            for row in levels(contacts, period=period, zone=zone).itertuples()
            if row.is_total
        ]
        for period in ("day", "week", "month")
        for zone in ("UTC", "Europe/Berlin")
    }
    assert found == {
        ("day", "UTC"): [("2026-03-01", 1), ("2026-03-02", 1)],
        ("day", "Europe/Berlin"): [("2026-03-02", 2)],
        ("week", "UTC"): [("2026-02-23", 1), ("2026-03-02", 1)],
        ("week", "Europe/Berlin"): [("2026-03-02", 2)],
        ("month", "UTC"): [("2026-03-01", 2)],
        ("month", "Europe/Berlin"): [("2026-03-01", 2)],
    }


def test_only_the_contacts_that_the_level_names() -> None:
    """Groups and values of columns choose; a column that is not there is an error."""
    contacts = [contact(group="a", answered=5) | {"channel": "phone"},
                contact(group="a", answered=5) | {"channel": "chat"},
                contact(group="b", answered=5) | {"channel": "phone"}]  # fmt: skip
    assert total(contacts, groups="a")["n_offered"] == 2
    assert total(contacts, groups="a", when={"channel": "phone"})["n_offered"] == 1
    with pytest.raises(ConfigError, match="service level 'voice' looks at 'mood'"):
        levels(contacts, when={"mood": "bad"})


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [(contact(answered=5, abandoned=6), "both answered and abandoned"),
     (contact(answered=-1), "ends before arrived_at")],
)  # fmt: skip
def test_a_contact_that_cannot_be_is_refused(wrong: Contact, fault: str) -> None:
    """It would bend the figures in silence."""
    with pytest.raises(DataError, match=f"of ticket 'T', .*{fault}"):
        levels([contact(answered=5), wrong])
