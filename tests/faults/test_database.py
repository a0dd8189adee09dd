"""PostgreSQL restarts and crashes while people send their applications: they hear "come back", never an error, and no case is half written."""

import signal
import sys
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from applications.models import Application
from demo.processes import Program
from tests import factories
from tests.conftest import free_port
from tests.processes import eventually

from .wholeness import half_written

PEOPLE_AT_ONCE = 4
TOKEN = "t" * 32


@pytest.fixture
def web(portal):
    """The address of the portal's web server as production runs it."""
    collect = "from demo.serve import *; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'certification.settings'); django.setup(); collect_static()"
    assert Program("static", [sys.executable, "-c", collect], portal.folder / "logs" / "static.log").run() == 0
