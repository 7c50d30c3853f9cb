"""Features that a user declares: events, whose they are, and what to make of them."""

import difflib
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from forewarn.config.base import Model, Text, as_texts, names_differ
from forewarn.schema import EVENT_KINDS


def _known_kinds(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in EVENT_KINDS:
            close = difflib.get_close_matches(value, EVENT_KINDS) or EVENT_KINDS
            raise ValueError(f"{value!r} is no kind of event; expected {' or '.join(close)}")
    return values


EventKinds = Annotated[
    tuple[str, ...],
    BeforeValidator(as_texts),
    AfterValidator(_known_kinds),
    WithJsonSchema({"type": "array", "items": {"enum": list(EVENT_KINDS)}}),
]
Window = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[mhd]$", description="such as 4h or 28d")]


class OwnFeature(Model):
    """One feature of your own, over the events of a ticket, a customer, a group ...

    Facts count from the instant from which they can be seen on, like those of every feature.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    events: EventKinds = Field(min_length=1, description="kinds of events that count")
    by: Text = Field(
        "ticket",
        description="whose: ticket, customer, group, agent (who has the ticket), priority, "
        "category, desk, or a text column of tickets",
    )
    actors: tuple[Literal["agent", "customer", "bot", "system"], ...] = Field(
        (), description="whose doing; all if not given, but what bots write counts only by name"
    )
    is_public: bool | None = Field(None, description="only public ones, or only internal ones")
    measure: Literal["count", "age", "mean", "ratio"] = Field(
        description="number in the window; hours since the latest; mean of to_value; number in "
        "the window against the usual of the trailing window"
    )
    window: Window | None = Field(None, description="how far back; the whole history if not given")
    trailing: Window | None = Field(None, description="the usual, of a ratio: longer than window")
    why: Text = Field("Declared in forewarn.yaml.", description="one line, for whoever reads it")

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if self.measure == "age" and self.window:
            raise ValueError("an age has no window: it is the time since the latest event")
        if (self.measure == "ratio") != (self.trailing is not None):
            raise ValueError("a ratio, and nothing else, needs a trailing window")
        if self.trailing and (not self.window or minutes(self.window) >= minutes(self.trailing)):
            raise ValueError("trailing must be longer than window")
        return self


def minutes(window: str) -> int:
    """The length of a window.

    >>> minutes("2d")
    2880
    """
    return int(window[:-1]) * {"m": 1, "h": 60, "d": 1440}[window[-1]]


OwnFeatures = Annotated[tuple[OwnFeature, ...], AfterValidator(names_differ)]
