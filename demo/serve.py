"""Prepares the database and runs web, worker, beat and mail sink together; started by ``python -m demo``."""

import os
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connections

from certification.embedded import LOCAL

from .processes import Program, Programs, stop_on_signals

LOGINS = LOCAL / "demo-logins.txt"  # written by ``seed_demo``
PATIENCE = 60  # seconds for the first page


def main() -> None:
    stop_on_signals()
    try:
        prepare()
    except CommandError as error:
        sys.exit(str(error))
    port = os.environ.get("PORT") or "8000"
    with Programs(*programs(port)) as running:
        await_first_page(running, f"http://127.0.0.1:{port}/readyz")
        print(f"\n{LOGINS.read_text()}\nhttp://localhost:{port}  (Ctrl-C ends it)", flush=True)
        running.watch()


def prepare() -> None:
    """Bring the database, the program's tables, the invented people and the static files up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certification.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_program")
    call_command("seed_demo", **({"size": int(size)} if (size := os.environ.get("SIZE")) else {}))
    connections.close_all()
    collect_static()


def collect_static() -> None:
    """Collect and compress the static files, unless they are as they were the last time: it takes seconds."""
    found = sorted(storage.path(name) for finder in get_finders() for name, storage in finder.list(None))
    seen = "".join(f"{path} {os.stat(path).st_mtime_ns}\n" for path in found)
    collected = Path(settings.STATIC_ROOT, ".collected")
    if not collected.exists() or collected.read_text() != seen:
        call_command("collectstatic", interactive=False, verbosity=0)
        collected.write_text(seen)


def programs(port: str) -> list[Program]:
    """What runs: the same commands as in production, and where mail has no other way to go, a sink for it."""
    python = [sys.executable, "-m"]
    commands = {
        "web": [*python, "gunicorn", "certification.wsgi", "--bind", f"127.0.0.1:{port}"],
        "worker": [*python, "celery", "-A", "certification", "worker", "--loglevel", "warning", "--concurrency", "2"],
        "beat": [*python, "celery", "-A", "certification", "beat", "--loglevel", "warning"],
    }
    if "MAIL_DIR" in os.environ:
        commands["mail"] = [*python, "demo.mail"]
    logs = Path(os.environ["BEAT_FILE"]).with_name("logs")
    return [Program(name, command, logs / f"{name}.log") for name, command in commands.items()]


def await_first_page(running: Programs, address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except (URLError, ConnectionError, TimeoutError) as error:
            if time.monotonic() > deadline:
                sys.exit(
                    f"The portal did not answer within {PATIENCE} seconds ({error}); see {running.programs[0].log}."
                )
        running.keep_running()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
