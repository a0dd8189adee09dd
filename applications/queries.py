"""Reads about applications."""

from datetime import date, timedelta
from functools import cache

from django.conf import settings
from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from certification.models import Charge, County, Document, EducationKind, Hold, IdentityKind, RecordsHold, Standard
from certification.queries import today
from certification.service_times import days, line_of, usual_times
from certification.standards import StandardNotSet
from certification.templatetags.portal import dollars
from certification.texts import blocks
from training_providers.models import Approval, Language, TrainingType

from .models import Application, Denial, DraftPage, Message, Requirement, Thread
from .rules import OUTSIDE_CALIFORNIA, PAGES, legal_name


def applications_of(user):
    """All that the person ever began: the open one, then those that ended, newest first."""
    mine = Application.objects.filter(person__user=user).select_related("person__user")
    return mine.order_by(Case(When(status__in=Application.OPEN, then=0), default=1), "-begun_at")


def latest_application(user):
    """The person's open application, or else the last one that ended; None for who never began one."""
    return applications_of(user).first()


def money_goes_back(application):
    """Whether the newest fee of the application was paid in vain and is on its way back."""
    charges = application.person.charges.filter(purpose=Charge.Purpose.APPLICATION, subject_id=application.pk)
    newest = charges.order_by("-opened_at").first()
    return bool(newest and newest.refund_due_at)


def offered_languages(standards):
    """Names of the languages in which the training and the exam are offered on the day of ``standards``; None for an exam not set yet."""
    approved = Approval.objects.on(standards.day).filter(training_type=TrainingType.CORE)
    training = sorted(set(approved.values_list("language", flat=True)))
    exam = standards.exam_languages if standards.is_set("exam_languages") else None
    return {"training": _names(training), "exam": exam and _names(exam)}


def _names(codes):
    names = dict(Language.choices)
    return [names.get(code, code) for code in codes]


def orientation(standards):
    """The guide to read before applying, in the language of the page, with the figures of the day filled in."""
    text = _orientation_text("es" if (get_language() or "").startswith("es") else "en")
    return blocks(text.format_map(_Figures(standards)))


@cache
def _orientation_text(language):
    return (settings.BASE_DIR / "data" / "orientation" / f"{language}.md").read_text(encoding="utf-8")


class _Figures(dict):
    """The program's numbers by the names of ``Standards``; fees as money."""

    def __init__(self, standards):
        super().__init__()
        self.standards = standards

    def __missing__(self, name):
        try:
            value = getattr(self.standards, name)
        except StandardNotSet:
            return _("(not set yet: ask us)")
        return dollars(value) if name.startswith("fee_") else value


def summary(answers, pages=PAGES):
    """What was answered, for people to read: a list of ``(page, [(label, value, document)])``; pages without answers are empty."""
    rows = written_rows(answers, pages)
    named = [paper for _page, lines in rows for _label, _value, paper in lines if paper]
    documents = Document.objects.filter(deleted_at=None).in_bulk(named)
    return [(page, [(label, value, documents.get(paper)) for label, value, paper in lines]) for page, lines in rows]


def written_rows(answers, pages=PAGES):
    """The same with the number of the document in the place of the document."""
    answers = _with_kinds(answers)
    return [(page, _ROWS[page.slug](answers) if page.slug in answers else []) for page in pages]


def _with_kinds(answers):
    """The answers with what the papers are called, as ``kind_label``."""
    lists = {"identity": IdentityKind, "education": EducationKind}
    identity, education = (
        kinds.objects.filter(code=answers.get(page, {}).get("kind")).annotate(page=Value(page)).order_by()
        for page, kinds in lists.items()
    )
    named = {row.page: row.label for row in identity.union(education)}
    return answers | {page: answers[page] | {"kind_label": named.get(page, "")} for page in lists if page in answers}


def _orientation(answers):
    return [(_("Guide"), _("Read"), None)]


def _name(answers):
    return [
        (_("Legal name"), legal_name(answers), None),
        (_("Name you like to be called"), answers["name"].get("preferred_name", ""), None),
        (_("Other names you have had"), answers["name"].get("former_names", ""), None),
    ]


def _birth(answers):
    return [(_("Birth date"), _day(answers["birth"].get("birth_date")), None)]


def _contact(answers):
    own = answers["contact"]
    lines = [own.get("address_line1"), own.get("address_line2"), _place(own)]
    address = _("No fixed address") if own.get("no_fixed_address") else "\n".join(filter(None, lines))
    return [
        (_("Phone"), _phone(own.get("phone")), None),
        (_("Mailing address"), address, None),
        (
            _("County"),
            _("Outside California") if own.get("county") == OUTSIDE_CALIFORNIA else _county(own.get("county")),
            None,
        ),
        (_("Language of our letters"), {"en": "English", "es": "Español"}.get(own.get("language"), ""), None),
    ]


