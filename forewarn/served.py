"""The groups that an agent serves: the one that the agent is in, and those of also_serves."""


def groups_served(group_id: str, also_serves: object) -> tuple[str, ...]:
    """The agent's own group, then the others in the order in which they were told.

    ``also_serves``: group ids as ingest keeps them, with commas between and no blanks around;
    null where there are none.

    >>> groups_served("net", "mail,voice"), groups_served("net", None)
    (('net', 'mail', 'voice'), ('net',))
    """
    return (group_id, *(also_serves.split(",") if isinstance(also_serves, str) else ()))
