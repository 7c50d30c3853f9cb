"""A Request Tracker 5 of our own: database, configuration and clock in one folder."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HOME = Path("/usr/share/request-tracker5")
DATABASE = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
CUSTOMER, AGENT = "root", "agent"
_CONFIG = """
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/database');
Set($rtname, 'example');
Set($Organization, 'example');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($Timezone, 'UTC');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MailCommand, 'testfile');
Set($BcryptCost, 4);  # every request hashes the password anew
{agreements}
1;
"""
_SETUP = """
use RT -init;
my $customer = RT::User->new(RT->SystemUser);
$customer->Load('root');
$customer->SetPassword('password');
my $agent = RT::User->new(RT->SystemUser);
$agent->Create(Name => 'agent', Password => 'password', Privileged => 1);
$agent->PrincipalObj->GrantRight(Right => 'SuperUser', Object => $RT::System);
my $queue = RT::Queue->new(RT->SystemUser);
$queue->Load(1);
$queue->SetSLADisabled(0);
$queue->Create(Name => 'Field', SLADisabled => 0);
"""


@dataclass(frozen=True)
class Tracker:
    """A running server, and the file that tells it the time."""

    address: str
    clock: Path

    def call(
        self, who: str, path: str, body: dict[str, Any] | None = None, method: str = ""
    ) -> Any:
        """One request of a user, as JSON."""
        secret = b64encode(f"{who}:password".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        verb = method or ("GET" if body is None else "POST")
        url = f"{self.address}/REST/2.0/{path}"
        asked = urllib.request.Request(url, data, headers, method=verb)  # noqa: S310 - loopback
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())

    def set_clock(self, seconds: int) -> None:
        """From now on the server lives at that second, which does not pass."""
        text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
        self.clock.write_text(text + "\n")


@contextmanager
def running_tracker(folder: Path, *, agreements: str) -> Iterator[Tracker]:
    """A tracker with these agreements; skipped with a reason where it is not installed."""
    fake = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if not (HOME / "libexec" / "rt-server").exists() or not os.access(DATABASE, os.R_OK):
        pytest.skip(
            "needs Request Tracker 5 (Debian: request-tracker5 rt5-db-sqlite rt5-standalone)"
        )
    if fake is None:
        pytest.skip("needs libfaketime (Debian: faketime)")
    port = _free_port()
    shutil.copyfile(DATABASE, folder / "database")
    (folder / "site.d").mkdir()
    config = _CONFIG.format(folder=folder, port=port, agreements=agreements)
    (folder / "RT_SiteConfig.pm").write_text(config)
    environment = os.environ | {
        "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "site.d"),
        "TZ": "UTC",
    }
    perl = ["perl", f"-I{HOME}/lib"]
    subprocess.run([*perl, "-e", _SETUP], env=environment, check=True, capture_output=True)
    tracker = Tracker(f"http://127.0.0.1:{port}", folder / "now")
    tracker.set_clock(1_793_500_000)
    faked = {
        "LD_PRELOAD": str(fake), "FAKETIME_TIMESTAMP_FILE": str(tracker.clock),
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    command = [
        *perl,
        str(HOME / "libexec" / "rt-server"),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment | faked, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_ready(tracker, folder / "log")
            yield tracker
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(timeout=30)


def _wait_until_ready(tracker: Tracker, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            tracker.call(CUSTOMER, "queue/1")
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.3)
        else:
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
