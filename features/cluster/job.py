"""What all workers are told, and where the files lie that they exchange."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.cluster.cuts import Cuts
from features.cluster.plan import Plan, base_of
from features.cluster.storage import place
from forewarn.config import Config


@dataclass(frozen=True)
class Job:
    """One building of features.

    ``tables``: address of the canonical tables in parts. ``scratch``: of what is exchanged.
    ``output``: of the features. ``n_parts``: how many parts are worked on; each holds the tickets
    of one or more parts of the tables. ``names``: which features, in their order. ``plan``: what
    is shuffled, once all parts are recorded. ``complete``: streams that every part has in full
    for the keys that it asks.
    """

    tables: str
    scratch: str
    output: str
    config: Config
    n_parts: int
    origin: int
    names: tuple[str, ...] = ()
    plan: Plan = field(default_factory=lambda: Plan({}, {}))
    complete: frozenset[str] = frozenset()

    def home(self, part: int) -> str:
        """The part's own share of the history."""
        return place(self.scratch, "home", f"{part:05d}.npz")

    def message(self, part: int, base: str, number: int) -> str:
        """Facts and questions of a part for a slice."""
        return place(self.scratch, "messages", f"{_file(base)}-{number:05d}-{part:05d}.npz")

    def answers(self, base: str, number: int) -> str:
        """What a slice answers to all parts."""
        return place(self.scratch, "answers", f"{_file(base)}-{number:05d}.npz")

    def features(self, part: int) -> str:
        """The features of a part's observations."""
        return place(self.output, f"part-{part:05d}.parquet")


AllCuts = Mapping[str, Cuts]


def word_list(key: str) -> str:
    """Name of the words that a key is a position in."""
    return f"word/{base_of(key)}"


def _file(base: str) -> str:
    """A base as part of a file's name: text columns have the names that the user gave them."""
    return "".join(c if c.isalnum() else f"%{ord(c):x}" for c in base)
