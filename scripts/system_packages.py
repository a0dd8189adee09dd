"""Bring what pip cannot: ``python3 scripts/system_packages.py demo|test``.

Where apt can be used (root, or sudo without a password) the missing packages are installed; elsewhere one sentence says
what to run. Only what the portal cannot do without is an error: without Chromium the browser tests are skipped.
Runs before the virtual environment exists, on any Python 3, so it needs nothing but the standard library.
"""

import ctypes.util
import os
import platform
import shutil
import subprocess
import sys

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def have_pango():
    return all(map(ctypes.util.find_library, ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))) or brewed("pango")


def have_redis():
    """A server, or the wheel that brings one (CPython 3.11 and 3.12 on x86-64 Linux)."""
    wheel = sys.version_info < (3, 13) and sys.platform == "linux" and platform.machine() == "x86_64"
    return bool(wheel or shutil.which("redis-server"))


def have_venv():
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def have_chromium():
    return any(map(shutil.which, CHROMIUMS)) or os.path.exists("/Applications/Google Chrome.app")


def have_msgfmt():
    return bool(shutil.which("msgfmt"))


def brewed(formula):
    return any(os.path.exists(f"{prefix}/opt/{formula}") for prefix in ("/opt/homebrew", "/usr/local"))


# What is needed: how to see it, Debian's packages, Homebrew's, and what for.
NEEDS = {
    "demo": [
        (have_venv, ["python3-venv"], [], "Python's venv module"),
        (
            have_pango,
            ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"],
            ["pango"],
            "Pango, which draws PDFs",
        ),
        (have_redis, ["redis-server"], ["redis"], "Redis"),
    ],
    "test": [(have_msgfmt, ["gettext"], ["gettext"], "msgfmt, which compiles translations")],
}
WISHES = {
    "test": [(have_chromium, ["chromium"], ["--cask", "chromium"], "Chromium; without it browser tests are skipped")]
}


def main(purpose):
    if sys.version_info < (3, 11):  # noqa: UP036
        return f"Python 3.11 or later is needed; this is {platform.python_version()}: make PYTHON=python3.12"
    needs = NEEDS["demo"] + (NEEDS["test"] if purpose == "test" else [])
    for missing in lacking(WISHES.get(purpose, [])):
        if not install(missing[1]):
            print(advice(missing))
    for missing in lacking(needs):
        if not install(missing[1]) or not missing[0]():
            return advice(missing)
    return None


def lacking(needs):
    return [need for need in needs if not need[0]()]


def advice(need):
    _, apt, brew, what = need
    command = f"brew install {' '.join(brew)}" if sys.platform == "darwin" else f"sudo apt install {' '.join(apt)}"
    return f"Missing: {what}. Run: {command}"


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
