"""Would anybody notice? Each line that asks who somebody is, taken out of a copy of the code, must turn the tests of access red."""

import os
import shutil
import subprocess
import sys
from uuid import uuid4

import pytest
from django.conf import settings

from tests.watch.mutants import mutants, mutants_of

WATCH = ["tests/watch/test_steps.py", "tests/watch/test_access.py", "tests/watch/test_bad_input.py"]
AT_ITS_ADDRESS = "table_holds or open_addresses"
QUICK = f"{AT_ITS_ADDRESS} or policy or own_case or sees or learns"
THOROUGH = f"{QUICK} or table_refuses"
FOUND = mutants()


def test_the_lines_are_found():
    """At least as many as the portal had when this was written; and none of them is broken code."""
    assert len(FOUND) >= 50
    for mutant in FOUND:
        compile(mutant.source, mutant.path, "exec")


def test_a_new_line_would_be_found():
    source = '@permission_required("a.b", raise_exception=True)\ndef look(request):\n    return Case.objects.visible_to(request.user)\n'
    assert len(list(mutants_of("a/staff_views.py", source))) == 2


@pytest.fixture(scope="session")
def copy(tmp_path_factory):
    """The checkout as it is, without what is not code, and a database in which the world of the tests stands already."""
    folder = tmp_path_factory.mktemp("mutants") / "checkout"
    left_out = shutil.ignore_patterns(".git", ".venv", ".local", "__pycache__", "staticfiles", "node_modules")
    shutil.copytree(settings.BASE_DIR, folder, ignore=left_out)
    asked = [["--create-db", "-k", "policy"]]  # makes the world and leaves it to all others
    if is_first_worker(tmp_path_factory):
        asked.append(["-k", THOROUGH])
    for which in asked:
        whole = run(folder, *which, *WATCH)
        assert whole.returncode == 0, f"not green before a line is taken out\n{whole.stdout[-1500:]}"
    return folder


def is_first_worker(tmp_path_factory):
    """Whether no other worker of this run asks whether the code is green as it stands."""
    run_of_tests = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4())
    try:
        (tmp_path_factory.getbasetemp().parent / f"green-{run_of_tests}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@pytest.mark.long
@pytest.mark.parametrize("mutant", FOUND, ids=str)
def test_a_line_taken_out_is_noticed(mutant, copy):
    path = copy / mutant.path
    whole = path.read_text()
    try:
        path.write_text(mutant.source)
        done = next((done for done in looks(mutant, copy) if done.returncode), None)
    finally:
        path.write_text(whole)
    assert done, f"survived: {mutant}"
    assert done.returncode == 1, f"broken, not noticed: {mutant}\n{done.stdout[-1500:]}"


def looks(mutant, copy):
    """The tests of access, of ever more: at the address that the line guards, at all of its app, and everywhere."""
    if mutant.view:
        yield run(copy, "-k", AT_ITS_ADDRESS, WATCH[1], environment={"ACCESS_TO": mutant.view})
    yield run(copy, "-k", QUICK, *WATCH, environment={"ACCESS_OF": mutant.path.partition("/")[0]})
    yield run(copy, "-k", THOROUGH, *reversed(WATCH))


# Plugins of libraries that these tests do not use: to load them takes as long as the tests.
UNUSED = ["-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:faker"]


def run(folder, *arguments, environment=None):
    """Tests of ``folder``, with a database of this worker's own, until the first that fails."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    options = ["-x", "-q", "--reuse-db", *UNUSED]
    kept = {"DATABASE_URL": named(worker), "PYTEST_ADDOPTS": "", "KEPT_WORLD": str(folder.parent / "world")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=folder,
        env=os.environ | kept | (environment or {}),
        capture_output=True,
        text=True,
        timeout=600,
    )


def named(worker):
    """The address of the database server, with a name that only this worker uses."""
    before, _slash, name = os.environ["DATABASE_URL"].rpartition("/")
    return f"{before}/mutants_{worker}{name[len(name.partition('?')[0]) :]}"
