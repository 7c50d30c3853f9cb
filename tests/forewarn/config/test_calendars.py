"""Calendars in forewarn.yaml: what is read, and what is refused with its line."""

import datetime as dt
from pathlib import Path

import pytest

from forewarn.config.load import load_config
from forewarn.errors import ConfigError
from forewarn.sla.icalendar_files import read_closed_days
from forewarn.sla.public_holidays import Holidays, holiday_dates

YAML = """
sources: [{{name: t, shape: flat_tickets, path: t.csv, time_zone: UTC}}]
sla:
  calendars:
    office:
      time_zone: Europe/Berlin
      windows: {{mon-fri: ["09:00-17:00"]}}
      {more}
"""
DISORDER = """versions:
        - {valid_from: 2024-06-05, windows: {mon: ["09:00-10:00"]}}
        - {valid_from: 2024-06-01, windows: {mon: ["09:00-10:00"]}}"""
EVENT = """BEGIN:VEVENT
UID:{uid}
SUMMARY:Closed
{lines}
END:VEVENT
"""


def ics(folder: Path, *events: str) -> Path:
    """A file of events, each given by its lines."""
    body = "".join(EVENT.format(uid=i, lines=e) for i, e in enumerate(events))
    path = folder / "days.ics"
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{body}END:VCALENDAR\n"
    path.write_text(text.replace("\n", "\r\n"))
    return path


def refusal(folder: Path, more: str) -> str:
    """What is said of a calendar with this key."""
    (folder / "forewarn.yaml").write_text(YAML.format(more=more))
    with pytest.raises(ConfigError) as caught:
        load_config(folder / "forewarn.yaml")
    return str(caught.value)


def test_a_region_keeps_the_holidays_that_it_names() -> None:
    """Bavaria has Corpus Christi; only two are kept, in two languages; one is left out."""
    every = holiday_dates(Holidays("DE", "BY", (), ()), years=[2024])
    assert dt.date(2024, 5, 30) in every
    kept = Holidays("DE", "BY", ("New Year's Day", "Fronleichnam"), ())
    assert holiday_dates(kept, years=[2024]) == {dt.date(2024, 1, 1), dt.date(2024, 5, 30)}
    without = holiday_dates(Holidays("DE", "BY", (), ("corpus christi",)), years=[2024])
    assert every - without == {dt.date(2024, 5, 30)}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("holidays: [{country: GERMANY}]", "no holidays of country 'GERMANY' are known"),
        ("holidays: [{country: DE, region: XX}]", "no holidays of region 'XX' of DE are known"),
        ("holidays: [{country: DE, only: [Good Fridy]}]", "did you mean 'good friday'"),
        ("icalendar: [none.ics]", "none.ics is not a file"),
        ("versions: [{valid_from: 2024-06-05, windows: {mon: []}}]", "never open"),
        (
            DISORDER,
            "oldest first",
        ),
    ],
)
def test_what_is_not_known_is_told_with_its_line(tmp_path: Path, more: str, said: str) -> None:
    """Line, key and what comes close."""
    message = refusal(tmp_path, more)
    assert said in message
    assert message.startswith(("forewarn.yaml:8: sla.calendars.office.", "forewarn.yaml:5: "))


def test_events_of_whole_days_close_them(tmp_path: Path) -> None:
    """One day, several, every year, in a zone; short and cancelled ones close nothing."""
    path = ics(
        tmp_path,
        "DTSTART;VALUE=DATE:20240510",
        "DTSTART;VALUE=DATE:20241223\nDTEND;VALUE=DATE:20241225",
        "DTSTART;VALUE=DATE:20200703\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20210703",
        "DTSTART:20240131T230000Z\nDTEND:20240201T230000Z",
        "DTSTART:20240315T080000Z\nDTEND:20240315T120000Z",
        "DTSTART;VALUE=DATE:20240611\nSTATUS:CANCELLED",
    )
    assert sorted(read_closed_days(path, zone="Europe/Berlin")) == [
        dt.date(2020, 7, 3), dt.date(2022, 7, 3), dt.date(2024, 2, 1), dt.date(2024, 5, 10),
        dt.date(2024, 12, 23), dt.date(2024, 12, 24),
    ]  # fmt: skip


def test_the_days_of_a_file_stand_in_the_configuration(tmp_path: Path) -> None:
    """So that a changed file is a changed configuration."""
    ics(tmp_path, "DTSTART;VALUE=DATE:20240510")
    more = "icalendar: days.ics\n      closed_on: [2024-01-02]"
    (tmp_path / "forewarn.yaml").write_text(YAML.format(more=more))
    calendar = load_config(tmp_path / "forewarn.yaml").sla.calendars["office"]
    assert calendar.closed_on == (dt.date(2024, 1, 2), dt.date(2024, 5, 10))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not an iCalendar file"),
        (b"\x00\xff\xfe nonsense", "not an iCalendar file"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:never\r\n", "not an iCalendar file"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n", "no event"),
        (b"X" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Empty, binary, cut, without events, too large."""
    (tmp_path / "days.ics").write_bytes(content)
    assert said in refusal(tmp_path, "icalendar: days.ics")
