"""The clock's benchmark measures what it says, on a small history."""

from benchmarks.clock import run_once
from benchmarks.generated import generate_tables


def test_all_clocks_of_a_generated_history_are_labelled() -> None:
    """Two promises per ticket, each of them decided by the end."""
    run = run_once(500)
    assert run["n_events"] == 4000
    assert sum(run["outcomes"].values()) == 1000
    assert run["outcomes"]["open"] == 0
    assert run["outcomes"]["met"] > 500
    assert run["outcomes"]["breached"] > 50


def test_one_seed_gives_one_history() -> None:
    """The same tables again, other ones from another seed."""
    first, again, other = (generate_tables(50, seed=seed) for seed in (1, 1, 2))
    assert first.ticket_events.equals(again.ticket_events)
    assert not first.ticket_events.equals(other.ticket_events)
