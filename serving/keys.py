"""API keys: ``fw_live_<id>_<secret><checksum>``, shown once, kept as id and HMAC.

The checksum lets a mistyped or cut key be told from a wrong one without the database. A
key that is unknown costs as much time to refuse as one whose secret is wrong.
"""

import datetime as dt
import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forewarn.errors import ConfigError, DataError
from serving.database import now, writing
from serving.schema.outside import API_KEYS
from serving.store import Store

SCOPES = ("scores:read", "feedback:write", "runs:write", "models:promote", "keys:admin")
DEFAULT_SCOPES = ("scores:read",)
MOST_ACTIVE = 2
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(r"fw_live_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True)
class Key:
    """An API key without its secret."""

    key_id: str
    name: str
    scopes: frozenset[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


def create_key(
    store: Store,
    *,
    name: str,
    secret: bytes,
    scopes: tuple[str, ...] = DEFAULT_SCOPES,
    lifetime: dt.timedelta | None = dt.timedelta(days=365),
) -> str:
    """Make a key and return it; it cannot be shown again.

    A name may have two active keys, so that one can replace the other without a gap.
    Raises ConfigError for a bad name or scope, DataError for a third active key.
    """
    _check_request(name, scopes)
    key_id, text = _random_text(12), _random_text(43)
    body = f"fw_live_{key_id}_{text}"
    key = body + _checksum(body)
    with writing(store.engine) as connection:
        instant = now(connection)
        if sum(_is_active(k, instant) for k in _rows(connection, name=name)) >= MOST_ACTIVE:
            raise DataError(
                f"{name!r} has {MOST_ACTIVE} active keys already; revoke one of them first"
            )
        connection.execute(
            API_KEYS.insert().values(
                key_id=key_id,
                name=name,
                digest=_digest(key, secret),
                scopes=" ".join(sorted(scopes)),
                created_at=instant,
                expires_at=None if lifetime is None else instant + lifetime,
            )
        )
    return key


def verify_key(store: Store, key: str, *, secret: bytes) -> Key | None:
    """The key that ``key`` is, or None where it is malformed, unknown, expired or revoked."""
    match = _KEY.fullmatch(key)
    if match is None or not hmac.compare_digest(_checksum(key[:-6]), match[3]):
        return None
    with store.reading() as connection:
        instant = now(connection)
        row = next(iter(_rows(connection, key_id=match[1])), None)
    expected = row.digest if row is not None else _NO_DIGEST
    is_right = hmac.compare_digest(_digest(key, secret), expected)
    return _key(row) if is_right and row is not None and _is_active(row, instant) else None


def list_keys(store: Store) -> list[Key]:
    """All keys ever made, oldest first."""
    with store.reading() as connection:
        return [_key(row) for row in _rows(connection)]


def revoke_key(store: Store, key_id: str) -> None:
    """End a key; the next request with it is refused. Raises DataError for an unknown id."""
    with writing(store.engine) as connection:
        if not _rows(connection, key_id=key_id):
            raise DataError(f"no key has the id {key_id!r}; 'forewarn keys list' shows them")
        connection.execute(
            API_KEYS.update()
            .where(API_KEYS.c.key_id == key_id, API_KEYS.c.revoked_at.is_(None))
            .values(revoked_at=now(connection))
        )


def _check_request(name: str, scopes: tuple[str, ...]) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot name a key: expected 1 to 64 of a-z, 0-9, '-' and '_', "
            "beginning with a letter or digit"
        )
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ConfigError(
            f"unknown scope {unknown[0] if unknown else ''!r}; expected {', '.join(SCOPES)}"
        )


def _rows(connection: Any, **wanted: str) -> list[Any]:
    matching = [API_KEYS.c[name] == value for name, value in wanted.items()]
    rows = sa.select(API_KEYS).where(*matching).order_by(API_KEYS.c.created_at, API_KEYS.c.key_id)
    return list(connection.execute(rows))


def _key(row: Any) -> Key:
    return Key(
        key_id=row.key_id,
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _is_active(row: Any, instant: dt.datetime) -> bool:
    return row.revoked_at is None and (row.expires_at is None or instant < row.expires_at)


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    """CRC-32 in six base-62 digits: finds typing mistakes, proves nothing."""
    number, digits = zlib.crc32(body.encode("ascii")), []
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


def _digest(key: str, secret: bytes) -> str:
    return hmac.new(secret, key.encode("ascii"), hashlib.sha256).hexdigest()
