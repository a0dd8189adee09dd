"""The one password of this checkout's invented people, and the list of who they are."""

import secrets

from certification.embedded import LOCAL

from .personas import PEOPLE, STAFF

PASSWORD = LOCAL / "demo-password.txt"
LOGINS = LOCAL / "demo-logins.txt"


def password() -> str:
    """Made once, for the owner of this checkout only."""
    if not PASSWORD.exists():
        PASSWORD.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        PASSWORD.touch(mode=0o600)
        PASSWORD.write_text("-".join(secrets.token_hex(2) for _ in range(4)))
    return PASSWORD.read_text().strip()


def write_list() -> None:
    """Write who can sign in, as the terminal shows it."""
    people = [*STAFF, *PEOPLE]
    width = max(len(persona.email) for persona in people)
    lines = [f"  {persona.email:{width}}  {persona.what}" for persona in people]
    lines.insert(len(STAFF), "")
    LOGINS.touch(mode=0o600)
    LOGINS.write_text(f"Sign in as any of these; the password is always  {password()}\n\n" + "\n".join(lines) + "\n")
