"""Calendars in forewarn.yaml: what is read, and what is refused with its line."""

import datetime as dt
from importlib.metadata import version
from pathlib import Path

import pytest

from forewarn.config import clock_settings, parse_config
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


def test_a_moved_holiday_goes_by_its_name() -> None:
    """Christmas of 2021 was a Saturday: Americans had the Friday before."""
    kept = Holidays("US", None, ("Christmas Day",))
    assert holiday_dates(kept, years=[2021]) == {dt.date(2021, 12, 24), dt.date(2021, 12, 25)}


def test_two_holidays_on_one_date_close_it_until_both_are_left_out() -> None:
    """In 2008 Ascension Day fell on Labour Day."""
    first_of_may, both = dt.date(2008, 5, 1), ("Erster Mai", "Christi Himmelfahrt")
    assert first_of_may in holiday_dates(Holidays("DE", None, (), both[:1]), years=[2008])
    assert first_of_may not in holiday_dates(Holidays("DE", None, (), both), years=[2008])


@pytest.mark.parametrize("language", ["de", "th"])
def test_the_language_of_the_machine_plays_no_part(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names count in German and in English, wherever it runs."""
    monkeypatch.setenv("LANGUAGE", language)
    kept = Holidays("DE", None, ("Neujahr", "Good Friday"))
    assert holiday_dates(kept, years=(2023,)) == {dt.date(2023, 1, 1), dt.date(2023, 4, 7)}


@pytest.mark.parametrize(
    ("more", "country", "region"),
    [
        ("holidays: {country: DE, region: Bayern}", "DE", "BY"),
        ("holidays: [{country: NO}]", "NO", None),
        ("holidays: [{country: CA, region: ON}]", "CA", "ON"),
        ("holidays: {country: aut, region: 9}", "AT", "9"),
    ],
)
def test_places_are_read_as_people_write_them(more: str, country: str, region: str) -> None:
    """One entry without a list, a region by name; YAML takes NO and ON for truth values."""
    (kept,) = parse_config(YAML.format(more=more)).sla.calendars["office"].holidays
    assert (kept.country, kept.region) == (country, region)


def test_categories_are_those_of_the_country() -> None:
    """The day after Christmas is a bank holiday of Belgium, no public one."""
    second = dt.date(2024, 12, 26)
    assert second not in holiday_dates(Holidays("BE", None), years=[2024])
    assert second in holiday_dates(Holidays("BE", None, categories=("bank",)), years=[2024])


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("country: Germny", "holidays.0.country: no holidays of country 'Germny' are known; did"),
        ("region: Bayren", "holidays.0.region: no holidays of region 'Bayren' of DE are known; di"),
        ("categories: [bank]", "holidays.0.categories: DE has no category 'bank'; expected"),
        ("without: [Christmas]", "holidays.0.without: DE has no holiday 'Christmas'; did you"),
    ],
)
def test_a_mistake_among_holidays_is_told_at_its_own_line(
    tmp_path: Path, key: str, said: str
) -> None:
    """The line of the key, not that of the calendar."""
    place = [] if key.startswith("country") else ["country: DE"]
    lines = ["holidays:", "  - categories: [public]", *(f"    {x}" for x in [*place, key])]
    if key.startswith("categories"):
        lines = ["holidays:", "  - country: DE", f"    {key}"]
    message = refusal(tmp_path, "\n      ".join(lines))
    assert message.startswith(f"forewarn.yaml:{8 + len(lines) - 1}: sla.calendars.office.{said}")


def test_holidays_are_chosen_one_way(tmp_path: Path) -> None:
    """What only does not name is left out already."""
    more = "holidays: {country: DE, only: [Neujahr], without: [Erster Mai]}"
    assert "expected either only or without" in refusal(tmp_path, more)


def test_the_library_of_holidays_is_a_setting_of_the_clocks() -> None:
    """With another version of it the history is built again; without holidays it is not."""
    plain, closed = (
        clock_settings(parse_config(YAML.format(more=more)).sla)
        for more in ("closed_on: []", "holidays: {country: DE}")
    )
    assert "holidays" not in plain
    assert closed["holidays"] == version("holidays")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("holidays: [{country: GERMANY}]", "no holidays of country 'GERMANY' are known"),
        ("holidays: [{country: DE, region: XX}]", "no holidays of region 'XX' of DE are known"),
        ("holidays: [{country: DE, only: [Good Fridy]}]", "did you mean 'Good Friday'"),
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


DAY = "DTSTART;VALUE=DATE:20240510"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (f"{DAY}\nRRULE:FREQ=DAILY;INTERVAL=0", "event 'Closed': RRULE has an INTERVAL below 1"),
        (f"{DAY}\nRRULE:FREQ=SECONDLY", "RRULE repeats by SECONDLY; expected DAILY, WEEKLY"),
        (f"{DAY}\nRRULE:every monday", "RRULE repeats by NOTHING"),
        (f"{DAY}\nDTEND;VALUE=DATE:20240501", "it ends (2024-05-01) before it starts (2024-05-10)"),
        (
            "DTSTART;TZID=Nowhere/Land:20240510T000000\nDURATION:P1D",
            "zone 'Nowhere/Land' is neither",
        ),
        ("DTSTART;VALUE=DATE:20241350", "DTSTART: Wrong date format 20241350"),
        ("DESCRIPTION:none", "it has no start (DTSTART)"),
    ],
)
def test_an_event_that_cannot_be_told_is_refused_by_name(
    tmp_path: Path, event: str, said: str
) -> None:
    """Rules that never end, unknown zones and swapped ends are no silent surprises."""
    ics(tmp_path, event)
    message = refusal(tmp_path, "icalendar: days.ics")
    assert message.startswith("forewarn.yaml:5: sla.calendars.office: days.ics: event 'Closed': ")
    assert said in message


def test_times_without_a_zone_are_the_calendars_own(tmp_path: Path) -> None:
    """A floating day is a day; one of New York begins at six in Berlin and covers none whole."""
    floating = ics(tmp_path, "DTSTART:20240510T000000\nDTEND:20240512T000000")
    found = read_closed_days(floating, zone="Europe/Berlin")
    assert found == {dt.date(2024, 5, 10), dt.date(2024, 5, 11)}
    zone = "TZID=America/New_York"
    abroad = ics(tmp_path, f"DTSTART;{zone}:20240510T000000\nDTEND;{zone}:20240511T000000")
    with pytest.raises(ValueError, match=r"days\.ics has no event that lasts a whole day"):
        read_closed_days(abroad, zone="Europe/Berlin")


def test_one_cancelled_day_of_a_series_is_open(tmp_path: Path) -> None:
    """And a further one (RDATE) is closed; a byte order mark does not matter."""
    path = ics(
        tmp_path,
        "DTSTART;VALUE=DATE:20240101\nRRULE:FREQ=YEARLY;COUNT=3\nRDATE;VALUE=DATE:20240701",
        "RECURRENCE-ID;VALUE=DATE:20250101\nDTSTART;VALUE=DATE:20250101\nSTATUS:CANCELLED",
    )
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"UID:1", b"UID:0"))
    found = sorted(read_closed_days(path, zone="UTC"))
    assert found == [dt.date(2024, 1, 1), dt.date(2024, 7, 1), dt.date(2026, 1, 1)]


def test_files_need_a_folder() -> None:
    """A text that lies nowhere cannot name files beside it: no calendar without its closed days."""
    with pytest.raises(ConfigError, match="icalendar names files beside"):
        parse_config(YAML.format(more="icalendar: days.ics"))


def test_the_calendar_of_the_page_is_accepted(tmp_path: Path) -> None:
    """docs/clock.md shows one calendar in two parts; what people copy must load."""
    page = (Path(__file__).parents[3] / "docs" / "clock.md").read_text("utf-8")
    parts = [block.split("```")[0] for block in page.split("```yaml\n")[1:3]]
    ics(tmp_path, DAY).rename(tmp_path / "works-holidays.ics")
    sources = "sources: [{name: t, shape: tickets, path: t.csv}]\n"
    (tmp_path / "forewarn.yaml").write_text(sources + "".join(parts), "utf-8")
    office = load_config(tmp_path / "forewarn.yaml").sla.calendars["office"]
    assert office.holidays[0].without == ("Epiphany",)
    assert office.closed_on == (dt.date(2024, 5, 10),)
    assert len(office.versions) == 1
