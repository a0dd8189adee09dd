"""A mail server for the demonstration: it keeps what the portal sends in ``MAIL_DIR`` and sends nothing on.

``python -m demo.mail`` listens where ``EMAIL_URL`` points; ``received()`` offers the mail to a page or a test.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session


def received(folder: Path) -> Iterator[EmailMessage]:
    """The mail kept in ``folder``, newest first."""
    for path in sorted(folder.glob("*.eml"), reverse=True):
        yield message_from_bytes(path.read_bytes(), policy=default)  # type: ignore[misc]


class Keeper:
    """Keeps each message in one file, whole or not at all, readable by its owner only: sign-in codes are in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        partial = self.folder / f"{time.time_ns()}.partial"
        partial.touch(mode=0o600)
        partial.write_bytes(envelope.original_content or b"")
        partial.rename(partial.with_suffix(".eml"))
        return "250 Kept"


async def listen(host: str, port: int, folder: Path) -> None:
    keeper = Keeper(folder)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True), host, port)
    await server.serve_forever()


if __name__ == "__main__":
    address = urlsplit(os.environ["EMAIL_URL"])
    asyncio.run(listen(address.hostname or "127.0.0.1", address.port or 25, Path(os.environ["MAIL_DIR"])))
