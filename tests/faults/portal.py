"""A portal of its own for faults: real servers and the programs of production, each of which may be killed."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from urllib.parse import urlsplit

import psutil
import redis
from aiosmtpd.controller import Controller
from celery import Celery
from django.db import connection
from kombu import Connection

from certification import embedded
from certification.models import Notice
from demo.serve import programs
from tests.conftest import Sink, free_port
from tests.faults import letters
from tests.processes import eventually, gone

# As production has it: what was committed outlives the server. (Only a power cut would tell that nothing waits for the disk.)
AS_IN_PRODUCTION = {"synchronous_commit": "on"}
BETWEEN_SWEEPS = 5  # seconds: beat has 30


class Portal:
    """PostgreSQL, Redis and a mail server; ``program`` gives the programs of production by name."""

    def __init__(self, stack):
        self.stack = stack
        self.folder = embedded.claim(stack, "faults")
        self.database_url = self.redis_url = ""
        self.start_database()
        self.start_redis()
        self.mail, self.worker, self.web_port = MailServer(), None, 0
        stack.callback(self.mail.stop)
        (self.folder / "logs").mkdir(exist_ok=True)

    # --- servers -----------------------------------------------------------------------------------------------------
    def start_database(self, **settings):
        """Start PostgreSQL where it was before, with its data; ``settings`` are its own."""
        port = urlsplit(self.database_url).port or 0
        self.database_url = embedded.start_postgres(self.stack, self.folder, port=port, **(AS_IN_PRODUCTION | settings))
        self.database = self._newest_server()

    def end_database(self, how=signal.SIGKILL):
        """End PostgreSQL: by SIGKILL as a crash of the machine would, by SIGQUIT at once, by SIGINT as a restart does."""
        connection.close()
        family = [self.database, *self.database.children(recursive=True)]
        self.database.send_signal(how)
        self.database.wait(60)
        eventually(lambda: all(gone(process.pid) for process in family))

    def start_redis(self):
        """Start Redis where it was before, with nothing in it."""
        before = urlsplit(self.redis_url)
        self.redis_url = embedded.start_redis(
            self.stack, self.folder, port=before.port or 0, password=before.password or ""
        )
        self.redis_server = self._newest_server()

    def kill_redis(self):
        self.redis_server.kill()
        self.redis_server.wait(60)

    def _newest_server(self):
        return psutil.Process(json.loads((self.folder / "servers").read_text().splitlines()[-1])[0])

    def redis(self):
        return redis.Redis.from_url(self.redis_url)

    def environment(self):
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "DOCUMENTS_DIR": str(self.folder / "documents"),
            "BEAT_FILE": str(self.folder / "beat"),
        }

    # --- programs ----------------------------------------------------------------------------------------------------
    def program(self, name, port=0):
        """Web, worker or beat as production runs it."""
        return next(program for program in programs(str(port)) if program.name == name)

    def runs(self, program):
        """Start ``program``, which is killed with the portal at the latest."""
        program.start()
        self.stack.callback(program.kill)
        return program

    # --- letters -----------------------------------------------------------------------------------------------------
    def writes_letters(self, count):
        """Start a program that writes ``count`` letters one by one and asks the worker for each.

        Like those of ``only_writes_letters`` they are a minute old: the sweep passes by what is younger than half of one, and need not be waited for.
        """
        command = [sys.executable, "-m", "tests.faults.letters", str(count), "60"]
        with (self.folder / "logs" / "letters.log").open("w") as log:
            return subprocess.Popen(command, stderr=log)

    def only_writes_letters(self, count):
        """Write ``count`` letters of which this portal's worker hears nothing: they are for the sweep."""
        letters.write(count, seconds_ago=60)

    def sweep(self):
        """What beat does each half minute."""
        with Connection(self.redis_url) as broker:
            Celery(broker=self.redis_url).send_task("certification.tasks.send_unsent", connection=broker)

    def sweeps_until_all_is_out(self, worker, *, seconds=60):
        """Sweep as beat does, only sooner, and start the worker again when it dies; fails when letters stay behind for that long."""
        swept = 0.0

        def all_out():
            nonlocal swept
            worker.keep_running()
            if not Notice.objects.unsent().exists():
                return True
            if time.monotonic() > swept + BETWEEN_SWEEPS:
                swept = time.monotonic()
                self.sweep()
            return False

        eventually(all_out, seconds)


class MailServer(Sink):
    """Takes mail, and may kill whoever hands it over.

    ``fates`` says at which letter: ``("asked", 7)`` before the seventh is taken, ``("taken", 7)`` after it is, before its sender hears so.
    """

    def __init__(self):
        super().__init__()
        self.port, self.controller, self.fates, self.asked = free_port(), None, {}, 0
        self.start()

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, loop=asyncio.new_event_loop())
        self.controller.start()

    def stop(self):
        self.controller.stop()

    def start_over(self):
        self.messages, self.fates, self.asked = [], {}, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked += 1
        self._meet(("asked", self.asked), session)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        self._meet(("taken", len(self.messages)), session)
        return answer

    def _meet(self, moment, session):
        if fate := self.fates.pop(moment, None):
            fate(session.peer[1])

    def told(self):
        """Who was told, how often, and under how many different Message-IDs at most."""
        times, ids = Counter(), defaultdict(set)
        for message in list(self.messages):
            (address,) = message.rcpt_tos
            times[address] += 1
            ids[address].add(next(line for line in message.content.splitlines() if line.startswith(b"Message-ID:")))
        return times, max(map(len, ids.values()), default=0)


def kill_whoever_sends_from(port, worker):
    """Kill the process of ``worker`` whose connection has that port, and only that."""
    for process in psutil.Process(worker.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if any(end.laddr.port == port for end in process.net_connections("tcp")):
                process.kill()
                return
    raise AssertionError("nobody of the worker sends from there")
