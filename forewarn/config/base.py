"""What all parts of the configuration share: strict models, names, durations, zones."""

import datetime as dt
import re
from typing import Annotated, Literal, Protocol, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Metric = Literal[
    "first_response", "next_response", "periodic_update", "resolution", "requester_wait",
    "agent_work", "ownership", "answer",
]  # fmt: skip
METRICS: tuple[Metric, ...] = get_args(Metric)
IMPORTABLE: tuple[Metric, ...] = ("first_response", "resolution")
"""Metrics whose deadline can come with the ticket."""
REPLIES: tuple[Metric, ...] = ("first_response", "next_response", "periodic_update", "answer")
"""Metrics that a reply fulfils; the others take the work that is left."""

StatusCategory = Literal["new", "open", "pending", "on_hold", "solved", "closed"]

_DURATION = re.compile(r"(?:(\d+)w)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")


class Model(BaseModel):
    """An immutable part of the configuration; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parse_duration(value: object) -> object:
    """Read ``"1d 4h"`` or ``"90m"`` as a timedelta; leave timedeltas alone.

    >>> parse_duration("1h 30m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(value, dt.timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError("expected a duration such as 30m, 4h, 2d or '1d 4h'")
    amounts = {u: int(n) for u, n in zip(_UNITS, match.groups(), strict=True) if n}
    return dt.timedelta(**amounts)


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"unknown time zone {value!r}; expected an IANA name such as Europe/Berlin or UTC"
        ) from error
    return value


def as_text(value: object) -> object:
    """Let ``1`` and ``true`` in YAML stand for the texts that data files hold."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def as_texts(value: object) -> object:
    """Let one value stand for a list of it."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(as_text(v) for v in values)


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str: ...


_NAMED = TypeVar("_NAMED", bound=Named)


def names_differ(values: tuple[_NAMED, ...]) -> tuple[_NAMED, ...]:
    """The values; ValueError where two have the same name."""
    names = [value.name for value in values]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"two have the name {repeated[0]!r}; names must differ")
    return values


Duration = Annotated[
    dt.timedelta,
    BeforeValidator(parse_duration),
    Field(gt=dt.timedelta(0)),
    WithJsonSchema({"type": "string", "examples": ["30m", "4h", "1d 4h"]}),
]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Text = Annotated[str, BeforeValidator(as_text)]
Values = Annotated[tuple[str, ...], BeforeValidator(as_texts)]
