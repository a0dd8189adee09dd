"""What tests of real processes share."""

import time

import psutil


def eventually(condition, seconds=30):
    """Ask until the answer is true, and return it; a deadline, never a fixed wait."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "still not so after the deadline"
        time.sleep(0.02)
    return answer


def gone(pid):
    """The process has ended (perhaps nobody has asked for its status yet)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
