"""Figures as people say them: plain text, no markup, the same for table, JSON and page."""

_STEPS = ((86400.0 * 14, 86400.0 * 7, "weeks"), (86400.0 * 2, 86400.0, "days"))


def duration(seconds: float) -> str:
    """A length of time in one unit, rounded down to what is surely there.

    >>> [duration(s) for s in (40, 3540, 5400, 18000, 200000, 1300000)]
    ['under a minute', '59 min', '1 h 30 min', '5 h', '2 days', '2 weeks']
    """
    seconds = abs(seconds)
    for least, unit, word in _STEPS:
        if seconds >= least:
            return f"{seconds // unit:.0f} {word}"
    return service_time(seconds)


def service_time(seconds: float) -> str:
    """The same for time in which a desk is open: its days are not of 24 hours.

    >>> [service_time(s) for s in (40, 5400, 200000, 1300000)]
    ['under a minute', '1 h 30 min', '55 h', '361 h']
    """
    seconds = abs(seconds)
    minutes = int(seconds // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 3 and rest else f"{hours} h"


def percent(share: float) -> str:
    """A share in whole percent; what is not nothing is never called 0 %.

    >>> [percent(s) for s in (0.0, 0.001, 0.09, 0.994, 0.999, 1.0)]
    ['0 %', 'under 1 %', '9 %', '99 %', 'over 99 %', '100 %']
    """
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")


def times(ratio: float) -> str:
    """A ratio to the usual, in words.

    >>> [times(r) for r in (1.5, 2.04, 3.2, 11.0)]
    ['1.5 times', 'twice', '3 times', '11 times']
    """
    if 1.85 <= ratio < 2.25:
        return "twice"
    return f"{ratio:.1f} times" if ratio < 2.5 else f"{ratio:.0f} times"


def count_of(number: object, noun: str) -> str:
    """A number with its noun.

    >>> count_of(1, "ticket"), count_of(14, "ticket")
    ('1 ticket', '14 tickets')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sentence(phrases: list[str]) -> str:
    """Phrases as one sentence, the most important first.

    >>> sentence(["9 % of its time left", "customer replied 5 h ago"])
    '9 % of its time left, customer replied 5 h ago'
    """
    return ", ".join(phrases)
