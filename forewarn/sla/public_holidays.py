"""Public holidays of a country or region, of which a desk keeps those that it names."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

_YEARS_OF_NAMES = tuple(range(2000, 2041))
"""Names are checked against these years: some holidays come but once."""


@dataclass(frozen=True)
class Holidays:
    """Which holidays close a calendar; ``only`` and ``without`` hold names, in any case."""

    country: str
    region: str | None
    only: tuple[str, ...]
    without: tuple[str, ...]


def holiday_dates(kept: Holidays, *, years: Iterable[int]) -> set[dt.date]:
    """The dates on which they fall in those years."""
    only, without = ({n.casefold() for n in names} for names in (kept.only, kept.without))
    return {
        day
        for day, names in _named(kept.country, kept.region, tuple(years)).items()
        if (not only or only & names) and not without & names
    }


def check_holidays(country: str, region: str | None, *, names: Iterable[str]) -> None:
    """Raise ValueError where a country, a region or a name is not known, with what comes close."""
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(f"no holidays of country {country!r} are known{_near(country, known)}")
    if region is not None and region not in known[country]:
        raise ValueError(
            f"no holidays of region {region!r} of {country} are known"
            f"{_near(region, known[country])}"
        )
    every = {n for names in _named(country, region, _YEARS_OF_NAMES).values() for n in names}
    for name in names:
        if name.casefold() not in every:
            raise ValueError(f"{country} has no holiday {name!r}{_near(name.casefold(), every)}")


@cache
def _named(country: str, region: str | None, years: tuple[int, ...]) -> dict[dt.date, set[str]]:
    """Per date its names in lower case: in the country's own language and in English."""
    import holidays

    found: dict[dt.date, set[str]] = {}
    default = holidays.country_holidays(country, subdiv=region, years=years, language=None)
    known = set(default.supported_languages or ())
    languages: list[str | None] = [x for x in (default.default_language, "en_US") if x in known]
    for language in languages or [None]:
        days = holidays.country_holidays(country, subdiv=region, years=years, language=language)
        for day, text in days.items():
            names = {part.strip().casefold() for part in text.split(";")}
            found.setdefault(day, set()).update(names)
    return found


def _near(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=3, cutoff=0.4)
    return f"; did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
