"""What the simulated desk sells and supports; every number here is a choice, made once."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
# A Wednesday after lunch: the queue that the demo ranks is a working day's.
END = dt.datetime(2026, 6, 24, 13, 30, tzinfo=ZONE)

PRIORITIES = ("urgent", "high", "normal", "low")
CHANNELS = ("email", "portal", "phone", "chat")
TYPES = ("question", "problem", "incident", "request")
TIERS = ("platinum", "gold", "silver", "bronze")
TIER_SHARES = (0.1, 0.2, 0.3, 0.4)
TIER_VOLUME = (4.0, 2.0, 1.0, 0.5)
TIER_VALUE = (240_000, 90_000, 30_000, 9_000)
REGIONS = (
    ("north", "Europe/Berlin"),
    ("west", "Europe/Paris"),
    ("isles", "Europe/London"),
    ("east", "Europe/Warsaw"),
)
REGION_SHARES = (0.5, 0.2, 0.2, 0.1)

GROUPS = (
    ("service-desk", "Service desk", 8),
    ("billing", "Accounts and billing", 4),
    ("integrations", "Integrations", 5),
    ("platform", "Platform", 5),
)
"""Group, its name, its number of agents."""

SHIFTS = {
    "early": ((480, 720), (750, 990)),
    "middle": ((510, 750), (780, 1020)),
    "late": ((570, 810), (840, 1080)),
}
"""Working windows in minutes after local midnight; between them lies the break."""

SENIORITY = {"junior": 1.2, "regular": 1.0, "senior": 0.85}
"""How much longer the same work takes."""

HOLIDAYS = tuple(
    dt.date.fromisoformat(day)
    for day in (
        "2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03",
        "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Category:
    """One kind of request: who handles it, how often it comes, how much work it is.

    ``minutes``: median hands-on minutes of a touch; ``further``: mean number of touches
    after the first; ``subjects``: English ones, then one in German.
    """

    name: str
    group: int
    share: float
    minutes: float
    further: float
    products: tuple[int, ...]
    subjects: tuple[str, ...]
    german: str


PRODUCTS = ("Ledger", "Invoicing", "Portal", "Connect", "Reports", "Mobile")

CATEGORIES = (
    Category("sign-in", 0, 0.13, 12, 0.4, (2, 5, 0),
             ("Cannot sign in to {}", "{}: password reset does not arrive",
              "Locked out of {}"), "Anmeldung an {} nicht möglich"),
    Category("how-to", 0, 0.14, 18, 0.6, (0, 1, 2, 4),
             ("How do I change a template in {}?", "Question about {}",
              "{}: where is the export button?"), "Frage zu {}"),
    Category("user-settings", 0, 0.10, 14, 0.5, (2, 5, 3),
             ("New user for {}", "Change of rights in {}", "{}: user has left, please remove"),
             "Neuer Benutzer für {}"),
    Category("device", 0, 0.07, 22, 0.9, (5, 2),
             ("{} does not start after the update", "{} app closes by itself",
              "{}: camera scan does not work"), "{} startet nicht mehr"),
    Category("invoice", 1, 0.09, 20, 0.7, (1, 0),
             ("Invoice from {} is wrong", "{}: credit note missing",
              "Duplicate invoice in {}"), "Rechnung aus {} ist falsch"),
    Category("payment", 1, 0.06, 24, 0.9, (1, 0),
             ("Payment not matched in {}", "{}: direct debit was returned",
              "{}: dunning letter although paid"), "Zahlung in {} nicht zugeordnet"),
    Category("contract", 1, 0.04, 28, 1.1, (1, 2),
             ("Change of contract data in {}", "{}: add a licence",
              "{}: price list for next year"), "Vertragsdaten in {} ändern"),
    Category("import", 2, 0.09, 30, 1.1, (3, 0, 4),
             ("Import into {} stops halfway", "{}: file is refused",
              "{}: columns are mixed up after import"), "Import in {} bricht ab"),
    Category("interface", 2, 0.06, 42, 1.5, (3, 1),
             ("{} interface answers with an error", "{}: calls time out",
              "{}: token no longer accepted"), "Schnittstelle von {} meldet Fehler"),
    Category("sync", 2, 0.05, 36, 1.3, (3, 5, 0),
             ("{} is not in step with our system", "{}: records missing since last night",
              "{}: duplicates after sync"), "{}: Abgleich unvollständig"),
    Category("outage", 3, 0.04, 26, 0.9, (2, 0, 3),
             ("{} is not reachable", "{}: error page for everybody",
              "{} down?"), "{} ist nicht erreichbar"),
    Category("slow", 3, 0.07, 34, 1.2, (0, 4, 2),
             ("{} is very slow", "{}: reports take minutes", "{} hangs when saving"),
             "{} ist sehr langsam"),
    Category("data-error", 3, 0.06, 44, 1.4, (0, 4, 1),
             ("Wrong totals in {}", "{}: figures differ between two lists",
              "{}: last month has disappeared"), "Falsche Summen in {}"),
)  # fmt: skip

IMPACTS = (
    "Only I seem to have this.",
    "A colleague sees the same.",
    "Several people in our team cannot go on.",
    "Our whole office has stopped working.",
)
