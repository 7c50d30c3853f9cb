"""API keys: shown once, kept as an HMAC, ended by expiry or revocation."""

import datetime as dt
import re
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from forewarn.errors import ConfigError, DataError
from forewarn.workspace import Workspace
from serving import keys
from serving.keys import create_key, list_keys, revoke_key, verify_key
from serving.schema.outside import API_KEYS
from serving.secret import read_secret
from serving.store import Store

SECRET = b"0123456789abcdef0123456789abcdef"


def test_a_new_key_is_valid(store: Store) -> None:
    """A fresh key has the form that was promised, its name and its scopes."""
    key = create_key(store, name="bi-tool", secret=SECRET)
    assert re.fullmatch(r"fw_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}", key)
    found = verify_key(store, key, secret=SECRET)
    assert found is not None
    assert (found.name, found.scopes) == ("bi-tool", frozenset({"scores:read"}))


def test_the_database_does_not_hold_the_key(store: Store) -> None:
    """Neither the key nor its secret part is in the database's file."""
    key = create_key(store, name="bi", secret=SECRET)
    content = Path(str(store.engine.url.database)).read_bytes()
    assert key.encode() not in content
    assert key.split("_")[3].encode() not in content
    assert key.split("_")[2].encode() in content


def test_checksum_is_crc32_in_base_62() -> None:
    """CRC-32 of '123456789' is 0xCBF43926 = 3421780262, in base 62 the digits 3 45 35 27 22 14."""
    value = 0
    for digit in (3, 45, 35, 27, 22, 14):
        value = value * 62 + digit
    assert value == 3421780262
    assert keys._checksum("123456789") == "3jZRME"


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace("live", "test"),
        lambda key: key.swapcase(),
        lambda key: key[:30] + ("a" if key[30] != "a" else "b") + key[31:],
        lambda key: key[:-1] + "é",
        lambda key: key + "\n",
        lambda key: key.replace("_", "-"),
    ],
)
def test_a_changed_key_is_refused(store: Store, change: object) -> None:
    """Cut, prolonged, altered or foreign text is not a key."""
    key = create_key(store, name="bi", secret=SECRET)
    assert callable(change)
    assert verify_key(store, change(key), secret=SECRET) is None
    assert verify_key(store, "", secret=SECRET) is None


def test_a_wrong_secret_with_a_right_checksum_is_refused(store: Store) -> None:
    """The checksum proves nothing: the HMAC of the whole key decides."""
    key = create_key(store, name="bi", secret=SECRET)
    body = key[:30] + ("a" if key[30] != "a" else "b") + key[31:-6]
    assert verify_key(store, body + keys._checksum(body), secret=SECRET) is None


def test_an_unknown_id_is_refused(store: Store) -> None:
    """A well-formed key that was never made is refused."""
    body = "fw_live_" + "A" * 12 + "_" + "B" * 43
    assert verify_key(store, body + keys._checksum(body), secret=SECRET) is None


def test_keys_end_with_the_server_secret(store: Store) -> None:
    """Under another secret no key is valid: replacing it ends all keys at once."""
    key = create_key(store, name="bi", secret=SECRET)
    assert verify_key(store, key, secret=b"f" * 32) is None


def test_an_expired_key_is_refused(store: Store) -> None:
    """A key is valid until it expires."""
    key = create_key(store, name="bi", secret=SECRET, lifetime=dt.timedelta(0))
    assert verify_key(store, key, secret=SECRET) is None
    for_ever = create_key(store, name="bi", secret=SECRET, lifetime=None)
    assert verify_key(store, for_ever, secret=SECRET) is not None


def test_a_revoked_key_is_refused_at_once(store: Store) -> None:
    """Revocation holds from the next look on; revoking twice keeps the first instant."""
    key = create_key(store, name="bi", secret=SECRET)
    revoke_key(store, key.split("_")[2])
    first = list_keys(store)[0].revoked_at
    revoke_key(store, key.split("_")[2])
    assert verify_key(store, key, secret=SECRET) is None
    assert list_keys(store)[0].revoked_at == first is not None


def test_revoking_an_unknown_key_is_an_error(store: Store) -> None:
    """A mistyped id is told, not passed over."""
    with pytest.raises(DataError, match="no key has the id 'nope'"):
        revoke_key(store, "nope")


def test_two_active_keys_per_name(store: Store) -> None:
    """Two keys may be active for rotation; a third needs one to end first."""
    old = create_key(store, name="bi", secret=SECRET)
    create_key(store, name="bi", secret=SECRET)
    create_key(store, name="other", secret=SECRET)
    with pytest.raises(DataError, match="'bi' has 2 active keys"):
        create_key(store, name="bi", secret=SECRET)
    revoke_key(store, old.split("_")[2])
    create_key(store, name="bi", secret=SECRET)
    assert [key.name for key in list_keys(store)].count("bi") == 3


@pytest.mark.parametrize("name", ["", "Big", "a b", "-x", "é", "a" * 65, "x\n"])
def test_bad_names_are_refused(store: Store, name: str) -> None:
    """A key's name is short, plain and printable."""
    with pytest.raises(ConfigError, match="cannot name a key"):
        create_key(store, name=name, secret=SECRET)


def test_unknown_scopes_are_refused(store: Store) -> None:
    """A scope that does not exist, or none, is refused."""
    for scopes in (("scores:write",), ()):
        with pytest.raises(ConfigError, match="unknown scope"):
            create_key(store, name="bi", secret=SECRET, scopes=scopes)


def test_only_the_digest_is_compared(store: Store) -> None:
    """Two keys have two digests of 64 hexadecimal digits."""
    for _ in range(2):
        create_key(store, name="bi", secret=SECRET)
    with store.reading() as connection:
        digests = connection.scalars(sa.select(API_KEYS.c.digest)).all()
    assert len(set(digests)) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace without a secret, and none in the environment."""
    monkeypatch.delenv("FOREWARN_SECRET", raising=False)
    return Workspace(tmp_path)


def test_the_secret_is_made_once_and_private(ws: Workspace) -> None:
    """The first use writes 64 hexadecimal digits for the owner alone; later uses read them."""
    secret = read_secret(ws)
    assert re.fullmatch(rb"[0-9a-f]{64}", secret)
    assert read_secret(ws) == secret
    assert stat.S_IMODE((ws.state / "keys").stat().st_mode) == 0o600
    assert [path.name for path in ws.state.iterdir()] == ["keys"]


def test_a_secret_that_others_can_read_is_refused(ws: Workspace) -> None:
    """Loose permissions are an error that says how to mend them."""
    read_secret(ws)
    (ws.state / "keys").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret(ws)


def test_the_environment_overrides_the_secret(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FOREWARN_SECRET is used and no file is written; a short one is refused."""
    monkeypatch.setenv("FOREWARN_SECRET", "s" * 40)
    assert read_secret(ws) == b"s" * 40
    assert not ws.state.exists()
    monkeypatch.setenv("FOREWARN_SECRET", "short")
    with pytest.raises(ConfigError, match="at least 32"):
        read_secret(ws)
    assert not ws.state.exists()