@cache
def _county(fips):
    """Kept for the life of the process: counties do not change their names."""
    return County.objects.get(fips=fips).name


def _phone(text):
    return PhoneNumber.from_string(text).as_national if text else ""


def _place(own):
    return f"{own.get('city', '')}, {own.get('state', '')} {own.get('zip_code', '')}".strip(", ")


def _identity(answers):
    own = answers["identity"]
    expires_on = _day(own.get("expires_on")) if own.get("expires_on") else _("It has no expiry date")
    return [
        (_("Kind of ID"), own["kind_label"], None),
        (_("Issued by"), own.get("issuer", ""), None),
        (_("Expires"), expires_on, None),
        (_("Photo or file"), _("Received"), own.get("document")),
    ]


def _education(answers):
    own = answers["education"]
    return [
        (_("Kind of diploma"), own["kind_label"], None),
        (_("Photo or file"), _("Received"), own.get("document")),
    ]


def _attestations(answers):
    own = answers["attestations"]
    return [
        (_("Lived experience"), _yes(own.get("lived_experience")), None),
        (_("Willing to share it"), _yes(own.get("willing_to_share")), None),
        (_("Strong dedication to recovery"), _yes(own.get("dedication")), None),
    ]


def _ethics(answers):
    own = answers["ethics"]
    return [
        (_("Code of Ethics"), _("Version %s") % own.get("version"), None),
        (_("Signed"), own.get("signature"), None),
    ]


def _yes(value):
    return _("Yes") if value else ""


def _day(text):
    return date_format(date.fromisoformat(text), "DATE_FORMAT") if text else ""


_ROWS = {
    "orientation": _orientation,
    "name": _name,
    "birth": _birth,
    "contact": _contact,
    "identity": _identity,
    "education": _education,
    "attestations": _attestations,
    "ethics": _ethics,
}


def resting_drafts(standards):
    """Drafts that nobody saved or kept for so long that a warning may be due, the longest first."""
    if not standards.is_set("application_draft_close_days") or not standards.is_set("application_draft_warning_days"):
        return Application.objects.none()
    days = standards.application_draft_close_days - max(standards.application_draft_warning_days)
    before = timezone.now() - timedelta(days=days - 1)
    drafts = Application.objects.filter(status=Application.Status.DRAFT, begun_at__lt=before)
    rested = drafts.exclude(kept_at__gte=before).exclude(draft_pages__saved_at__gte=before)
    return rested.select_related("person__user").order_by("begun_at")


# --- the reviewer's side -------------------------------------------------------------------------------------------
def cases_for(user):
    """The applications that a member of staff may handle: what was submitted, never their own, and none that they handed on."""
    return Application.objects.sent().exclude(person__user=user).exclude(recusals__user=user)


def waiting():
    """All that nobody has taken for review, in the order in which the desk deals them: what came in first."""
    return Application.objects.filter(status=Application.Status.SUBMITTED).order_by("submitted_at", "pk")


def waiting_for_review(user):
    return waiting().exclude(person__user=user).exclude(recusals__user=user)


def line_before(application):
    """The ``Line`` of those that the desk deals before ``application``, which waits too. One that answered goes back to its reviewer and stands in no line."""
    came = application.submitted_at
    return line_of(waiting().filter(Q(submitted_at__lt=came) | Q(submitted_at=came, pk__lt=application.pk)))


def in_my_hands(user):
    """What this reviewer has claimed: in review, or waiting for the person."""
    return cases_for(user).filter(reviewer=user, status__in=UNDER_REVIEW)


def overdue_reviews(user):
    """What should have been reviewed by now, whoever has it."""
    return with_due_day(cases_for(user)).filter(status__in=REVIEW_IS_OURS, due_on__lt=today())


def proposed_denials(user):
    """Denials that wait for a second person, other than this one."""
    return (
        cases_for(user)
        .filter(status=Application.Status.IN_REVIEW, denials__in=Denial.objects.filter(decided_at=None))
        .exclude(denials__in=Denial.objects.filter(decided_at=None, proposed_by=user))
    )


def late_requests(user):
    """Applications of others in which something is asked late, and a lead must say why."""
    waiting = Requirement.objects.filter(status=Requirement.Status.MORE_ASKED, late=True, late_allowed_by=None)
    cases = cases_for(user).filter(status=Application.Status.IN_REVIEW).exclude(reviewer=user)
    return cases.filter(pk__in=waiting.values("application"))


REVIEW_IS_OURS = (Application.Status.SUBMITTED, Application.Status.IN_REVIEW)
UNDER_REVIEW = (Application.Status.IN_REVIEW, Application.Status.MORE_ASKED)


