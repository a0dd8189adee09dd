"""How somebody else sends a paper because the person asked them to: by a link that works once, and is known to nobody but them."""

from datetime import timedelta
from secrets import token_urlsafe

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.audit import audit
from certification.notices import mail_to, notify
from certification.queries import today
from certification.sealed import fingerprint
from certification.standards import standards_on
from certification.steps import NotReady, WrongState, lock

from ..models import UploadLink
from ..rules import answers_now, asking_other_problems, legal_name, page_named, writable_pages
from .filing import end_links, save_page


@transaction.atomic
def ask_other(application, page, address, *, language, by):
    """Mail ``address`` a link at which they may send the paper of ``page``, once; returns the ``UploadLink``.

    Asked twice, the first stands. Raises ``WrongState`` where the page is not open or somebody else is asked already, and ``NotReady``.
    """
    lock(application)
    if page not in writable_pages(application):
        raise WrongState(_("This page is closed now: your application was sent."))
    if link := application.upload_links.open().filter(page=page.slug).first():
        if link.address == address:
            return link
        raise WrongState(_("You have asked somebody already. Cancel that first."))
    if problems := asking_other_problems(application):
        raise NotReady(problems)
    end_links(application, page)
    token = token_urlsafe(32)
    name, context = asking_mail(application, page)
    link = UploadLink.objects.create(
        application=application,
        page=page.slug,
        address=address,
        language=language,
        fingerprint=fingerprint(token),
        ends_on=_last_day(),
    )
    audit(by, "asked somebody for a document", application, page=page.slug)
    key = f"{name}:{link.pk}"
    mail_to(
        address,
        name,
        context | {"token": token},
        key=key,
        language=language,
        helps_until=timezone.now() + (link.ends_on - today()),
    )
    return link


def asking_mail(application, page):
    """The name and content of the mail that asks for the paper of ``page``, all but the link."""
    name = legal_name(answers_now(application))
    return "document-asked", {"name": name, "paper": page.paper, "until_on": _last_day().isoformat()}


def _last_day():
    return today() + timedelta(days=standards_on(today()).application_link_days)


@transaction.atomic
def ask_no_longer(application, page, *, by):
    """End the link to the paper of ``page`` before anybody used it."""
    lock(application)
    if end_links(application, page):
        audit(by, "asked nobody any longer for a document", application, page=page.slug)


@transaction.atomic
def take_from_other(link, document):
    """Put ``document``, which came through ``link``, on its page, as often as that is tried once; the person is told.

    Raises ``WrongState`` where the link was used or has ended meanwhile.
    """
    application, page = link.application, page_named(link.page)
    lock(application)
    if not UploadLink.objects.open().filter(pk=link.pk).exists():
        raise WrongState(_("This link was used, or it has ended."))
    link.refresh_from_db()
    save_page(application, page, answers_now(application).get(page.slug, {}) | {"document": document.pk}, by=None)
    link.document, link.ended_at = document, timezone.now()
    link.save(update_fields=["document", "ended_at"])
    audit(None, "received document through a link", document)
    notify(application.person.user, "document-arrived", {"paper": page.paper}, key=f"document-arrived:{link.pk}")
