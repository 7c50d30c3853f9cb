"""Features of the small world that are functions."""

from features.python import Values, feature
from features.streams import Floats


@feature("ticket", unit="share", null="nobody has written", why="Who does the talking.")
def ticket_reply_share(of: Values) -> Floats:
    """Public or not, the share of all replies that agents wrote."""
    ours, theirs = of("ticket_agent_replies"), of("ticket_customer_replies")
    return ours / (ours + theirs)


@feature("customer", unit="ratio", null="the ticket has no customer", why="More notes than talk.")
def customer_notes_per_ticket(of: Values) -> Floats:
    """Of a feature that the configuration declares, and of one of ours."""
    return of("customer_notes_3d") / (1 + of("customer_tickets_28d"))
