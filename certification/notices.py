"""What we tell people. A notice is a row written with the fact it reports, handed over after commit, and rendered on the day it leaves.

Queued exactly once, delivered at least once: a repeat is possible only when a worker dies while sending, and carries the same Message-ID.
"""

import csv
import re
from datetime import date, timedelta
from email.utils import formataddr, parseaddr
from functools import cache
from smtplib import SMTPRecipientsRefused
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .adverse import ADVERSE_NOTICES
from .celery import app
from .models import Notice
from .standards import add_months, standards_on

# A mailbox is often shared; these letters go by e-mail as a link only.
READ_ON_THE_PAGE = {"accommodation-requested", "accommodation-granted", "accommodation-refused", "fee-kept"}
# To somebody who may not know, and need not learn, what the person applies for: the sender is not named by the program.
TO_OTHERS = {"document-asked"}
ENGLISH_BELOW = "-" * 60
SIGN_IN_MAIL_HELPS = timedelta(minutes=15)


def notify(recipient, name, context, *, key, periods=None):
    """Queue one notice to a user, once: a second call with the same ``key`` does nothing; returns the notice.

    ``context`` holds plain values; one whose name ends in ``_on`` is a day, written ``2026-12-31``. ``periods`` names dates that count from the day of hand-over, as ``{"valid_through": {"months": 12}}``;
    the template finds them in ``dates``. A date whose standard is assumed is left out of ``periods``, and the template then says "ask us".
    An adverse notice always says by when to appeal.
    """
    if name in ADVERSE_NOTICES:
        periods = appeal_period() | (periods or {})
    notice, created = Notice.objects.get_or_create(
        key=key,
        defaults={
            "recipient": recipient,
            "name": name,
            "language": recipient.language,
            "context": {"values": context, "periods": periods or {}},
        },
    )
    if created:
        send_after_commit("certification.tasks.deliver", notice.pk)
    return notice


def send_sign_in_mail(address, name, context, *, language, recipient=None, passing=True):
    """Queue mail about signing in. What is ``passing``, a code say, is emptied when it is sent or too old to help; what is not is kept and sent late."""
    until = timezone.now() + SIGN_IN_MAIL_HELPS if passing else None
    key = f"sign-in:{uuid4()}"
    return mail_to(address, name, context, key=key, language=language, recipient=recipient, helps_until=until)


def mail_to(address, name, context, *, key, language, recipient=None, helps_until=None):
    """Queue mail to an address, which need not be that of any account; ``key`` is new. See ``Notice`` for ``helps_until``."""
    notice = Notice(
        recipient=recipient, address=address, name=name, language=language, key=key, helps_until=helps_until
    )
    notice.context = {"values": context, "periods": {}}
    notice.save(force_insert=True)
    send_after_commit("certification.tasks.deliver", notice.pk)
    return notice


def send_after_commit(task, *numbers):
    """Ask a worker to run ``task`` after commit; a broker that is away is logged and stops nothing, and the sweep makes up for it."""
    # Not a partial: Django asks a hook that failed for its name, which a partial lacks, and that would reach the person as a 500.
    transaction.on_commit(lambda: app.send_task(task, numbers, retry=False), robust=True)


@transaction.atomic
def deliver(pk):
    """Render and send one unsent notice, holding its row; a second worker passes it by. Returns whether it was sent."""
    notice = (
        Notice.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).unsent().filter(pk=pk).first()
    )
    if notice is None:
        return False
    notice.handed_over_at = timezone.now()
    notice.subject, notice.body = render(notice, timezone.localdate(notice.handed_over_at))
    try:
        _mail(notice)
    except SMTPRecipientsRefused as refused:
        if not _for_good(refused):
            raise
        notice.bounced_at = notice.handed_over_at
    changed = ["handed_over_at", "subject", "body", "bounced_at"]
    if notice.helps_until:
        empty(notice)
        changed += ["context", "address"]
    notice.save(update_fields=changed)
    return True


def _mail(notice):
    """Send the letter; of one that tells of health, only that it is there to be read on the person's page."""
    subject, body = notice.subject, notice.body
    if notice.name in READ_ON_THE_PAGE:
        subject, body = _render_in(notice.language, notice, timezone.localdate(), template="_on_your_page")
    EmailMessage(
        subject,
        body,
        _sender(notice),
        to=[notice.address or notice.recipient.email],
        headers={"Message-ID": f"<{notice.public_id}@{_mail_domain()}>"},
    ).send()


