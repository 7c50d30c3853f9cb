import pandas as pd
import pytest

from models.inner_windows import inner_windows


def _rows(table: str) -> pd.DataFrame:
    """Ticket, as_of day, due day, day the label was known; days of January 2026."""
    rows = [line.split() for line in table.strip().splitlines()]
    start = pd.Timestamp("2026-01-01", tz="UTC")
    days = [[start + pd.Timedelta(days=float(v)) for v in row[1:]] for row in rows]
    return pd.DataFrame(
        {
            "ticket": [int(row[0]) for row in rows],
            "as_of": [d[0] for d in days],
            "due_at": [d[1] for d in days],
            "label_known_at": [d[2] for d in days],
        }
    )


ONE_A_DAY = _rows("\n".join(f"{i} {i} {i + 0.5} {i + 0.4}" for i in range(16)))


def test_windows_follow_each_other_in_time() -> None:
    """Of sixteen tickets at a quarter: eight before, six, then two."""
    first, second = inner_windows(ONE_A_DAY, share=0.25)
    ticket = ONE_A_DAY["ticket"]
    assert ticket[first.before].tolist() == list(range(8))
    assert ticket[first.inside].tolist() == [8, 9, 10, 11, 12, 13]
    assert ticket[second.before].tolist() == list(range(14))
    assert ticket[second.inside].tolist() == [14, 15]


@pytest.mark.parametrize("column", ["due_at", "label_known_at"])
def test_a_ticket_across_a_border_is_on_neither_side(column: str) -> None:
    """Ticket 1 is due, or decided, only on day 17: no window that begins earlier learns from it."""
    rows = ONE_A_DAY.copy()
    rows.loc[1, column] = pd.Timestamp("2026-01-18", tz="UTC")
    windows = inner_windows(rows, share=0.25)
    assert not any(window.before[1] or window.inside[1] for window in windows)


def test_no_ticket_is_on_two_sides() -> None:
    """A ticket observed again after a reopening stays where it was first observed."""
    again = ONE_A_DAY.iloc[[1]].assign(
        as_of=pd.Timestamp("2026-01-16", tz="UTC"), due_at=pd.Timestamp("2026-01-16T12", tz="UTC")
    )
    rows = pd.concat([ONE_A_DAY, again], ignore_index=True)
    for window in inner_windows(rows, share=0.25):
        before, inside = (set(rows["ticket"][mask]) for mask in (window.before, window.inside))
        assert not before & inside
        assert 1 not in inside
