"""``python -m demo``: the whole portal on this machine, with invented people. Ctrl-C ends it.

``PORT=`` (8000) is where it answers, ``SIZE=`` how many certified people it invents, ``FRESH=1`` starts over.
"""

import os
import socket
import sys

RUN = [sys.executable, "-m", "certification.embedded", sys.executable, "-m", "demo.serve"]


def problem() -> str:
    """Why the demonstration cannot start on these terms, in one sentence; empty when it can."""
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"PORT={port} is not a port: choose a number from 1 to 65535."
    size = os.environ.get("SIZE") or "5000"
    if not size.isdecimal() or not int(size):
        return f"SIZE={size} is not a number of people: choose one from 1 up."
    if os.environ.get("FRESH") not in {None, "", "0"} and os.environ.get("DATABASE_URL"):
        return "FRESH=1 starts over only with the built-in database: unset DATABASE_URL."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            return f"Port {port} cannot be used ({error.strerror}); choose another: make demo PORT={int(port) + 1}"
    return ""


if __name__ == "__main__":
    if why := problem():
        sys.exit(why)
    os.environ.setdefault("EMBEDDED_NAME", "demo")
    os.execv(RUN[0], RUN)  # noqa: S606