def _sender(notice):
    """As which we write; in mail to others nothing before the address tells what the program is."""
    if notice.name not in TO_OTHERS:
        return settings.DEFAULT_FROM_EMAIL
    with translation.override(notice.language):
        return formataddr((_("Certification board"), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _for_good(refused):
    """Whether the mail server says that it will never take this address (RFC 5321, 4.2.1)."""
    return all(code >= 500 for code, _words in refused.recipients.values())


def empty(notice):
    """Take everything readable out of mail that held a key and has done its work."""
    notice.subject = notice.body = notice.address = None
    notice.context = {}


def appeal_period(standards=None):
    """The period of the last day to appeal, from the day a notice is handed over; none while its length is only assumed.

    ``standards`` are those of today, where they are at hand.
    """
    standards = standards or standards_on(timezone.localdate())
    if standards.is_assumed("appeal_filing_days") or not standards.is_set("appeal_filing_days"):
        return {}
    return {"appeal_by": {"days": standards.appeal_filing_days}}


def render(notice, day):
    """Subject and body as they read when handed over on ``day``, in the recipient's language.

    A notice of rights whose translation nobody has checked yet says so, and goes out with the English below it.
    """
    subject, body = _render_in(notice.language, notice, day)
    if notice.name in ADVERSE_NOTICES and notice.language != "en" and not is_checked(notice.name, notice.language):
        with translation.override(notice.language):
            unchecked = _(
                "Nobody has checked this translation yet. If the two differ, the English below is what counts."
            )
        english_subject, english_body = _render_in("en", notice, day)
        body = f"{unchecked}\n\n{body}\n{ENGLISH_BELOW}\n{english_subject}\n\n{english_body}"
    return subject, body


def preview(recipient, name, context, *, standards=None, language=None):
    """Subject and body of a notice as it would leave today, for whoever is about to send it; ``standards`` as for ``appeal_period``."""
    periods = appeal_period(standards) if name in ADVERSE_NOTICES else {}
    draft = Notice(recipient=recipient, name=name, language=language or recipient.language)
    draft.context = {"values": context, "periods": periods}
    subject, body = render(draft, timezone.localdate())
    return {"subject": subject, "body": body}


def _render_in(language, notice, day, *, template=None):
    with translation.override(language):
        context = _with_days(notice.context["values"]) | {
            "notice": notice,
            "recipient": notice.recipient,
            "person": getattr(notice.recipient, "person", None),
            "dates": {name: _after(day, **period) for name, period in notice.context["periods"].items()},
            "site_url": settings.SITE_URL,
            "notice_url": settings.SITE_URL + reverse("certification:letter", args=[notice.public_id]),
            "program": {
                "phone": settings.PROGRAM_PHONE,
                "email": settings.PROGRAM_EMAIL,
                "address": settings.PROGRAM_ADDRESS,
            },
            "adverse": notice.name in ADVERSE_NOTICES,
        }
        # Plain text: an apostrophe in a name must not become an entity.
        written = get_template(f"notices/{template or notice.name}.txt").template
        subject, _newline, body = written.render(Context(context, autoescape=False)).strip().partition("\n")
        return subject.strip(), re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n"


def _with_days(values):
    """JSON has no dates: a value whose name ends in ``_on`` is a day."""
    return {
        name: date.fromisoformat(value) if name.endswith("_on") and value else value for name, value in values.items()
    }


@cache
def _checked():
    with open(settings.BASE_DIR / "locale" / "checked.csv", encoding="utf-8", newline="") as file:
        return {(row["template"], row["language"]) for row in csv.DictReader(file) if row["checked_by"]}


def is_checked(name, language):
    """Whether a person has checked this translation of the notice ``name``; who and when stands in ``locale/checked.csv``."""
    return (name, language) in _checked()


def _after(day, *, days=0, months=0):
    return add_months(day, months) + timezone.timedelta(days=days)


def count_from(notice, *, days=0, months=0):
    """The date that many days or months after ``notice`` was handed over; None while it has not been, or came back."""
    if notice is None or notice.handed_over_at is None or notice.bounced_at:
        return None
    return _after(handed_over_on(notice), days=days, months=months)


def handed_over_on(notice) -> date:
    return timezone.localdate(notice.handed_over_at)


def _mail_domain():
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
