"""Publishes run after run until it is killed; forked quickly from one warm process.

Reads a line per child from standard input and answers with the child's process number.
"""

import datetime as dt
import os
import signal
import sys
from importlib import import_module

from serving import queries
from serving.database import open_engine
from serving.store import open_store


def publish_for_ever(url: str) -> None:
    """Take the lease, publish a run a minute newer than the last, and again."""
    from example_run import START, example_run  # beside this script, no package

    store = open_store(url)
    current = queries.current_run(store)
    stamp = 0 if current is None else (current["as_of"] - START) // dt.timedelta(minutes=1)
    while True:
        stamp += 1
        token = store.acquire_lease("child", dt.timedelta(minutes=10))
        store.publish(example_run(stamp, n=20 + stamp % 80), token, keep=3)


def main(url: str) -> None:
    """Fork a child per line and reap it; what takes long is imported once, here."""
    import_module("example_run")
    open_engine(url).dispose()
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            publish_for_ever(url)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main(sys.argv[1])
