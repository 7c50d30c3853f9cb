"""Public holidays of a country or region, of which a desk keeps those that it names.

A name counts in the country's own language and in English, whatever language the machine
speaks. A holiday that is moved or estimated goes by its plain name.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

_YEARS_OF_NAMES = tuple(range(1970, 2051))
"""Names are checked against these years: some holidays come but once."""


@dataclass(frozen=True)
class Holidays:
    """Which holidays close a calendar; ``only`` and ``without`` hold names, in any case."""

    country: str
    region: str | None
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    categories: tuple[str, ...] = ("public",)


def holiday_dates(kept: Holidays, *, years: Iterable[int]) -> set[dt.date]:
    """The dates on which they fall in those years.

    A date on which two of them fall stays closed as long as one of the two is kept.
    """
    only, without = ({n.casefold() for n in names} for names in (kept.only, kept.without))
    closed: set[dt.date] = set()
    spared: set[dt.date] = set()
    place = (kept.country, kept.region, kept.categories)
    for told in _named(*place, tuple(years)):
        names = {day: {n.casefold() for n in found} for day, found in told.items()}
        closed |= {day for day, found in names.items() if not only or only & found}
        spared |= {day for day, found in names.items() if found <= without}
    return closed - spared


def known_country(text: str) -> str:
    """The country's code of two letters; ValueError with what comes close."""
    codes, names = _countries()
    if text.upper() in codes:
        return codes[text.upper()]
    by_name = {name.casefold(): f"{code} ({name})" for code, name in names.items()}
    by_code = {code.casefold(): f"{code} ({name})" for code, name in names.items()}
    near = _near(text, {**by_code, **by_name})
    raise ValueError(f"no holidays of country {text!r} are known{near}")


def known_region(country: str, text: str) -> str:
    """The region's code, also by its name; ValueError with what comes close."""
    entity = _entity(country)
    codes: dict[str, str] = {code.casefold(): code for code in entity.subdivisions}
    codes |= {name.casefold(): code for name, code in entity.subdivisions_aliases.items()}
    if text.casefold() in codes:
        return codes[text.casefold()]
    near = _near(text, {word: code for word, code in codes.items() if len(word) > 1})
    known = (
        f" (known: {', '.join(entity.subdivisions)})" if entity.subdivisions and not near else ""
    )
    raise ValueError(f"no holidays of region {text!r} of {country} are known{near}{known}")


def check_categories(country: str, categories: Iterable[str]) -> None:
    """Raise ValueError where one is not known, with those of the country."""
    known = sorted(_entity(country).supported_categories)
    for name in categories:
        if name not in known:
            raise ValueError(f"{country} has no category {name!r}; expected {', '.join(known)}")


def check_names(place: Holidays, names: Iterable[str]) -> None:
    """Raise ValueError where a name is not known there, with what comes close."""
    told = _named(place.country, place.region, place.categories, _YEARS_OF_NAMES)
    every = {n.casefold(): n for days in told for found in days.values() for n in found}
    for name in names:
        if name.casefold() not in every:
            where = f"{place.country}-{place.region}" if place.region else place.country
            raise ValueError(f"{where} has no holiday {name!r}{_near(name, every)}")


@cache
def _named(
    country: str, region: str | None, categories: tuple[str, ...], years: tuple[int, ...]
) -> tuple[dict[dt.date, list[str]], ...]:
    """Per language the names of each date: in the country's own and in English."""
    return tuple(
        {day: [_plain(n, labels) for n in entity.get_list(day)] for day in entity}
        for entity in _told(country, region, categories, years)
        for labels in [_labels(entity)]
    )


def _told(
    country: str, region: str | None, categories: tuple[str, ...], years: tuple[int, ...]
) -> Iterator[Any]:
    own = _entity(country)
    english = [name for name in own.supported_languages if name.startswith("en")][:1]
    for language in dict.fromkeys([own.default_language, *english]):
        yield _entity(country, subdiv=region, categories=categories, years=years,
                      language=language)  # fmt: skip


def _entity(country: str, **settings: Any) -> Any:
    import holidays

    return holidays.country_holidays(country, expand=False, **settings)


@cache
def _countries() -> tuple[dict[str, str], dict[str, str]]:
    """The two letters of every code, and the name of each two letters."""
    from holidays.registry import COUNTRIES

    codes = {code: c[1] for c in COUNTRIES.values() for code in c[1:] if code.isupper()}
    names = {c[1]: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", c[0]) for c in COUNTRIES.values()}
    return codes, names


def _labels(entity: Any) -> list[re.Pattern[str]]:
    """``%s (observed)`` and the like, longest first."""
    names = [n for n in dir(entity) if n.endswith("_label") and n != "substituted_label"]
    texts = {str(entity.tr(str(getattr(entity, name)))) for name in names}
    ordered = sorted((text for text in texts if "%s" in text), key=len, reverse=True)
    return [re.compile(re.escape(text).replace("%s", "(.+)")) for text in ordered]


def _plain(name: str, labels: Sequence[re.Pattern[str]]) -> str:
    """The holiday that a moved or estimated one stands for."""
    found = next((match for label in labels if (match := label.fullmatch(name))), None)
    return name if found is None else found[1]


def _near(word: str, known: dict[str, str]) -> str:
    """``known``: what is compared, and how it is written."""
    close = dict.fromkeys(
        known[c] for c in get_close_matches(word.casefold(), known, n=3, cutoff=0.4)
    )
    return f"; did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
