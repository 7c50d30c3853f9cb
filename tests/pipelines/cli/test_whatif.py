"""What ``forewarn whatif`` understands of its options."""

import pytest
import typer

from forewarn.simulation.changes import StaffChange
from pipelines.cli.whatif import _incident, _staff


def test_staff_with_and_without_a_shift() -> None:
    """More in a group, fewer in the shift that begins at half past eight (30.6e9 microseconds)."""
    assert _staff(["billing=+2", "service-desk@08:30=-1"]) == (
        StaffChange("billing", 2, None),
        StaffChange("service-desk", -1, 30_600_000_000),
    )


@pytest.mark.parametrize("text", ["billing", "billing=two", "=3", "billing@8=1"])
def test_what_is_no_staff_change_is_refused(text: str) -> None:
    """The message shows what is expected."""
    with pytest.raises(typer.BadParameter, match=r"expected GROUP=\+2 or GROUP@08:00=-1"):
        _staff([text])


def test_incidents() -> None:
    """A group and a number; anything else is refused."""
    assert _incident("platform=40") == ("platform", 40)
    assert _incident(None) is None
    with pytest.raises(typer.BadParameter, match="expected GROUP=N"):
        _incident("platform")
