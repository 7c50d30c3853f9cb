"""A history of which some streams are made elsewhere: by other machines, or of what is new."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from features.history import History
from features.medians import Medians
from features.streams import Stream


@dataclass(frozen=True)
class GivenHistory(History):
    """A history of which some streams are given, in place of its own."""

    given: Mapping[str, Stream] = field(default_factory=dict)
    given_medians: Mapping[str, Medians] = field(default_factory=dict)

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        return {**super().streams, **self.given}

    @cached_property
    def medians(self) -> Mapping[str, Medians]:
        return {**super().medians, **self.given_medians}


def given_streams(
    history: History,
    given: Mapping[str, Stream],
    medians: Mapping[str, Medians] | None = None,
) -> GivenHistory:
    """The history with some streams, and medians of streams, in place of its own."""
    return GivenHistory(
        history.digest, history.watermark, history.attributes,
        history.about, history.arrays, history.texts, given, medians or {},
    )  # fmt: skip
