"""``make demo`` end to end: it fills itself with people, answers, mails through a real worker, and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import psutil
import pytest

from .conftest import free_port
from .processes import eventually, gone
from .test_commands import ROOT, environment, run


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / ".local"
    yield folder
    where = "import certification.embedded as e; print(e.data_home())"
    shutil.rmtree(run(folder, sys.executable, "-c", where).stdout.strip(), ignore_errors=True)


class Surfer:
    """A browser in its simplest form: it keeps cookies and sends forms."""

    def __init__(self, address):
        self.address = address
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path):
        with self.open(self.address + path, timeout=30) as response:
            return response.read().decode()

    def send(self, path, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))[1]
        data = urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
        with self.open(self.address + path, data, timeout=30) as response:
            return response.read().decode()


def test_the_demonstration_starts_serves_and_ends(local):
    port = free_port()
    command = [sys.executable, "-m", "demo"]
    settings = environment(local, PORT=str(port), SIZE="50")
    with subprocess.Popen(
        command, env=settings, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            said = listen(running, f"http://localhost:{port}")
            family = psutil.Process(running.pid).children(recursive=True)
            serves(f"http://localhost:{port}", password=re.search(r"password is always\s+(\S+)", said)[1])
        finally:
            running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 128 + signal.SIGINT
    assert len(family) >= 6
    assert eventually(lambda: all(gone(process.pid) for process in family))


def listen(running, address):
    """All that is said until the address is."""
    said = ""
    for line in running.stdout:
        said += line
        if line.startswith(address):
            return said
    raise AssertionError(said)


def serves(address, password):
    visitor = Surfer(address)
    assert visitor.get("/healthz") == "ok"
    assert json.loads(visitor.get("/readyz"))["database"] == "ok"
    assert "García-López" in visitor.get("/registry/?q=garcia-lopez+maria")
    for path in ("/", "/es/", "/eligibility/", "/training/", "/complaints/", "/demo/mail/"):
        assert "</html>" in visitor.get(path)
    assert password in visitor.get("/demo/")
    reviewer = Surfer(address)
    reviewer.send("/accounts/login/", login="reviewer@example.org", password=password)
    assert "Sam Ortega" in reviewer.get("/admin/applications/application/")
    applicant = Surfer(address)
    applicant.send("/accounts/login/code/", email="sam@example.org")
    code = eventually(lambda: re.search(r"<p>\s*([\d-]{8,9})\s*</p>", visitor.get("/demo/mail/")))[1]
    applicant.send("/accounts/login/code/confirm/", code=code)
    assert "Sam" in applicant.get("/home/")


ASK_WITHOUT = """
import django, sys
django.setup()
from django.core.management import get_commands
from django.urls import Resolver404, resolve
for path in ("/demo/", "/demo/mail/", "/demo/pay/", "/es/demo/"):
    try:
        resolve(path)
    except Resolver404:
        continue
    raise SystemExit(f"{path} is answered")
assert "seed_demo" not in get_commands()
loaded = [name for name in sys.modules if name.split(".")[0] in ("demo", "time_machine", "psutil")]
assert not loaded, loaded
"""


def test_without_it_nothing_of_the_demonstration_is_there(tmp_path):
    production = {
        "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "certification.settings",
        "SECRET_KEY": "x" * 50,
        "SEALING_KEYS": "a:" + "A" * 43 + "=",
        "FINGERPRINT_KEY": "A" * 43 + "=",
        "DATABASE_URL": "postgres://nobody@localhost/none",
        "REDIS_URL": "redis://localhost",
        "EMAIL_URL": "smtp://localhost",
        "SITE_URL": "https://portal.example.org",
        "ALLOWED_HOSTS": "portal.example.org",
        "FROM_EMAIL": "portal@example.org",
        "PROGRAM_PHONE": "(800) 555-0199",
        "PROGRAM_ADDRESS": "1 Example Street",
        "DOCUMENTS_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run([sys.executable, "-c", ASK_WITHOUT], env=production, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
