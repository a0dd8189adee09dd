"""What a person does with their own application: begin, write, pay and send, answer, withdraw."""

from datetime import date

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from certification import documents, payments, unsent
from certification.models import NAME_PARTS, Charge, Document, Person, User
from certification.notices import notify, send_after_commit
from certification.queries import contact_columns, today
from certification.standards import standards_on
from certification.steps import NotReady, Refused, WrongState, lock, record, take

from ..models import Application, DraftPage, Requirement
from ..rules import REQUIREMENTS, answers_now, begin_problems, problems_of, review_due, writable_pages
from .readings import draw
from .steps import ANSWER, REOPEN_REQUIREMENT, SUBMIT, WITHDRAW


@transaction.atomic
def begin(user):
    """The open application of ``user``, made (with its person) the first time it is asked for.

    Raises ``NotReady`` when the person holds a certificate.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two tabs begin one application
    person = Person.objects.filter(user=user).first() or record(Person(user=user), by=user, why="begin")
    if open_one := person.applications.open().first():
        return open_one
    if problems := begin_problems(person):
        raise NotReady(problems)
    return record(Application(person=person), by=user, why="begin")


@transaction.atomic
def save_page(application, page, answers, *, by):
    """Keep what was written on one page, as often as it is sent; raises ``WrongState`` where the page is not open."""
    owner = application.person_id
    lock(application)
    if page not in writable_pages(application) or application.person_id != owner:
        raise WrongState(_("This page is closed now: your application was sent."))
    before = application.draft_pages.filter(page=page.slug).first()
    if before and page.paper and not answers.get("document"):
        # A paper is replaced and never taken away: it may have come while this was being written.
        answers = answers | {"document": before.answers.get("document")}
    DraftPage.objects.update_or_create(application=application, page=page.slug, defaults={"answers": answers})
    if before and application.status == Application.Status.DRAFT:
        _erase_replaced(application, before.answers.get("document"), answers.get("document"), by=by)
    if page.slug == "contact" and by.language != answers["language"]:
        record(by, by=by, why="chose the language of letters", language=answers["language"])


def _erase_replaced(application, old, new, *, by):
    """Keep no paper that nobody will look at; one that is sealed for a payment on its way stays."""
    sealed = {page.get("document") for page in (application.snapshot or {}).values()}
    if old and old != new and old not in sealed:
        for document in Document.objects.filter(pk=old, owner=application.person, deleted_at=None):
            documents.erase(document, by=by, reason="replaced before it was sent")


@transaction.atomic
def open_checkout(application, *, by):
    """Seal what is written now and answer the charge to be paid; the confirmed payment files exactly this.

    Raises ``NotReady`` while a page is unfinished, and ``WrongState`` once the application was sent.
    """
    lock(application)
    if application.status != Application.Status.DRAFT:
        raise WrongState(_("This page is closed now: your application was sent."))
    answers, standards = answers_now(application), standards_on(today())
    if problems := problems_of(answers, standards):
        raise NotReady(problems)
    if application.snapshot != answers:
        record(application, by=by, why="open checkout", snapshot=answers)
    return payments.charge_for(
        application.person,
        Charge.Purpose.APPLICATION,
        application,
        standards.fee_application,
    )


def fee_paid(charge):
    """File the application that ``charge`` was for. If it cannot be filed all the same, the money goes back: the person and finance are told."""
    application = Application.objects.get(pk=charge.subject_id)
    user = application.person.user
    with translation.override(user.language):
        try:
            submit(application)
        except Refused as refused:
            payments.return_money(charge, why="application fee mistakenly charged")
            context = {"reasons": getattr(refused, "problems", [str(refused)]), "cents": charge.cents}
            notify(application.person.user, "payment-returned", context, key=f"payment-returned:{charge.pk}")


@transaction.atomic
def submit(application):
    """File the answers sealed at checkout; the clocks of the review start now (WIC 14045.15(a))."""
    now = timezone.now()
    lock(application)
    person, user = application.person, application.person.user
    take(
        SUBMIT,
        application,
        by=user,
        reason="fee paid",
        answers=application.snapshot,
        filed_on=timezone.localdate(now),
        submitted_at=now,
    )
    _fill_person(person, application.answers, by=user)
    for kind in REQUIREMENTS:
        record(Requirement(application=application, kind=kind), by=user, why="submit")
    _end_writing(application)
    standards = standards_on(application.filed_on)
    draw(application, percent=standards.review_blind_second_percent)
    context = {"reference": application.pk, "filed_on": application.filed_on.isoformat()}
    if not standards.is_assumed("application_review_days"):
        context["due_on"] = review_due(application, standards).isoformat()
    notify(user, "application-submitted", context, key=f"application-submitted:{application.pk}")
    send_after_commit("training_providers.tasks.look_again_for", person.pk)


@transaction.atomic
def answer(application, *, by):
    """Give what was asked for; it goes back to the same reviewer."""
    lock(application)
    answers = answers_now(application)
    asked = list(application.requirements.filter(status=Requirement.Status.MORE_ASKED))
    waited = (today() - timezone.localdate(application.asked_notice.created_at)).days
    take(ANSWER, application, by=by, answers=answers, paused_days=application.paused_days + waited)
    for requirement in asked:
        take(REOPEN_REQUIREMENT, requirement, by=by, reason="answered")
    _fill_person(application.person, {row.page: row.answers for row in application.draft_pages.all()}, by=by)
    _end_writing(application)
    rounds = application.history.filter(status=Application.Status.MORE_ASKED).count()
    notify(
        by,
        "answer-received",
        {"reference": application.pk, "answered_on": today().isoformat()},
        key=f"answer-received:{application.pk}:{rounds}",
    )


@transaction.atomic
def withdraw(application, *, by):
    """Take an application back. What nobody was ever sent is erased; whether the fee of a sent one comes back is a standard."""
    lock(application)
    was_sent = application.submitted_at is not None
    if was_sent:
        _end_writing(application)
    else:
        erase_draft(application, by=by, reason="withdrawn before it was sent")
    take(WITHDRAW, application, by=by, ended_at=timezone.now(), snapshot=None)
    end_unsent(application)
    fee_stays = was_sent and not application.standards.fee_refund_allowed
    context = {"reference": application.pk, "was_sent": was_sent, "fee_stays": fee_stays}
    notify(by, "application-withdrawn", context, key=f"application-withdrawn:{application.pk}")


def erase_draft(application, *, by, reason):
    """Erase the pages of a draft and the papers on them; its sealed snapshot ends with the step that follows."""
    named = [row.answers.get("document") for row in application.draft_pages.all()]
    named += [page.get("document") for page in (application.snapshot or {}).values()]
    for document in Document.objects.filter(pk__in=filter(None, named), owner=application.person, deleted_at=None):
        documents.erase(document, by=by, reason=reason)
    _end_writing(application)


def _end_writing(application):
    """What was being written is filed or gone, and nobody sends a paper for it any more."""
    application.draft_pages.all().delete()
    end_links(application)


def end_unsent(application):
    """An application that has ended takes no paper from others, and what was typed beside it goes."""
    end_links(application)
    unsent.forget_all(application.person.user, f"application:{application.pk}")


def end_links(application, page=None):
    """End every link of ``application`` that nobody used, or that to ``page``, and forget whom the person had asked; returns how many."""
    links = application.upload_links.filter(ended_at=None)
    if page:
        links = links.filter(page=page.slug)
    return links.update(ended_at=timezone.now(), address=None)


def _fill_person(person, pages, *, by):
    """Make the person's record say what ``pages`` do; what they told us in another way stands where they say nothing of it."""
    changes = {}
    if name := pages.get("name"):
        changes |= {part: name.get(part, "") for part in (*NAME_PARTS, "preferred_name")}
    if contact := pages.get("contact"):
        changes |= contact_columns(contact)
    if birth := pages.get("birth"):
        person.set_birth_date(date.fromisoformat(birth["birth_date"]))
        changes |= {"birth_date": person.birth_date, "birth_date_mac": person.birth_date_mac}
    if changes:
        record(person, by=by, why="from the application", **changes)
