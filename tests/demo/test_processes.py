"""The demonstration's supervisor: what dies is started again, and what it started ends with it."""

import os
import signal
import subprocess
import sys

from ..processes import eventually, gone

SUPERVISE = """
import sys
from pathlib import Path
from demo.processes import Program, Programs, stop_on_signals
stop_on_signals()
log = Path(sys.argv[1])
with Programs(Program("sleeper", ["sh", "-c", "sleep 1000 & echo $$ $!; wait"], log)) as programs:
    programs.watch()
"""


def supervise(log):
    return subprocess.Popen([sys.executable, "-c", SUPERVISE, str(log)], stderr=subprocess.PIPE, text=True)


def starts(log):
    """Each start of the program: its process id and that of its child."""
    return [[int(pid) for pid in line.split()] for line in log.read_text().splitlines()] if log.exists() else []


def test_a_program_that_dies_is_started_again_without_its_orphans(tmp_path):
    with supervise(log := tmp_path / "log") as supervisor:
        eventually(lambda: starts(log))
        os.kill(starts(log)[0][0], signal.SIGKILL)
        eventually(lambda: len(starts(log)) == 2)
        assert eventually(lambda: all(map(gone, starts(log)[0])))
        supervisor.terminate()
        assert "started again" in supervisor.stderr.read()


def test_when_the_supervisor_is_told_to_stop_nothing_is_left(tmp_path):
    with supervise(log := tmp_path / "log") as supervisor:
        eventually(lambda: starts(log))
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(timeout=30) == 128 + signal.SIGINT
        supervisor.stderr.read()
    assert eventually(lambda: all(map(gone, starts(log)[0])))