def with_due_day(applications):
    """Annotate ``due_on``: the last day of the review, by the standards of the day of filing (``rules.review_due`` for a whole list)."""
    days = _days_of_filing_day("application.review_days") + F("paused_days")
    return applications.annotate(due_on=ExpressionWrapper(F("filed_on") + days, output_field=DateField()))


def unanswered(user):
    """Requests for more of others whose usual time to answer is over (``rules.reply_by`` for a whole list), for a lead to decide."""
    reached = cases_for(user).filter(asked_notice__handed_over_at__isnull=False, asked_notice__bounced_at=None)
    counted_from = Coalesce("reply_from", TruncDate("asked_notice__handed_over_at"))
    days = _days_of_filing_day("application.revision_reply_days")
    waiting = reached.filter(status=Application.Status.MORE_ASKED).exclude(reviewer=user)
    return waiting.annotate(
        reply_by=ExpressionWrapper(counted_from + days, output_field=DateField()),
    ).filter(reply_by__lt=today())


def _days_of_filing_day(key):
    """A standard that counts days, as it governs each application: by the day of filing."""
    days = Standard.objects.filter(key=key)
    in_force = days.filter(effective_from__lte=OuterRef("filed_on")).order_by("-effective_from").values("value")[:1]
    oldest = days.order_by("effective_from").values("value")[:1]
    return Cast(NullIf(Coalesce(Subquery(in_force), Subquery(oldest)), Value("")), IntegerField())


def timeline(application):
    """The steps it took, newest first: who and when, never what was said. What was recorded between steps is no business of a reviewer."""
    rows = application.history.select_related("history_user").order_by("-history_date", "-history_id")
    return [row for row in rows if (row.history_change_reason or "").startswith(STEP_NAMES)]


STEP_NAMES = (
    "submit",
    "claim",
    "release",
    "ask for more",
    "answer",
    "approve",
    "deny",
    "withdraw",
    "more time",
    "close",
    "complete",
)


def records_holds(person):
    """The records holds of ``person``: the open one, then those that ended, newest first."""
    holds = RecordsHold.objects.filter(person=person).select_related("opened_by", "ended_by")
    return holds.order_by(F("ended_at").desc(nulls_first=True))


# --- how long it takes ---------------------------------------------------------------------------------------------
def review_times(standards):
    """Usual days from submission to our decision: ``elapsed`` for the person, ``ours`` without those on which we waited for them."""
    elapsed = days("filed_on", TruncDate("decided_at"))
    return usual_times(Application.objects, "decided_at", standards, elapsed=elapsed, ours=elapsed - F("paused_days"))


def certificate_times(standards):
    """Usual days from our approval to the certificate, training and exam included: ``elapsed``."""
    completed = Application.objects.filter(status=Application.Status.COMPLETED)
    return usual_times(completed, "ended_at", standards, elapsed=days(TruncDate("decided_at"), TruncDate("ended_at")))


# --- messages ------------------------------------------------------------------------------------------------------
def with_marks(applications):
    """Annotate what else the person should know: ``message_unread``, an answer of ours not seen yet; ``message_waits``, a question for us; ``hold_open``; ``records_held``."""
    said = Message.objects.filter(person=OuterRef("person"))
    held, kept = (model.objects.filter(person=OuterRef("person"), ended_at=None) for model in (Hold, RecordsHold))
    return applications.annotate(
        message_unread=Exists(said.unread()),
        message_waits=Exists(said.waiting()),
        hold_open=Exists(held),
        records_held=Exists(kept),
    )


def threads_for(user):
    """The people with whom a member of staff may speak: who wrote to us, or whose application was sent; never with themselves.

    ``asked_at`` and ``answer_by`` are those of the oldest question that waits, None where none does.
    """
    written, cases = Message.objects.filter(person=OuterRef("pk")), cases_for(user).filter(person=OuterRef("pk"))
    first = written.waiting().order_by("pk")
    threads = Thread.objects.exclude(user=None).exclude(user=user).filter(Exists(written) | Exists(cases))
    return threads.annotate(
        asked_at=Subquery(first.values("written_at")[:1]), answer_by=Subquery(first.values("answer_by")[:1])
    )


def threads_to_answer(threads):
    """Those of ``threads`` in which a question waits."""
    return threads.filter(pk__in=Message.objects.waiting().values("person"))


def late_threads(threads):
    """Those of ``threads`` whose oldest question waits beyond its day."""
    return threads_to_answer(threads).filter(answer_by__lt=today())


def name_in(thread):
    """The legal name; of who has sent nothing yet, what they wrote on the page of their name, and nothing else of their draft."""
    if thread.legal_name:
        return thread.legal_name
    page = DraftPage.objects.filter(application__person=thread, page="name").last()
    return legal_name({"name": page.answers}) if page else ""
