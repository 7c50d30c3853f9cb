"""What requests need of a workspace: its store, and the secret of its keys."""

import threading

from forewarn.workspace import Workspace
from serving.secret import read_secret
from serving.store import Store, open_store


class Backend:
    """The store and secret of one workspace, opened at the first request that needs them."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._lock = threading.Lock()
        self._opened: tuple[Store, bytes] | None = None

    def opened(self) -> tuple[Store, bytes]:
        """The store and the keys' secret; what failed is tried again at the next request."""
        with self._lock:
            if self._opened is None:
                self._opened = open_store(self._ws.database_url), read_secret(self._ws)
            return self._opened

    def store(self) -> Store:
        return self.opened()[0]

    def close(self) -> None:
        """Give the connections back; the next request opens the store again."""
        with self._lock:
            if self._opened is not None:
                self._opened[0].close()
            self._opened = None
