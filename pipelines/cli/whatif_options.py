"""What is asked of ``forewarn whatif``, read from its options; and mistakes in them, in words."""

import re
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from forewarn.simulation.changes import StaffChange

_AGENTS = re.compile(r"(?P<group>[^@=]+)(?:@(?P<hour>\d{1,2}):(?P<minute>\d{2}))?=(?P<n>[+-]?\d+)")


def read_staff(texts: list[str]) -> "tuple[StaffChange, ...]":
    """The changes of ``--agents``; BadParameter for what is none."""
    from forewarn.simulation.changes import HOUR, StaffChange

    changes = []
    for text in texts:
        match = _AGENTS.fullmatch(text.strip())
        if match is None or int(match["n"]) == 0:
            raise typer.BadParameter(
                f"--agents {text!r}: expected GROUP=+2 or GROUP@08:00=-1, for example billing=+1"
            )
        begins = None
        if match["hour"]:
            if int(match["hour"]) > 23 or int(match["minute"]) > 59:
                raise typer.BadParameter(
                    f"--agents {text!r}: {match['hour']}:{match['minute']} is no time of a day; "
                    "expected 00:00 to 23:59"
                )
            begins = int(match["hour"]) * HOUR + int(match["minute"]) * HOUR // 60
        changes.append(StaffChange(match["group"].strip(), int(match["n"]), begins))
    return tuple(changes)


def read_incident(text: str | None) -> tuple[str, int] | None:
    """Group and number of ``--incident``."""
    if text is None:
        return None
    group, _, number = text.rpartition("=")
    if not group or not number.isdecimal() or int(number) == 0:
        raise typer.BadParameter(f"--incident {text!r}: expected GROUP=N, for example platform=40")
    return group.strip(), int(number)


def refuse_half_asked(*, keep: float | None, group: str | None, is_changed: bool) -> None:
    """BadParameter where something to change, or the group to staff, is missing."""
    if keep is not None and group is None:
        raise typer.BadParameter("--keep needs --group, the group to staff")
    if keep is None and group is not None:
        raise typer.BadParameter("--group needs --keep, the share of promises to keep")
    if keep is None and not is_changed:
        raise typer.BadParameter(
            "nothing is to be changed; give --agents, --incident, --targets, --policy or "
            "--worst-week, or look for the staff with --keep and --group"
        )
