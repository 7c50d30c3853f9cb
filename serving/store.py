"""``forewarn.db``: what serves. Runs are published whole, or not at all."""

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from serving import database, lease
from serving.flag_memory import acknowledge, list_flags, read_memory
from serving.former import FormerOrder, read_former
from serving.migrations import migrate
from serving.publish import publish
from serving.run import FlagMemory, ScoredRun, Turn
from serving.schema.runs import LEASE
from serving.schema.shown import GUARD_TURNS
from serving.undo import list_undone, undo

KEEP_SAID = dt.timedelta(days=400)


@dataclass(frozen=True)
class Store:
    """An open database of the right schema version. Share one between threads."""

    engine: Engine

    def acquire_lease(self, owner: str, ttl: dt.timedelta) -> int:
        """Begin a run; return its fencing token. Raises BusyError while another one runs."""
        return lease.acquire(self.engine, owner=owner, ttl=ttl)

    def heartbeat(self, token: int, ttl: dt.timedelta) -> None:
        """Keep the lease for ``ttl`` from now. Raises LostLeaseError."""
        lease.extend(self.engine, token, ttl=ttl)

    def release(self, token: int, *, error: str | None = None) -> None:
        """Give the lease back without publishing; ``error`` is kept in the run table."""
        lease.release(self.engine, token, error=error)

    def holding_lease(self, owner: str, ttl: dt.timedelta) -> AbstractContextManager[int]:
        """Hold the lease for a ``with`` block, heartbeat included; gives the token."""
        return lease.held(self.engine, owner=owner, ttl=ttl)

    def publish(
        self,
        run: ScoredRun,
        token: int,
        *,
        keep: int = 10,
        keep_said: dt.timedelta = KEEP_SAID,
        rewind: bool = False,
    ) -> int:
        """Publish in one transaction and end the lease; return the run's id.

        ``keep``: that many published queues stay, older ones go; ``keep_said``: how long
        the log keeps what was said of clocks. ``rewind``: a person
        asked for an earlier as_of than the published one. Raises LostLeaseError where
        the lease was lost and OlderRunError where the published run is newer; nothing
        is written then.
        """
        return publish(self.engine, run, token=token, keep=keep, keep_said=keep_said, rewind=rewind)

    def undo(self, *, actor: str, reason: str) -> dict[str, Any]:
        """Show the queue again that was shown before; return what is written down of it.

        Raises NothingToUndoError where there is none, DataError without a name or a reason.
        """
        return undo(self.engine, actor=actor, reason=reason)

    def undone(self, *, limit: int = 50) -> list[dict[str, Any]]:
        """Who undid which publication, when and why; newest first."""
        return list_undone(self.engine, limit=limit)

    def turns(self) -> tuple[Turn, ...]:
        """The guard's count per group, as the last published run left it."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(GUARD_TURNS).order_by(GUARD_TURNS.c.group_id))
            return tuple(Turn(**row) for row in rows.mappings())

    def next_run_id(self) -> int:
        """The id that the next run will get."""
        with self.reading() as connection:
            return int(connection.scalar(sa.select(LEASE.c.token)) or 0) + 1

    def former_order(self) -> FormerOrder | None:
        """The order that is shown now; None where nothing is published yet."""
        with self.reading() as connection:
            return read_former(connection)

    def flag_memory(self) -> FlagMemory:
        """The customers' flags that stand, or rest, as the last published run left them."""
        with self.reading() as connection:
            return read_memory(connection)

    def acknowledge_flag(
        self, customer_id: str, *, by: str, note: str | None, rest: dt.timedelta
    ) -> dt.datetime:
        """Somebody looks after the customer; no flag until the returned instant.

        The rest is counted from the published run. Raises UnknownFlagError where none stands.
        """
        return acknowledge(self.engine, customer_id, by=by, note=note, rest=rest)

    def flags(self) -> list[dict[str, Any]]:
        """Every flag that stands, or rests after an acknowledgement; newest first."""
        return list_flags(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with database.reading(self.engine) as connection:
            yield connection

    def describe(self) -> str:
        """The database's name and version, to be said at start."""
        return database.describe(self.engine)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open the database that serves; made where there is none, migrated where it is older.

    Raises ConfigError for a URL that cannot be used, StoreError where the database cannot
    be reached or a newer forewarn wrote it.
    """
    engine = database.open_engine(url)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)
