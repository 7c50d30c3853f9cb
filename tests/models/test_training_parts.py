import pandas as pd
import pytest

from models.training_parts import split_training


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


ONE_A_DAY = _rows("\n".join(f"{i} {i} {i + 0.5} {i + 0.4}" for i in range(10)))


def test_windows_follow_each_other_in_time() -> None:
    """Of ten tickets at .2 each: six to fit, two to stop, two to calibrate."""
    parts = split_training(ONE_A_DAY, share=0.2)
    assert ONE_A_DAY["ticket"][parts.fit].tolist() == [0, 1, 2, 3, 4, 5]
    assert ONE_A_DAY["ticket"][parts.stop].tolist() == [6, 7]
    assert ONE_A_DAY["ticket"][parts.calibrate].tolist() == [8, 9]
    assert ONE_A_DAY["ticket"][parts.before_calibrate].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert ONE_A_DAY["ticket"][parts.is_later].tolist() == [9]


@pytest.mark.parametrize("column", ["due_at", "label_known_at"])
def test_a_ticket_across_a_border_is_in_no_earlier_window(column: str) -> None:
    """Ticket 3 is due, or decided, only on day 9: it fits nothing that ends on day 6."""
    rows = ONE_A_DAY.copy()
    rows.loc[3, column] = pd.Timestamp("2026-01-10", tz="UTC")
    parts = split_training(rows, share=0.2)
    assert not (parts.fit | parts.stop | parts.before_calibrate)[3]


def test_no_ticket_is_on_two_sides() -> None:
    """A ticket observed again after a reopening stays where it was first observed."""
    again = ONE_A_DAY.iloc[[2]].assign(
        as_of=pd.Timestamp("2026-01-09", tz="UTC"), due_at=pd.Timestamp("2026-01-09T12", tz="UTC")
    )
    rows = pd.concat([ONE_A_DAY, again], ignore_index=True)
    parts = split_training(rows, share=0.2)
    masks = [parts.fit, parts.stop, parts.calibrate]
    sides = [set(rows["ticket"][mask]) for mask in masks]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert 2 not in sides[0]
