"""One scoring run at a time: a lease with a heartbeat and a fencing token.

The token is the run's id and grows with every lease. It is checked again inside the
publishing transaction, so a run that was overtaken while it slept writes nothing.
"""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from forewarn.errors import BusyError, StoreError
from serving.database import now, writing
from serving.process import is_gone, this_process
from serving.schema.runs import LEASE, RUNS


class LostLeaseError(StoreError):
    """Another run took the lease over; this one may not write."""


def acquire(engine: Engine, *, owner: str, ttl: dt.timedelta) -> int:
    """Take the lease and begin a run; return its token, which is the run's id.

    Free are a lease that was given back, one that expired, and one whose process is
    gone. Raises BusyError, and changes nothing, while another run holds it.
    """
    with writing(engine) as connection:
        lease = locked(connection)
        instant = now(connection)
        if lease is None:
            token = 1
            connection.execute(LEASE.insert().values(only=1, token=token))
        else:
            _refuse_while_held(lease, instant)
            _close(connection, lease.token, state="abandoned", error="overtaken by the next run")
            token = int(lease.token) + 1
        connection.execute(
            LEASE.update().values(
                token=token, process=this_process(), owner=owner, expires_at=instant + ttl
            )
        )
        run = {"run_id": token, "state": "running", "owner": owner, "started_at": instant}
        connection.execute(RUNS.insert().values(run))
    return token


def extend(engine: Engine, token: int, *, ttl: dt.timedelta) -> None:
    """Heartbeat: keep the lease for ``ttl`` from now. Raises LostLeaseError."""
    with writing(engine) as connection:
        check(connection, token)
        connection.execute(LEASE.update().values(expires_at=now(connection) + ttl))


def release(engine: Engine, token: int, *, error: str | None = None) -> None:
    """Give the lease back; a run that has not published ends as failed. Safe to repeat."""
    with writing(engine) as connection:
        lease = locked(connection)
        if lease is not None and lease.token == token:
            _close(connection, token, state="failed", error=error)
            free(connection)


def revoke(connection: Connection, *, why: str) -> None:
    """End the run that is under way, if any: it may not publish any more. Locks the lease."""
    lease = locked(connection)
    if lease is not None and lease.process is not None:
        _close(connection, lease.token, state="abandoned", error=why)
        free(connection)


def check(connection: Connection, token: int) -> None:
    """Raise LostLeaseError unless ``token`` still holds the lease; locks it until the end."""
    lease = locked(connection)
    if lease is None or lease.token != token or lease.process is None:
        holder = "nobody" if lease is None or lease.process is None else f"run {lease.token}"
        raise LostLeaseError(
            f"run {token} no longer holds the lease (now: {holder}); it wrote nothing"
        )


def free(connection: Connection) -> None:
    """Mark the lease as held by nobody; its token stays, so that tokens only grow."""
    connection.execute(LEASE.update().values(process=None, owner=None, expires_at=None))


@contextmanager
def held(engine: Engine, *, owner: str, ttl: dt.timedelta) -> Iterator[int]:
    """Hold the lease for a block, with a heartbeat from a thread; yield the token."""
    token = acquire(engine, owner=owner, ttl=ttl)
    stop = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(engine, token, ttl, stop), name="forewarn-heartbeat", daemon=True
    )
    beat.start()
    error: str | None = "ended without publishing"
    try:
        yield token
    except BaseException as failure:
        error = f"{type(failure).__name__}: {failure}"[:2000]
        raise
    finally:
        stop.set()
        beat.join()
        release(engine, token, error=error)


def _beat(engine: Engine, token: int, ttl: dt.timedelta, stop: threading.Event) -> None:
    """Extend the lease three times per ``ttl``; a missed beat is tried again at the next."""
    while not stop.wait(ttl.total_seconds() / 3):
        try:
            extend(engine, token, ttl=ttl)
        except LostLeaseError:
            return  # the publishing transaction will refuse this run
        except StoreError:
            continue


def locked(connection: Connection) -> Any:
    """The lease's row, locked until the transaction ends; None where there never was one."""
    return connection.execute(sa.select(LEASE).with_for_update()).one_or_none()


def _refuse_while_held(lease: Any, instant: dt.datetime) -> None:
    if lease.process is None or lease.expires_at <= instant or is_gone(lease.process):
        return
    raise BusyError(
        f"run {lease.token} by {lease.owner} is under way (its lease ends at {{expires}} unless "
        "it is extended); nothing was changed",
        expires=lease.expires_at,
    )


def _close(connection: Connection, token: int, *, state: str, error: str | None) -> None:
    """End a run that is still marked as running."""
    connection.execute(
        RUNS.update()
        .where(RUNS.c.run_id == token, RUNS.c.state == "running")
        .values(state=state, error=error, ended_at=now(connection))
    )
