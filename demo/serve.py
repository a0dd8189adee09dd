"""Prepares the database and runs web, worker, beat and mail sink together; started by ``python -m demo``."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import django
from django.core.management import CommandError, call_command
from django.db import connections

from certification.embedded import LOCAL

from .processes import Program, Programs, stop_on_signals

LOGINS = LOCAL / "demo-logins.txt"  # written by seed_demo
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
    """Bring the static files (meanwhile), the database, the program's tables and the invented people up to date."""
    collecting = subprocess.Popen([sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certification.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_program")
    call_command("seed_demo", **({"size": int(size)} if (size := os.environ.get("SIZE")) else {}))
    connections.close_all()
    if collecting.wait():
        sys.exit("The static files could not be collected; the reason is above.")


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
