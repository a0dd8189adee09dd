"""Many acts at the same moment: real threads, each with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from certification.steps import Refused

MOST = 50
# Threads and their connections last, as those of a web server do.
RUNNERS = ThreadPoolExecutor(MOST)


def race(acts):
    """Do all ``acts`` at the same moment, each on a connection of its own; returns what each answered, or its refusal."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except Refused as refused:
            return refused

    return list(RUNNERS.map(run, acts))


def end_connections():
    race([connections.close_all] * MOST)
