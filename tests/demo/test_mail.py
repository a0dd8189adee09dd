"""The demonstration's mail sink keeps what the portal sends."""

import os
import smtplib
import socket
import stat
import subprocess
import sys
from email.message import EmailMessage

from demo.mail import received

from ..processes import eventually


def letter(subject):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "portal@example.org", "pat@example.org"
    message.set_content("Su código es 123456.")
    return message


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_mail_is_kept_newest_first_and_for_its_owner_only(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    place = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "MAIL_DIR": str(tmp_path / "mail")}
    with subprocess.Popen(
        [sys.executable, "-m", "demo.mail"], env=os.environ | place, stderr=subprocess.DEVNULL
    ) as sink:
        eventually(lambda: answers(port))
        for subject in ("first", "second"):
            with smtplib.SMTP("127.0.0.1", port) as smtp:
                smtp.send_message(letter(subject))
        sink.terminate()
    mail = list(received(tmp_path / "mail"))
    assert [message["Subject"] for message in mail] == ["second", "first"]
    assert "Su código es 123456." in mail[0].get_content()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "mail").iterdir()} == {0o600}
