"""Bring what pip cannot: ``python3 scripts/system_packages.py demo|test``.

Where apt can be used (root, or sudo without a password) the missing packages are installed; elsewhere one sentence says
what to run. Only what the portal cannot do without is an error: without Chromium the browser tests are skipped.
Runs before the virtual environment exists, on any Python 3, so it needs nothing but the standard library.
"""

import ctypes.util
import glob
import importlib.util
import os
import platform
import shutil
import subprocess
import sys

# The first is the one without a window, which needs a quarter less time.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MAC = sys.platform == "darwin"


def have_pango():
    brewed = any(os.path.exists(f"{prefix}/opt/pango") for prefix in ("/opt/homebrew", "/usr/local"))
    return brewed or all(map(ctypes.util.find_library, ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")))


def have_redis():
    """A server, or the wheel that brings one (CPython 3.11 and 3.12 on x86-64 Linux)."""
    wheel = sys.version_info < (3, 13) and sys.platform == "linux" and platform.machine() == "x86_64"
    return bool(wheel or shutil.which("redis-server"))


def have_venv():
    return importlib.util.find_spec("ensurepip") is not None


def have_msgfmt():
    return bool(shutil.which("msgfmt"))


def have_chromium():
    """Any Chromium, or Playwright's own."""
    caches = ("~/.cache/ms-playwright/chromium-*", "~/Library/Caches/ms-playwright/chromium-*")
    return any(map(shutil.which, CHROMIUMS)) or any(glob.glob(os.path.expanduser(cache)) for cache in caches)


# How to see whether it is there, what it is, and its packages on Debian and for Homebrew.
VENV = have_venv, "Python's venv", ["python3-venv"], "python"
PANGO = have_pango, "Pango, which draws PDFs,", ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"], "pango"
REDIS = have_redis, "Redis", ["redis-server"], "redis"
MSGFMT = have_msgfmt, "msgfmt, which compiles translations,", ["gettext"], "gettext"
NEEDS = {"demo": [VENV, PANGO, REDIS], "test": [VENV, PANGO, REDIS, MSGFMT]}


def main(purpose):
    if sys.version_info < (3, 11):  # noqa: UP036
        return f"Python 3.11 or later is needed; this is {platform.python_version()}: make PYTHON=python3.12"
    if purpose == "test" and not have_chromium() and not any(install([name]) for name in CHROMIUMS[:2]):
        print("Without Chromium the browser tests are skipped; run: .venv/bin/playwright install chromium")
    for have, what, packages, formula in NEEDS[purpose]:
        if not have() and not (install(packages) and have()):
            command = f"brew install {formula}" if MAC else f"sudo apt install {' '.join(packages)}"
            return f"{what} is missing; run: {command}"
    return None


def install(packages):
    """Install through apt without a question; False where that is not possible."""
    apt = apt_get()
    if not apt:
        return False
    command = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    print("Installing", *packages, flush=True)
    return quiet(command) or (quiet([*apt, "update"]) and quiet(command))


def apt_get():
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get", "--quiet"]
    if shutil.which("sudo") and quiet(["sudo", "-n", "true"]):
        return ["sudo", "-n", "apt-get", "--quiet"]
    return None


def quiet(command):
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    nowhere = subprocess.DEVNULL
    return subprocess.run(command, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
