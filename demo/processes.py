"""Keeps a few programs running side by side and starts each again when it dies, as production's supervisor does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

TO_FINISH = 20  # seconds: the longest a request or task in progress may take before it is cut off
BETWEEN_STARTS = 1  # seconds: what cannot start must not spin


class Program:
    """One program; its output goes to ``log``."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name, self.command, self.log = name, command, log

    def start(self) -> None:
        with self.log.open("a") as output:
            # A group of its own, so that what its first process leaves behind can be ended with it.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0
            )
        self.started = time.monotonic()

    def keep_running(self) -> None:
        if self.process.poll() is None or time.monotonic() - self.started < BETWEEN_STARTS:
            return
        print(
            f"{self.name} ended with status {self.process.returncode} and is started again; see {self.log}",
            file=sys.stderr,
        )
        self.kill()
        self.start()

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Programs:
    """``with Programs(...) as programs: programs.watch()`` runs them until a signal, then ends every one of them."""

    def __init__(self, *programs: Program) -> None:
        self.programs = programs

    def __enter__(self) -> "Programs":
        for program in self.programs:
            program.log.parent.mkdir(parents=True, exist_ok=True)
            program.log.write_text("")
            program.start()
        return self

    def keep_running(self) -> None:
        for program in self.programs:
            program.keep_running()

    def watch(self) -> None:
        while True:
            self.keep_running()
            time.sleep(0.2)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Ask each to finish its work, then end it: cut off, a worker could lose the receipt of a committed task."""
        stop_on_signals(signal.SIG_IGN)
        for program in self.programs:
            program.process.terminate()
        deadline = time.monotonic() + TO_FINISH
        for program in self.programs:
            with suppress(subprocess.TimeoutExpired):
                program.process.wait(timeout=max(0, deadline - time.monotonic()))
            program.kill()


def stop_on_signals(handler: signal.Handlers | None = None) -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal raise ``SystemExit``, so that ``with`` blocks end what they began."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler or _leave)


def _leave(number: int, frame: object) -> None:
    stop_on_signals(signal.SIG_IGN)
    raise SystemExit(128 + number)
