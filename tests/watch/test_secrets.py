"""What is stored, logged and sent in clear: a copy of the whole database, the log and the mail hold nothing that is nobody's business."""

import io
import logging

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt
from django.db import connection

from tests.watch.routes import routes
from tests.watch.table import cells
from tests.watch.world import OWNER, STRANGER, WORDS

SEALED = (
    "former", "issuer", "requirement-note", "grounds", "training-words", "roster-name", "accommodation", "refusal", "decision", "vendor-codes",
    "appeal", "change-appeal", "hold-note", "hold-end", "records-why", "records-end", "late-reason", "second-note", "refund-why", "identity-check", "extension",
    "question", "reply", "new-name", "fee-asked", "fee-answer", "sender", "unsent",
)  # fmt: skip
NEVER_MAILED = (
    "former",
    "roster-name",
    "issuer",
    "accommodation",
    "vendor-codes",
    "hold-note",
    "hold-end",
    "records-why",
    "records-end",
    "late-reason",
    "second-note",
    "refund-why",
    "refusal",
    "decision",
    "change-appeal",
    "street",
    "phone",
    "identity-check",
    "question",
    "reply",
    "new-name",
    "fee-asked",
    "fee-answer",
    "unsent",
)
NEVER_LOGGED = ("email", "phone", "street", *SEALED)


def secrets(*names):
    """The private words of both people that ``names`` begin; birth dates always."""
    return {
        f"{name} of {owner}": text
        for owner in (OWNER, STRANGER)
        for name, text in WORDS[owner].private().items()
        if name in names or name.startswith("born")
    }


def dump():
    """Every row of every table as COPY writes it, which is what a stolen backup holds."""
    with connection.cursor() as cursor:
        out = io.BytesIO()
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                for row in rows:
                    out.write(bytes(row))
        return out.getvalue()


def found_in(data, wanted):
    """Which of the secrets stand in ``data``, as text or as the hexadecimal in which COPY writes bytes."""
    return {name for name, text in wanted.items() if text.encode() in data or text.encode().hex().encode() in data}


def test_a_copy_of_the_database_holds_no_secret_in_clear(world):
    user = world.user(OWNER)
    totp, codes = generate_totp_secret(), RecoveryCodes.activate(user)
    TOTP.activate(user, totp)
    wanted = secrets(*SEALED) | {"totp": totp, "recovery seed": decrypt(codes.instance.data["seed"])}
    wanted |= {f"recovery code {number}": code for number, code in enumerate(codes.get_unused_codes())}
    data = dump()
    assert found_in(data, wanted) == set()
    assert found_in(data, {"the address of pat, which is not sealed": WORDS[OWNER].email})


def test_mail_says_nothing_that_others_in_the_house_should_not_read(world):
    assert len(said_by_mail(world)) > 20
    assert found_in("\n".join(said_by_mail(world)).encode(), secrets(*NEVER_MAILED)) == set()


def test_every_person_is_mailed_only_about_themself(world):
    for message in world.sent:
        for owner, words in WORDS.items():
            if WORDS[owner].email not in message.to:
                assert not any(text in message.body for text in words.private().values()), message.subject


def said_by_mail(world):
    return [f"{message.to} {message.subject}\n{message.body}\n{message.extra_headers}" for message in world.sent]


def test_the_log_of_every_page_names_no_secret(world, client, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    client.raise_request_exception = False
    for role in (OWNER, "reviewer", "accommodation desk", "lead reviewer"):
        client.force_login(world.user(role))
        for route in routes():
            for name, url in cells(route, world):
                if name != "account_logout":
                    client.get(url)
        client.get("/registry/", {"q": f"{WORDS[OWNER].preferred} {WORDS[OWNER].email}"})
        client.post("/eligibility/", {"asked": WORDS[OWNER].appeal})
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    said += "".join(capfd.readouterr())
    assert "request_finished" in said
    assert found_in(said.encode(), secrets(*NEVER_LOGGED, "preferred")) == set()
